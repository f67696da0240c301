"""``smtpdesk send`` at another time: what the options mean, and what becomes of a start that was missed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from smtpdesk.cli.wishes import kept_words
from smtpdesk.domain.schedule import Schedule
from smtpdesk.message import load_campaign
from tests.scenarios.campaigns import Program, done, make_campaign, people

MISSED = '\n[schedule]\nstart = "2020-01-01 09:00"\ntimezone = "Europe/Berlin"\n'


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace)


def frozen(program: Program, run: str) -> Schedule:
    return load_campaign(program.workspace / "runs" / run / "campaign").schedule


@pytest.mark.parametrize(
    ("options", "code", "where"),
    [
        (("--at", "soon"), "campaign.bad-start", "--at"),
        (("--hours", "9-5"), "campaign.bad-hours", "--hours"),
        (("--weekdays", "workdays"), "campaign.bad-weekdays", "--weekdays"),
        (("--timezone", "Berlin"), "campaign.bad-timezone", "--timezone"),
        (("--grace", "a while"), "campaign.bad-duration", "--grace"),
        (("--at", "2040-01-01 09:00", "--now"), "send.at-or-now", ""),
    ],
)
def test_an_option_that_cannot_be_read_ends_with_2(
    program: Program, tmp_path: Path, options: tuple[str, ...], code: str, where: str
) -> None:
    ran = program.send(make_campaign(tmp_path / "c", people(1), profile="sandbox"), *options)
    assert ran.status == 2, ran
    assert (ran.json[-1]["code"], ran.json[-1]["where"]) == (code, where)


def test_times_of_an_earlier_command_are_told_with_what_lifts_them() -> None:
    assert kept_words(Schedule(None, (540, 1020))) == "(as chosen when it began; --hours none lifts it)"
    both = kept_words(Schedule(2209104000.0, (540, 1020), (0, 1)))
    assert both == "(as chosen when it began; --hours none --weekdays none lift it)"
    assert "--now" in kept_words(Schedule(2209104000.0))
    assert kept_words(Schedule()) == ""


def test_a_missed_start_asks_and_now_sends_it(program: Program, tmp_path: Path) -> None:
    folder = make_campaign(tmp_path / "c", people(2), profile="sandbox")
    toml = folder / "campaign.toml"
    toml.write_text(toml.read_text("utf-8") + MISSED, "utf-8")
    ran = program.send(folder)
    assert ran.status == 1, ran
    assert ran.json[-1]["code"] == "schedule.missed"
    assert "--now" in ran.stderr and "missed" in ran.stderr
    assert program("report", folder).status != 0, "nothing was planned"
    sent = program.send(folder, "--now")
    assert sent.status == 0, sent
    assert done(sent)["accepted"] == 2
    assert toml.read_text("utf-8").endswith(MISSED), "the campaign itself is not changed"


def test_a_start_to_come_is_told_and_waited_for_and_can_be_taken_back(program: Program, tmp_path: Path) -> None:
    folder = make_campaign(tmp_path / "c", people(2), profile="sandbox")
    command = [
        *("send", folder, "--yes", "--json", "--at", "2040-01-02 09:00", "--timezone", "Europe/Berlin"),
        *("--hours", "09:00-17:00", "--weekdays", "mon-fri"),
    ]
    with program.start(*command) as waits:
        waits.wait_for('"state": "hours"')
        said = json.loads(waits.said().splitlines()[-1])
        assert said["pending"] == 2
        waits.interrupt()
        ran = waits.finish()
    assert ran.status == 130, ran
    begun = next(item for item in ran.json if item["event"] == "run")
    assert begun["opens"] == "2040-01-02T08:00:00Z"
    assert frozen(program, begun["run"]) == Schedule(2209104000.0, (540, 1020), (0, 1, 2, 3, 4), "Europe/Berlin")
    assert done(ran)["accepted"] == 0
    assert not begun["kept"]
    with program.start("send", folder, "--yes", "--json") as waits:
        waits.wait_for('"kept": true')
        waits.interrupt()
        assert done(waits.finish())["state"] == "paused", "from the first word on"
    sent = program.send(folder, "--now", "--hours", "none", "--weekdays", "none")
    assert sent.status == 0, sent
    assert (done(sent)["run"], done(sent)["accepted"]) == (begun["run"], 2)
