"""Writes a run's deliveries, a piece of the list at a time: the first messages leave while the rest is written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from smtpdesk.base.errors import Cancelled
from smtpdesk.base.i18n import _
from smtpdesk.domain.address import address_key
from smtpdesk.domain.delivery import RunInfo
from smtpdesk.domain.recipient import Recipient
from smtpdesk.store import Workspace

#: Rows of one transaction: the lanes' own transactions wait no longer than this takes.
PIECE = 2_000


class Planner:
    """The plan of one run: who of its list gets a delivery, who is skipped, and why.

    It goes on where the last piece ended, in whatever process that was.
    """

    def __init__(self, workspace: Workspace, run: RunInfo, *, token: int | None = None) -> None:
        self._workspace = workspace
        self._run = run
        self._token = token

    def write(
        self,
        most: int | None = None,
        *,
        progress: Callable[[int], None] | None = None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> bool:
        """Write pieces until the list is at its end, or about ``most`` rows are written; True at the end of the list.

        Raises:
            Cancelled: between two pieces.
            StoreError: nothing of the present piece was written.
        """
        source = self._workspace.runs.source(self._run.id)
        if source is None:
            return True
        rows = self._workspace.lists.view_by_id(source.list_id).recipients_after(source.after)
        reason = self._reasons(source.again)
        written = 0
        while most is None or written < most:
            piece = list(islice(rows, PIECE))
            if cancelled():
                raise Cancelled("plan.cancelled", _("The planning was cancelled; nothing was sent."))
            done = len(piece) < PIECE
            after = piece[-1][0] if piece else source.after
            planned: Iterator[tuple[Recipient, str]] = ((row, reason(row)) for _id, row in piece)
            written += self._workspace.ledger.plan_piece(
                self._run.id, planned, after=after, done=done, token=self._token
            )
            if progress is not None:
                progress(written)
            if done:
                return True
        return False

    def _reasons(self, again: bool) -> Callable[[Recipient], str]:
        """Why a row is skipped; "" to send it."""
        runs = self._workspace.runs
        everybody = again or runs.rehearses(self._run.profiles)
        before = (
            set()
            if everybody
            else runs.accepted_before(self._run.digest, but=self._run.id, identity=self._run.identity)
        )
        suppressed = self._workspace.suppressions.matcher()

        def reason(row: Recipient) -> str:
            if suppressed(row.address):
                return "suppressed"
            return "sent-before" if before and address_key(row.address) in before else ""

        return reason
