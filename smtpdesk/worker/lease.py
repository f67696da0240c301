"""Who may send a run: one worker, from one place, and nobody from an older copy of the workspace.

Three guards, from near to far. A locked file in the run's folder keeps a second worker of this computer out. A lease
in the ledger, with a number that grows each time it is taken, keeps one out that sends from elsewhere, and fences off
a worker that was thought dead: the ledger takes nothing from an older number. A witness outside of the workspace
remembers how far the ledger had come, so that a copy of the workspace that is older than what was sent is known as one.
"""

from __future__ import annotations

import contextlib
import json
import logging
import platform
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.delivery import RunInfo, RunState
from smtpdesk.store import Workspace
from smtpdesk.worker.witnesses import witness_folder

_log = logging.getLogger("smtpdesk.worker")
#: Seconds between two writings of the witness.
WITNESS = 1.0
#: Seconds that a worker which is just ending has for it.
_PATIENCE = 2.0


class Running(InputError):
    """Another worker of this computer sends the run."""


class RunRestored(InputError):
    """``run.restored``: this workspace is an older copy; a newer one has sent more of the run."""


def running() -> Running:
    """The error for a run that has a worker."""
    return Running("worker.running", _("This run is being sent already."))


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


class Witness:
    """How far the ledger of a run had come, kept outside of the workspace; locked while the run is sent."""

    def __init__(self, run: RunInfo) -> None:
        # A copied workspace has the same runs, made at the same moments; other workspaces have others.
        self._path = witness_folder() / f"{run.id}-{run.created_at:.6f}.json"
        self._next = 0.0

    @property
    def lock(self) -> Path:
        """Locked by the worker of the run, in whichever copy of the workspace."""
        return self._path.with_suffix(".lock")

    def seen(self) -> int:
        """The greatest value of the ledger's counter that was written down; 0 when nothing was."""
        try:
            return int(json.loads(self._path.read_text(encoding="utf-8"))["advanced"])
        except FileNotFoundError:
            return 0
        except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
            _log.warning("the witness cannot be read: %s", error)
            return 0

    def note(self, advanced: int, *, now_at_once: bool = False, ended: bool = False) -> None:
        """Remember the ledger's counter, about once a second. That this cannot be written stops nobody.

        ``ended``: the run is over, so that its witness may go once it is old.
        """
        moment = time.monotonic()
        if moment < self._next and not now_at_once:
            return
        self._next = moment + WITNESS
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new = self._path.with_suffix(".new")
            new.write_text(json.dumps({"advanced": advanced, **({"ended": True} if ended else {})}), encoding="utf-8")
            new.replace(self._path)
        except OSError as error:
            _log.warning("the witness cannot be written: %s", error)


class Lease:
    """The right to send one run. ``token`` goes with every writing to the ledger."""

    def __init__(self, workspace: Workspace, run: RunInfo) -> None:
        self._workspace = workspace
        self._run = run
        self._witness = Witness(run)
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
        with _locked(self._witness.lock):
            self._refuse_older_copy(take_over)
            runs = self._workspace.runs
            self.token = runs.take_lease(
                self._run.id, uuid.uuid4().hex, place_of(self._workspace.folder), now(), force=take_over
            )
            self.witness()
            try:
                yield self.token
                ended = runs.get(self._run.id).state in {RunState.DONE, RunState.STOPPED}
                self._witness.note(self._workspace.ledger.advanced(self._run.id), now_at_once=True, ended=ended)
            finally:
                runs.drop_lease(self._run.id, self.token)

    def renew(self) -> None:
        """This worker lives; raises LeaseLost when somebody else has taken over."""
        self._workspace.runs.renew_lease(self._run.id, self.token, now())
        self.witness()

    def witness(self) -> None:
        """Remember outside of the workspace how far the ledger is."""
        self._witness.note(self._workspace.ledger.advanced(self._run.id))

    def _refuse_older_copy(self, take_over: bool) -> None:
        seen, here = self._witness.seen(), self._workspace.ledger.advanced(self._run.id)
        if seen <= here:
            return
        if take_over:
            _log.warning("run %s: taken over from a copy at %d, %d was seen", self._run.id, here, seen)
            return
        raise RunRestored(
            "run.restored",
            _("This workspace is an older copy: more of this campaign was sent than it knows."),
            _("Go on with the newer workspace. If it is lost, some people would get the message a second time."),
        )


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        _log.warning("no folder for the witness: %s", error)
        yield
        return
    lock = FileLock(path, timeout=_PATIENCE)
    try:
        lock.acquire()
    except Timeout:
        raise running() from None
    except (OSError, NotImplementedError) as error:  # read-only, no room, a file system without locks
        _log.warning("the witness cannot be locked: %s", error)
        yield
        return
    try:
        yield
    finally:
        lock.release()
