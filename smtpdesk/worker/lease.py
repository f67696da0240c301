"""Who may send a run: one worker, from one place, and nobody from an older copy of the workspace.

Three guards, from near to far. A locked file in the run's folder keeps a second worker of this computer out. A lease
in the ledger, with a number that grows each time it is taken, keeps one out that sends from elsewhere, and fences off
a worker that was thought dead: the ledger takes nothing from an older number. A rollback guard outside of the workspace
remembers how far the ledger had come, so that a copy of the workspace that is older than what was sent is known as one.
"""

from __future__ import annotations

import contextlib
import logging
import platform
import uuid
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.delivery import RunInfo, RunState
from smtpdesk.store import Workspace
from smtpdesk.worker.locks import running
from smtpdesk.worker.rollback_guard import Origin, RollbackGuard, same_moment

_log = logging.getLogger("smtpdesk.worker")
#: Seconds that a worker which is just ending has for it.
_PATIENCE = 2.0


class RunRestored(InputError):
    """``run.restored``: this workspace is an older copy; a newer one has sent more of the run."""


def place_of(folder: Path) -> str:
    """This computer and this folder: a copy of the workspace, here or elsewhere, is another place."""
    return f"{_machine()}:{folder.resolve()}"


def _machine() -> str:
    for name in ("/etc/machine-id", "/var/lib/dbus/machine-id"):
        with contextlib.suppress(OSError):
            found = Path(name).read_text(encoding="ascii").strip()
            if found:
                return found
    return platform.node()


class Lease:
    """The right to send one run. ``token`` goes with every writing to the ledger."""

    def __init__(self, workspace: Workspace, run: RunInfo) -> None:
        self._workspace = workspace
        self._run = run
        self._place = place_of(workspace.folder)
        origin = Origin(str(workspace.settings.get("vault_scope", "")), self._place)
        self._guard = RollbackGuard(run, origin)
        self.token = 0

    @contextlib.contextmanager
    def held(self, take_over: bool) -> Iterator[int]:
        """Take the lease and give it back at the end.

        Args:
            take_over: a person says that no other place sends this run any more, and that this copy is the one.

        Raises:
            InputError: ``worker.running`` (a copy of the workspace on this computer sends it), ``run.elsewhere``,
                ``run.restored``.
        """
        with _locked(self._guard.lock):
            self._refuse_older_copy(take_over)
            runs, run = self._workspace.runs, self._run.id
            advanced = self._advanced()
            self.token = runs.take_lease(run, uuid.uuid4().hex, self._place, now(), force=take_over)
            self._guard.note(advanced)
            orderly = False
            try:
                yield self.token
                orderly = True
            finally:
                advanced = self._advanced()
                runs.drop_lease(run, self.token)
                if orderly:
                    self._note_end(advanced)

    def renew(self) -> None:
        """This worker lives; raises LeaseLost when somebody else has taken over."""
        due = self._guard.due
        # Read before: only what was on the disk may be remembered, or a power cut would look like an older copy.
        advanced = self._advanced() if due else 0
        self._workspace.runs.renew_lease(self._run.id, self.token, now(), durable=due)
        if due:
            self._guard.note(advanced)

    def _advanced(self) -> int:
        return self._workspace.ledger.advanced(self._run.id)

    def _note_end(self, advanced: int) -> None:
        counts = self._workspace.ledger.counts(self._run.id)
        reached = counts.accepted + counts.rejected + counts.uncertain + counts.deferred + counts.sending
        ended = self._workspace.runs.get(self._run.id).state in {RunState.DONE, RunState.STOPPED}
        self._guard.note(advanced, ended=ended, reached=reached)

    def _known(self, run_id: str, created: float) -> int | None:
        """The ledger's counter of a run; None when this workspace has no such run."""
        made = self._workspace.runs.made_at(run_id)
        if made is None or not same_moment(made, created):
            return None
        return self._workspace.ledger.advanced(run_id)

    def _refuse_older_copy(self, take_over: bool) -> None:
        if not self._guard.refuses(self._advanced(), self._known):
            return
        if not take_over:
            raise RunRestored(
                "run.restored",
                _("This workspace is an older copy: more of this campaign was sent than it knows."),
                restored_hint(),
            )
        _log.warning("run %s: taken over from an older copy", self._run.id)
        self._guard.take_over(self._known)


def restored_hint() -> str:
    """The ways out of ``run.restored``."""
    return _(
        "Go on with the newer workspace. Only if it is lost for good, send from this one: “Take over…” in the window, "
        "or the same command with --take-over. Some people may then get the message a second time."
    )


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        _log.warning("no folder for the rollback guard: %s", error)
        yield
        return
    lock = FileLock(path, timeout=_PATIENCE)
    try:
        lock.acquire()
    except Timeout:
        raise running() from None
    except (OSError, NotImplementedError) as error:  # read-only, no room, a file system without locks
        _log.warning("the rollback guard cannot be locked: %s", error)
        yield
        return
    try:
        yield
    finally:
        lock.release()
