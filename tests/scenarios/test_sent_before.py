"""Nobody has a campaign twice: whatever its folder is called, however its message was changed, however many send it."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scenarios.campaigns import HTML, Program, addresses, done, make_campaign, people
from tests.servers.proc import AtTerminal
from tests.servers.scripted import ScriptedServer
from tests.servers.sink import Sink, running_sink

CHANGED = HTML.replace("is ready", "is ready now")


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace)


def got(server: ScriptedServer) -> Counter[str]:
    return Counter(taken.recipients[0] for taken in server.taken)


def received(sink: Sink) -> Counter[str]:
    return sink.per_recipient()


def linked(folder: Path) -> Path:
    link = folder.with_name("link")
    link.symlink_to(folder)
    return link


def renamed(folder: Path) -> Path:
    return folder.rename(folder.with_name("renamed"))


def moved(folder: Path) -> Path:
    (folder.parent / "archive").mkdir()
    return Path(shutil.move(folder, folder.parent / "archive" / "2026"))


def roundabout(folder: Path) -> Path:
    return folder.parent / "elsewhere" / ".." / folder.name


def written_anew(folder: Path) -> Path:
    shutil.rmtree(folder)
    return make_campaign(folder, people(4), html=CHANGED)


@pytest.mark.parametrize("elsewhere", [linked, renamed, moved, roundabout, written_anew])
def test_a_changed_message_asks_wherever_its_folder_is(
    program: Program, scripted: ScriptedServer, tmp_path: Path, elsewhere: Callable[[Path], Path]
) -> None:
    program.profile(scripted.port)
    (tmp_path / "elsewhere").mkdir()
    folder = make_campaign(tmp_path / "spring", people(4))
    assert program.send(folder).status == 0
    make_campaign(folder, people(4), html=CHANGED)
    refused = program.send(elsewhere(folder))
    assert (refused.status, refused.json[-1]["code"]) == (2, "campaign.sent-before"), refused
    assert "--only-new" in refused.json[-1]["hint"]
    assert "--again" in refused.json[-1]["hint"]
    assert "4 people" in refused.json[-1]["error"]
    assert len(scripted.taken) == 4


def test_who_sits_at_the_terminal_is_asked_to_whom(program: Program, scripted: ScriptedServer, tmp_path: Path) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(2))
    assert program.send(folder).status == 0
    make_campaign(folder, people(3), html=CHANGED)
    for words, status, reached in (("nobody", 2, 2), ("new", 0, 3)):
        with AtTerminal(["send", folder], program.workspace) as asked:
            asked.wait_for("Send to whom?")
            assert "new: 1 person who has not had it" in asked.said and "again: everybody, 3 people" in asked.said
            asked.type(words)
            assert asked.finish() == status, asked.said
        assert len(scripted.taken) == reached
    assert set(got(scripted).values()) == {1}


def test_only_new_sends_to_the_new_ones_and_again_to_everybody(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(4))
    assert program.send(folder).status == 0
    make_campaign(folder, people(6), html=CHANGED)
    new = program.send(folder, "--only-new")
    assert (new.status, done(new)["accepted"], done(new)["skipped"]) == (0, 2, 4), new
    none = program("send", folder, "--yes", "--only-new")
    assert none.status == 0, none
    assert "Nobody is left to send to" in none.stderr
    assert len(scripted.taken) == 6
    both = program.send(folder, "--only-new", "--again")
    assert (both.status, both.json[-1]["code"]) == (2, "send.again-or-only-new")
    again = program.send(folder, "--again")
    assert (again.status, done(again)["accepted"]) == (0, 6), again
    assert set(got(scripted).values()) == {2}


def test_a_copy_is_a_new_campaign_once_its_message_is_another_one(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port)
    march = make_campaign(tmp_path / "march", people(4))
    assert program.send(march).status == 0
    april = Path(shutil.copytree(march, tmp_path / "april"))
    assert done(program.send(april))["skipped"] == 4, "the same message is the same message"
    make_campaign(april, people(4), html=CHANGED)
    assert program.send(april, "--only-new").status == 0
    may = Path(shutil.copytree(march, tmp_path / "may"))
    make_campaign(may, people(4), html=CHANGED.replace("ready", "here"))
    sent = program.send(may)
    assert (sent.status, done(sent)["accepted"]) == (0, 4), sent
    make_campaign(march, people(4), html=CHANGED.replace("ready", "late"))
    assert program.send(march).status == 2, "the original is what it was"


def test_new_after_a_change_asks_before_the_older_run_is_given_up(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(6))
    assert done(program.send(folder, "--limit", "2"))["accepted"] == 2
    make_campaign(folder, people(6), html=CHANGED)
    refused = program.send(folder, "--new")
    assert (refused.status, refused.json[-1]["code"]) == (2, "campaign.sent-before"), refused
    assert program("report", folder, "--json").json[-1]["state"] == "paused"
    sent = program.send(folder, "--new", "--only-new")
    assert (done(sent)["accepted"], done(sent)["skipped"]) == (4, 2), sent
    assert set(got(scripted).values()) == {1}


def test_a_run_that_was_paused_goes_on_under_the_new_name_of_its_folder(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(30))
    first = program.send(folder, "--limit", "10")
    renamed(folder)
    second = program.send(tmp_path / "renamed")
    assert (done(second)["run"], done(second)["accepted"]) == (done(first)["run"], 30), second
    assert sorted(got(scripted)) == sorted(addresses(people(30)))
    assert set(got(scripted).values()) == {1}
    assert program("report", tmp_path / "renamed", "--json").status == 0


def test_a_retry_leaves_out_whom_a_newer_run_has_reached(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    from tests.servers.acts import say

    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(5))
    scripted.on("rcpt", say("550 5.1.1 no such user"), times=3)
    first = program.send(folder)
    assert done(first)["rejected"] == 3, first
    assert done(program.send(folder))["accepted"] == 3, "the others get it from a newer run"
    again = program("retry", done(first)["run"], "--json")
    assert again.status == 0, again
    assert again.json[0] == {"event": "left-out", "run": done(first)["run"], "sent-before": 3}
    assert set(got(scripted).values()) == {1}


def test_two_campaigns_with_the_same_message_at_the_same_time_reach_everybody_once(
    program: Program, tmp_path: Path
) -> None:
    with running_sink() as sink:
        program.profile(sink.port)
        folders = [make_campaign(tmp_path / name, people(400)) for name in ("spring", "copy")]
        ran = {}
        threads = [threading.Thread(target=lambda f=f: ran.update({f: program.send(f)})) for f in folders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert sum(done(one)["accepted"] for one in ran.values()) == 400, ran
        assert sum(done(one)["skipped"] for one in ran.values()) == 400, ran
        assert sorted(received(sink).values()) == [1] * 400
