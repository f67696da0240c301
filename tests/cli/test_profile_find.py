"""The settings of an address on the command line, asked of a real name server and nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from smtpdesk.cli.main import app
from tests.servers.names import NameServer
from tests.servers.web import invented_hosts

Run = Callable[..., Result]


@pytest.fixture
def run(names: NameServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("SMTPDESK_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("SMTPDESK_DNS", names.address)
    monkeypatch.setenv("no_proxy", "*")
    with invented_hosts({}):
        yield lambda *args: CliRunner().invoke(app, [str(arg) for arg in args])


def test_what_is_found_is_shown_with_its_source_the_best_first(run: Run) -> None:
    ran = run("profile", "find", "ana@published.test")
    assert ran.exit_code == 0, ran.output
    first, second = ran.stdout.splitlines()[:2]
    assert first == "mail.published.test, port 465, TLS" and "_submissions._tcp.published.test" in second
    assert "No preset knows published.test" in ran.stderr
    warned = run("profile", "find", "ana@foreign.test")
    assert "compare it with what your provider names" in warned.stdout


def test_a_program_gets_who_was_asked_what_was_found_and_the_best(run: Run) -> None:
    ran = run("profile", "find", "ana@workspace.test", "--json")
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [line["event"] for line in lines] == [*["asked"] * 5, "candidate", "done"]
    assert [line["origin"] for line in lines[:5]] == ["preset", "mx", "srv", "autoconfig", "probe"]
    assert lines[-1]["best"] == lines[5] and lines[5]["provider"] == "google-workspace"
    nothing = run("profile", "find", "ana@closed.test", "--json")
    assert nothing.exit_code == 1 and json.loads(nothing.stdout.splitlines()[-1])["best"] is None
    refused = run("profile", "find", "ana", "--json")
    assert refused.exit_code == 2 and json.loads(refused.stdout)["code"] == "find.address"


def test_a_profile_of_an_address_without_a_preset_takes_what_is_found(run: Run) -> None:
    added = run("profile", "add", "own", "--from-address", "ana@published.test")
    assert added.exit_code == 0, added.output
    shown = json.loads(run("profile", "show", "own", "--json").stdout)
    assert (shown["host"], shown["port"], shown["security"]) == ("mail.published.test", 465, "tls")
    assert (shown["username"], shown["from"], shown["provider"]) == (
        *("ana@published.test", "ana@published.test"),
        "my-web-host",
    )
    assert run("profile", "add", "g", "--from-address", "ana@workspace.test").exit_code == 0
    assert json.loads(run("profile", "show", "g", "--json").stdout)["daily"] == 2000
    unknown = run("profile", "add", "x", "--from-address", "ana@closed.test")
    assert unknown.exit_code == 2 and "provider.not-found" in unknown.stderr
    assert run("profile", "show", "x").exit_code == 2
