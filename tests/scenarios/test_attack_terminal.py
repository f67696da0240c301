"""What a shell does to a command: pipes that close, places that cannot be written, names nobody can spell."""

from __future__ import annotations

import csv
import os
import shlex
import subprocess
import threading
from pathlib import Path

import pytest

from tests.scenarios.campaigns import Program, make_campaign, people
from tests.servers.proc import ROOT, clean_env, cli_command, wait_until
from tests.servers.scripted import ScriptedServer, hold, say


@pytest.fixture
def program(workspace: Path) -> Program:
    return Program(workspace)


def test_a_reader_that_goes_away_does_not_stop_the_sending(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    gate = threading.Event()
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(3))
    scripted.on("body", hold(gate))
    command = cli_command(["send", folder, "--yes", "--json"], program.workspace)
    with subprocess.Popen(
        command, cwd=ROOT, env=clean_env(program.env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, encoding="utf-8",
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stderr is not None
        assert '"event": "run"' in process.stdout.readline()
        process.stdout.close()
        scripted.wait(lambda server: server.count("body") == 1)
        gate.set()
        said = process.stderr.read()
        assert process.wait(60) == 1, said
    assert "unexpected" not in said
    assert "Traceback" not in said
    wait_until(lambda: len(scripted.accepted()) == 3, 30, "all messages although nobody reads")
    wait_until(lambda: {row["state"] for row in program.report(folder).values()} == {"accepted"}, 30, "the ledger")


def test_a_report_goes_where_it_is_told_or_says_why_not(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port)
    folder = make_campaign(tmp_path / "spring", people(2))
    assert program.send(folder).status == 0
    for place in (tmp_path / "nowhere" / "x.csv", tmp_path):
        ran = program("report", folder, "--csv", place, "--json")
        assert (ran.status, ran.json[-1]["code"]) == (2, "report.file"), ran

    real, link = tmp_path / "real.csv", tmp_path / "link.csv"
    link.symlink_to(real)
    assert program("report", folder, "--csv", link).status == 0
    assert link.is_symlink()
    assert len(list(csv.reader(real.open(encoding="utf-8-sig")))) == 3

    if hasattr(os, "mkfifo"):
        pipe = tmp_path / "pipe"
        os.mkfifo(pipe)
        heard: list[str] = []
        reading = threading.Thread(target=lambda: heard.append(pipe.read_text(encoding="utf-8-sig")))
        reading.start()
        assert program("report", folder, "--csv", pipe).status == 0
        reading.join(20)
        assert pipe.is_fifo()
        assert heard[0].count("person") == 2


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="no /dev/full here")
def test_a_full_disk_behind_standard_output_is_said_in_words(program: Program) -> None:
    command = cli_command(["profile", "list", "--json"], program.workspace)
    with Path("/dev/full").open("wb") as full:
        ran = subprocess.run(
            command, cwd=ROOT, env=clean_env(), stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE,
            text=True, check=False,
        )  # fmt: skip
    assert ran.returncode != 0
    assert "Traceback" not in ran.stderr
    assert "unexpected" not in ran.stderr
    assert "space" in ran.stderr


def test_a_folder_whose_name_is_no_utf_8_is_named_and_refused(program: Program, tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/spr\xffing"))
    make_campaign(folder, people(1), profile="Sandbox")
    ran = program("check", folder)
    assert ran.status == 2, ran
    assert "(cli.encoding)" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_a_file_of_results_and_the_summary_use_the_same_words(
    program: Program, scripted: ScriptedServer, tmp_path: Path
) -> None:
    program.profile(scripted.port, name="max's office")
    folder = make_campaign(tmp_path / "Ana's spring", people(3), profile="max's office")
    scripted.on("rcpt", say("450 4.2.2 mailbox full, later"))
    ran = program.send(folder, "--patience", "0")
    assert ran.json[-1]["deferred"] == 3, ran
    results = tmp_path / "results.csv"
    said = program("report", folder, "--csv", results)
    with results.open(encoding="utf-8-sig", newline="") as stream:
        assert [row["state"] for row in csv.DictReader(stream)] == ["deferred"] * 3
    offered = [line.split("smtpdesk ", 1)[1] for line in said.stdout.splitlines() if "smtpdesk " in line]
    assert any(line.startswith("retry ") for line in offered), said
    for line in offered:  # what is printed can be copied
        words = shlex.split(line)
        if words[0] == "report":
            assert program(*[str(results) if word == "FILE" else word for word in words]).status == 0, line
        elif words[0] == "send":
            assert Path(words[1]) == folder, line
