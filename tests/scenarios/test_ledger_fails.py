"""The ledger cannot be written while a server answers: what it took is never sent again, nobody is forgotten."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.scenarios.campaigns import Program, addresses, make_campaign, people
from tests.servers.scripted import ScriptedServer, say


def refuse(workspace: Path, state: str) -> None:
    """From now on the database refuses to say of any delivery that it is in ``state``."""
    _change(
        workspace,
        f"CREATE TRIGGER refuse BEFORE UPDATE ON deliveries WHEN NEW.state = '{state}' "
        "BEGIN SELECT RAISE(ROLLBACK, 'disk I/O error'); END",
    )


def allow(workspace: Path) -> None:
    """The database takes everything again."""
    _change(workspace, "DROP TRIGGER refuse")


def _change(workspace: Path, statement: str) -> None:
    with sqlite3.connect(workspace / "workspace.db") as database:
        database.execute(statement)
    database.close()


@pytest.mark.parametrize("count", [1, 40])
def test_what_a_server_took_is_not_sent_again_when_the_ledger_could_not_be_told(
    workspace: Path, scripted: ScriptedServer, tmp_path: Path, count: int
) -> None:
    program = Program(workspace)
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(count))
    refuse(workspace, "accepted")
    failed = program.send(folder)
    assert failed.status != 0, failed
    took = len(scripted.taken)
    assert took, "the server has taken some"
    allow(workspace)
    again = program.send(folder)
    assert again.status == 0, again
    got = [address for message in scripted.taken for address in message.recipients]
    assert sorted(got) == sorted(addresses(people(count))), "everybody once"
    assert {item["state"] for item in program.report(folder).values()} <= {"accepted", "skipped"}


def test_a_refusal_that_could_not_be_written_down_is_still_known(
    workspace: Path, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program = Program(workspace)
    program.profile(scripted.port, "--max-connections", "1")
    folder = make_campaign(tmp_path / "spring", people(3))
    scripted.on("rcpt", say("550 5.1.1 No such user"), times=1)
    refuse(workspace, "rejected")
    failed = program.send(folder)
    assert failed.status != 0
    allow(workspace)
    program.send(folder)
    run = next(item["run"] for item in failed.json if item.get("run"))
    told = [item for item in program("report", run, "--json").json if item["event"] == "recipient"]
    assert [item["state"] for item in told].count("rejected") == 1
    got = [address for message in scripted.taken for address in message.recipients]
    assert len(got) == len(set(got)) >= 2
