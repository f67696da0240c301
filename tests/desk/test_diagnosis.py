"""Every way in which a test of a profile fails: what it is taken for, which mend is offered, and that it mends.

Real servers on the real ports of an address of their own; the password is nowhere in what a person may pass on.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from smtpdesk.base.secret import Secret
from smtpdesk.cli.profile_json import diagnosis_dict, step_dict
from smtpdesk.desk.diagnosis import Diagnosis, diagnose
from smtpdesk.desk.mends import offer
from smtpdesk.desk.profile_test import provider_of, recommend, run_test, try_all
from smtpdesk.domain.profile import Identity, Profile, Relay, Security
from smtpdesk.smtp.probe import ProbeStep
from smtpdesk.smtp.steps import Timeouts
from smtpdesk.smtp.survey import HASTY, combinations, survey
from tests.desk.places import HOST, Names, black_hole, needs_real_ports, own_address
from tests.servers.certificates import Authority
from tests.servers.postfix import Postfix
from tests.servers.scripted import ScriptedServer, drop, hang, say

SECRET = "hunter2-geheim"
ANA = "ana@shop.example"
#: The password, and what Base64 makes of it, whatever stands before it.
FORMS = (SECRET, *(base64.b64encode(b"x" * n + SECRET.encode()).decode()[n + 1 : -4] for n in range(3)))
SHORT = Timeouts(0.8, 0.8, 0.8, 0.8, knock=0.3)
NONE, STARTTLS, TLS = Security.NONE, Security.STARTTLS, Security.TLS
HOSTER = "server7.hoster.example"


@dataclass
class Net:
    """Where a case stands its servers."""

    address: str
    ca: Authority
    names: Names
    stack: contextlib.ExitStack

    def server(self, port: int, tls: object = "right", **more: object) -> ScriptedServer:
        context = self.ca.for_names(HOST) if tls == "right" else tls
        more = {"users": {ANA: SECRET}, **more}
        made = ScriptedServer(host=self.address, port=port, tls=context, **more)  # type: ignore[arg-type]
        return self.stack.enter_context(made)

    def starttls(self, port: int = 587, tls: object = "right", **more: object) -> ScriptedServer:
        return self.server(port, tls, starttls=True, **more)


@dataclass
class Case:
    """``prepare`` puts servers there; a test of the profile then ends at ``step`` with ``cause``.

    ``changes``: what the mend changes, None where there is none. ``mends``: whether the test passes after it.
    """

    name: str
    prepare: Callable[[Net], object]
    cause: str
    step: str
    changes: dict[str, object] | None = None
    mends: bool = False
    relay: Relay = field(default_factory=lambda: Relay(HOST, 587, STARTTLS))
    username: str = ANA
    sender: str = f"Ana <{ANA}>"
    provider: str = ""
    evidence: str = ""


def _say(stage: str, words: str | bytes, port: int = 587, match: str = "", **more: object) -> Callable[[Net], object]:
    def prepare(net: Net) -> object:
        return net.starttls(port, **more).on(stage, say(words), match=match)

    return prepare


def _both(net: Net) -> tuple[ScriptedServer, ScriptedServer]:
    return net.starttls(), net.server(465)


def _beside_tls(prepare: Callable[[Net], object]) -> Callable[[Net], object]:
    """Port 465 answers as well."""
    return lambda net: (prepare(net), net.server(465))


def _blocked(net: Net) -> None:
    net.starttls()
    net.stack.enter_context(black_hole(net.address, 25))


def _dated(start: int, end: int) -> Callable[[Net], object]:
    def prepare(net: Net) -> ScriptedServer:
        now = datetime.now(UTC)
        days = {"not_before": now + timedelta(days=start), "not_after": now + timedelta(days=end)}
        return net.starttls(tls=net.ca.for_names(HOST, **days))

    return prepare


def _behind(net: Net) -> None:
    """The server's clock stands where its certificate is valid; so it is ours that is wrong."""
    day = datetime.now(UTC) - timedelta(days=20)
    server = _dated(-40, -10)(net)
    assert isinstance(server, ScriptedServer)
    server.on("greeting", say(f"220 {HOST} ESMTP Exim 4.96 {day:%a, %d %b %Y %H:%M:%S} +0000"))


def _other_name(net: Net) -> ScriptedServer:
    net.names.known[HOSTER] = [net.address]
    return net.starttls(tls=net.ca.for_names(HOSTER))


def _plain_tcp(words: bytes, port: int) -> Callable[[Net], object]:
    return lambda net: net.server(port, None).on("greeting", say(words, then_hang=True))


_SENDGRID = Relay("smtp.sendgrid.net", 587, STARTTLS)
_SES = Relay("email-smtp.eu-west-1.amazonaws.com", 587, STARTTLS)
_PROVIDERS = (_SENDGRID.host, _SES.host, "smtp.gmail.com", "smtp.office365.com", "smtp.web.de")


def _provider(host: str, code: str, **more: object) -> Callable[[Net], object]:
    def prepare(net: Net) -> ScriptedServer:
        net.names.known[host] = [net.address]
        server = net.starttls(tls=net.ca.for_names(host), **more)
        if code:
            server.on("auth", say(code))
        return server

    return prepare


CASES = [
    # -- finding and reaching -------------------------------------------------------------------------------------
    Case("misspelt host", lambda net: None, "network.dns", "resolve", {"relay.host": "smtp.gmail.com"},
         relay=Relay("smtp.gmial.com", 587, STARTTLS), provider="gmail"),
    Case("unknown host", lambda net: None, "network.dns", "resolve",
         relay=Relay("smtp.nowhere.example", 587, STARTTLS)),
    Case("wrong port", Net.starttls, "relay.connection-refused", "connect", {"relay.port": 587}, True,
         relay=Relay(HOST, 26, STARTTLS)),
    Case("another host than the provider's", lambda net: None, "relay.connection-refused", "connect",
         {"relay.host": "smtp.gmail.com"}, provider="gmail"),
    Case("nothing answers", lambda net: None, "relay.connection-refused", "connect"),
    Case("port 25 blocked", _blocked, "network.port-25-blocked", "connect", {"relay.port": 587}, True,
         relay=Relay(HOST, 25, STARTTLS)),
    # -- port and encryption --------------------------------------------------------------------------------------
    Case("TLS on 587", Net.starttls, "profile.tls-mismatch", "tls", {"relay.security": STARTTLS}, True,
         relay=Relay(HOST, 587, TLS), evidence="begins in the clear"),
    Case("STARTTLS on 465", lambda net: net.server(465), "profile.tls-mismatch", "greeting",
         {"relay.security": TLS}, True, relay=Relay(HOST, 465, STARTTLS)),
    Case("plain text on 465", lambda net: net.server(465), "profile.tls-mismatch", "greeting",
         {"relay.security": TLS}, True, relay=Relay(HOST, 465, NONE)),
    Case("no STARTTLS", lambda net: (net.server(587, None), net.server(465)), "profile.no-starttls", "starttls",
         {"relay.port": 465, "relay.security": TLS}, True),
    Case("STARTTLS taken out on the way",
         lambda net: (net.server(587, None, extensions=("SIZE 1000", "XXXXXXXA")), net.server(465)),
         "network.starttls-stripped", "starttls", {"relay.port": 465, "relay.security": TLS}, True),
    Case("words put in before TLS", _beside_tls(_say("starttls", "220 go on\n250 injected")),
         "network.injected", "starttls", {"relay.port": 465, "relay.security": TLS}, True),
    Case("TLS 1.1 at most", lambda net: net.starttls(tls=net.ca.too_old(HOST)), "profile.tls-too-old", "starttls",
         evidence="TLS 1.1"),
    # -- certificates ---------------------------------------------------------------------------------------------
    Case("certificate for another name", _other_name, "profile.certificate-name", "certificate",
         {"relay.host": HOSTER}, True),
    Case("self-signed", lambda net: net.starttls(tls=net.ca.self_signed(HOST)), "profile.certificate-self-signed",
         "certificate", {"relay.pinned_sha256": str}, True, evidence="SHA-256"),
    Case("self-signed, TLS", lambda net: net.server(465, net.ca.self_signed(HOST)), "profile.certificate-self-signed",
         "certificate", {"relay.pinned_sha256": str}, True, relay=Relay(HOST, 465, TLS)),
    Case("unknown authority", lambda net: net.starttls(tls=net.ca.unknown()), "profile.certificate-untrusted",
         "certificate", {"relay.pinned_sha256": str}, True, evidence="SHA-256"),
    Case("another certificate than the trusted one", Net.starttls, "profile.certificate-changed", "certificate",
         {"relay.pinned_sha256": str}, True, relay=Relay(HOST, 587, STARTTLS, pinned_sha256="0" * 64)),
    Case("expired", _dated(-30, -1), "profile.certificate-expired", "certificate", evidence="this computer says"),
    Case("expired by a clock that is ahead", _behind, "profile.clock-wrong", "certificate"),
    Case("not valid yet", _dated(3, 30), "profile.clock-wrong", "certificate"),
    # -- signing in -----------------------------------------------------------------------------------------------
    Case("password in the clear", Net.starttls, "profile.password-in-the-clear", "auth",
         {"relay.security": STARTTLS}, True, relay=Relay(HOST, 587, NONE)),
    Case("no AUTH before TLS", Net.starttls, "profile.no-auth-offered", "auth", {"relay.security": STARTTLS}, True,
         relay=Relay(HOST, 587, NONE, allow_plain_password=True)),
    Case("only tokens", lambda net: net.starttls(mechanisms=("XOAUTH2", "OAUTHBEARER")), "profile.no-auth-offered",
         "auth", evidence="XOAUTH2"),
    Case("no sign-in at all", lambda net: net.starttls(users=None), "profile.no-auth-offered", "auth",
         {"username": ""}, True),
    Case("SendGrid without apikey", _provider(_SENDGRID.host, "", users={"apikey": SECRET}), "profile.sendgrid-key",
         "auth", {"username": "apikey"}, True, relay=_SENDGRID),
    Case("SendGrid with a wrong key", _provider(_SENDGRID.host, "535 Authentication failed: The provided "
         "authorization grant is invalid, expired, or revoked"), "profile.sendgrid-key", "auth", relay=_SENDGRID,
         username="apikey", provider="sendgrid"),
    Case("Gmail wants an app password", _provider("smtp.gmail.com", "534 5.7.9 Application-specific password "
         "required. https://support.google.com/mail/?p=InvalidSecondFactor - gsmtp"), "profile.gmail-app-password",
         "auth", relay=Relay("smtp.gmail.com", 587, STARTTLS)),
    Case("Gmail wants a browser first", _provider("smtp.gmail.com", "534 5.7.14 Please log in via your web browser "
         "and then try again. - gsmtp"), "profile.gmail-browser", "auth", relay=Relay("smtp.gmail.com", 587, STARTTLS)),
    Case("Microsoft without passwords", _provider("smtp.office365.com", "535 5.7.139 Authentication unsuccessful, "
         "basic authentication is disabled."), "profile.microsoft-basic-auth", "auth",
         relay=Relay("smtp.office365.com", 587, STARTTLS)),
    Case("SES of another region", _provider(_SES.host, "535 Authentication Credentials Invalid"),
         "profile.ses-credentials", "auth", relay=_SES, provider="amazon-ses", evidence="eu-west-1"),
    Case("user name without domain", Net.starttls, "profile.password", "auth", {"username": ANA}, True, username="ana"),
    Case("user name with domain", _provider("smtp.web.de", "", users={"ana": SECRET}), "profile.password", "auth",
         {"username": "ana"}, True, relay=Relay("smtp.web.de", 587, STARTTLS), provider="web-de"),
    Case("wrong password, said aloud", _say("auth", f"535 5.7.8 your password {SECRET} is wrong"), "profile.password",
         "auth"),
    Case("sign-in needed", lambda net: net.starttls(require_auth=True), "profile.sign-in-needed", "mail", username="",
         evidence=ANA),
    Case("encryption needed", lambda net: net.starttls().on("mail", say("530 5.7.0 Must issue a STARTTLS command"),
         times=1), "profile.encryption-needed", "mail", {"relay.security": STARTTLS}, True, username="",
         relay=Relay(HOST, 587, NONE)),
    # -- who may send ---------------------------------------------------------------------------------------------
    Case("sender not allowed", _say("mail", "550 5.7.1 Sender address is not allowed", match="sales@"),
         "profile.sender-not-owned", "mail", {"identity.from_header": f"Sales <{ANA}>"}, True,
         sender="Sales <sales@shop.example>"),
    Case("sender not owned, at RCPT", _say("rcpt", "553 5.7.1 <sales@shop.example>: Sender address rejected: not owned "
         f"by user {ANA}", match="sales@"), "profile.sender-not-owned", "rcpt",
         {"identity.from_header": ANA}, True, sender="sales@shop.example"),
    Case("address of this computer listed", _say("greeting", "554 5.7.1 Service unavailable; Client host [192.0.2.1] "
         "blocked using zen.spamhaus.org"), "relay.ip-listed", "greeting"),
    # -- something else answers -----------------------------------------------------------------------------------
    Case("a web page", _plain_tcp(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", 587), "network.web-page",
         "greeting"),
    Case("IMAP", _beside_tls(_plain_tcp(b"* OK [CAPABILITY IMAP4rev1] ready\r\n", 143)), "profile.mail-reading-port",
         "greeting", {"relay.port": 465, "relay.security": TLS}, True, relay=Relay(HOST, 143, STARTTLS)),
    Case("POP3", _beside_tls(_plain_tcp(b"+OK ready\r\n", 110)), "profile.mail-reading-port", "greeting",
         {"relay.port": 465, "relay.security": TLS}, True, relay=Relay(HOST, 110, STARTTLS)),
    Case("SSH", _plain_tcp(b"SSH-2.0-OpenSSH_9.2\r\n", 587), "profile.not-smtp", "greeting"),
    Case("hangs up", lambda net: net.starttls().on("greeting", drop()), "network.disconnected", "greeting"),
    *(
        Case(f"silence at {stage}", lambda net, stage=stage: net.starttls().on(stage, hang()),  # type: ignore[misc]
             "relay.timeout", step)
        for stage, step in (
            *(("greeting", "greeting"), ("ehlo", "ehlo"), ("starttls", "starttls")),
            *(("auth", "auth"), ("mail", "mail"), ("rcpt", "rcpt")),
        )
    ),
]  # fmt: skip


@pytest.fixture
def net(ca: Authority) -> Iterator[Net]:
    needs_real_ports()
    address = own_address()
    with contextlib.ExitStack() as stack:
        yield Net(address, ca, Names(address), stack)


def _steps(profile: Profile, net: Net) -> list[ProbeStep]:
    async def run() -> list[ProbeStep]:
        steps = run_test(profile, Secret(SECRET), "", send=False, timeouts=SHORT, resolve=net.names)
        return [step async for step in steps]

    return asyncio.run(run())


def _leaked(steps: list[ProbeStep], found: Diagnosis | None, profile: Profile, log: str) -> bool:
    """Whether the password, or what goes over the line instead of it, is anywhere."""
    told = [repr(steps), repr(found), log, *(json.dumps(step_dict(step), default=str) for step in steps)]
    if found is not None:
        told.append(json.dumps(diagnosis_dict(found, profile), default=str))
    return any(form in text for text in told for form in FORMS)


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_a_failure_is_explained_and_mended(case: Case, net: Net, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    case.prepare(net)
    relay = replace(case.relay, ca_file=str(net.ca.ca_file))
    profile = Profile("shop", relay, Identity(case.sender), case.username, provider=case.provider)
    steps = _steps(profile, net)
    found = diagnose(profile, provider_of(profile), steps)
    assert found is not None, [(step.step, step.state, step.detail) for step in steps]
    assert (found.cause, found.step) == (case.cause, case.step)
    assert found.title and found.explanation and found.advice
    assert case.evidence in found.evidence
    assert not _leaked(steps, found, profile, caplog.text)
    if case.changes is None:
        assert found.mend is None, found.mend
        return
    assert found.mend is not None
    changes = found.mend.changes(profile)
    assert changes.keys() == case.changes.keys()
    assert all(wanted is str or changes[key] == wanted for key, wanted in case.changes.items()), changes
    if case.mends:
        again = _steps(found.mend.profile, net)
        assert [step.step for step in again if step.state == "failed"] == []
        assert not _leaked(again, None, profile, caplog.text)


def test_a_server_with_login_alone_works(net: Net) -> None:
    server = net.starttls(mechanisms=("LOGIN",))
    profile = Profile("shop", Relay(HOST, 587, STARTTLS, str(net.ca.ca_file)), Identity(ANA), ANA)
    steps = {step.step: step for step in _steps(profile, net)}
    assert steps["auth"].detail.startswith("LOGIN as")
    assert steps["quit"].state == "ok"
    assert server.taken == []
    assert diagnose(profile, None, list(steps.values())) is None


def test_a_dead_ipv6_is_told_and_ipv4_goes_on(net: Net) -> None:
    net.starttls()
    net.names.known[HOST].insert(0, "::1")
    profile = Profile("shop", Relay(HOST, 587, STARTTLS, str(net.ca.ca_file)), Identity(ANA), ANA)
    steps = {step.step: step for step in _steps(profile, net)}
    assert steps["resolve"].detail == f"::1, {net.address}"
    assert steps["connect"].state == "warn" and "IPv6 does not work from here (::1)" in steps["connect"].detail
    assert [(one.address, one.ok) for one in steps["connect"].tried] == [("::1", False), (net.address, True)]
    assert steps["quit"].state == "ok"


def test_an_ipv6_address_may_stand_in_brackets(ca: Authority) -> None:
    if not _has_ipv6():
        pytest.skip("this computer has no IPv6")
    with ScriptedServer(host="::1", tls=ca.for_names("::1")) as server:
        profile = Profile("shop", Relay("[::1]", server.port, TLS, str(ca.ca_file)), Identity(ANA))

        async def run() -> list[ProbeStep]:
            return [step async for step in run_test(profile, None, "", send=False, timeouts=SHORT)]

        assert {step.state for step in asyncio.run(run())} == {"ok"}


def _has_ipv6() -> bool:
    import socket

    try:
        with socket.socket(socket.AF_INET6) as one:
            one.bind(("::1", 0))
    except OSError:
        return False
    return True


def test_the_limits_that_a_server_states_are_offered(net: Net) -> None:
    net.starttls(extensions=("SIZE 10485760", "LIMITS MAILMAX=100 RCPTMAX=50", "PIPELINING"))
    profile = Profile("shop", Relay(HOST, 587, STARTTLS, str(net.ca.ca_file)), Identity(ANA), ANA)
    steps = _steps(profile, net)
    offered = next(step for step in steps if step.step == "ehlo-again")
    words = {one.keyword: one.sentence for one in offered.extensions}
    assert "10 MB" in words["SIZE"] and "100 messages a connection" in words["LIMITS"]
    assert words["AUTH"] == "Ways to sign in: PLAIN, LOGIN."
    found = offer(profile, steps)
    assert found is not None
    assert found.changes(profile) == {"limits.max_size": 10485760, "limits.per_connection": 100}
    assert offer(found.profile, steps) is None, "once they are kept there is nothing to offer"


def test_everything_is_tried_at_once_and_the_safest_is_recommended(net: Net) -> None:
    starttls, tls = _both(net)
    net.server(2525, None)
    profile = Profile("shop", Relay(HOST, 2525, NONE, str(net.ca.ca_file)), Identity(ANA), ANA)

    async def run() -> None:
        tried = [one async for one in try_all(profile, resolve=net.names)]
        works = {(one.relay.port, one.relay.security) for one in tried if one.ok}
        assert works == {(465, TLS), (587, STARTTLS), (2525, NONE)}
        assert starttls.signed_in == tls.signed_in == [], "nobody signs in while it looks around"
        found = await recommend(profile, tried, Secret(SECRET), resolve=net.names)
        assert found.mend is not None
        assert found.mend.changes(profile) == {"relay.port": 465, "relay.security": TLS}
        assert "sign-in works" in found.sentence
        assert len(tls.signed_in) == 1 and starttls.signed_in == []

    asyncio.run(run())


def test_trying_everything_can_be_given_up_and_leaves_nothing_open(net: Net) -> None:
    servers = [net.server(port, None) for port in (25, 587, 2525)]
    for server in servers:
        server.on("greeting", hang())
    profile = Profile("shop", Relay(HOST, 587, STARTTLS), Identity(ANA), ANA)

    async def run() -> None:
        async def look() -> None:
            async for _one in survey(profile, combinations(profile), timeouts=HASTY, resolve=net.names):
                pass

        looking = asyncio.create_task(look())
        async with asyncio.timeout(10):
            await asyncio.to_thread(servers[1].wait, lambda server: server.open_now)
            looking.cancel()
            await asyncio.wait({looking})
        assert looking.cancelled()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(run())
    for server in servers:
        server.wait(lambda one: one.open_now == 0)


def test_postfix_with_an_unknown_authority_is_trusted_by_its_certificate(postfix: Postfix) -> None:
    relay = Relay("127.0.0.1", postfix.port, STARTTLS)
    profile = Profile("shop", relay, Identity("ana@example.com"), "ana@localhost")

    async def run(one: Profile) -> list[ProbeStep]:
        return [step async for step in run_test(one, Secret("correct horse"), "", send=False)]

    steps = asyncio.run(run(profile))
    found = diagnose(profile, None, steps)
    assert found is not None and found.mend is not None and found.cause == "profile.certificate-untrusted"
    assert found.mend.risky
    again = asyncio.run(run(found.mend.profile))
    assert {step.state for step in again} == {"ok"}
    assert offer(profile, again) is not None, "Postfix states a SIZE"
    assert postfix.count() == 0
