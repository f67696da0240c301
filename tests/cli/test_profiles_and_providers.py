"""Profiles and providers on the command line: every limit, presets by address, and providers side by side."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from smtpdesk.cli.main import app
from smtpdesk.domain.limits import wrong_limit
from smtpdesk.domain.profile import DomainLimit, Limits

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """One command in this process, on a workspace of the test's own."""
    monkeypatch.setenv("SMTPDESK_WORKSPACE", str(tmp_path / "workspace"))
    return lambda *args, input="": CliRunner().invoke(app, [str(arg) for arg in args], input=input)


def shown(run: Run, name: str) -> dict[str, Any]:
    ran = run("profile", "show", name, "--json")
    assert ran.exit_code == 0, ran.output
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def test_every_limit_is_set_changed_shown_and_taken_away(run: Run) -> None:
    added = run(
        *("profile", "add", "office", "--host", "mail.example.com", "--rate", "14/s", "--per-minute", "30"),
        *("--hourly", 500, "--daily", 5000, "--max-connections", 3, "--per-connection", 100, "--max-size", "10MB"),
        *("--per-domain", "gmail.com=20/min", "--per-domain", "*=60/min", "--weight", 2),
    )
    assert added.exit_code == 0, added.output
    first = shown(run, "office")
    names = ("rate", "per_minute", "hourly", "daily", "max_connections", "per_connection", "max_size", "weight")
    assert [first[name] for name in names] == ["14/s", 30, 500, 5000, 3, 100, 10_485_760, 2]
    assert first["per_domain"] == {"gmail.com": "20/min", "*": "60/min"}
    words = run("profile", "show", "office").stdout
    assert "10MB" in words and "gmail.com=20/min, *=60/min" in words

    changed = run(
        *("profile", "change", "office", "--hourly", "none", "--rate", "none", "--per-minute", 7),
        *("--per-domain", "gmail.com=none", "--per-domain", "web.de=5/h", "--rename", "agency", "--port", 465),
        *("--security", "tls"),
    )
    assert changed.exit_code == 0, changed.output
    assert run("profile", "show", "office").exit_code == 2
    second = shown(run, "agency")
    assert (second["hourly"], second["rate"], second["per_minute"], second["daily"]) == (None, "", 7, 5000)
    assert second["per_domain"] == {"*": "60/min", "web.de": "5/h"}
    assert (second["host"], second["port"], second["security"]) == ("mail.example.com", 465, "tls")


@pytest.mark.parametrize(
    ("option", "value", "words"),
    [
        ("--hourly", "many", "no number"), ("--daily", "0", "no number"), ("--rate", "fast", "no rate"),
        ("--max-size", "big", "no size"), ("--per-domain", "gmail=1/s", "no limit towards a domain"),
    ],
)  # fmt: skip
def test_a_limit_that_is_none_is_refused_in_words(run: Run, option: str, value: str, words: str) -> None:
    ran = run("profile", "add", "office", "--host", "mail.example.com", option, value)
    assert ran.exit_code == 2
    assert words in ran.stderr and "profile.limits" in ran.stderr


def test_figures_that_no_provider_could_mean_are_found() -> None:
    assert wrong_limit(Limits()) == ""
    assert wrong_limit(Limits(hourly=0)) == "hourly"
    assert wrong_limit(Limits(weight=0)) == "weight"
    assert wrong_limit(Limits(daily=10**9 + 1)) == "daily", "more than the ledger can keep is a slip"
    assert wrong_limit(Limits(per_domain=(DomainLimit("*", 10**400, 1.0),))) == "per_domain"
    assert wrong_limit(Limits(per_domain=(DomainLimit("", 1, 1.0),))) == "per_domain"


def test_an_address_picks_the_provider_with_its_region_and_user_name(run: Run) -> None:
    assert run("profile", "add", "w", "--from-address", "ana@web.de").exit_code == 0
    found = shown(run, "w")
    assert (found["provider"], found["host"], found["username"], found["from"]) == (
        *("web-de", "smtp.web.de"),
        *("ana", "ana@web.de"),
    )
    assert run("profile", "add", "g", "--from-address", "ana@gmx.co.uk", "--port", 587).exit_code == 0
    found = shown(run, "g")
    assert (found["host"], found["port"], found["security"]) == ("mail.gmx.com", 587, "starttls")


def test_a_preset_fills_in_region_limits_and_what_changes_soon(run: Run) -> None:
    assert run("profile", "add", "s", "--provider", "amazon-ses", "--region", "eu-west-1").exit_code == 0
    assert shown(run, "s")["host"] == "email-smtp.eu-west-1.amazonaws.com"
    refused = run("profile", "add", "s", "--provider", "amazon-ses", "--region", "moon")
    assert refused.exit_code == 2 and "eu-west-1" in refused.stderr
    told = run("profile", "add", "m", "--provider", "microsoft365", "--username", "ana@example.com")
    assert "December 2026" in told.stderr
    assert (shown(run, "m")["per_minute"], shown(run, "m")["daily"]) == (30, 10_000)


def test_providers_are_listed_shown_and_compared(run: Run) -> None:
    listed = [json.loads(line) for line in run("provider", "list", "--json").stdout.splitlines()]
    assert len(listed) == 28
    words = run("provider", "list", "hotmail").stdout
    assert "Outlook.com" in words and "Brevo" not in words
    gmail = run("provider", "show", "gmail").stdout
    assert "developer.nylas.com" in gmail and "Gmail replaces the envelope sender" in gmail
    compared = run("provider", "compare", "zoho", "brevo").stdout
    assert "Forbidden" in compared and "Allowed" in compared and "50 an hour" in compared
    assert "By plan" in compared and "By plan" in run("provider", "show", "brevo").stdout
    as_json = [json.loads(line) for line in run("provider", "compare", "zoho", "ovh", "--json").stdout.splitlines()]
    assert [item["limits"] for item in as_json] == [{"hourly": 50}, {}]
    assert [item["marketing"] for item in as_json] == ["forbidden", None]
    unknown = run("provider", "compare", "nobody")
    assert unknown.exit_code == 2 and "provider.unknown" in unknown.stderr


def test_a_slip_in_a_providers_name_is_seen(run: Run) -> None:
    for command in (("provider", "show", "gmial"), ("profile", "add", "g", "--provider", "gmial")):
        ran = run(*command)
        assert ran.exit_code == 2 and "“gmail”" in ran.stderr
    assert "sandbox" not in run("provider", "show", "qqqqqq").stderr


def test_what_a_new_profile_replaces_and_still_needs_is_said(run: Run) -> None:
    first = run("profile", "add", "ses", "--provider", "amazon-ses")
    assert first.exit_code == 0 and "is saved" in first.stderr and "No sender" in first.stderr
    refused = run("profile", "add", "ses", "--host", "mail.evil.example", "--json")
    assert refused.exit_code == 2 and json.loads(refused.stdout)["code"] == "profile.exists"
    assert "--replace" in refused.stderr and "smtpdesk profile show ses" in refused.stderr
    again = run("profile", "add", "ses", "--replace", "--provider", "amazon-ses", "--from", "ana@example.com", "--json")
    said = json.loads(again.stdout)
    assert (said["event"], said["name"], said["replaced"], said["needs"]) == ("saved", "ses", True, [])
    told = run("profile", "add", "ses", "--replace", "--from-address", "ana@gmail.com").stderr
    assert "is replaced" in told and "https://support.google.com/accounts/answer/185833" in told


def test_a_web_host_needs_a_server_and_a_change_needs_an_option(run: Run) -> None:
    bare = run("profile", "add", "web", "--provider", "my-web-host", "--from-address", "ana@example.com")
    assert bare.exit_code == 2
    assert "My web host has no fixed server: add --host." in bare.stderr and "often mail.example.com" in bare.stderr
    assert run("profile", "add", "web", "--provider", "my-web-host", "--host", "mail.example.com").exit_code == 0
    idle = run("profile", "change", "web")
    assert idle.exit_code == 2 and "profile.nothing-to-change" in idle.stderr
    assert run("profile", "change", "web", "--ehlo-name", "").exit_code == 0
