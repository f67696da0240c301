"""Runs that wait for their time, planned on real folders; no worker is started for those that are looked at only."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError
from smtpdesk.desk import Desk
from smtpdesk.desk.runs import ChecksFailed, UnfinishedRun
from smtpdesk.desk.schedule_words import MISSED, days_words, missed_sentence, moment_words, sentence
from smtpdesk.domain.delivery import RunInfo, RunState, Wanted
from smtpdesk.domain.schedule import Schedule
from smtpdesk.domain.schedule_text import parse_start
from smtpdesk.message import load_campaign
from tests.scenarios.campaigns import make_campaign, people

BERLIN = "Europe/Berlin"
HOUR, DAY = 3600.0, 86400.0


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")


def on_desk(workspace: Path, work: Callable[[Desk], Awaitable[None]]) -> None:
    async def run() -> None:
        desk = await Desk.open(workspace)
        try:
            await work(desk)
        finally:
            await desk.close()

    asyncio.run(run())


async def planned(desk: Desk, folder: Path, schedule: Schedule, seen_at: float | None = None) -> RunInfo:
    """A run as it is left behind by a computer that was switched off while its worker waited."""
    run = await desk.sending.plan(make_campaign(folder, people(2), profile="sandbox"))
    await desk.scheduling.change(run.id, schedule)
    await desk._thread.call(lambda: desk._store.runs.set_state(run.id, RunState.RUNNING, ""))
    await desk._thread.call(lambda: desk._store.runs.seen(run.id, seen_at))
    return run


def test_a_run_keeps_its_schedule_apart_from_the_campaign(workspace: Path, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        run = await planned(desk, tmp_path / "c", Schedule(now() + DAY))
        standing = await desk.scheduling.standing(run.id)
        assert standing.opens == standing.schedule.start
        assert not standing.begun and not standing.missed
        assert load_campaign(tmp_path / "c").schedule == Schedule()
        await desk.scheduling.adopt(tmp_path / "c", Schedule(now() - 2 * HOUR))
        assert (await desk.scheduling.standing(run.id)).missed

    on_desk(workspace, work)


def test_a_run_whose_copy_of_the_message_is_gone_says_so_and_can_be_stopped(workspace: Path, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        run = await planned(desk, tmp_path / "c", Schedule(now() - 2 * HOUR))
        shutil.rmtree(desk.folder / run.snapshot)
        with pytest.raises(InputError) as caught:
            await desk.scheduling.send_now(run.id)
        assert (caught.value.code, caught.value.where) == ("run.message-gone", "")
        assert str(desk.folder) not in str(caught.value)
        await desk.sending.stop(run.id)
        assert (await desk.sending.run(run.id)).state is RunState.STOPPED
        assert (await desk.sending.view(run.id)).counts.cancelled == 2

    on_desk(workspace, work)


def test_after_a_restart_what_waited_waits_again_and_what_was_missed_asks(workspace: Path, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        yesterday = now() - DAY
        waits = await planned(desk, tmp_path / "waits", Schedule(now() + DAY), yesterday)
        missed = await planned(desk, tmp_path / "missed", Schedule(now() - 2 * HOUR), yesterday)
        cut_off = await planned(desk, tmp_path / "cut", Schedule(), yesterday)
        found = await desk.scheduling.take_up()
        try:
            assert [run.id for run in found.waiting] == [waits.id]
            assert [run.id for run in found.missed] == [missed.id]
            assert (await desk.sending.view(waits.id)).alive
            asked = await desk.sending.run(missed.id)
            assert (asked.state, asked.note) == (RunState.PAUSED, MISSED)
            assert desk.reports.meaning(MISSED).advice
            assert not (await desk.sending.view(cut_off.id)).alive
            again = await desk.scheduling.take_up()
            assert not again.waiting and [run.id for run in again.missed] == [missed.id]
        finally:
            await desk.sending.stop(waits.id)
            await desk.sending.finished(waits.id)

    on_desk(workspace, work)


def test_a_night_outside_of_the_hours_is_no_cut_off(workspace: Path, tmp_path: Path) -> None:
    """The worker was last seen when its hours were closed: what counts is when they opened again."""

    async def work(desk: Desk) -> None:
        clock = datetime.fromtimestamp(now())
        minute = clock.hour * 60 + clock.minute
        opened = Schedule(None, ((minute - 10) % 1440, (minute + 60) % 1440))  # ten minutes ago, every day
        run = await planned(desk, tmp_path / "c", replace(opened, grace=HOUR), now() - HOUR)
        late = await planned(desk, tmp_path / "d", replace(opened, grace=60.0), now() - HOUR)
        found = await desk.scheduling.take_up()
        try:
            assert [each.id for each in found.waiting] == [run.id]
            assert [each.id for each in found.missed] == [late.id]
        finally:
            await desk.sending.stop(run.id)
            await desk.sending.finished(run.id)

    on_desk(workspace, work)


def test_a_missed_run_is_sent_when_a_person_says_so(workspace: Path, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        run = await planned(desk, tmp_path / "c", Schedule(now() - DAY, weekdays=(0, 1, 2, 3, 4, 5, 6)))
        await desk.scheduling.take_up()
        await desk.scheduling.send_now(run.id)
        await desk.sending.finished(run.id)
        ended = await desk.sending.run(run.id)
        assert (ended.state, ended.wanted) == (RunState.DONE, Wanted.RUN)
        assert (await desk.reports.counts(run.id)).accepted == 2
        assert (await desk.scheduling.standing(run.id)).begun

    on_desk(workspace, work)


def test_a_waiting_run_can_be_given_another_time(workspace: Path, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        folder = make_campaign(tmp_path / "c", people(2), profile="sandbox")
        run = await desk.sending.start(folder, schedule=Schedule(now() + DAY))
        assert (await desk.sending.view(run.id)).alive
        with pytest.raises(UnfinishedRun):
            await desk.sending.start(folder)
        await desk.scheduling.reschedule(run.id, Schedule(now() + 2 * DAY))
        standing = await desk.scheduling.standing(run.id)
        assert standing.opens is not None and standing.opens > now() + DAY + HOUR
        assert not standing.begun
        await desk.scheduling.send_now(run.id)
        await desk.sending.finished(run.id)
        assert (await desk.reports.counts(run.id)).accepted == 2

    on_desk(workspace, work)


def test_an_unfinished_run_is_not_given_up_for_a_message_that_cannot_be_sent(workspace: Path, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        run = await planned(desk, tmp_path / "c", Schedule(now() + DAY))
        message = tmp_path / "c" / load_campaign(tmp_path / "c").html
        message.write_text("<p>{{ no_such_field }}</p>", encoding="utf-8")
        with pytest.raises(ChecksFailed):
            await desk.sending.start(tmp_path / "c", unfinished="new")
        assert (await desk.sending.run(run.id)).state is not RunState.STOPPED
        assert (await desk.reports.counts(run.id)).cancelled == 0

    on_desk(workspace, work)


def test_a_schedule_says_in_words_what_will_happen() -> None:
    at = parse_start("2026-11-24 12:00", BERLIN)
    start = parse_start("2026-12-01 09:00", BERLIN)
    office = Schedule(start, (540, 1020), (0, 1, 2, 3, 4), BERLIN)
    assert sentence(office, at) == (
        "Starts on Tuesday, December 1, 2026 at 09:00, sends Monday to Friday 09:00–17:00 (Europe/Berlin)."
    )
    assert sentence(Schedule(), at) == "Starts now."
    assert sentence(Schedule(None, (1320, 360), (), BERLIN), at) == (
        "Starts today at 22:00, sends every day 22:00–06:00 (Europe/Berlin)."
    )
    assert missed_sentence(office, start + DAY) == "It was to start yesterday at 09:00, and that was missed."
    assert moment_words(parse_start("2027-01-04 09:00", BERLIN), at, BERLIN) == "on Monday, January 4, 2027 at 09:00"
    assert days_words((0, 1, 5, 6)) == "Monday, Tuesday, Saturday, Sunday"
