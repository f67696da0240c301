"""What can be said about a profile before any server is asked, and which remedy fits a failed step."""

from __future__ import annotations

import pytest

from smtpdesk.desktop.pages.profiles import rules
from smtpdesk.desktop.pages.profiles.limits_section import known_words, limit_words, summary
from smtpdesk.desktop.pages.profiles.words import seconds_words
from smtpdesk.domain.limits import limit_texts
from smtpdesk.domain.profile import DomainLimit, Identity, Limits, Profile, Relay, Security
from smtpdesk.providers import provider

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
    ("text", "value"),
    [
        *(("587", 587), (" 1,000 ", 1000), ("10.000", 10_000), ("1\u202f000 000", None), ("2’000’000", 2_000_000)),
        *(("", None), ("x", None), ("-1", None), ("٣", None), ("1.5", None)),
    ],
)
def test_numbers_as_people_type_them(text: str, value: int | None) -> None:
    assert rules.number(text) == value


def test_a_good_profile_has_no_problems() -> None:
    good = Profile("office", Relay("smtp.example.com", 587), Identity("Ana <ana@example.com>"), "ana")
    assert rules.problems(good, _limits(rate="14/s", daily="500", per_domain="gmail.com=20/min"), ()) == {}


@pytest.mark.parametrize("host", ["", "a@b.example", "smtp..example.com", "two words"])
def test_hosts_that_are_none(host: str) -> None:
    assert "host" in rules.problems(Profile("office", Relay(host, 587)), _limits(), ())


def test_limits_that_are_none() -> None:
    profile = Profile("office", Relay("smtp.example.com", 587))
    wrong = dict.fromkeys(("per_minute", "hourly", "daily", "per_connection"), "many")
    wrong |= {"max_connections": "0", "rate": "quick", "max_size": "big", "per_domain": "gmail=1/s", "weight": ""}
    assert rules.problems(profile, wrong, ()).keys() == wrong.keys()


def test_limits_are_read_as_they_are_written() -> None:
    limits = Limits(3, 30, 60.0, 10_000, 30, 500, 100, 10_485_760, (DomainLimit("*", 60, 60.0),), 2)
    texts = {**limit_texts(limits), "weight": "2"}
    assert rules.limits_from(texts) == limits
    texts |= limit_words(limits)
    assert (texts["daily"], texts["hourly"]) == ("10,000", "500")
    assert rules.limits_from(texts) == limits
    assert summary(limits).startswith("30 a minute, 500 an hour, 10,000 a day, 3 connections, 100 messages each")


def test_what_a_provider_allows_is_said_with_its_source() -> None:
    gmail = provider("gmail")
    assert known_words(gmail, "daily") == "Gmail: 500 (developer.nylas.com)"
    assert known_words(gmail, "hourly") == "" == known_words(None, "daily")
    outlook = provider("microsoft365")
    assert known_words(outlook, "daily").startswith("Microsoft 365: 10,000 (")
    assert known_words(outlook, "rate").startswith("Microsoft 365: 30/min (")
    assert known_words(outlook, "per_minute") == ""  # the line above says the same


def _limits(**changed: str) -> dict[str, str]:
    return {**limit_texts(Limits()), "weight": "1", **changed}


def test_times_are_words() -> None:
    assert (seconds_words(0.018), seconds_words(10)) == ("18 ms", "10.0 s")
