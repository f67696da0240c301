"""A desk in this process, as the window and the command line have one, with real workers: several runs at a time."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Iterable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import psutil

from smtpdesk.desk import Desk
from smtpdesk.desk.sending import RunView
from smtpdesk.domain.delivery import RunInfo
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay, Security
from tests.scenarios.campaigns import HTML, make_campaign, people
from tests.servers.proc import wait_until

T = TypeVar("T")
#: What EHLO offers, by the dialogue that it leads to.
BASE = ("8BITMIME", "SIZE 35882577", "ENHANCEDSTATUSCODES")
DIALOGUES: dict[str, tuple[str, ...]] = {
    "stepwise": BASE,
    "pipelining": ("PIPELINING", *BASE),
    "chunking": ("PIPELINING", "CHUNKING", *BASE),
}
#: Bodies that may be without an answer on one connection.
DEPTH = {"stepwise": 1, "pipelining": 1, "chunking": 8}


class Office:
    """One workspace and its desk. Between two calls nothing of the desk runs; the workers go on."""

    def __init__(self, workspace: Path, folders: Path) -> None:
        self.workspace = workspace
        self._folders = folders
        self._runner = asyncio.Runner()
        self.desk = self.do(Desk.open(workspace))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """Run something of the desk to its end."""
        return self._runner.run(work)

    def profile(
        self, port: int, name: str = "office", *, security: str = "none", ca_file: Path | None = None, **limits: Any
    ) -> None:
        """Save a profile for a server on this computer."""
        relay = Relay("127.0.0.1", port, Security(security), str(ca_file) if ca_file else None)
        identity = Identity("Ana Pérez <ana@example.com>")
        self.do(self.desk.profiles.save(Profile(name, relay, identity, limits=Limits(**limits))))

    def campaign(self, rows: Iterable[dict[str, str]], profile: str = "office") -> Path:
        """A campaign folder for a profile, with a message like no other: nobody counts as having it already."""
        html = HTML.replace("<html>", f"<html><!-- {profile} -->")
        return make_campaign(self._folders / profile, rows, profile=profile, html=html)

    def start(self, port: int, count: int = 40, name: str = "office", **limits: Any) -> RunInfo:
        """Save a profile, make a campaign of ``count`` rows for it, and begin to send."""
        self.profile(port, name, **limits)
        return self.send(self.campaign(people(count), name))

    def send(self, folder: Path, **options: Any) -> RunInfo:
        """Begin to send, or go on."""
        return self.do(self.desk.sending.start(folder, **options))

    def resume(self, run: str) -> None:
        """Go on with a run that was paused or cut off."""
        self.do(self.desk.sending.resume(run))

    def worker(self, run: str) -> psutil.Process:
        """The process that sends a run."""
        return wait_until(lambda: next(iter(self._workers(run)), None), 30, f"a worker for {run}")

    @staticmethod
    def worker_of(starter: int) -> psutil.Process:
        """The worker that a command line started."""

        def found() -> psutil.Process | None:
            return next((child for child in psutil.Process(starter).children() if _sends(child)), None)

        return wait_until(found, 30, "a worker of the command")

    def _workers(self, run: str = "") -> Iterator[psutil.Process]:
        for child in psutil.Process().children():
            with contextlib.suppress(psutil.NoSuchProcess):
                line = child.cmdline()
                if str(self.workspace) in line and (run in line or not run):
                    yield child

    def view(self, run: str) -> RunView:
        """A run as the sending page shows it now."""
        return self.do(self.desk.sending.view(run))

    def wait(self, run: str, predicate: Callable[[RunView], object], deadline: float = 60.0) -> RunView:
        """Wait until something is true of a run's view, and return that view."""
        seen: list[RunView] = []

        def look() -> bool:
            seen[:] = [self.view(run)]
            return bool(predicate(seen[0]))

        wait_until(look, deadline, lambda: f"{seen}")
        return seen[0]

    def end(self, run: str, deadline: float = 90.0) -> RunView:
        """Wait until the worker of a run has ended; the run as it is then."""

        async def finished() -> None:
            async with asyncio.timeout(deadline):
                await self.desk.sending.finished(run)

        self.do(finished())
        return self.view(run)

    def pause(self, run: str) -> None:
        """As the button does."""
        self.do(self.desk.sending.pause(run))

    def close(self) -> None:
        """End what still sends, and close the desk."""
        for worker in list(self._workers()):
            worker.kill()
        self.do(self.desk.close())
        self._runner.close()


def _sends(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess):
        return "smtpdesk.worker" in process.cmdline()
    return False


@contextlib.contextmanager
def open_office(place: Path) -> Iterator[Office]:
    """An office whose workspace and campaigns are in ``place``."""
    workspace = place / "workspace"
    workspace.mkdir(parents=True, exist_ok=True)
    office = Office(workspace, place / "campaigns")
    try:
        yield office
    finally:
        office.close()
