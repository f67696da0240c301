"""The ledger: the only writer of deliveries and attempts. What it says was claimed or recorded survives a crash."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from smtpdesk.domain.delivery import Claimed, Result
from smtpdesk.domain.recipient import Recipient, Suppression
from smtpdesk.store import person_moves, worker_moves
from smtpdesk.store.claiming import claim
from smtpdesk.store.counting import Change
from smtpdesk.store.ledger_reader import LedgerReader
from smtpdesk.store.planning import Piece, write_plan
from smtpdesk.store.recovery import Recovery, recover
from smtpdesk.store.run_keys import run_key
from smtpdesk.store.suppressions import write_suppressions

#: What :meth:`Ledger.retry` takes.
RETRIED = frozenset({"deferred", "rejected", "uncertain", "cancelled"})


class Ledger(LedgerReader):
    """Deliveries and attempts of all runs.

    Every method raises :class:`InputError` ``run.unknown`` for an unknown run and :class:`StoreError` when the disk
    refuses; nothing is changed then. Every writing method is one transaction, and but for :meth:`plan_piece` on the
    disk before it returns.

    ``token`` is what a worker got from ``runs.take_lease``: when another has taken the run since, :class:`LeaseLost`
    is raised and nothing is changed.
    """

    @contextmanager
    def _changing(self, run_id: str, token: int | None = None, *, durable: bool = True) -> Iterator[Change]:
        with self._database.writing(durable=durable) as connection:
            yield Change(connection, run_key(connection, run_id, token))

    def plan(
        self,
        run_id: str,
        recipients: Iterable[tuple[Recipient, str]],
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
        message_id: Callable[[str], str] | None = None,
    ) -> int:
        """Write one delivery for each recipient; returns how many there are, skipped ones included.

        A recipient with a skip reason (a stable id such as ``suppressed``), or one set aside at import, becomes
        *skipped* with that cause. A second row for the same address is left out.

        Args:
            progress: told how many are written so far. ``cancelled``: asked now and then.
            message_id: the Message-ID for an address, kept with the delivery and handed out with each claim.

        Raises:
            Cancelled: nothing was written.
        """
        with self._changing(run_id) as change:
            planned = write_plan(change, recipients, message_id=message_id, progress=progress, cancelled=cancelled)
            change.finish()
        return planned

    def plan_piece(
        self,
        run_id: str,
        rows: Iterable[tuple[Recipient, str]],
        *,
        after: int,
        done: bool,
        message_id: Callable[[str], str] | None = None,
        token: int | None = None,
    ) -> int:
        """Write the next deliveries of a run that has a source (``runs.set_source``); returns how many are new.

        Rows as in :meth:`plan`; one whose address is in the run already is left out. The write lock is held only
        while what was prepared is written: some thousand rows a piece let others write in between. A power cut may
        undo the last pieces with their ``after``; not once a delivery was claimed after them.

        Args:
            after: the id of the last recipient that was read for it, for ``runs.source``.
            done: the list was read to its end: the run is planned.
        """
        piece = Piece(rows, message_id)
        with self._reading(run_id) as (_connection, key):
            piece.prepare(key.codec)
        with self._changing(run_id, token, durable=False) as change:
            written = piece.write(change, after, done)
            change.finish()
        return written

    def claim(self, run_id: str, profile: str, limit: int, now: float, token: int | None = None) -> list[Claimed]:
        """Take up to ``limit`` deliveries that are pending and due; they are *sending* when this returns."""
        return self.step(run_id, profile, (), limit, now, token=token)

    def step(
        self,
        run_id: str,
        profile: str,
        results: Sequence[Result],
        claim_limit: int,
        now: float,
        suppress: Sequence[Suppression] = (),
        token: int | None = None,
    ) -> list[Claimed]:
        """Record results and claim the next deliveries in one transaction.

        A result for a delivery that is not in *sending* is left out. Whoever is suppressed by now, or has the
        campaign from another run, becomes *skipped* instead of being claimed.
        """
        with self._changing(run_id, token) as change:
            worker_moves.record(change, results)
            write_suppressions(change.connection, suppress)
            claimed = claim(change, profile, claim_limit, now)
            if change.touched:
                change.finish()
        return claimed

    def record(
        self,
        run_id: str,
        results: Sequence[Result],
        suppress: Sequence[Suppression] = (),
        token: int | None = None,
    ) -> None:
        """Record how attempts ended."""
        self.step(run_id, "", results, 0, 0.0, suppress, token)

    def release(
        self,
        run_id: str,
        delivery_ids: Sequence[int],
        due: Mapping[int, float] | None = None,
        token: int | None = None,
        begun: Callable[[int], int] | None = None,
    ) -> None:
        """Claimed but never begun: back to *pending*, as if never claimed.

        Args:
            due: for some of them, the time before which they are not to be claimed again. That is no attempt: one
                that was never tried is still counted as *pending*.
            begun: the flag of a seq, as for :meth:`recover`; a delivery whose flag is not 0 is left in *sending*.
        """
        with self._changing(run_id, token) as change:
            if worker_moves.release(change, delivery_ids, due, begun):
                change.finish()

    def bring_forward(self, run_id: str, seconds: float, token: int | None = None) -> int:
        """The clock was set back: what waits for a later time comes so much sooner. Returns how many they are."""
        with self._changing(run_id, token) as change:
            moved = worker_moves.bring_forward(change, seconds)
            if moved:
                change.finish()
        return moved

    def recall(self, run_id: str, at: float, token: int | None = None) -> int:
        """Limits may have changed, or a profile: what waits beyond ``at`` is due. Returns how many.

        That is what was never tried, and what waits for a person to see to the profile.
        """
        with self._changing(run_id, token) as change:
            moved = worker_moves.recall(change, at)
            if moved:
                change.finish()
        return moved

    def recover(self, run_id: str, begun: Callable[[int], int], token: int | None = None) -> Recovery:
        """After a crash: decide about every delivery in *sending*, by a flag for its seq.

        0: back to pending. 1: uncertain. 2: accepted. 3: deferred, due now. 4: rejected.
        """
        with self._changing(run_id, token) as change:
            recovery = recover(change, begun)
            if recovery.total:
                change.finish()
        return recovery

    def retry(self, run_id: str, kinds: Collection[str], deliveries: Collection[int] | None = None) -> int:
        """Send again what a person chose; returns how many deliveries became due.

        Whoever is suppressed or has the campaign from another run by now is left out; see :meth:`left_out`.

        Args:
            kinds: any of :data:`RETRIED`. ``deliveries``: only these ids.

        Raises:
            ValueError: another kind.
        """
        if unknown := set(kinds) - RETRIED:
            raise ValueError(f"cannot be retried: {sorted(unknown)}")
        with self._changing(run_id) as change:
            # "deferred" first: what the others move becomes deferred by it
            moved = sum(person_moves.reopen(change, kind, deliveries) for kind in sorted(kinds, key="deferred".__ne__))
            if change.touched or moved:
                change.finish()
        return moved

    def left_out(
        self, run_id: str, kinds: Collection[str], deliveries: Collection[int] | None = None
    ) -> dict[str, int]:
        """How many of those a :meth:`retry` leaves out, by the reason: ``suppressed`` or ``sent-before``."""
        found: Counter[str] = Counter()
        with self._reading(run_id) as (connection, key):
            for kind in kinds:
                found.update(person_moves.refused(connection, key, kind, deliveries).values())
        return dict(found)

    def decide(self, run_id: str, deliveries: Collection[int] | None, accepted: bool) -> int:
        """A person says whether uncertain deliveries (None: all of them) arrived: *accepted*, or else *rejected*.

        Written to the log with the cause ``decided.accepted`` or ``decided.rejected``. Returns how many they were.
        """
        with self._changing(run_id) as change:
            decided = person_moves.decide(change, deliveries, accepted)
            if decided:
                change.finish()
        return decided

    def leave_out(self, run_id: str, cause: str, *, whole_domains: bool = False) -> int:
        """Whoever is put off for a cause becomes *cancelled*; returns how many. A retry sends to them after all.

        Args:
            whole_domains: with all others that wait at the same receivers' domains.
        """
        with self._changing(run_id) as change:
            left = person_moves.leave_out(change, cause, whole_domains)
            if left:
                change.finish()
        return left

    def cancel_open(self, run_id: str, token: int | None = None) -> int:
        """Every *pending* delivery becomes *cancelled*; those a worker holds are left to it. Returns how many."""
        with self._changing(run_id, token) as change:
            cancelled = person_moves.cancel_open(change)
            if cancelled:
                change.finish()
        return cancelled
