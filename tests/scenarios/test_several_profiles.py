"""Several profiles share a run by claiming from the same ledger, and take over from each other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.campaigns import Program, addresses, done, make_campaign, people
from tests.scenarios.settled import settled
from tests.servers.scripted import ScriptedServer, drop, say


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace, {"SMTPDESK_PASSWORD_FIRST": "wrong"})


@pytest.fixture
def second() -> Iterator[ScriptedServer]:
    with ScriptedServer() as server:
        yield server


def test_two_profiles_share_the_work_and_nobody_gets_it_from_both(
    program: Program, scripted: ScriptedServer, second: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port, "--rate", "60/s", name="first")
    program.profile(second.port, "--rate", "60/s", name="second")
    rows = people(240)
    folder = make_campaign(tmp_path / "spring", rows)
    ran = program.send(folder, "--profile", "first", "--profile", "second")
    assert (ran.status, done(ran)["accepted"]) == (0, 240), ran
    took = [taken.recipients[0] for server in (scripted, second) for taken in server.taken]
    assert sorted(took) == sorted(addresses(rows))
    assert scripted.taken and second.taken, "both did their share"
    settled(program, scripted, second)


def test_a_profile_that_cannot_sign_in_leaves_its_rows_to_the_other(
    program: Program, second: ScriptedServer, tmp_path: Path
) -> None:
    rows = people(30)
    with ScriptedServer(users={"ana": "right"}, require_auth=True) as first:
        program.profile(first.port, "--username", "ana", name="first")
        program.profile(second.port, name="second")
        folder = make_campaign(tmp_path / "spring", rows)
        ran = program.send(folder, "--profile", "first", "--profile", "second")
        assert not first.taken
    assert (ran.status, done(ran)["accepted"]) == (0, 30), ran
    assert sorted(taken.recipients[0] for taken in second.taken) == sorted(addresses(rows))
    settled(program, second)


def test_a_relay_that_drops_every_line_does_not_hold_up_the_run(
    program: Program, scripted: ScriptedServer, second: ScriptedServer, tmp_path: Path
) -> None:
    scripted.on("mail", drop())
    program.profile(scripted.port, name="first")
    program.profile(second.port, name="second")
    rows = people(30)
    folder = make_campaign(tmp_path / "spring", rows)
    ran = program.send(folder, "--profile", "first", "--profile", "second")
    assert (ran.status, done(ran)["accepted"]) == (0, 30), ran
    assert sorted(taken.recipients[0] for taken in second.taken) == sorted(addresses(rows))
    settled(program, scripted, second)


def test_a_daily_limit_pauses_and_says_so_and_another_profile_finishes(
    program: Program, scripted: ScriptedServer, second: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port, "--daily", "7", name="first")
    program.profile(second.port, name="second")
    folder = make_campaign(tmp_path / "spring", people(20))
    first = program.send(folder, "--profile", "first")
    assert first.status == 1, first
    assert (done(first)["accepted"], done(first)["note"]) == (7, "profile.own-limit")
    stopped = next(item for item in first.json if item["event"] == "lane")
    assert (stopped["profile"], stopped["state"]) == ("first", "limit")
    assert stopped["sentence"].startswith("first has used its limit of 7 in 24 hours; it can go on "), stopped
    left = program("report", folder).stdout
    assert "--csv FILE" in left and f"smtpdesk send {folder}" in left, left
    again = program.send(folder, "--profile", "first")
    assert done(again)["accepted"] == 7, "a restart does not reset the day"
    finished = program.send(folder, "--profile", "second")
    assert (finished.status, done(finished)["accepted"]) == (0, 20), finished
    assert len(scripted.taken) == 7
    assert len(second.taken) == 13
    settled(program, scripted, second)


def test_a_profile_that_stopped_is_named_though_another_one_finished(
    program: Program, scripted: ScriptedServer, second: ScriptedServer, tmp_path: Path
) -> None:
    scripted.on("body", say("550 5.7.26 This mail has been blocked because the sender is unauthenticated."))
    program.profile(scripted.port, name="first")
    program.profile(second.port, name="second")
    folder = make_campaign(tmp_path / "spring", people(10))
    ran = program.send(folder, "--profile", "first", "--profile", "second")
    assert (ran.status, done(ran)["accepted"]) == (0, 10), ran
    stopped = [item for item in ran.json if item["event"] == "lane"]
    states = [(one["profile"], one["state"], one["cause"]) for one in stopped]
    assert states == [("first", "paused", "profile.domain-authentication")]
    sentence = "first stopped: Your domain does not prove that this mail is yours."
    assert stopped[0]["sentence"] == sentence
    reported = program("report", folder)
    assert sentence in reported.stderr, reported
    assert any(item.get("sentence") == sentence for item in program("report", folder, "--json").json)
