"""The rows that a lane holds: waiting for their turn, on their way, answered but not yet in the ledger."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import replace
from heapq import heappop, heappush

from smtpdesk.delivery.retry import result_of
from smtpdesk.domain.campaign import RetryPlan
from smtpdesk.domain.delivery import Claimed, Outcome, Reply, Result


class Rows:
    """Every row is held from its claim until the ledger has what became of it, or has it back.

    A row whose body has begun is never given back: only what the server said of it goes to the ledger.
    """

    def __init__(self, profile: str, retry: RetryPlan) -> None:
        self._profile = profile
        self._retry = retry
        self._waiting: deque[Claimed] = deque()
        #: Rows that stand back for a moment because of their domain: (monotonic moment, id, row).
        self._parked: list[tuple[float, int, Claimed]] = []
        self._held: dict[int, Claimed] = {}
        #: Those of them of which a server may have something.
        self._begun: set[int] = set()
        self._results: list[Result] = []

    @property
    def busy(self) -> bool:
        """True while a row is held, or a result is not written down."""
        return bool(self._held or self._results)

    @property
    def held(self) -> int:
        """How many are held, wherever they are."""
        return len(self._held)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._waiting) + len(self._parked)

    @property
    def answered(self) -> int:
        """How many results are to be written down."""
        return len(self._results)

    def add(self, claimed: Iterable[Claimed]) -> None:
        """Rows that were claimed just now."""
        for row in claimed:
            self._held[row.id] = row
            self._waiting.append(row)

    def get(self, key: int) -> Claimed:
        """A held row by its id."""
        return self._held[key]

    def next(self, moment: float) -> Claimed | None:
        """The row whose turn it is."""
        if self._parked and self._parked[0][0] <= moment:
            return heappop(self._parked)[2]
        return self._waiting.popleft() if self._waiting else None

    def begin(self, key: int) -> Claimed:
        """The body of a row is about to be written; returns the row."""
        self._begun.add(key)
        return self._held[key]

    def put_back(self, rows: Sequence[Claimed]) -> None:
        """Rows whose turn it was, and that were not begun (or certainly not to their end): first again."""
        self._begun.difference_update([row.id for row in rows])
        self._waiting.extendleft(reversed(rows))

    def park(self, row: Claimed, until: float) -> None:
        """Let a row stand back until a moment."""
        heappush(self._parked, (until, row.id, row))

    def parked_until(self) -> float | None:
        """The moment when the first that stands back has its turn."""
        return self._parked[0][0] if self._parked else None

    def take_waiting(self) -> list[int]:
        """All that wait leave the queue, to be given back; returns their ids. They are held until then."""
        rows = [row.id for row in self._waiting] + [row.id for _until, _id, row in self._parked]
        self._waiting.clear()
        self._parked.clear()
        return rows

    def drop(self, ids: Iterable[int]) -> None:
        """The ledger has these back: they are held no more."""
        for row in ids:
            del self._held[row]

    def never_begun(self) -> list[int]:
        """The ids of all that are held and of which no server has anything, nor the ledger is to hear anything."""
        told = {result.delivery for result in self._results}
        return [key for key in self._held if key not in self._begun and key not in told]

    def record(self, row: Claimed, outcome: Outcome, at: float, due: float | None = None) -> Result:
        """What became of a row, to be written down; ``due``: when it is tried again, where the plan does not say it."""
        result = result_of(row, outcome, self._profile, at, self._retry)
        if due is not None:
            result = replace(result, due=due)
        self._results.append(result)
        return result

    def is_recorded(self, reply: Reply) -> bool:
        """True when a row that was answered just now was answered with this very reply."""
        return any(result.outcome.reply is reply for result in self._results[-20:])

    def take_results(self) -> list[Result]:
        """What is to be written down; then :meth:`settled` when the ledger has it, :meth:`keep_results` when not."""
        results, self._results = self._results, []
        return results

    def keep_results(self, results: list[Result]) -> None:
        """The ledger could not take these: they are still to be written down, before what came since."""
        self._results[:0] = results

    def settled(self, results: Iterable[Result]) -> list[int]:
        """The ledger has these; returns their places in the run, for the journal of what is in flight."""
        seqs = []
        for result in results:
            seqs.append(self._held.pop(result.delivery).seq)
            self._begun.discard(result.delivery)
        return seqs
