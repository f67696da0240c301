"""The system's own timer: the text for each system, read by that system's own reader where there is one here."""

from __future__ import annotations

import asyncio
import plistlib
import shutil
import subprocess
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from smtpdesk.base.clock import now
from smtpdesk.desk import Desk
from smtpdesk.desk.start_timer import StartTimer
from smtpdesk.desk.system_timer import Job, Unavailable, job_for, launchd, runner, systemd, task_scheduler
from smtpdesk.domain.schedule import Schedule
from smtpdesk.domain.schedule_text import parse_start
from tests.scenarios.campaigns import make_campaign, people

NINE = parse_start("2026-12-02 09:00", "Europe/Berlin")
AWKWARD = Path('/home/ana perez/50% "off" $HOME\\x; & <b>ü</b>')
XML = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


@pytest.fixture
def job() -> Job:
    return job_for(AWKWARD, [NINE + 0.4, NINE + 86400, NINE + 0.4])


def test_a_job_is_one_a_workspace_and_runs_without_the_window(job: Job) -> None:
    assert job.name == job_for(AWKWARD, []).name != job_for(Path("/other"), []).name
    assert job.command[1:5] == ("-m", "smtpdesk", "schedule", "run")
    assert job.command[-1] == str(AWKWARD)
    assert len(job.moments) == 2
    assert len(job_for(AWKWARD, range(100)).moments) < 40


def test_systemd_takes_the_units(job: Job, tmp_path: Path) -> None:
    for name, words in systemd.files(job).items():
        (tmp_path / name).write_text(words, encoding="utf-8")
    assert "OnCalendar=2026-12-02 08:00:01 UTC" in systemd.timer(job), "never before the moment"
    assert "Persistent=true" in systemd.timer(job)
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    for name in systemd.files(job):
        ran = subprocess.run(
            ["systemd-analyze", "verify", "--user", str(tmp_path / name)], capture_output=True, text=True, check=False
        )
        ours = [line for line in ran.stderr.splitlines() if job.name in line or str(tmp_path) in line]
        assert ours == [], ran.stderr
    said = subprocess.run(
        ["systemd-analyze", "calendar", "2026-12-02 08:00:01 UTC"], capture_output=True, text=True, check=False
    )
    assert "2026-12-02 08:00:01 UTC" in said.stdout, said


def test_systemd_reads_each_word_of_the_command_as_it_was_meant(job: Job) -> None:
    line = next(line for line in systemd.service(job).splitlines() if line.startswith("ExecStart="))
    assert '"/home/ana perez/50%% \\"off\\" $$HOME\\\\x; & <b>ü</b>"' in line


def test_launchd_gets_a_property_list(job: Job) -> None:
    read = plistlib.loads(launchd.property_list(job))
    assert read["ProgramArguments"] == list(job.command)
    assert read["RunAtLoad"] is True
    first = read["StartCalendarInterval"][0]
    at = datetime.fromtimestamp(NINE + 60)  # the next whole minute
    assert first == {"Month": at.month, "Day": at.day, "Hour": at.hour, "Minute": at.minute}


def test_the_task_scheduler_gets_a_task() -> None:
    job = Job("smtpdesk-schedule-x", ("C:\\Program Files\\Python\\python.exe", "-m", "smtpdesk", "D:\\a & b"), (NINE,))
    task = ElementTree.fromstring(task_scheduler.task(job).encode("utf-16"))
    assert [item.text for item in task.iter(f"{XML}StartBoundary")] == ["2026-12-02T08:00:00Z"]
    assert task.find(f".//{XML}LogonTrigger") is not None
    assert task.findtext(f".//{XML}StartWhenAvailable") == "true"
    assert task.findtext(f".//{XML}Command") == "C:\\Program Files\\Python\\pythonw.exe"
    assert task.findtext(f".//{XML}Arguments") == '-m smtpdesk "D:\\a & b"'
    order = [item.tag.removeprefix(XML) for item in task]
    assert order == ["RegistrationInfo", "Triggers", "Principals", "Settings", "Actions"], "the schema wants it so"


def test_the_sentence_of_a_system_without_it_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for timer in (runner.Systemd(tmp_path), runner.Launchd(tmp_path), runner.TaskScheduler()):
        assert timer.missing().count(".") == 1
        assert timer.conditions().endswith(".")


@pytest.fixture
def systemctl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of systemctl that notes what it was asked; the units are real files."""
    noted = tmp_path / "noted"
    program = tmp_path / "bin" / "systemctl"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> "{noted}"\n[ "$2" != restart ] || [ ! -e "{tmp_path}/refuse" ]\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")
    return noted


def said(noted: Path) -> str:
    return noted.read_text(encoding="utf-8")


def units(folder: Path) -> list[str]:
    return sorted(file.suffix for file in folder.glob("smtpdesk-*"))


def test_the_job_comes_and_goes_with_what_is_scheduled(workspace: Path, tmp_path: Path, systemctl: Path) -> None:
    folder = tmp_path / "units"

    async def work(desk: Desk) -> None:
        desk.scheduling._timer = StartTimer(desk._store, desk._thread, runner.Systemd(folder))
        run = await desk.sending.plan(make_campaign(tmp_path / "c", people(2), profile="sandbox"))
        await desk.scheduling.change(run.id, Schedule(now() + 86400))
        assert units(folder) == []
        assert "window may be closed" in (await desk.scheduling.timer()).conditions
        await desk.scheduling.use_timer(True)
        assert units(folder) == [".service", ".timer"]
        status = await desk.scheduling.timer()
        assert status.on and "has to be on and awake" in status.conditions
        written = (next(folder.glob("*.timer"))).read_text()
        asked = said(systemctl)
        await desk.scheduling.keep_up()
        assert "restart" not in said(systemctl).removeprefix(asked), "no news"
        await desk.scheduling.change(run.id, Schedule(now() + 2 * 86400))
        await desk.scheduling.keep_up()
        assert (next(folder.glob("*.timer"))).read_text() != written
        await desk.scheduling.cancel(run.id)
        assert units(folder) == []
        assert "disable" in said(systemctl)

    on_desk(workspace, work)


def test_a_timer_that_refuses_keeps_no_run_from_waiting(workspace: Path, tmp_path: Path, systemctl: Path) -> None:
    async def work(desk: Desk) -> None:
        desk.scheduling._timer = StartTimer(desk._store, desk._thread, runner.Systemd(tmp_path / "units"))
        run = await desk.sending.plan(make_campaign(tmp_path / "c", people(2), profile="sandbox"))
        await desk.scheduling.change(run.id, Schedule(now() + 86400))
        (tmp_path / "refuse").touch()
        with pytest.raises(Unavailable):
            await desk.scheduling.use_timer(True)
        assert not (await desk.scheduling.timer()).on
        await desk.scheduling.keep_up()
        assert [view.run.id for view in await desk.scheduling.scheduled()] == [run.id]

    on_desk(workspace, work)


def on_desk(workspace: Path, work) -> None:  # type: ignore[no-untyped-def]
    async def run() -> None:
        desk = await Desk.open(workspace)
        try:
            await work(desk)
        finally:
            await desk.close()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("schedule", "first"),
    [
        (Schedule(), []),
        (Schedule(NINE), [NINE]),
        (Schedule(NINE, (540, 1020), (), "Europe/Berlin"), [NINE, NINE + 86400, NINE + 2 * 86400]),
        (Schedule(None, (540, 1020), (2,), "Europe/Berlin"), [NINE, NINE + 7 * 86400]),
    ],
)
def test_the_next_openings_of_a_schedule(schedule: Schedule, first: Sequence[float]) -> None:
    assert schedule.openings(NINE - 3600, 3)[: len(first)] == list(first)
    if not first:
        assert schedule.openings(NINE, 3) == []
