"""Every preset file is whole, sourced and usable."""

from __future__ import annotations

import ipaddress
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.base.paths import resources
from smtpdesk.domain.profile import SANDBOX, Limits, Profile, Relay, Security
from smtpdesk.providers import Provider, provider, providers

FILES = sorted((resources() / "providers").glob("*.toml"))
REQUIRED = {
    "id",
    "order",
    "kind",
    "name",
    "summary",
    "endpoints",
    "username_label",
    "username_help",
    "password_label",
    "password_help",
    "source",
    "checked",
}
ALLOWED = REQUIRED | {"regions", "username_fixed", "limits", "size_limit", "notices", "notes", "help"}
#: RFC 8314: TLS from the first byte on 465; elsewhere a connection begins in the clear.
IMPLICIT_TLS_PORTS = {465, 2465}


def table(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_has_what_it_needs_and_nothing_unknown(path: Path) -> None:
    stated = table(path)
    assert stated.keys() >= REQUIRED
    assert stated.keys() <= ALLOWED
    assert stated["id"] == path.stem
    assert stated["kind"] in {"mailbox", "relay", "sandbox", "other"}
    assert stated.get("limits", {}).keys() <= {"max_connections", "rate", "daily"}
    assert stated["source"] and all(stated["source"])
    assert date.fromisoformat(stated["checked"]) >= date(2026, 1, 1)
    assert all(urlsplit(link["url"]).scheme == "https" and link["label"] for link in stated.get("help", ()))


@pytest.mark.parametrize("one", providers(), ids=lambda one: one.id)
def test_every_endpoint_is_a_relay_that_a_profile_can_use(one: Provider) -> None:
    every = [*one.endpoints, *(relay for region in one.regions for relay in region.endpoints)]
    assert every or one.kind == "other"
    for relay in every:
        if one.kind == "sandbox":
            assert ipaddress.ip_address(relay.host).is_loopback
            continue
        assert re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)+", relay.host), relay.host
        assert 0 < relay.port < 65536
        assert relay.security is (Security.TLS if relay.port in IMPLICIT_TLS_PORTS else Security.STARTTLS)
        Profile("mine", relay, limits=one.limits, provider=one.id)


@pytest.mark.parametrize("one", providers(), ids=lambda one: one.id)
def test_words_are_sentences(one: Provider) -> None:
    for text in (one.summary, one.username_help, one.password_help, *one.notes, *one.notices):
        assert text.endswith("."), text
        assert len(text) <= 260, text
    assert one.name and one.username_label and one.password_label


def test_the_presets_asked_for_are_there_in_the_order_people_see() -> None:
    assert [one.id for one in providers()] == [
        "gmail",
        "microsoft365",
        "amazon-ses",
        "brevo",
        "mailgun",
        "postmark",
        "sendgrid",
        "other",
        "sandbox",
    ]


def test_hosts_follow_the_region() -> None:
    ses = provider("amazon-ses")
    assert ses.endpoints[0] == Relay("email-smtp.us-east-1.amazonaws.com", 587, Security.STARTTLS)
    assert ses.in_region("eu-west-1")[1] == Relay("email-smtp.eu-west-1.amazonaws.com", 465, Security.TLS)
    assert ses.in_region("nowhere") == ses.endpoints
    mailgun = provider("mailgun")
    assert mailgun.endpoints[0].host == "smtp.mailgun.org"
    assert {relay.host for relay in mailgun.in_region("eu")} == {"smtp.eu.mailgun.org"}
    assert provider("postmark").endpoints[0].host == "smtp-broadcasts.postmarkapp.com"


def test_what_is_known_is_in_the_limits_and_what_is_not_stays_open() -> None:
    microsoft = provider("microsoft365").limits
    assert (microsoft.max_connections, microsoft.rate, microsoft.rate_seconds) == (3, 30, 60.0)
    assert provider("amazon-ses").limits == Limits()
    assert provider("gmail").limits.daily == 500
    assert provider("brevo").size_limit is None


def test_what_people_get_wrong_is_said() -> None:
    assert provider("sendgrid").username_fixed == "apikey"
    assert "app password" in provider("gmail").password_help
    assert any("December 2026" in notice for notice in provider("microsoft365").notices)
    assert provider(SANDBOX).summary == "Keeps mail on this computer, delivers none."


def test_an_unknown_provider_names_the_known_ones() -> None:
    with pytest.raises(InputError) as refused:
        provider("aol")
    assert refused.value.code == "provider.unknown"
    assert "gmail" in refused.value.hint
