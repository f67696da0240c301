"""Profiles that leave and come as a file: everything of them but secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from smtpdesk.cli.main import app

Run = Callable[..., Result]
SECRET = "correct-horse-battery"
TOKEN = "11112222-aaaa-bbbb-cccc-333344445555"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("SMTPDESK_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("SMTPDESK_PASSWORD_OFFICE", SECRET)
    monkeypatch.setenv("SMTPDESK_PASSWORD_SERVICE", TOKEN)

    def work(*args: object, workspace: str = "") -> Result:
        env = {"SMTPDESK_WORKSPACE": str(tmp_path / workspace)} if workspace else {}
        return CliRunner().invoke(app, [str(arg) for arg in args], env=env)

    return work


def shown(run: Run, name: str, workspace: str = "") -> dict[str, object]:
    found: dict[str, object] = json.loads(run("profile", "show", name, "--json", workspace=workspace).stdout)
    return found


@pytest.fixture
def exported(run: Run, tmp_path: Path) -> Path:
    added = run(
        *("profile", "add", "office", "--host", "mail.example.com", "--port", 465, "--security", "tls"),
        *("--username", "ana@example.com", "--from", "Ana Pérez <ana@example.com>", "--ehlo-name", "desk.example.com"),
        *("--envelope-sender", "bounces@example.com", "--rate", "14/s", "--daily", 5000, "--max-size", "10MB"),
        *("--per-domain", "gmail.com=20/min", "--per-domain", "*=60/min", "--weight", 2, "--allow-plain-password"),
    )
    assert added.exit_code == 0, added.output
    assert run("profile", "change", "office", "--pin", "ab" * 32).exit_code == 0
    assert run("profile", "add", "service", "--provider", "postmark", "--username", TOKEN).exit_code == 0
    file = tmp_path / "profiles.toml"
    ran = run("profile", "export", "--output", file)
    assert ran.exit_code == 0, ran.output
    return file


def test_an_export_holds_everything_but_secrets(run: Run, exported: Path) -> None:
    text = exported.read_text(encoding="utf-8")
    assert SECRET not in text and TOKEN not in text and "sandbox" not in text
    assert 'name = "office"' in text and "Ana Pérez" in text
    assert run("profile", "export", "office").stdout == run("profile", "export", "office", "office").stdout
    assert run("profile", "export", "nobody").exit_code == 2
    assert run("profile", "export", "sandbox").exit_code == 2
    assert run("profile", "export", workspace="empty").exit_code == 2


def test_what_was_exported_comes_back_whole_and_says_what_it_needs(
    run: Run, exported: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = shown(run, "office")
    monkeypatch.delenv("SMTPDESK_PASSWORD_OFFICE")
    ran = run("profile", "import", exported, "--json", workspace="other")
    assert ran.exit_code == 0, ran.output
    office, service = (json.loads(line) for line in ran.stdout.splitlines())
    assert shown(run, "office", "other") == before
    assert [need["kind"] for need in office["needs"]] == ["password", "pin", "plain"]
    assert "smtpdesk profile change office --password-stdin" in office["needs"][0]["sentence"]
    assert [need["kind"] for need in service["needs"]] == ["username"]


def test_a_name_that_exists_is_refused_unless_it_is_to_be_replaced(run: Run, exported: Path) -> None:
    text = exported.read_text(encoding="utf-8")
    exported.write_text(text.replace('name = "service"', 'name = "third"').replace("mail.example", "relay.example"))
    refused = run("profile", "import", exported)
    assert refused.exit_code == 2 and "profile.exists" in refused.stderr and "profiles.toml:4" in refused.stderr
    assert run("profile", "show", "third").exit_code == 2, "all or nothing"
    asked = run("profile", "import", exported, "--replace")
    assert asked.exit_code == 2 and "--trust-host relay.example.com" in asked.stderr, "SMTPDESK_PASSWORD_OFFICE is set"
    trusted = run("profile", "import", exported, "--replace", "--trust-host", "relay.example.com")
    assert trusted.exit_code == 0
    assert shown(run, "office")["host"] == "relay.example.com" and shown(run, "third")["provider"] == "postmark"


def test_a_file_that_is_wrong_is_refused_with_its_line(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "wrong.toml"
    head = '[[profile]]\nname = "a"\nhost = "mail.example.com"\nport = 465\nsecurity = "tls"\n'
    file.write_text(head + f'password = "{SECRET}"\n', encoding="utf-8")
    ran = run("profile", "import", file, "--json")
    error = json.loads(ran.stdout)
    assert (ran.exit_code, error["code"], error["where"]) == (2, "profiles.unknown-key", "wrong.toml:6")
    assert SECRET not in ran.output


def test_a_file_that_is_none_is_refused(run: Run, tmp_path: Path) -> None:
    (tmp_path / "photo.toml").write_bytes(b"\xff\xd8\xff\x00")
    (tmp_path / "big.toml").write_bytes(b"# " + b"x" * 1_000_001)
    for name in ("photo.toml", "big.toml", "nowhere.toml"):
        ran = run("profile", "import", tmp_path / name)
        assert ran.exit_code == 2 and "profiles.unreadable" in ran.stderr
