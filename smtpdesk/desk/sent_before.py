"""What is said when people have a campaign already: before it is sent again, and when some of it is tried again."""

from __future__ import annotations

from collections.abc import Mapping

from smtpdesk.base.clock import local_day
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.store import Audience


class SentBefore(InputError):
    """``campaign.sent-before``: people have this campaign with another message; nothing was sent."""

    def __init__(self, audience: Audience) -> None:
        super().__init__("campaign.sent-before", had_words(audience), answers())
        self.audience = audience


def had_words(audience: Audience) -> str:
    """``278 people have had this campaign since 3 May 2026; 12 have not.``"""
    had = ngettext(
        "{n} person has had this campaign since {day}", "{n} people have had this campaign since {day}", audience.having
    ).format(n=f"{audience.having:,}", day=local_day(audience.since or 0.0))
    if not audience.new:
        return _("{had}; nobody new is on the list.").format(had=had)
    new = ngettext("{n} person has not", "{n} people have not", audience.new).format(n=f"{audience.new:,}")
    return _("{had}; {new}.").format(had=had, new=new)


def answers() -> str:
    """The two options that answer."""
    return _(
        "Nothing was sent, because the message was changed since then. Send only to those who have not had it "
        "(--only-new), or to everybody again (--again)."
    )


def left_out_words(left_out: Mapping[str, int]) -> list[str]:
    """Whom a retry leaves out and why, a sentence for each reason; see :meth:`Sending.left_out`."""
    unwanted, had = left_out.get("suppressed", 0), left_out.get("sent-before", 0)
    said = []
    if unwanted:
        words = ngettext("{n} person is on Never mail: left out.", "{n} people are on Never mail: left out.", unwanted)
        said.append(words.format(n=f"{unwanted:,}"))
    if had:
        words = ngettext(
            "{n} person has this campaign from another run: left out.",
            "{n} people have this campaign from another run: left out.",
            had,
        )
        said.append(words.format(n=f"{had:,}"))
    return said
