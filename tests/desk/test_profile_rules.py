"""Profiles that cannot be right are refused before they are saved."""

from __future__ import annotations

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.desk.profile_rules import validate
from smtpdesk.domain.profile import Identity, Profile, Relay


def profile(host: str = "smtp.example.com", ehlo: str = "") -> Profile:
    return Profile("office", Relay(host, 587), Identity(ehlo_name=ehlo))


@pytest.mark.parametrize("host", ["", "a..b", ".example.com", f"{'a' * 64}.example.com", "a b", "smtp.example.com/x"])
def test_a_host_that_cannot_be_looked_up_is_refused(host: str) -> None:
    with pytest.raises(InputError) as caught:
        validate(profile(host=host))
    assert caught.value.code == "profile.host"


@pytest.mark.parametrize("host", ["localhost", "smtp.example.com.", "192.0.2.1", "::1", "[2001:db8::1]", "mail_1.lan"])
def test_hosts_as_people_have_them_are_taken(host: str) -> None:
    validate(profile(host=host))


@pytest.mark.parametrize("name", ["x\r\nMAIL FROM:<evil@example.com>", "bücher.example", "a b", "-x-", "[", "x" * 300])
def test_a_greeting_name_that_cannot_be_said_is_refused(name: str) -> None:
    with pytest.raises(InputError) as caught:
        validate(profile(ehlo=name))
    assert caught.value.code == "profile.ehlo"


@pytest.mark.parametrize("name", ["", "mail.example.com", "[192.0.2.1]", "[IPv6:2001:db8::1]", "host"])
def test_greeting_names_as_servers_want_them_are_taken(name: str) -> None:
    validate(profile(ehlo=name))
