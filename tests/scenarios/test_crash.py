"""What a crash leaves behind, and what of it may be lost: nobody twice, nobody lost, and always a way on."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from smtpdesk.domain.delivery import RunState
from smtpdesk.store import Workspace
from smtpdesk.worker.in_flight import FILE_NAME
from tests.scenarios.campaigns import Program, done, people
from tests.scenarios.office import Office, open_office
from tests.scenarios.settled import settled
from tests.servers.scripted import ScriptedServer, hold


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as office:
        yield office


def killed(office: Office, server: ScriptedServer, *, rows: int = 150, sent: int = 23) -> str:
    """A run whose worker was killed while one message was without an answer and others were claimed."""
    gate = threading.Event()
    server.on("body", hold(gate), after=sent, times=1)
    run = office.start(server.port, rows, max_connections=1).id
    server.wait(lambda it: it.count("body") == sent + 1, 30)
    office.wait(run, lambda view: view.counts.accepted == sent)
    office.worker(run).kill()
    office.end(run)
    gate.set()
    assert office.view(run).counts.sending > 1
    return run


# -- rows that were in flight ---------------------------------------------------------------------------------------


def test_stop_without_a_worker_loses_nobody(office: Office) -> None:
    """127 of 150 people never got it: what was claimed counted as sent."""
    with ScriptedServer() as server:
        run = killed(office, server)
        office.do(office.desk.sending.stop(run))
        counts = office.view(run).counts
        assert (counts.sending, counts.accepted, counts.uncertain, counts.cancelled) == (0, 23, 1, 126)
        folder = Path(office.view(run).run.folder)
        again = office.send(folder).id
        assert again != run
        view = office.end(again)
        assert (view.counts.accepted, view.counts.skipped) == (126, 24)
        kept = server.per_recipient()
        assert max(kept.values()) == 1 and len(kept) >= 149


def test_pause_retry_report_and_a_new_run_know_what_was_in_flight(office: Office) -> None:
    program = Program(office.workspace)
    with ScriptedServer() as server:
        run = killed(office, server)
        folder = Path(office.view(run).run.folder)
        said = program.report(folder)
        assert {item["state"] for item in said.values()} == {"accepted", "uncertain", "pending"}
        ran = program("retry", run)
        assert ran.status == 0 and f"126 people are still to be sent to: smtpdesk send {folder}" in ran.stderr, ran
        again = program("retry", run, "--only", "uncertain", "--json")
        assert done(again)["accepted"] == 150, "a person said so"
    assert sorted(server.per_recipient().values())[:149] == [1] * 149


def test_pause_without_a_worker_decides_first(office: Office) -> None:
    with ScriptedServer() as server:
        run = killed(office, server)
        office.pause(run)
        view = office.view(run)
        assert (view.run.state, view.counts.sending, view.counts.uncertain) == (RunState.PAUSED, 0, 1)
        office.resume(run)
        assert office.end(run).counts.accepted == 149
        settled(office.workspace, server)


# -- the in-flight file ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "harm",
    [
        Path.unlink,
        lambda file: os.truncate(file, 300),
        lambda file: shutil.rmtree(file.parent),
    ],
    ids=["missing", "cut", "the whole folder"],
)
def test_what_an_in_flight_file_cannot_prove_is_never_sent_by_itself(
    office: Office, harm: Callable[[Path], object]
) -> None:
    """How every other harm to the file is read: tests/worker/test_in_flight.py."""
    with ScriptedServer() as server:
        run = killed(office, server, rows=400)
        held = office.view(run).counts.sending
        harm(office.workspace / "runs" / run / FILE_NAME)
        office.resume(run)
        view = office.end(run)
        assert view.run.state is RunState.DONE, (view.failed, view.run.note)
        result = settled(office.workspace, server)
        assert 1 <= result.counts.uncertain <= held
        assert result.counts.accepted + result.counts.uncertain == 400
        # A person decides, and then everybody has it.
        sent = office.do(office.desk.sending.retry(run, ["uncertain"]))
        assert sent == result.counts.uncertain
        assert office.end(run).counts.accepted == 400


def test_a_file_of_an_earlier_session_that_was_put_back_is_not_believed(office: Office) -> None:
    with ScriptedServer() as server:
        run = killed(office, server, rows=400)
        file = office.workspace / "runs" / run / FILE_NAME
        old = file.read_bytes()
        gate = threading.Event()
        server.on("body", hold(gate), after=20, times=1)
        office.resume(run)
        server.wait(lambda it: it.count("body") == 24 + 21, 30)
        office.worker(run).kill()
        office.end(run)
        gate.set()
        file.write_bytes(old)
        office.resume(run)
        assert office.end(run).counts.open == 0
        settled(office.workspace, server)


def test_a_run_folder_that_is_removed_while_it_is_sent_stops_the_sending(office: Office) -> None:
    gate = threading.Event()
    with ScriptedServer() as server:
        server.on("body", hold(gate), after=9, times=1)
        run = office.start(server.port, 600, max_connections=1).id
        server.wait(lambda it: it.count("body") == 10, 30)
        shutil.rmtree(office.workspace / "runs" / run)
        view = office.wait(run, lambda view: view.failed or not view.alive or gate.set())
        assert (view.failed or {}).get("code") == "run.folder-gone"
        assert office.end(run).counts.accepted < 600
        office.resume(run)
        assert office.end(run).run.state is RunState.DONE
        settled(office.workspace, server)


# -- an older workspace ---------------------------------------------------------------------------------------------


def before_and_after(tmp_path: Path, server: ScriptedServer, edit: Callable[[Path], object]) -> tuple[Program, Path]:
    """A workspace put back from before a run that reached all of 100 people."""
    with open_office(tmp_path / "here") as office:
        office.profile(server.port)
        folder = office.campaign(people(100))
    shutil.copytree(office.workspace, tmp_path / "kept")
    program = Program(office.workspace)
    assert done(program.send(folder))["accepted"] == 100
    edit(office.workspace)
    return program, folder


def put_back(workspace: Path) -> None:
    shutil.rmtree(workspace)
    shutil.copytree(workspace.parent.parent / "kept", workspace)


@pytest.mark.parametrize("changed", [False, True], ids=["as it was", "the message was edited"])
def test_a_workspace_put_back_from_before_the_run_asks_and_names_the_way_out(tmp_path: Path, changed: bool) -> None:
    with ScriptedServer() as server:
        program, folder = before_and_after(tmp_path, server, put_back)
        if changed:
            (folder / "message.html").write_text("<p>Another one, {{ first_name }}</p>")
        refused = program.send(folder)
        last = refused.json[-1]
        assert refused.status != 0 and "run.restored" in refused.stdout, refused
        assert "--take-over" in refused.stderr + str(last), refused
        assert len(server.taken) == 100
        taken = program.send(folder, "--take-over")
        assert done(taken)["accepted"] == 100, "a person said so"
        assert done(program.send(folder, "--again"))["accepted"] == 100, "it is no question any more"


def test_a_workspace_whose_last_writings_were_lost_asks(tmp_path: Path) -> None:
    """The write-ahead log is where a run is while a workspace is open; kill -9 leaves it there, and it was removed."""
    with ScriptedServer() as server, open_office(tmp_path) as office:
        office.profile(server.port)
        folder = office.campaign(people(100))
        office.do(office.desk.close())  # what was written so far is in the file itself
        kept = Workspace.open(office.workspace)  # keeps the log from being emptied when the others close
        assert done(Program(office.workspace).send(folder))["accepted"] == 100
        log = office.workspace / "workspace.db-wal"
        assert log.stat().st_size
        shutil.copytree(
            office.workspace, tmp_path / "crashed" / "workspace", ignore=shutil.ignore_patterns("*-wal", "*-shm")
        )
        kept.close()
        shutil.rmtree(office.workspace)
        shutil.move(tmp_path / "crashed" / "workspace", office.workspace)
        refused = Program(office.workspace).send(folder)
        assert refused.status != 0 and "run.restored" in refused.stdout, refused
        assert len(server.taken) == 100


def test_another_workspace_of_the_same_campaign_is_no_older_copy(tmp_path: Path) -> None:
    with ScriptedServer() as server:
        with open_office(tmp_path / "one") as office:
            office.profile(server.port)
            folder = office.campaign(people(5))
            assert done(Program(office.workspace).send(folder))["accepted"] == 5
        with open_office(tmp_path / "two") as other:
            other.profile(server.port)
            sent: dict[str, Any] = done(Program(other.workspace).send(folder))
            assert sent["accepted"] == 5


# -- a message whose copy is gone -------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [150, 400])
def test_a_missing_run_folder_is_no_dead_end_for_the_command(office: Office, rows: int) -> None:
    program = Program(office.workspace)
    with ScriptedServer() as server:
        run = killed(office, server, rows=rows)
        held = office.view(run).counts.sending
        folder = Path(office.view(run).run.folder)
        shutil.rmtree(office.workspace / "runs" / run)
        ran = program.send(folder)
        assert ran.status == 1, ran
        if rows > 23 + held:  # some were not claimed: the run goes on with them
            assert (done(ran)["run"], done(ran)["uncertain"], done(ran)["accepted"]) == (run, held, rows - held), ran
            settled(office.workspace, server)
        else:
            assert done(ran)["uncertain_before"] == {"run": run, "uncertain": held}, ran
            words = program("send", folder, "--yes")
            assert words.status == 1 and f"smtpdesk retry {run} --only uncertain" in words.stderr, words
        assert max(server.per_recipient().values()) == 1
        sent = done(program("retry", run, "--only", "uncertain", "--json"))
        assert sent["accepted"] == rows


def test_a_missing_copy_of_a_message_that_was_edited_names_the_way_out(office: Office) -> None:
    program = Program(office.workspace)
    with ScriptedServer() as server:
        run = killed(office, server)
        folder = Path(office.view(run).run.folder)
        copy = office.workspace / office.view(run).run.snapshot
        (copy / "message.html").write_text("<p>This was not checked</p>")
        (folder / "message.html").write_text("<p>Another one, {{ first_name }}</p>")
        refused = program.send(folder, "--continue")
        assert (refused.status, refused.json[-1]["code"]) == (2, "run.message-gone"), refused
        assert f"{folder} --new" in refused.json[-1]["hint"]
        view = office.view(run)
        assert (view.run.state, view.run.note) == (RunState.PAUSED, "run.message-gone")
        new = program.send(folder, "--new", "--only-new")
        assert done(new)["accepted"] == 126, new
        assert max(server.per_recipient().values()) == 1
        assert not [it for it in server.taken if b"This was not checked" in it.raw]


# -- what is said of a run that was cut off ---------------------------------------------------------------------------


def test_a_run_that_was_cut_off_says_so_and_why(office: Office, tmp_path: Path) -> None:
    gate = threading.Event()
    program = Program(office.workspace)
    with ScriptedServer() as server:
        server.on("body", hold(gate), after=5, times=1)
        office.profile(server.port, max_connections=1)
        folder = office.campaign(people(30))
        with program.start("send", folder, "--yes", "--json") as send:
            server.wait(lambda it: len(it.taken) == 6, 30)
            office.worker_of(send.pid).kill()
            ran = send.finish()
        gate.set()
        said = done(ran)
        assert (ran.status, said["state"], said["note"], said["reason"]) == (
            *(1, "interrupted"),
            *("worker.killed", "worker.killed"),
        )
        assert said["error"] and said["hint"]
        report = program("report", folder, "--json", "--csv", tmp_path / "results.csv").json
        last = report[-1]
        assert (last["event"], last["state"], last["reason"]) == ("report", "interrupted", "worker.killed")
        causes = {row["state"]: row["cause"] for row in report if row["event"] == "recipient"}
        assert causes["pending"] == "worker.killed" and causes["uncertain"] == "recovered.uncertain"
        table = (tmp_path / "results.csv").read_text(encoding="utf-8-sig")
        assert table.count("worker.killed") == 24 and "its process was ended from outside" in table
        words = program("report", folder)
        assert "interrupted" in words.stdout and "ended from outside" in words.stderr, words
        # The next worker makes it good, and nothing of it is said any more.
        assert done(program.send(folder))["reason"] == ""


def test_a_run_cut_off_by_a_restart_of_the_computer_says_so(office: Office) -> None:
    with ScriptedServer() as server:
        run = killed(office, server)
        folder = office.workspace / "runs" / run
        (folder / "worker.exit").unlink()
        file = folder / FILE_NAME
        raw = file.read_bytes()
        parts = raw[:256].rstrip(b"\n").split(b"\n")
        parts[2] = b"an earlier boot"
        file.write_bytes(b"\n".join(parts).ljust(256, b"\n") + raw[256:])
        assert office.view(run).cut_off == "worker.rebooted"
        file.unlink()
        assert office.view(run).cut_off == "worker.gone"
