"""Is there such a domain at all, and does the name server that answers know the internet?"""

from __future__ import annotations

from enum import StrEnum

from smtpdesk.base.i18n import _
from smtpdesk.desk.trust.report import Check, State
from smtpdesk.desk.trust.subject import Subject
from smtpdesk.dns import Answer, Kind, Lookup, Trouble, organisation


class Presence(StrEnum):
    """What the name server knows."""

    THERE = "there"
    #: The domain does not exist.
    MISSING = "missing"
    #: Not even the top-level domain does: this name server serves a closed network, and its "no" says nothing.
    CLOSED = "closed"


class Nobody:
    """A lookup in place of a name server whose answers mean nothing."""

    async def ask(self, name: str, kind: str) -> Answer:
        """No answer."""
        return Answer(Kind.UNKNOWN, trouble=Trouble.NETWORK)


async def look(lookup: Lookup, subject: Subject) -> Presence:
    """Ask for the organisation's domain, and for what is above it where there is none."""
    top = organisation(subject.domain)
    if not (await lookup.ask(top, "NS")).no_name:
        return Presence.THERE
    above = await lookup.ask(top.rpartition(".")[2], "NS")
    return Presence.CLOSED if above.no_name else Presence.MISSING


def check_missing(subject: Subject) -> Check:
    """The only row about a domain that does not exist."""
    return Check(
        "presence", _("The domain"), State.MEND, "presence.missing",
        _("There is no domain {domain}.").format(domain=organisation(subject.domain)),
        _("Receivers refuse mail from a domain that does not exist."),
        _("Look for a slip in the sender’s address, or register the domain."),
    )  # fmt: skip
