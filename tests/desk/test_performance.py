"""Server performance over a real workspace: figures, curve without gaps, causes, limits, and its command."""

from __future__ import annotations

import asyncio
import json
from array import array
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError
from smtpdesk.cli.main import app
from smtpdesk.desk import Desk
from smtpdesk.desk.performance import ServerPerformance, Span, mean_latency, parse_since, step_of
from smtpdesk.desk.performance_words import event_words, limit_words
from smtpdesk.domain.delivery import LaneChange, LaneEvent, LaneInfo, LaneSample, OutcomeKind, RunState
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay
from smtpdesk.store import Workspace
from tests.desktop.sending_ledger import ACCEPTED, FULL, GREYLISTED, UNKNOWN, Run, new_run

SAID = "421 4.7.0 Try again later, closing connection."


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A run of an hour: 30 accepted, 5 refused, a slow spell, and one of another profile that must not count."""
    at = now()
    with Workspace.open(tmp_path / "workspace") as store:
        for name in ("office", "other"):
            limits = Limits(rate=14, hourly=100, daily=40)
            store.profiles.save(
                Profile(name, Relay("smtp.example.com", 587), Identity("A <a@example.com>"), "", limits)
            )
        made = new_run(store, 60, profiles=("office", "other"), created_at=at - 3600, started_at=at - 3600)
        made.state(RunState.RUNNING)
        made.attempt([UNKNOWN], at - 3 * 86_400)
        made.attempt([ACCEPTED] * 30 + [UNKNOWN] * 2, at - 1200)
        made.attempt([GREYLISTED] * 3, at - 600)
        Run(store, made.id, "other").attempt([FULL] * 4, at - 500)
        made.lanes(LaneInfo("office", "sending", "", 2, 30, 3.0, allowed=3.0, full=14.0, left_today=10))
        fast = LaneSample(made.id, "office", at - 1200, 10, 2, 30, 0, 2, 0, 14.0, "", {"body": 0.2, "rcpt": 0.1})
        slow = LaneSample(made.id, "office", at - 600, 10, 1, 0, 3, 0, 0, 3.0, "profile.rate", {"body": 0.8})
        store.performance.add(
            [fast, slow, replace(slow, profile="other", deferred=4)],
            [
                LaneEvent(made.id, "office", at - 610, LaneChange.SLOWER, "profile.rate", SAID, 3.0),
                LaneEvent(made.id, "office", at - 300, LaneChange.FASTER, allowed=6.0),
            ],
        )
        yield made


def look(run: Run, profile: str = "office", span: Span = Span.RUN, since: float | None = None) -> ServerPerformance:
    async def ask() -> ServerPerformance:
        desk = await Desk.open(run.store.folder)
        try:
            return await desk.performance.of(profile, run=run.id if span is Span.RUN else "", span=span, since=since)
        finally:
            await desk.close()

    return asyncio.run(ask())


def test_the_figures_of_a_run_are_those_of_its_profile_alone(run: Run) -> None:
    found = look(run)
    assert (found.accepted, found.deferred, found.rejected, found.uncertain) == (30, 3, 2, 0)
    assert found.rate == 30 / 20
    assert found.latency == pytest.approx({"rcpt": 0.1, "body": (0.2 * 32 + 0.8 * 3) / 35})
    assert list(found.latency) == ["rcpt", "body"]
    assert [(group.cause, group.kind, group.people) for group in found.causes] == [
        ("recipient.greylisted", OutcomeKind.DEFERRED, 3),
        ("recipient.unknown", OutcomeKind.REJECTED, 2),
    ]
    assert found.causes[1].example.code == 550
    assert [(use.most, use.used, use.left) for use in found.limits] == [(100, 30, 70), (40, 30, 10)]
    assert [event.change for event in found.events] == [LaneChange.FASTER, LaneChange.SLOWER]
    assert found.lane is not None
    assert found.lane.left_today == 10
    assert not found.empty


def test_the_curve_has_no_gaps_and_loses_nothing(run: Run) -> None:
    found = look(run)
    assert sum(point.accepted for point in found.curve) == pytest.approx(30)
    assert sum(point.others for point in found.curve) == pytest.approx(5)
    steps = {round(b.at - a.at, 3) for a, b in zip(found.curve, found.curve[1:], strict=False)}
    assert steps == {found.step}
    week = look(run, span=Span.WEEK)
    assert sum(point.accepted for point in week.curve) == pytest.approx(30)
    assert len(week.curve) <= 121
    assert sum(group.people for group in week.causes) == 6


def test_a_stretch_without_sending_is_empty_and_an_unknown_profile_is_told(run: Run) -> None:
    assert look(run, "sandbox", Span.TODAY).empty
    with pytest.raises(InputError) as caught:
        look(run, "nobody", Span.TODAY)
    assert caught.value.code == "profile.unknown"
    run.store.profiles.remove("other")
    assert look(run, "other").deferred == 4, "what it did is still told"


def test_what_is_used_up_and_what_happened_has_words(run: Run) -> None:
    found = look(run)
    assert limit_words(found.limits[1]) == ("40 in 24 hours", "30 used, 10 left")
    words = [event_words(event, "The server asked us to slow down", now()) for event in found.events]
    assert words == ["Faster again: 6/s", "Slowed to 3/s: The server asked us to slow down"]


def test_times_are_understood() -> None:
    assert parse_since("7d", 1e9) == 1e9 - 7 * 86_400
    assert parse_since("12h", 1e9) == 1e9 - 12 * 3600
    assert parse_since("2026-11-01") < parse_since("2026-11-02")
    for odd in ("", "d", "seven days", "-3d", "9999999d"):
        with pytest.raises(InputError):
            parse_since(odd)
    assert step_of(600) == 5
    assert step_of(30 * 86_400) == 21_600
    assert mean_latency([]) == {}


def test_the_ids_of_a_long_run_are_all_there(tmp_path: Path) -> None:
    with Workspace.open(tmp_path / "workspace") as store:
        run = new_run(store, 20_000)
        ids = store.ledger.report_ids(run.id)
        assert isinstance(ids, array)
        assert ids.tolist() == list(range(ids[0], ids[0] + 20_000))


def test_the_command_tells_people_and_programs(run: Run) -> None:
    where = ["--workspace", str(run.store.folder)]
    runner = CliRunner()
    shown = runner.invoke(app, ["performance", "office", *where])
    assert shown.exit_code == 0, shown.output
    for words in (
        "30 messages accepted",
        "Slowed to 3/s",
        SAID,
        "40 in 24 hours: 30 used, 10 left",
        "Recipient (RCPT TO) 100 ms",
    ):
        assert words in shown.output
    told = runner.invoke(app, ["performance", "--run", run.id, "--json", *where])
    lines = [json.loads(line) for line in told.stdout.splitlines()]
    assert [line["profile"] for line in lines] == ["office", "other"]
    assert lines[0]["rejected"] == 2
    assert lines[0]["limits"][1] == {"most": 40, "seconds": 86400.0, "used": 30, "left": 10}
    assert lines[0]["events"][1]["said"] == SAID
    assert runner.invoke(app, ["performance", "office", "--since", "soon", *where]).exit_code == 2
    assert runner.invoke(app, ["performance", "nobody", *where]).exit_code == 2
    nothing = runner.invoke(app, ["performance", "sandbox", *where])
    assert "Nothing was sent in this time." in nothing.output


def test_the_pace_until_now_is_told_in_even_steps(run: Run) -> None:
    at = now()
    run.store.performance.add(
        [LaneSample(run.id, "office", at - 5, 10, 2, 20), LaneSample(run.id, "other", at - 9, 10, 1, 0)]
    )

    async def ask() -> dict[str, list[float]]:
        desk = await Desk.open(run.store.folder)
        try:
            return await desk.performance.pace(run.id, 2.0, 600, at)
        finally:
            await desk.close()

    pace = asyncio.run(ask())
    assert {name: len(rates) for name, rates in pace.items()} == {"office": 597, "other": 597}
    assert pace["office"][-5:] == pytest.approx([2.0] * 5)  # up to the last sample, not to zeros after it
    assert sum(pace["office"]) * 2 == pytest.approx(20, abs=0.1)
    assert not any(pace["other"])
