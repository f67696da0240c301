"""What became of a message: stages, replies, outcomes, blame, and the moves a delivery can make."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class Stage(StrEnum):
    """Where in the SMTP dialogue something happened (RFC 5321, section 3)."""

    RESOLVE = "resolve"
    CONNECT = "connect"
    GREETING = "greeting"
    EHLO = "ehlo"
    STARTTLS = "starttls"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    BODY = "body"
    QUIT = "quit"
    #: Before any dialogue: the message could not be built for this row.
    RENDER = "render"


class OutcomeKind(StrEnum):
    """How one attempt ended."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"


class Blame(StrEnum):
    """Whose fault it is; decides what pauses: a row, a profile, or everything."""

    NONE = "none"
    RECIPIENT = "recipient"
    MESSAGE = "message"
    PROFILE = "profile"
    RELAY = "relay"
    NETWORK = "network"


class DeliveryState(StrEnum):
    """The state of one ledger row."""

    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


class RunState(StrEnum):
    """The state of one run of a campaign. PAUSED and STOPPED can be resumed; DONE has nothing pending."""

    PLANNED = "planned"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "done"


class Wanted(StrEnum):
    """What a person wants of a run; the worker looks at it and obeys."""

    RUN = "run"
    PAUSE = "pause"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server said: basic code (0: nothing was said), enhanced code ("5.1.1" or ""), and its words."""

    code: int
    text: str
    enhanced: str = ""

    @property
    def said(self) -> str:
        """The reply as the server put it: ``"550 5.1.1 No such user"``; what was not said is left out."""
        return " ".join(part for part in (str(self.code) if self.code else "", self.enhanced, self.text) if part)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a reply or failure means, from ``resources/replies``: the words for people, and what to do about it."""

    cause: str
    kind: OutcomeKind
    blame: Blame
    title: str
    explanation: str
    advice: str
    #: Seconds to wait before the next try; None means the campaign's own plan.
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one attempt ended, with the stage, the server's words and whom they blame.

    ``cause`` is the id of the meaning in ``resources/replies`` (``recipient.unknown``); it groups the log.
    """

    kind: OutcomeKind
    stage: Stage
    blame: Blame = Blame.NONE
    reply: Reply = Reply(0, "")
    cause: str = ""
    retry_after: float | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery a worker holds: durable as *sending* in the ledger before this value exists."""

    id: int
    seq: int
    address: str
    line: int
    fields: Mapping[str, str]
    attempts: int
    first_tried: float | None
    message_id: str


@dataclass(frozen=True, slots=True)
class Result:
    """An attempt to be recorded: delivery, outcome, through which profile, and when it is due again if deferred."""

    delivery: int
    outcome: Outcome
    profile: str
    at: float
    due: float | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many deliveries of a run stand where. ``deferred`` are pending rows that were tried at least once."""

    total: int = 0
    pending: int = 0
    deferred: int = 0
    sending: int = 0
    accepted: int = 0
    rejected: int = 0
    uncertain: int = 0
    skipped: int = 0
    cancelled: int = 0

    @property
    def handled(self) -> int:
        """Rows that have a final outcome, those included that were skipped when the run was planned."""
        return self.finished + self.skipped

    @property
    def finished(self) -> int:
        """Rows that were to be sent and have a final outcome: how far a run has come, as people are told."""
        return self.accepted + self.rejected + self.uncertain + self.cancelled

    @property
    def recipients(self) -> int:
        """Rows that were to be sent: all but the skipped ones. What :attr:`finished` is a part of."""
        return self.total - self.skipped

    @property
    def share(self) -> float:
        """How much of it is finished, 0 to 1."""
        return self.finished / self.recipients if self.recipients else 0.0

    @property
    def begun(self) -> bool:
        """True once somebody was tried: then the start is no matter any more."""
        return bool(self.accepted or self.rejected or self.uncertain or self.deferred or self.sending)

    @property
    def open(self) -> int:
        """Rows that are still to be sent."""
        return self.pending + self.deferred + self.sending


@dataclass(frozen=True, slots=True)
class RunInfo:
    """One run as the workspace knows it. ``folder`` is the campaign folder, ``snapshot`` the frozen copy."""

    id: str
    campaign: str
    folder: str
    snapshot: str
    digest: str
    profiles: tuple[str, ...]
    purpose: str
    state: RunState
    wanted: Wanted
    note: str
    created_at: float
    started_at: float | None
    finished_at: float | None
    #: Last sign of life of its worker.
    seen_at: float | None
    #: How many deliveries there will be once it is planned to the end (0: as many as there are).
    expected: int = 0
    #: False while a part of the list is still to be written into the ledger.
    planned: bool = True
    #: The campaign it is a run of, wherever its folder is by now; "" when that is not known.
    identity: str = ""


#: The note of a lane that waits because other runs have all the connections that its profile may have.
SHARED_CONNECTIONS = "connections.shared"


def whole_counts(run: RunInfo, counts: Counts) -> Counts:
    """The counts of a run with the rows that are not written into the ledger yet: they are pending, too."""
    missing = max(0, run.expected - counts.total) if not run.planned else 0
    return replace(counts, total=counts.total + missing, pending=counts.pending + missing) if missing else counts


class LaneState(StrEnum):
    """What a lane does at a moment."""

    CONNECTING = "connecting"
    SENDING = "sending"
    #: Nothing is due for it just now.
    WAITING = "waiting"
    #: It lets the server or the network rest, and goes on by itself at ``until``.
    RESTING = "resting"
    #: A limit of the profile is used up until ``until``.
    LIMIT = "limit"
    #: Outside of the hours in which the campaign may be sent, until ``until``.
    HOURS = "hours"
    #: It failed by its own blame; a person mends it.
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class LaneInfo:
    """One profile's stream within a run, as its worker last wrote it down.

    Attributes:
        state: a :class:`LaneState`. ``note``: the cause (of ``resources/replies``) why it is slow, rests or is paused.
        connections: open now. ``accepted``, ``deferred``, ``rejected``, ``uncertain``: attempts in this run.
        rate: accepted messages a second, over the last seconds.
        allowed: the rate (messages a second) that it keeps to now; None: as fast as it goes.
        full: the rate that the profile's limits allow; below it, ``allowed`` says that the server asked for slowness.
        left_today: messages that the daily limit still allows; None without one.
        until: when a rest, a limit or a closed hour ends (seconds since the epoch); None when it goes on now.
        latency: seconds from a command to its answer, by stage, averaged over the last minute.
    """

    profile: str
    state: str
    note: str = ""
    connections: int = 0
    accepted: int = 0
    rate: float = 0.0
    deferred: int = 0
    rejected: int = 0
    uncertain: int = 0
    allowed: float | None = None
    full: float | None = None
    left_today: int | None = None
    until: float | None = None
    latency: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LaneSample:
    """What one lane did in ``seconds`` that ended at ``at``: the history of a server's performance.

    ``accepted`` to ``uncertain`` count attempts in that time, ``latency`` is the mean by stage in seconds.
    """

    run: str
    profile: str
    at: float
    seconds: float
    connections: int
    accepted: int
    deferred: int = 0
    rejected: int = 0
    uncertain: int = 0
    allowed: float | None = None
    note: str = ""
    latency: Mapping[str, float] = field(default_factory=dict)


class LaneChange(StrEnum):
    """What changed in a lane, for the log that says why."""

    SLOWER = "slower"
    FASTER = "faster"
    RESTING = "resting"
    LIMIT = "limit"
    FAILED = "failed"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class LaneEvent:
    """A lane slowed down, sped up, rested, failed or came back, and why.

    ``cause`` is of ``resources/replies``; ``said`` the server's words; ``allowed`` the rate (messages a second) from
    then on, where it changed; ``until`` when it goes on, where that is known. ``id`` grows.
    """

    run: str
    profile: str
    at: float
    change: LaneChange
    cause: str = ""
    said: str = ""
    allowed: float | None = None
    until: float | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class LogRow:
    """One attempt in the live log, newest last; ``id`` grows, so a reader asks for what is newer."""

    id: int
    delivery: int
    at: float
    address: str
    line: int
    profile: str
    stage: Stage
    kind: OutcomeKind
    blame: Blame
    code: int
    enhanced: str
    text: str
    cause: str
    seconds: float


@dataclass(frozen=True, slots=True)
class CauseGroup:
    """Deliveries of a run whose last outcome has the same cause (accepted ones are no group)."""

    cause: str
    kind: OutcomeKind
    blame: Blame
    people: int
    last_at: float
    example: Reply
    stage: Stage


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One delivery in a report: its state and the last words of the server."""

    delivery: int
    line: int
    address: str
    state: DeliveryState
    attempts: int
    due: float | None
    profile: str
    stage: str
    code: int
    enhanced: str
    text: str
    cause: str
    updated_at: float | None
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def counted_as(self) -> str:
        """The word under which a summary counts it: one that waits for its next try is *deferred*."""
        waits = self.state == "pending" and self.due and self.attempts
        return "deferred" if waits else str(self.state)
