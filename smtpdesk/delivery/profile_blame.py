"""Whose doing it is when a server, in its answer about one recipient, blames the profile.

*Relaying denied* to one recipient of two hundred says nothing about the other ones: it is that recipient's until others
confirm it. And where the recipient's own server refuses the sender's domain (SPF, DKIM, DMARC, a block list), that is
so for everybody at that domain, and for nobody else.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from smtpdesk.delivery.lane_backoff import needs_a_person
from smtpdesk.domain.address import domain_of
from smtpdesk.domain.delivery import Blame, Claimed, Outcome, OutcomeKind, Stage
from smtpdesk.smtp.replies import per_receiver

#: So many different domains of recipients that say the same are no chance any more: it is the profile's.
DOMAINS = 3
#: So many recipients in a row, although they may be of one domain.
IN_A_ROW = 10
#: Seconds that the rows of a domain wait whose server refuses the sender's domain: until a person has seen to it.
WITHHELD = 86400.0
#: What a refusal that was only one recipient's is called; a meaning of ``resources/replies``.
ALONE = "recipient.refused-alone"
_OF_A_ROW = frozenset({Stage.RCPT, Stage.DATA, Stage.BODY})


class ProfileBlame:
    """Refusals that blame the profile, until it is known whose they are. Times are seconds since the epoch."""

    def __init__(self) -> None:
        #: Rows that were refused like this and wait for the judgement, with the place in the order of what was begun.
        self._suspects: dict[int, tuple[Claimed, Outcome, int]] = {}
        #: Since the last acceptance: how many, and of which domains.
        self._in_a_row = 0
        self._domains: set[str] = set()
        #: Domains whose server refuses the sender's domain: until when their rows wait.
        self._withheld: dict[str, float] = {}
        #: Those of them where only a person can change that, and with which words the last of them said it.
        self._refusing: set[str] = set()
        self._said: Outcome | None = None
        #: True once a message was accepted since the lane began, or since a person had it try again.
        self._accepted = False

    def concerns(self, outcome: Outcome) -> bool:
        """True for an answer about one recipient that blames the profile, and not just its speed."""
        return (
            outcome.blame is Blame.PROFILE
            and outcome.stage in _OF_A_ROW
            and outcome.kind is not OutcomeKind.UNCERTAIN
            and (needs_a_person(outcome) or per_receiver(outcome.cause))
        )

    # -- the sender's domain, refused by one receiver -----------------------------------------------------------

    @property
    def said(self) -> Outcome | None:
        """What a receiver said last that refuses the sender's domain; None while none does."""
        return self._said

    def withhold(self, address: str, outcome: Outcome, at: float) -> float:
        """The server of this recipient's domain refuses the sender's; returns until when the domain's rows wait."""
        domain = domain_of(address)
        until = self.withheld(address, at) or at + (outcome.retry_after or WITHHELD)
        self._withheld[domain] = until  # one time for all: they come back together
        if outcome.retry_after is None:
            self._refusing.add(domain)
            self._said = outcome
        return until

    def withheld(self, address: str, at: float) -> float | None:
        """Until when a row waits for its domain; None when it may go."""
        if not self._withheld:
            return None
        until = self._withheld.get(domain_of(address), 0.0)
        return until if until > at else None

    def all_withheld(self, due: float) -> Outcome | None:
        """Why only a person can let those go on that wait until then or longer; None when time alone does."""
        untils = [self._withheld[domain] for domain in self._refusing]
        return self._said if untils and due >= min(untils) else None

    # -- one recipient, or all ----------------------------------------------------------------------------------

    def suspect(self, row: Claimed, outcome: Outcome, begun: int) -> None:
        """A recipient was refused with blame for the profile. ``begun``: how many rows were begun before this."""
        self._suspects[row.id] = (row, outcome, begun)
        self._in_a_row += 1
        self._domains.add(domain_of(row.address))

    @property
    def suspects(self) -> int:
        """How many refusals wait for the judgement."""
        return len(self._suspects)

    def confirmed(self) -> Outcome | None:
        """Why the lane has to stop: enough others have said the same."""
        if len(self._refusing) >= DOMAINS:
            return self._said
        if len(self._domains) >= DOMAINS or self._in_a_row >= IN_A_ROW:
            return self._last()
        return None

    def accepted(self, begun: int) -> list[tuple[Claimed, Outcome]]:
        """A message was accepted that was the so-many-th to begin: refusals from before that are the recipients' own.

        Returns them, with the outcome to be recorded.
        """
        self._accepted = True
        self._in_a_row = 0
        self._domains.clear()
        return self._own(key for key, (_row, _outcome, before) in self._suspects.items() if before < begun)

    def nobody_left(self) -> tuple[list[tuple[Claimed, Outcome]], Outcome | None]:
        """Nothing else is to be sent, so nobody can confirm it: the recipients' own where others were accepted.

        Returns those, and why the lane has to stop where nobody was.
        """
        if self._accepted or not self._suspects:
            return self._own(self._suspects), None
        return [], self._last()

    def take_suspects(self) -> list[tuple[Claimed, Outcome]]:
        """The lane stops: nothing is decided about these, they are tried again, after the others."""
        suspects, self._suspects = self._suspects, {}
        self._in_a_row = 0
        self._domains.clear()
        return [(row, outcome) for row, outcome, _begun in suspects.values()]

    def revive(self) -> bool:
        """A person wants it to be tried again; True when rows wait in the ledger that come back by that."""
        waits = bool(self._withheld)
        self._withheld.clear()
        self._refusing.clear()
        self._said = None
        self._accepted = False
        return waits

    def _last(self) -> Outcome | None:
        return next((outcome for _row, outcome, _begun in reversed(self._suspects.values())), None)

    def _own(self, keys: Iterable[int]) -> list[tuple[Claimed, Outcome]]:
        return [(row, _own(outcome)) for row, outcome, _begun in map(self._suspects.pop, list(keys))]


def _own(outcome: Outcome) -> Outcome:
    kind = OutcomeKind.REJECTED if outcome.reply.code >= 500 else OutcomeKind.DEFERRED
    return replace(outcome, kind=kind, blame=Blame.RECIPIENT, cause=ALONE, retry_after=None)
