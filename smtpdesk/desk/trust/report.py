"""What a look at a sending domain gives: one check a row, each with its state, its sentences and its records."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.dns import SpfNode
from smtpdesk.domain.finding import Finding, Severity

#: Rows that follow from others and are not counted beside them.
FOLLOWING = ("gmail", "yahoo", "microsoft")
#: Octets of one string in a TXT record (RFC 1035 section 3.3).
_STRING = 255


class State(StrEnum):
    """How a check ended."""

    OK = "ok"
    #: Works; could be better.
    ADVICE = "advice"
    #: Something is missing or broken.
    MEND = "mend"
    #: Cannot be said without something that only the person knows, such as a selector.
    OPEN = "open"
    #: DNS did not answer.
    UNKNOWN = "unknown"
    #: Does not concern this sender, or was not asked for.
    SKIPPED = "skipped"


class Trust(StrEnum):
    """The whole in a word."""

    TRUSTED = "trusted"
    NEEDS_WORK = "needs-work"
    #: Nothing wrong was seen, but something is not known yet.
    OPEN = "open"
    UNASKED = "unasked"


@dataclass(frozen=True, slots=True)
class Record:
    """A DNS record to publish: host name without a dot at the end, type, value in one piece.

    ``replaces`` holds the values that are published there now and that go.
    """

    host: str
    value: str
    kind: str = "TXT"
    replaces: tuple[str, ...] = ()

    @property
    def zone(self) -> str:
        """The record as a line of a zone file (RFC 1035 section 5.1)."""
        if self.kind != "TXT":
            return f"{self.host}. IN {self.kind} {self.value}"
        pieces = [self.value[at : at + _STRING] for at in range(0, len(self.value), _STRING)]
        strings = " ".join(f'"{piece}"' for piece in pieces)
        return f"{self.host}. IN TXT {strings}"


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the report.

    Attributes:
        id: stable: ``spf``, ``dkim``, ``dmarc``, ``alignment``, ``mx``, ``reverse``, ``blocklists``, ``mta-sts``,
            ``tls-rpt``, ``bimi``, ``sender``, ``gmail``, ``yahoo``, ``microsoft``; ``presence`` alone where there is no
            such domain.
        title: its name. ``state``: see :class:`State`. ``code``: what exactly, dotted and stable.
        sentence: what was seen. ``consequence``: what receivers make of it. ``advice``: how to mend it.
        records: to publish, in the order in which they are to be pasted. ``details``: more lines, folded away.
    """

    id: str
    title: str
    state: State
    code: str
    sentence: str
    consequence: str = ""
    advice: str = ""
    records: tuple[Record, ...] = ()
    details: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """For ``--json``."""
        return {
            "check": self.id,
            "state": str(self.state),
            "code": self.code,
            "sentence": self.sentence,
            "consequence": self.consequence,
            "advice": self.advice,
            "records": [
                {"host": one.host, "type": one.kind, "value": one.value, "zone": one.zone, "replaces": [*one.replaces]}
                for one in self.records
            ],
            "details": [*self.details],
        }


@dataclass(frozen=True, slots=True)
class DomainReport:
    """What DNS says about a sending domain.

    Attributes:
        domain: ASCII. ``shown``: in its own letters. ``profile``: whose From it is, "" when a domain was looked at.
        envelope: the domain of the envelope sender. ``relay``: through whom it sends, in words; "" when not known.
        checks: in the order in which they are shown. ``spf``: the record with all that it includes.
        at: when it was looked, in seconds since the epoch.
    """

    domain: str
    shown: str
    profile: str
    envelope: str
    relay: str
    checks: tuple[Check, ...]
    spf: SpfNode
    at: float

    def check(self, id: str) -> Check | None:
        """The row with this id."""
        return next((one for one in self.checks if one.id == id), None)

    @property
    def trust(self) -> Trust:
        """The whole in a word: what is wrong counts more than what is not known."""
        states = {one.state for one in self.checks}
        if State.MEND in states:
            return Trust.NEEDS_WORK
        if State.UNKNOWN in states:
            return Trust.UNASKED
        return Trust.OPEN if State.OPEN in states else Trust.TRUSTED

    @property
    def unanswered(self) -> str:
        """That name servers left something open, and what of it, said once for all rows; "" when all answered."""
        states = {one.state for one in self.checks}
        if State.UNKNOWN not in states:
            return ""
        if State.OK in states or State.MEND in states:
            return _(
                "Name servers did not answer everything. That says nothing about the domain; try again in a moment."
            )
        return _(
            "Name servers did not answer, or there is no network. That says nothing about the domain; "
            "try again in a moment."
        )

    @property
    def headline(self) -> str:
        """The whole in a sentence."""
        wrong = [one for one in self.checks if one.state is State.MEND and one.id not in FOLLOWING]
        if self.trust is Trust.NEEDS_WORK:
            count = len(wrong)
            return ngettext(
                "{domain} needs work: {n} thing to mend", "{domain} needs work: {n} things to mend", count
            ).format(domain=self.shown, n=count)
        return {
            Trust.TRUSTED: _("{domain} is trusted"),
            Trust.OPEN: _("{domain} looks well, as far as can be said"),
            Trust.UNASKED: _("{domain} could not be asked for everything"),
        }[self.trust].format(domain=self.shown)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is not as it should be, as findings."""
        severities = {State.MEND: Severity.ERROR, State.ADVICE: Severity.WARNING, State.OPEN: Severity.INFO}
        return tuple(
            Finding(one.code, severities[one.state], one.sentence, one.consequence, one.advice, self.domain)
            for one in self.checks
            if one.state in severities
        )


def unasked(id: str, title: str) -> Check:
    """The row of a check to which DNS gave no answer."""
    return Check(
        id,
        title,
        State.UNKNOWN,
        f"{id}.unasked",
        _("This could not be asked."),
        _("It says nothing about the domain: the name server did not answer, or there is no network."),
        _("Try again in a moment."),
    )
