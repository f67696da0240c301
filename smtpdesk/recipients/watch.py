"""Progress and cancellation of a long reading."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from smtpdesk.base.errors import Cancelled
from smtpdesk.base.i18n import _

#: ``progress(rows, share)``: rows read so far, and how much of the source that is (0 to 1, None when unknown).
Progress = Callable[[int, float | None], None]


@dataclass(frozen=True, slots=True)
class Watch:
    """Who is told how far a reading is, and who may end it."""

    progress: Progress | None = None
    cancelled: Callable[[], bool] | None = None

    def check(self) -> None:
        """Raise :class:`Cancelled` when a person has cancelled."""
        if self.cancelled is not None and self.cancelled():
            raise Cancelled("recipients.cancelled", _("The import was cancelled. Nothing was changed."))

    def at(self, rows: int, share: float | None) -> None:
        """Tell how far it is, then :meth:`check`."""
        if self.progress is not None:
            self.progress(rows, share)
        self.check()
