"""Every preset file is whole, sourced and usable."""

from __future__ import annotations

import importlib.util
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
from smtpdesk.domain.limits import LIMIT_NAMES, parse_domain_limits
from smtpdesk.domain.profile import SANDBOX, DomainLimit, Limits, Profile, Relay, Security, parse_rate
from smtpdesk.providers import (
    Marketing,
    PasswordKind,
    Provider,
    UserName,
    for_address,
    for_mail_host,
    provider,
    providers,
)
from smtpdesk.providers.catalogue import _limits
from smtpdesk.providers.words import UNKNOWN, facts
from tests.servers.proc import ROOT

FILES = sorted((resources() / "providers").glob("*.toml"))
#: Key to type; what a file must have.
REQUIRED: dict[str, type] = {
    **dict.fromkeys(("id", "kind", "name", "summary", "checked"), str),
    **dict.fromkeys(("username_form", "username_label", "username_help"), str),
    **dict.fromkeys(("password_kind", "password_label", "password_help"), str),
    **dict.fromkeys(("endpoints", "source"), list),
    "order": int,
}
#: What it may have besides.
OPTIONAL: dict[str, type] = {
    **dict.fromkeys(
        ("regions", "sign_in", "ehlo", "domains", "mx", "aliases", "quirks", "headers", "notices", "notes"), list
    ),
    **dict.fromkeys(
        ("messages_by", "mx_source", "username_fixed", "marketing", "marketing_note", "marketing_source"), str
    ),
    **dict.fromkeys(("suggested", "limits", "limits_source", "oauth2", "sending_domain"), dict),
    "help": list,
}
#: RFC 8314: TLS from the first byte on 465; elsewhere a connection begins in the clear, but where a provider says so.
IMPLICIT_TLS_PORTS = {465, 2465, 8465, 443}
HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?|email-smtp\.\{region\})(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+\Z")
DOMAIN = re.compile(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:\.\*)?\Z")
#: Mechanisms of RFC 4616, 7628 and 2195, and what Google and others call theirs.
MECHANISMS = {"PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER", "XOAUTH", "PLAIN-CLIENTTOKEN"}


def table(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def stated_endpoints(stated: dict[str, Any]) -> list[dict[str, Any]]:
    return [*stated["endpoints"], *(one for region in stated.get("regions", ()) for one in region.get("endpoints", ()))]


def sentences_of(one: Provider) -> list[str]:
    found = [one.summary, one.username_help, one.password_help, *one.notes, *one.notices, *one.quirks]
    return [*found, *(header.note for header in one.headers), *filter(None, [one.marketing_note])]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_known_of_sending_domains_is_sourced_and_can_be_looked_up(path: Path) -> None:
    known = table(path).get("sending_domain", {})
    assert known.keys() <= {"spf_include", "dkim_selectors", "own_return_path", "source"}
    assert not known or (known["source"] and len(known) > 1)
    assert re.fullmatch(r"(?:[a-z0-9_-]+\.)+[a-z]+", known.get("spf_include", "a.test"))
    assert all(re.fullmatch(r"[a-z0-9-]+", selector) for selector in known.get("dkim_selectors", ()))
    one = provider(path.stem) if path.stem != SANDBOX else None
    if one is not None and known:
        assert (one.spf_include, one.domain_source) == (known.get("spf_include", ""), known["source"])
        assert one.own_return_path is known.get("own_return_path", False)
        assert one.dkim_selectors == tuple(known.get("dkim_selectors", ()))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_file_has_what_it_needs_and_nothing_unknown(path: Path) -> None:
    stated = table(path)
    assert stated.keys() >= REQUIRED.keys()
    types = REQUIRED | OPTIONAL
    assert stated.keys() <= types.keys()
    assert {key: type(value) for key, value in stated.items()} == {key: types[key] for key in stated}
    assert stated["id"] == path.stem
    assert stated["kind"] in {"mailbox", "relay", "sandbox", "other"}
    assert stated["source"] and all(stated["source"])
    assert date.fromisoformat(stated["checked"]) >= date(2026, 1, 1)
    assert all(urlsplit(link["url"]).scheme == "https" and link["label"] for link in stated.get("help", ()))
    assert all(one.keys() == {"header", "note"} for one in stated.get("headers", ()))
    assert set(stated.get("sign_in", ())) <= MECHANISMS
    assert len(stated["summary"]) <= 39 or stated["kind"] == "sandbox", "longer ones are cut in the chooser"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_hosts_are_host_names_and_ports_are_ports(path: Path) -> None:
    stated = table(path)
    for one in stated_endpoints(stated):
        assert one.keys() == {"host", "port", "security"}
        assert one["security"] in {"tls", "starttls", "none"}
        if stated["kind"] != "sandbox":
            assert HOST.match(one["host"]), one
            assert type(one["port"]) is int and 1 <= one["port"] <= 65535, one
    for region in stated.get("regions", ()):
        assert {"id", "name"} <= region.keys() <= {"id", "name", "domains", "mx", "endpoints"}
    domains = [
        *stated.get("domains", ()),
        *(d for region in stated.get("regions", ()) for d in region.get("domains", ())),
    ]
    assert [domain for domain in domains if not DOMAIN.match(domain)] == []
    assert len(set(domains)) == len(domains)


def stated_mail_hosts(stated: dict[str, Any]) -> list[str]:
    return [*stated.get("mx", ()), *(host for region in stated.get("regions", ()) for host in region.get("mx", ()))]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_hosts_that_take_mail_are_sourced_host_names(path: Path) -> None:
    stated = table(path)
    hosts = stated_mail_hosts(stated)
    assert [host for host in hosts if not HOST.match(host)] == []
    assert bool(hosts) == bool(stated.get("mx_source"))
    assert {one.name: one.mx for one in (provider(path.stem).regions if hosts else ())} == {
        region["name"]: tuple(region.get("mx", ())) for region in (stated.get("regions", ()) if hosts else ())
    }


def test_no_two_providers_take_mail_at_one_host() -> None:
    every = [host for path in FILES for host in stated_mail_hosts(table(path))]
    assert [host for host in every if sum(host == one or host.endswith(f".{one}") for one in every) > 1] == []


@pytest.mark.parametrize(
    ("host", "wanted"),
    [
        ("aspmx.l.google.com", ("google-workspace", "smtp.gmail.com")),
        ("smtp.google.com.", ("google-workspace", "smtp.gmail.com")),
        ("ASPMX2.GOOGLEMAIL.COM", ("google-workspace", "smtp.gmail.com")),
        ("northlight-example.mail.protection.outlook.com", ("microsoft365", "smtp.office365.com")),
        ("northlight-example.a-v1.mx.microsoft", ("microsoft365", "smtp.office365.com")),
        ("in1-smtp.messagingengine.com", ("fastmail", "smtp.fastmail.com")),
        ("mx00.ionos.de", ("ionos", "smtp.ionos.de")),
        ("smtpin.rzone.de", ("strato", "smtp.strato.de")),
        ("mx1.mail.ovh.net", ("ovh", "ssl0.ovh.net")),
        ("mx.zoho.com", ("zoho", "smtppro.zoho.com")),
        ("mx2.zoho.eu", ("zoho", "smtp.zoho.eu")),
        ("vps-1.vps.ovh.net", None),
        ("mail.evilgoogle.com", None),
        ("google.com.evil.example", None),
    ],
)
def test_the_host_that_takes_a_domains_mail_tells_the_preset(host: str, wanted: tuple[str, str] | None) -> None:
    found = for_mail_host(host)
    made = found.profile("mine", "ana@example.com", found.region_at(host)) if found else None
    assert (made and (made.provider, made.relay.host)) == wanted


#: What ``[oauth2]`` must have and may have, key to type.
OAUTH_REQUIRED: dict[str, type] = {
    **dict.fromkeys(("service", "title", "authorization_url", "token_url", "register_url"), str),
    **dict.fromkeys(("scopes", "source"), list),
}
OAUTH_OPTIONAL: dict[str, type] = {
    **dict.fromkeys(("device_url", "revocation_url", "redirect_host"), str),
    **dict.fromkeys(("first", "client_secret"), bool),
    "parameters": dict,
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_an_authorization_server_is_whole_and_sourced(path: Path) -> None:
    stated = table(path)
    oauth = stated.get("oauth2")
    if oauth is None:
        assert stated["password_kind"] != "oauth2", "who takes only tokens says where they are from"
        return
    types = OAUTH_REQUIRED | OAUTH_OPTIONAL
    assert oauth.keys() >= OAUTH_REQUIRED.keys()
    assert {key: type(value) for key, value in oauth.items()} == {key: types[key] for key in oauth}
    assert all(urlsplit(oauth[key]).scheme == "https" for key in oauth if key.endswith("_url"))
    assert all(urlsplit(source).scheme == "https" for source in oauth["source"]) and oauth["source"] and oauth["scopes"]
    assert oauth.get("redirect_host", "127.0.0.1") in {"127.0.0.1", "localhost"}, "the browser comes back to us"
    assert {"XOAUTH2", "OAUTHBEARER"} & set(stated["sign_in"])
    assert stated["username_form"] == "address"


def test_presets_of_one_service_say_the_same_of_it() -> None:
    servers = [one.oauth for one in providers() if one.oauth]
    assert {server.service for server in servers} == {"google", "microsoft"}
    assert len({server.service: server for server in servers}) == len(set(servers))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_figure_of_the_limits_has_a_source(path: Path) -> None:
    stated = table(path)
    limits, sources = stated.get("limits", {}), stated.get("limits_source", {})
    assert limits.keys() <= set(LIMIT_NAMES)
    assert sources.keys() == limits.keys()
    known = [source.split(" ")[0] for source in stated["source"]]
    assert [source for source in sources.values() if source.split(" ")[0] not in known] == []
    for name, value in limits.items():
        if name == "rate":
            parse_rate(value)
        elif name == "per_domain":
            assert all(parse_rate(rate) for rate in value.values())
        else:
            assert type(value) is int and value > 0, name
    assert bool(stated.get("marketing")) == bool(stated.get("marketing_note")) == bool(stated.get("marketing_source"))


def test_every_sentence_is_collected_for_translation() -> None:
    spec = importlib.util.spec_from_file_location("catalogue", ROOT / "packaging" / "catalogue.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    collected = {text for path in FILES for text in module._values(table(path), module.RESOURCES["providers"])}
    shown = {text for one in providers() for text in sentences_of(one)}
    shown |= {label for one in providers() for label in (one.name, one.username_label, one.password_label)}
    shown |= {link.label for one in providers() for link in one.help}
    assert shown - collected == set()


@pytest.mark.parametrize("one", providers(), ids=lambda one: one.id)
def test_every_endpoint_is_a_relay_that_a_profile_can_use(one: Provider) -> None:
    every = [*one.endpoints, *(relay for region in one.regions for relay in region.endpoints)]
    assert every or (one.kind == "other" and one.suggested)
    for relay in every:
        if one.kind == "sandbox":
            assert ipaddress.ip_address(relay.host).is_loopback
            continue
        assert HOST.match(relay.host), relay.host
        assert relay.security is (Security.TLS if relay.port in IMPLICIT_TLS_PORTS else Security.STARTTLS)
        Profile("mine", relay, limits=one.limits, provider=one.id)


@pytest.mark.parametrize("one", providers(), ids=lambda one: one.id)
def test_words_are_sentences(one: Provider) -> None:
    for text in sentences_of(one):
        assert text.endswith("."), text
        assert len(text) <= 260, text
    assert one.name and one.username_label and one.password_label
    assert bool(one.username_fixed) == (one.username_form is UserName.FIXED)


def test_the_presets_asked_for_are_there_in_the_order_people_see() -> None:
    mailboxes = ["gmail", "google-workspace", "microsoft365", "outlook", "yahoo", "icloud", "fastmail", "zoho", "gmx"]
    mailboxes += ["web-de", "ionos", "strato", "ovh"]
    services = ["amazon-ses", "sendgrid", "mailgun", "postmark", "brevo", "mailjet", "mailersend", "resend", "smtp2go"]
    services += ["elastic-email", "mandrill", "sparkpost"]
    own = ["my-web-host", "local-postfix", "other"]
    assert [one.id for one in providers()] == [*mailboxes, *services, *own, "sandbox"]
    assert [one.id for one in providers() if one.kind == "relay"] == services


def test_hosts_follow_the_region() -> None:
    ses = provider("amazon-ses")
    assert ses.endpoints[0] == Relay("email-smtp.us-east-1.amazonaws.com", 587, Security.STARTTLS)
    assert ses.in_region("eu-west-1")[1] == Relay("email-smtp.eu-west-1.amazonaws.com", 465, Security.TLS)
    assert ses.in_region("nowhere") == ses.endpoints
    mailgun = provider("mailgun")
    assert mailgun.endpoints[0].host == "smtp.mailgun.org"
    assert {relay.host for relay in mailgun.in_region("eu")} == {"smtp.eu.mailgun.org"}
    assert provider("postmark").endpoints[0].host == "smtp-broadcasts.postmarkapp.com"
    assert provider("zoho").ports == (465, 587)


def test_what_is_known_is_in_the_limits_and_what_is_not_stays_open() -> None:
    microsoft = provider("microsoft365").limits
    assert (microsoft.max_connections, microsoft.rate, microsoft.rate_seconds) == (3, 30, 60.0)
    assert (microsoft.per_minute, microsoft.daily) == (30, 10_000)
    assert provider("amazon-ses").limits == Limits(max_size=40 * 1024**2)
    assert provider("gmail").limits.daily == 500
    assert provider("gmail").source_of("daily").startswith("https://developer.nylas.com")
    assert provider("gmail").source_of("hourly") == ""
    assert provider("brevo").size_limit is None
    assert provider("sendgrid").size_limit == 31_457_280, "announced in EHLO"
    assert provider("mailgun").size_limit == 25 * 1024**2, "documented, below what EHLO announced"
    assert (provider("sparkpost").limits.per_connection, provider("mailersend").limits.per_minute) == (100, 120)


def test_a_number_of_messages_that_depends_on_plan_or_account_is_called_so_and_not_unknown() -> None:
    said = {one.id: next(fact.value for fact in facts(one) if fact.id == "messages") for one in providers()}
    assert (said["brevo"], said["sendgrid"], said["amazon-ses"]) == ("By plan", "By plan", "Your account's own")
    assert (said["mailersend"], said["zoho"]) == ("120 a minute; quota by plan", "50 an hour; by account")
    assert (said["gmail"], said["resend"]) == ("500 a day", UNKNOWN)
    assert all(table(path).get("messages_by", "plan") in {"plan", "account"} for path in FILES)


def test_limits_towards_domains_are_read() -> None:
    read = _limits({"per_domain": {"gmail.com": "20/min", "*": "60/min"}, "rate": "14/s"})
    assert read.per_domain == (DomainLimit("gmail.com", 20, 60.0), DomainLimit("*", 60, 60.0))
    assert parse_domain_limits("gmail.com=20/min, *=60/min") == read.per_domain


def test_what_people_get_wrong_is_said() -> None:
    assert provider("sendgrid").username_fixed == "apikey"
    assert provider("resend").username_fixed == "resend"
    assert "app password" in provider("gmail").password_help
    assert any("December 2026" in notice for notice in provider("microsoft365").notices)
    assert provider("outlook").password_kind is PasswordKind.OAUTH2 and provider("outlook").oauth_first
    assert provider("zoho").marketing is Marketing.FORBIDDEN
    assert provider("postmark").headers[0].name == "X-PM-Message-Stream"
    assert provider(SANDBOX).summary == "Keeps mail on this computer, delivers none."


@pytest.mark.parametrize(
    ("address", "wanted"),
    [
        ("ana@web.de", ("web-de", "smtp.web.de", "ana")),
        ("Ana@GMAIL.com", ("gmail", "smtp.gmail.com", "Ana@GMAIL.com")),
        ("ana@googlemail.com", ("gmail", "smtp.gmail.com", "ana@googlemail.com")),
        ("ana@gmx.de", ("gmx", "mail.gmx.net", "ana@gmx.de")),
        ("ana@gmx.co.uk", ("gmx", "mail.gmx.com", "ana@gmx.co.uk")),
        ("ana@hotmail.co.uk", ("outlook", "smtp-mail.outlook.com", "ana@hotmail.co.uk")),
        ("ana@northlight.onmicrosoft.com", ("microsoft365", "smtp.office365.com", "ana@northlight.onmicrosoft.com")),
        ("ana@aol.de", ("yahoo", "smtp.aol.com", "ana@aol.de")),
        ("ana@zohomail.eu", ("zoho", "smtp.zoho.eu", "ana@zohomail.eu")),
        *((text, None) for text in ("ana@example.org", "ana@gmx.evil.example", "ana@notgmail.com", "ana", "ana@", "")),
    ],
)
def test_an_address_tells_the_preset_and_its_settings(address: str, wanted: tuple[str, ...] | None) -> None:
    found = for_address(address)
    assert (found is None) == (wanted is None)
    if found is not None and wanted is not None:
        made = found.profile("mine", address)
        assert (made.provider, made.relay.host, made.username) == wanted
        assert made.identity.from_header == address


def test_a_provider_is_found_by_other_words() -> None:
    for words, id in (("1und1", "ionos"), ("hotmail", "outlook"), ("sendinblue", "brevo"), ("aws", "amazon-ses")):
        assert id in {one.id for one in providers() if one.matches(words)}
    assert not any(one.matches("no such thing") for one in providers())


def test_a_profile_of_a_preset_keeps_its_words() -> None:
    made = provider("sendgrid").profile("mine", "ana@example.com")
    assert (made.username, made.limits.per_connection) == ("apikey", 5000)
    host = provider("my-web-host").profile("mine")
    assert (host.relay, host.provider) == (Relay("", 465, Security.TLS), "my-web-host")
    assert provider("amazon-ses").profile("x", region="eu-west-1").relay.host == "email-smtp.eu-west-1.amazonaws.com"


def test_an_unknown_provider_names_the_known_ones() -> None:
    with pytest.raises(InputError) as refused:
        provider("aol")
    assert refused.value.code == "provider.unknown"
    assert "gmail" in refused.value.hint
