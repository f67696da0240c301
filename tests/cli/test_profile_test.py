"""``profile test`` as people script against it: steps, mend, transcript, every combination; and never the password."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from smtpdesk.cli.main import app
from smtpdesk.domain.profile import Relay
from smtpdesk.domain.server_traits import ServerTraits
from smtpdesk.store import Workspace
from tests.servers.certificates import Authority
from tests.servers.quirky import Habits, QuirkyServer
from tests.servers.scripted import ScriptedServer, say

SECRET = "correct horse battery"


@pytest.fixture(autouse=True)
def _secret(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTPDESK_WORKSPACE", str(workspace))
    monkeypatch.setenv("SMTPDESK_PASSWORD_OFFICE", SECRET)


def run(*words: object) -> Result:
    ran = CliRunner().invoke(app, ["profile", *map(str, words)])
    assert SECRET not in ran.output + ran.stderr
    assert "Traceback" not in ran.output + ran.stderr
    return ran


def add(server: ScriptedServer, security: str, *more: object) -> None:
    words = ("--host", server.host, "--port", server.port, "--security", security)
    ran = run("add", "office", *words, "--username", "ana", "--from", "Ana <ana@example.com>", *more)
    assert ran.exit_code == 0, ran.stderr


def test_a_certificate_is_trusted_only_by_a_person_who_says_yes(ca: Authority, tmp_path: Path) -> None:
    with ScriptedServer(tls=ca.unknown(), starttls=True, users={"ana": SECRET}) as server:
        add(server, "tls")
        ran = run("test", "office", "--mend", "--json")
        assert ran.exit_code == 4
        lines = [json.loads(line) for line in ran.stdout.splitlines()]
        found = [line for line in lines if line["event"] == "diagnosis"]
        assert [line["cause"] for line in found] == ["profile.tls-mismatch", "profile.certificate-untrusted"]
        assert found[0]["mend"]["changes"] == {"relay.security": "starttls"}
        assert found[1]["mend"]["risky"]
        assert json.loads(run("show", "office", "--json").stdout)["pinned_sha256"] == ""
        dialogue = tmp_path / "dialogue.txt"
        assert run("test", "office", "--mend", "--yes", "--transcript", dialogue).exit_code == 0
        text = dialogue.read_text(encoding="utf-8")
        assert "AUTH PLAIN ********" in text and "QUIT" in text and SECRET not in text
        assert len(json.loads(run("show", "office", "--json").stdout)["pinned_sha256"]) == 64
        assert server.taken == []
        assert run("change", "office", "--pin", "none").exit_code == 0
        assert run("test", "office").exit_code == 4


def test_the_safest_is_recommended_and_taken(ca: Authority) -> None:
    with ScriptedServer(tls=ca.trusted(), users={"ana": SECRET}) as server:
        add(server, "none", "--ca-file", ca.ca_file)
        ran = run("test", "office", "--try-everything", "--mend", "--json")
        assert ran.exit_code == 0, ran.stdout
        lines = [json.loads(line) for line in ran.stdout.splitlines()]
        assert (lines[-1]["event"], lines[-1]["best"]["security"]) == ("done", "tls")
        assert [line["security"] for line in lines[:-1] if line["ok"]] == ["tls"]
        assert run("test", "office").exit_code == 0


def test_a_message_is_sent_only_where_an_address_is_named(ca: Authority) -> None:
    with ScriptedServer(tls=ca.trusted(), users={"ana": SECRET}, extensions=("SIZE 1048576",)) as server:
        add(server, "tls", "--ca-file", ca.ca_file)
        told = run("test", "office").stdout
        assert "--max-size 1MB" in told and "Takes messages up to 1 MB" in told
        assert "Recipient (RCPT TO)" in told and "220 " not in told
        assert "250 " in run("test", "office", "--transcript", "-").stdout
        assert server.taken == []
        assert json.loads(run("test", "office", "--to", "bea@example.org", "--json").stdout.splitlines()[-1])["sent"]
        assert server.taken[0].recipients == ("bea@example.org",)
        assert b"It arrived, so the profile works." in server.taken[0].raw
        server.on("body", say("550 5.7.1 no"))
        assert "550 5.7.1 no" in run("test", "office", "--to", "bea@example.org").stdout
        ran = run("test", "office", "--to", "bea@example.org", "--json")
        assert ran.exit_code == 4
        assert json.loads(ran.stdout.splitlines()[-1])["stage"] == "message"


def test_two_senders_and_a_broken_address_are_refused_in_words() -> None:
    two = run("add", "x", "--host", "mail.example.com", "--from", "a@example.com, b@example.com")
    assert two.exit_code == 2 and "more than one address" in two.stderr
    assert run("add", "x", "--host", "[::1]", "--port", 25, "--security", "none").exit_code == 0
    assert run("add", "x", "--host", "[fe80::zz]", "--port", 25).exit_code == 2
    assert run("change", "x", "--pin", "12:34").exit_code == 2


def username() -> str:
    return str(json.loads(run("show", "office", "--json").stdout)["username"])


def test_fixes_that_did_not_help_change_nothing(ca: Authority) -> None:
    """The password is wrong: neither another encryption nor another form of the user name makes it right."""
    with ScriptedServer(tls=ca.trusted(), starttls=True, users={"ana": "another"}) as server:
        add(server, "tls", "--ca-file", ca.ca_file)
        before = run("show", "office", "--json").stdout
        ran = run("test", "office", "--mend", "--yes")
        assert ran.exit_code == 4
        assert "profile is as it was" in " ".join(ran.stderr.split())
        assert run("show", "office", "--json").stdout == before
        assert [user for _how, user, _password in server.signed_in] == ["ana", "ana@example.com"]


@pytest.mark.parametrize(("given", "right"), [("ana", "ana@example.com"), ("ana@example.com", "ana")])
def test_the_other_form_of_the_user_name_is_tried(ca: Authority, given: str, right: str) -> None:
    with ScriptedServer(tls=ca.trusted(), users={right: SECRET}) as server:
        add(server, "tls", "--ca-file", ca.ca_file)
        assert run("change", "office", "--username", given).exit_code == 0
        assert run("test", "office", "--mend").exit_code == 0
        assert username() == right
        assert [user for _how, user, _password in server.signed_in] == [given, right]


def test_neither_form_is_tried_twice(ca: Authority) -> None:
    with ScriptedServer(tls=ca.trusted(), users={"somebody": SECRET}) as server:
        add(server, "tls", "--ca-file", ca.ca_file)
        for given in ("ana", "ana@example.com"):
            assert run("change", "office", "--username", given).exit_code == 0
            server.signed_in.clear()
            assert run("test", "office", "--mend").exit_code == 4
            assert username() == given
            assert len(server.signed_in) == 2


def test_a_pipelining_liar_is_remembered_by_the_test(workspace: Path) -> None:
    with QuirkyServer(Habits(one_a_packet=True)).running() as server:
        words = ("--host", "127.0.0.1", "--port", server.port, "--security", "none", "--from", "ana@example.com")
        assert run("add", "office", *words).exit_code == 0
        assert run("test", "office").exit_code == 0
        with Workspace.open(workspace) as store:
            assert store.server_traits.get(Relay("127.0.0.1", server.port)) == ServerTraits(pipelining=False)


def test_the_safest_is_not_taken_where_nobody_can_sign_in(ca: Authority) -> None:
    with ScriptedServer(tls=ca.trusted(), users={"ana": "another"}) as server:
        add(server, "none", "--ca-file", ca.ca_file)
        before = run("show", "office", "--json").stdout
        assert run("test", "office", "--try-everything", "--mend").exit_code == 4
        assert run("show", "office", "--json").stdout == before
