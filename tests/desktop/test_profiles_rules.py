"""What can be said about a profile before any server is asked, and which remedy fits a failed step."""

from __future__ import annotations

import pytest

from smtpdesk.desktop.pages.profiles import rules
from smtpdesk.desktop.pages.profiles.fixes import fix_for
from smtpdesk.desktop.pages.profiles.words import seconds_words, stage_name
from smtpdesk.domain.delivery import Stage
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay, Security
from smtpdesk.smtp.probe import ProbeStep

BLOCKED = "Many networks block port 25. Most providers also take mail on 587."


@pytest.mark.parametrize(
    ("port", "security", "host", "words"),
    [
        (465, Security.STARTTLS, "smtp.example.com", "Port 465 normally goes with TLS."),
        (465, Security.TLS, "smtp.example.com", ""),
        (587, Security.TLS, "smtp.example.com", "Port 587 normally goes with STARTTLS."),
        (587, Security.STARTTLS, "smtp.example.com", ""),
        (
            25,
            Security.STARTTLS,
            "smtp.example.com",
            BLOCKED,
        ),
        (25, Security.NONE, "127.0.0.1", ""),
        (587, Security.NONE, "smtp.example.com", "Everybody on the way can read what is sent."),
    ],
)
def test_ports_and_encryption_that_do_not_go_together(port: int, security: Security, host: str, words: str) -> None:
    assert rules.port_warning(Relay(host, port, security)) == words


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_nothing_needs_leave_on_this_computer(host: str) -> None:
    assert not rules.needs_leave(Profile("x", Relay(host, 25, Security.NONE), username="ana"))


@pytest.mark.parametrize(
    ("text", "value"), [("587", 587), (" 1,000 ", 1000), ("", None), ("x", None), ("-1", None), ("٣", None)]
)
def test_numbers_as_people_type_them(text: str, value: int | None) -> None:
    assert rules.number(text) == value


def test_a_good_profile_has_no_problems() -> None:
    good = Profile("office", Relay("smtp.example.com", 587), Identity("Ana <ana@example.com>"), "ana")
    assert rules.problems(good, "14/s", "500", ()) == {}


@pytest.mark.parametrize("host", ["", "a@b.example", "smtp..example.com", "two words"])
def test_hosts_that_are_none(host: str) -> None:
    assert "host" in rules.problems(Profile("office", Relay(host, 587)), "", "", ())


def test_limits_that_are_none() -> None:
    profile = Profile("office", Relay("smtp.example.com", 587), limits=Limits(max_connections=0))
    assert set(rules.problems(profile, "quick", "many", ())) == {"connections", "rate", "daily"}


def _failed(stage: Stage) -> ProbeStep:
    return ProbeStep(stage, "failed", "No greeting")


@pytest.mark.parametrize(
    ("port", "security", "wanted"),
    [
        (465, Security.STARTTLS, Security.TLS),
        (465, Security.NONE, Security.TLS),
        (587, Security.TLS, Security.STARTTLS),
        (587, Security.STARTTLS, None),
    ],
)
def test_the_remedy_changes_the_encryption(port: int, security: Security, wanted: Security | None) -> None:
    fix = fix_for(Profile("x", Relay("smtp.example.com", port, security)), _failed(Stage.CONNECT))
    assert (fix.security if fix else None) is wanted


def test_a_wrong_password_has_no_such_remedy() -> None:
    profile = Profile("x", Relay("smtp.example.com", 465, Security.STARTTLS))
    assert fix_for(profile, _failed(Stage.AUTH)) is None


def test_times_and_stages_are_words() -> None:
    assert (seconds_words(0.018), seconds_words(10)) == ("18 ms", "10.0 s")
    assert stage_name(Stage.CONNECT, Security.TLS) == "Connect, TLS"
    assert stage_name(Stage.AUTH) == "Sign-in"
