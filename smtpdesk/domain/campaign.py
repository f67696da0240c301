"""A campaign: message, list, profiles and options, as campaign.toml states them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smtpdesk.domain.schedule import Schedule

#: ``recipients`` that starts with this names a list of the workspace instead of a file in the folder.
LIST_PREFIX = "list:"


@dataclass(frozen=True, slots=True)
class RetryPlan:
    """When deferred rows are tried again: seconds after each attempt (the last repeats), and when to give up."""

    delays: tuple[float, ...] = (15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0)
    give_up_after: float = 86400.0

    def delay(self, attempt: int) -> float:
        """Seconds to wait after the ``attempt``-th attempt (1-based)."""
        return self.delays[min(attempt, len(self.delays)) - 1]


@dataclass(frozen=True, slots=True)
class Campaign:
    """What campaign.toml holds. File names are relative to the campaign folder and never leave it.

    ``html`` names an .html or .md file, or is empty; ``text`` names a file, or is empty (made from the HTML).
    ``sheet`` and ``address_column`` are empty when they are to be found by looking.
    """

    name: str
    subject: str = ""
    profiles: tuple[str, ...] = ()
    from_header: str = ""
    reply_to: str = ""
    recipients: str = "recipients.csv"
    sheet: str = ""
    address_column: str = ""
    html: str = ""
    text: str = ""
    attachments: tuple[str, ...] = ()
    unsubscribe: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    retry: RetryPlan = field(default_factory=RetryPlan)
    #: Template of the display name in To, e.g. ``"{{ first_name }} {{ last_name }}"``; empty: the bare address.
    to_name: str = ""
    #: When it is sent; no part of the message.
    schedule: Schedule = field(default_factory=Schedule)

    @property
    def list_name(self) -> str:
        """The name of the workspace list it is sent to, or "" when the recipients are a file in the folder."""
        return self.recipients[len(LIST_PREFIX) :].strip() if self.recipients.startswith(LIST_PREFIX) else ""
