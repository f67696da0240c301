"""One walk over all rows: every message is built once, and all checks look at what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from smtpdesk.base.clock import now
from smtpdesk.base.errors import Cancelled, InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.finding import Row
from smtpdesk.domain.recipient import Recipient, RowState
from smtpdesk.message import Composer, FieldUse, Rendered, RowError

#: How many rows a finding shows.
ROWS_KEPT = 1_000
#: Rendered rows that are kept for the checks that look at the message itself.
_SAMPLES = 3
#: A template that never ends takes seconds for each row; after so many the walk stops rendering.
_ENDLESS = 3
_BEAT = 200

Progress = Callable[[int, float | None], None]


@dataclass
class Gathered:
    """Rows with the same problem: the first of them, and how many there are."""

    rows: list[Row] = field(default_factory=list)
    count: int = 0

    def add(self, recipient: Recipient, detail: str = "") -> None:
        """One more row."""
        self.count += 1
        if len(self.rows) < ROWS_KEPT:
            self.rows.append(Row(recipient.line, recipient.address, detail))


@dataclass
class Problem(Gathered):
    """Rows whose message cannot be built for the same reason, with the first of the errors."""

    error: RowError | None = None


@dataclass(frozen=True, slots=True)
class Sample:
    """One row as it was rendered."""

    recipient: Recipient
    rendered: Rendered


@dataclass
class Survey:
    """What the walk saw.

    Attributes:
        ready: rows that would be mailed. ``suppressed``: ready rows that are never to be mailed.
        aside: rows set aside when the recipients were read, by state.
        columns: the fields of the rows. ``uses``: where the message uses which.
        problems: rows whose message cannot be built, by code and place.
        empty: rows in which a used field is empty, by field.
        sizes: (octets, recipient) of the largest message. ``samples``: the first rows as rendered.
        failure: why nothing could be rendered at all.
    """

    ready: int = 0
    suppressed: Gathered = field(default_factory=Gathered)
    aside: dict[RowState, Gathered] = field(default_factory=dict)
    columns: set[str] = field(default_factory=set)
    uses: tuple[FieldUse, ...] = ()
    problems: dict[tuple[str, str], Problem] = field(default_factory=dict)
    empty: dict[str, Gathered] = field(default_factory=dict)
    no_subject: Gathered = field(default_factory=Gathered)
    long_subject: Gathered = field(default_factory=Gathered)
    no_text: Gathered = field(default_factory=Gathered)
    no_unsubscribe: Gathered = field(default_factory=Gathered)
    sizes: dict[int, Gathered] = field(default_factory=dict)
    largest: int = 0
    samples: list[Sample] = field(default_factory=list)
    failure: InputError | None = None


#: A subject longer than this is cut off by most mail programs; telephones show about half of it.
LONG_SUBJECT = 120
#: Message sizes in octets that common servers refuse (see the check "size").
SIZE_LIMITS = (10_000_000, 25_000_000)


def survey(
    recipients: Iterable[Recipient],
    total: int,
    suppressed: Callable[[str], bool],
    compile: Callable[[], Composer],
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Survey:
    """Build every row's message once.

    Raises:
        Cancelled: a person cancelled.
        InputError: the recipients cannot be read.
    """
    seen = Survey()
    walk = _Walk(seen, _composer(compile, seen))
    for number, recipient in enumerate(recipients):
        if number % _BEAT == 0:
            _beat(number, total, progress, cancelled)
        if recipient.state is not RowState.READY:
            seen.aside.setdefault(recipient.state, Gathered()).add(recipient, recipient.reason)
        elif suppressed(recipient.address):
            seen.suppressed.add(recipient)
        else:
            seen.ready += 1
            walk.look(recipient)
    if progress is not None:
        progress(total, 1.0)
    return seen


def _beat(number: int, total: int, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled("checks.cancelled", _("The check was cancelled. Nothing was sent."))
    if progress is not None:
        progress(number, min(number / total, 1.0) if total else None)


def _composer(compile: Callable[[], Composer], seen: Survey) -> Composer | None:
    try:
        composer = compile()
    except InputError as error:
        seen.failure = error
        return None
    seen.uses = composer.field_uses
    return composer


class _Walk:
    """Builds rows and sorts what it sees into the survey."""

    def __init__(self, seen: Survey, composer: Composer | None) -> None:
        self._seen = seen
        self._composer = composer
        self._watched = sorted({use.name for use in seen.uses if not use.guarded})
        self._date = now()
        self._endless = 0

    def look(self, recipient: Recipient) -> None:
        """Build one row's message and note what is odd about it."""
        seen = self._seen
        if len(seen.columns) < len(recipient.fields):
            seen.columns.update(recipient.fields)
        if self._composer is None or self._endless >= _ENDLESS:
            return
        for name in self._watched:
            if name in recipient.fields and not recipient.fields[name].strip():
                seen.empty.setdefault(name, Gathered()).add(recipient)
        try:
            rendered = self._composer.render(recipient)
            raw = self._composer.assemble(recipient, rendered, message_id="<check@smtpdesk.invalid>", date=self._date)
        except RowError as error:
            self._failed(recipient, error)
            return
        self._note(recipient, rendered, len(raw))

    def _failed(self, recipient: Recipient, error: RowError) -> None:
        problem = self._seen.problems.setdefault((error.code, error.where), Problem(error=error))
        problem.add(recipient, error.sentence)
        if error.code == "message.template-endless":
            self._endless += 1

    def _note(self, recipient: Recipient, rendered: Rendered, size: int) -> None:
        seen = self._seen
        if len(seen.samples) < _SAMPLES:
            seen.samples.append(Sample(recipient, rendered))
        subject = rendered.subject.strip()
        if not subject:
            seen.no_subject.add(recipient)
        elif len(subject) > LONG_SUBJECT:
            seen.long_subject.add(recipient, subject)
        if not (rendered.text or "").strip() and "<img" not in (rendered.html or ""):
            seen.no_text.add(recipient)
        if not rendered.unsubscribe:
            seen.no_unsubscribe.add(recipient)
        if size > seen.largest:
            seen.largest = size
        over = max((limit for limit in SIZE_LIMITS if size > limit), default=0)
        if over:
            seen.sizes.setdefault(over, Gathered()).add(recipient, str(size))
