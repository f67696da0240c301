"""Puts a job into the system's timer and takes it out again. Thin: what is written stands in one file a system."""

from __future__ import annotations

import getpass
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desk.system_timer import launchd, systemd, task_scheduler
from smtpdesk.desk.system_timer.job import Job

#: Seconds that the system has to answer.
_ANSWERS = 20.0


class Unavailable(DeskError):
    """``schedule.no-timer``: this system has no timer for the user, or it refused."""

    exit_status = 1

    def __init__(self, sentence: str, where: str = "") -> None:
        hint = _("Leave the computer on; SMTPDesk starts what is scheduled while it runs.")
        super().__init__("schedule.no-timer", sentence, hint, where)


class SystemTimer(Protocol):
    """The timer of one system."""

    def missing(self) -> str:
        """Why it cannot be used here, in a sentence; "" when it can."""
        ...

    def install(self, job: Job) -> None:
        """Put a job in, in place of an earlier one of its name.

        Raises:
            Unavailable: the system refused.
        """
        ...

    def remove(self, job: Job) -> None:
        """Take a job out; nothing happens when it is not there."""
        ...

    def installed(self, job: Job) -> bool:
        """True while a job of this name is there."""
        ...

    def conditions(self) -> str:
        """What has to be on for the timer to start something, in a sentence."""
        ...


class Systemd:
    """The user's own systemd."""

    def __init__(self, folder: Path | None = None) -> None:
        config = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        self._folder = folder or Path(config) / "systemd" / "user"

    def missing(self) -> str:
        """See :class:`SystemTimer`."""
        if shutil.which("systemctl") and _runs("systemctl", "--user", "show-environment"):
            return ""
        return _("systemd does not run for this user here, so the system cannot start anything by itself.")

    def install(self, job: Job) -> None:
        """See :class:`SystemTimer`."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, words in systemd.files(job).items():
            (self._folder / name).write_text(words, encoding="utf-8", errors="surrogateescape")
        _must("systemctl", "--user", "daemon-reload")
        _must("systemctl", "--user", "enable", f"{job.name}.timer")
        _must("systemctl", "--user", "restart", f"{job.name}.timer")

    def remove(self, job: Job) -> None:
        """See :class:`SystemTimer`."""
        if not self.installed(job):
            return
        _runs("systemctl", "--user", "disable", "--now", f"{job.name}.timer")
        for name in systemd.files(job):
            (self._folder / name).unlink(missing_ok=True)
        _runs("systemctl", "--user", "daemon-reload")

    def installed(self, job: Job) -> bool:
        """See :class:`SystemTimer`."""
        return (self._folder / f"{job.name}.timer").exists()

    def conditions(self) -> str:
        """See :class:`SystemTimer`."""
        if self._lingers():
            return _("The computer has to be on and awake then; nobody has to be signed in.")
        return _(
            "The computer has to be on and awake then, and you have to be signed in "
            "(“loginctl enable-linger” lifts that)."
        )

    @staticmethod
    def _lingers() -> bool:
        return (Path("/var/lib/systemd/linger") / getpass.getuser()).exists()


class Launchd:
    """The user's launchd."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or Path.home() / "Library" / "LaunchAgents"

    def missing(self) -> str:
        """See :class:`SystemTimer`."""
        return "" if shutil.which("launchctl") else _("launchd is not there, so the system cannot start anything.")

    def install(self, job: Job) -> None:
        """See :class:`SystemTimer`."""
        self.remove(job)
        self._folder.mkdir(parents=True, exist_ok=True)
        self._file(job).write_bytes(launchd.property_list(job))
        _must("launchctl", "bootstrap", _domain(), str(self._file(job)))

    def remove(self, job: Job) -> None:
        """See :class:`SystemTimer`."""
        if self.installed(job):
            _runs("launchctl", "bootout", f"{_domain()}/{launchd.label(job)}")
            self._file(job).unlink(missing_ok=True)

    def installed(self, job: Job) -> bool:
        """See :class:`SystemTimer`."""
        return self._file(job).exists()

    def conditions(self) -> str:
        """See :class:`SystemTimer`."""
        return _("The computer has to be on and you have to be signed in then; if it sleeps, it starts on waking.")

    def _file(self, job: Job) -> Path:
        return self._folder / f"{launchd.label(job)}.plist"


class TaskScheduler:
    """The Task Scheduler of Windows."""

    def missing(self) -> str:
        """See :class:`SystemTimer`."""
        return "" if shutil.which("schtasks") else _("The Task Scheduler is not there, so nothing can be put into it.")

    def install(self, job: Job) -> None:
        """See :class:`SystemTimer`."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "task.xml"
            file.write_text(task_scheduler.task(job), encoding="utf-16")
            _must("schtasks", "/Create", "/TN", task_scheduler.name(job), "/XML", str(file), "/F")

    def remove(self, job: Job) -> None:
        """See :class:`SystemTimer`."""
        _runs("schtasks", "/Delete", "/TN", task_scheduler.name(job), "/F")

    def installed(self, job: Job) -> bool:
        """See :class:`SystemTimer`."""
        return _runs("schtasks", "/Query", "/TN", task_scheduler.name(job))

    def conditions(self) -> str:
        """See :class:`SystemTimer`."""
        return _("The computer has to be on and you have to be signed in then; if it sleeps, it starts on waking.")


def system_timer() -> SystemTimer:
    """The timer of the system that this runs on."""
    if sys.platform == "win32":
        return TaskScheduler()
    return Launchd() if sys.platform == "darwin" else Systemd()


def _domain() -> str:
    return f"gui/{os.getuid()}" if sys.platform != "win32" else ""


def _run(command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, capture_output=True, text=True, timeout=_ANSWERS, stdin=subprocess.DEVNULL, check=False
    )


def _runs(*command: str) -> bool:
    try:
        return _run(command).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _must(*command: str) -> None:
    """Raises Unavailable with the system's own words when it refuses."""
    try:
        ran = _run(command)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(_("The system's timer does not answer."), command[0]) from error
    if ran.returncode:
        said = " ".join((ran.stderr or ran.stdout).split())[:300]
        raise Unavailable(_("The system's timer refused: {words}").format(words=said), command[0])
