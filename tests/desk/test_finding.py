"""From an address to settings: a real name server, a web server and mail servers of the test's own, no network."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler

import pytest

from smtpdesk.base.errors import Cancelled, InputError
from smtpdesk.desk.finding import find
from smtpdesk.desk.findings import Asked, Findings, Origin, State
from smtpdesk.domain.profile import OAUTH2, Relay, Security
from smtpdesk.smtp import tls
from tests.servers.certificates import Authority
from tests.servers.names import NameServer, silent_names
from tests.servers.scripted import ScriptedServer, hang
from tests.servers.web import WebServer, content, invented_hosts, redirect, running_web, silence

PATH = "/mail/config-v1.1.xml"
KNOWN = "/.well-known/autoconfig/mail/config-v1.1.xml"
WEB = ("autoconfig.file.test", "file.test")
FILE = b"""<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1"><emailProvider id="file.test"><domain>file.test</domain>
 <incomingServer type="imap"><hostname>imap.file.test</hostname><port>993</port></incomingServer>
 <outgoingServer type="smtp"><hostname>relay.%EMAILDOMAIN%</hostname><port>587</port><socketType>plain</socketType>
  <username>%EMAILADDRESS%</username><authentication>password-cleartext</authentication></outgoingServer>
 <outgoingServer type="smtp"><hostname>relay.%EMAILDOMAIN%</hostname><port>465</port><socketType>SSL</socketType>
  <username>u-%EMAILLOCALPART%</username><authentication>OAuth2</authentication>
  <authentication>password-cleartext</authentication></outgoingServer>
 <outgoingServer type="smtp"><hostname>sso.file.test</hostname><port>587</port><socketType>STARTTLS</socketType>
  <username>%EMAILADDRESS%</username><authentication>GSSAPI</authentication></outgoingServer>
 <outgoingServer type="smtp"><hostname>192.168.0.1</hostname><port>465</port><socketType>SSL</socketType>
  </outgoingServer>
 <outgoingServer type="smtp"><hostname>evil host</hostname><port>99999</port><socketType>SSL</socketType>
  </outgoingServer>
</emailProvider></clientConfig>"""


@pytest.fixture(autouse=True)
def _names(names: NameServer, ca: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SMTPDESK_DNS", names.address)
    monkeypatch.setenv("SSL_CERT_FILE", str(ca.ca_file))
    monkeypatch.setenv("no_proxy", "*")
    tls._context.cache_clear()  # the system's authorities are read once a process
    yield
    tls._context.cache_clear()


@pytest.fixture
def web(ca: Authority) -> Iterator[WebServer]:
    with running_web(ca.for_names(*WEB)) as server, invented_hosts({(host, 443): server.port for host in WEB}):
        yield server


def state(found: Findings) -> dict[str, str]:
    return {str(one.origin): str(one.state) for one in found.asked}


def relays(found: Findings) -> list[tuple[str, int, str]]:
    return [(one.relay.host, one.relay.port, str(one.relay.security)) for one in found.candidates]


async def test_a_preset_answers_without_asking_anybody() -> None:
    with silent_names(), invented_hosts({}) as asked:
        found = await find("Ana@gmx.de")
    assert asked == [] and relays(found) == [("mail.gmx.net", 465, "tls")]
    assert state(found) == {"preset": "found", **dict.fromkeys(("mx", "srv", "autoconfig", "probe"), "skipped")}
    made = found.candidates[0].profile("mine", found.address)
    assert (made.provider, made.username, made.identity.from_header) == ("gmx", "Ana@gmx.de", "Ana@gmx.de")


async def test_the_mx_tells_the_provider_and_its_region() -> None:
    with invented_hosts({}):
        google, zoho = await find("ana@workspace.test"), await find("ana@zohoeu.test")
    assert state(google) == {
        "preset": "nothing",
        "mx": "found",
        "srv": "nothing",
        "autoconfig": "nothing",
        "probe": "skipped",
    }
    assert google.candidates[0].provider == "google-workspace" and google.candidates[0].where == "aspmx.l.google.com"
    assert "Google Workspace" in google.candidates[0].sentence
    assert relays(zoho) == [("smtp.zoho.eu", 465, "tls")] and zoho.candidates[0].region == "eu"


async def test_srv_records_are_followed_in_their_order_and_tls_comes_first() -> None:
    with invented_hosts({}):
        found, notls = await find("ana@published.test"), await find("ana@notls.test")
    assert relays(found) == [
        *(("mail.published.test", 465, "tls"), ("light.published.test", 465, "tls")),
        *(("late.published.test", 465, "tls"), ("mail.published.test", 587, "starttls")),
    ]
    assert found.candidates[0].where == "_submissions._tcp.published.test"
    assert found.candidates[0].username == "ana@published.test" and not found.candidates[0].compare
    assert relays(notls) == [("mail.notls.test", 587, "starttls")]


async def test_a_record_that_leads_elsewhere_is_to_be_compared_unless_a_preset_knows_the_server() -> None:
    with invented_hosts({}):
        foreign, known = await find("ana@foreign.test"), await find("ana@athost.test")
    assert foreign.candidates[0].compare and foreign.candidates[0].relay.host == "mail.hoster.test"
    assert known.candidates[0].provider == "fastmail" and not known.candidates[0].compare


async def test_a_dot_says_that_there_is_no_such_service() -> None:
    with invented_hosts({}):
        found = await find("ana@closed.test")
    assert found.candidates == () and state(found)["srv"] == "nothing" and found.best is None


async def test_the_domains_own_file_is_read_and_learns_nothing_of_the_person(web: WebServer) -> None:
    web.pages["autoconfig.file.test", PATH] = content(FILE)
    found = await find("secret.person@file.test")
    assert relays(found) == [("relay.file.test", 465, "tls"), ("relay.file.test", 587, "none")]
    assert [one.username for one in found.candidates] == ["u-secret.person", "secret.person@file.test"]
    assert found.best is found.candidates[0] and found.candidates[0].where == f"https://autoconfig.file.test{PATH}"
    assert state(found)["probe"] == "skipped"
    assert sorted(heard.split("\n")[0] for heard in web.heard) == [
        f"autoconfig.file.test {PATH}", f"file.test {KNOWN}"
    ]  # fmt: skip
    assert "secret" not in "".join(web.heard) and "person" not in "".join(web.heard)


async def test_the_file_may_be_at_the_domain_itself_and_behind_a_redirect_there(web: WebServer) -> None:
    web.pages["file.test", KNOWN] = redirect("/moved.xml")
    web.pages["file.test", "/moved.xml"] = content(FILE.replace(b"relay.%EMAILDOMAIN%", b"smtp.office365.com"))
    found = await find("ana@file.test")
    assert found.best is not None and found.best.where == f"https://file.test{KNOWN}"
    assert (found.best.provider, found.best.sign_in) == ("microsoft365", OAUTH2)


BOMB = b"<!DOCTYPE a [<!ENTITY a0 'ha'>" + b"".join(
    f"<!ENTITY a{n} '&a{n - 1};&a{n - 1};&a{n - 1};&a{n - 1};&a{n - 1};&a{n - 1};'>".encode() for n in range(1, 12)
) + b"]><clientConfig>&a11;</clientConfig>"  # fmt: skip
THEFT = b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>" + FILE.split(b"?>", 1)[1].replace(
    b"relay.%EMAILDOMAIN%", b"&x;"
)


def trickle(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    while not request.server.ending.wait(0.02):  # type: ignore[attr-defined]
        request.wfile.write(b" ")


@pytest.mark.parametrize(
    ("page", "wanted"),
    [
        pytest.param(content(BOMB), State.NOTHING, id="entity bomb"),
        pytest.param(content(THEFT), State.NOTHING, id="a file of this computer"),
        pytest.param(content(b" " * 10_000_000 + FILE), State.UNKNOWN, id="10 MB"),
        pytest.param(content(b"<html><body>Welcome</body></html>", "text/html"), State.NOTHING, id="a page"),
        pytest.param(content(b"\x00\xff\xfe" * 99), State.NOTHING, id="no text"),
        pytest.param(content(b""), State.NOTHING, id="empty"),
        pytest.param(content(b"<clientConfig/>"), State.NOTHING, id="no server"),
        pytest.param(redirect("https://elsewhere.test/config.xml"), State.UNKNOWN, id="to another host"),
        pytest.param(redirect("http://autoconfig.file.test/config.xml"), State.UNKNOWN, id="away from https"),
        pytest.param(redirect(PATH), State.UNKNOWN, id="in circles"),
        pytest.param(silence, State.UNKNOWN, id="hangs"),
        pytest.param(trickle, State.UNKNOWN, id="trickles"),
    ],
)
async def test_a_bad_file_is_refused_calmly(
    web: WebServer, monkeypatch: pytest.MonkeyPatch, page: object, wanted: State
) -> None:
    monkeypatch.setenv("SMTPDESK_ANSWER_TIMEOUT", "0.4")
    web.pages["autoconfig.file.test", PATH] = page  # type: ignore[assignment]
    found = await find("ana@file.test")
    assert found.candidates == () and state(found)["autoconfig"] == wanted
    assert "file.test" in found.sentence


async def test_a_file_is_not_believed_without_a_trusted_certificate(ca: Authority) -> None:
    with running_web(ca.self_signed("autoconfig.file.test")) as server:
        server.pages["autoconfig.file.test", PATH] = content(FILE)
        with invented_hosts({("autoconfig.file.test", 443): server.port}):
            found = await find("ana@file.test")
    assert found.candidates == () and server.heard == [] and state(found)["autoconfig"] == "unknown"


async def test_servers_on_the_usual_ports_are_found_when_nobody_names_one(ca: Authority) -> None:
    tls, own = ca.for_names("mail.plainhost.test"), ca.for_names("mx.plainhost.test")
    with (
        ScriptedServer(tls=tls, users={"x": "y"}) as implicit,
        ScriptedServer(tls=tls, starttls=True, users={"x": "y"}) as upgraded,
        ScriptedServer(tls=own, starttls=True) as receiving,
        invented_hosts(
            {
                ("mail.plainhost.test", 465): implicit.port,
                ("mail.plainhost.test", 587): upgraded.port,
                ("mx.plainhost.test", 25): receiving.port,
            }
        ) as asked,
    ):
        found = await find("secret.person@plainhost.test")
        heard = [line.line for server in (implicit, upgraded, receiving) for line in server.heard]
    assert relays(found) == [("mail.plainhost.test", 465, "tls"), ("mail.plainhost.test", 587, "starttls")]
    assert receiving.connections == 1, "it answered, and takes mail for its own domain only"
    assert found.candidates[0].origin is Origin.PROBE and found.candidates[0].provider == "my-web-host"
    assert not any(word in line for word in ("secret", "AUTH", "MAIL") for line in heard)
    assert set(asked) == {f"{host}plainhost.test" for host in ("smtp.", "mail.", "mx.", "autoconfig.", "")}


async def test_a_server_whose_certificate_is_for_another_name_is_not_offered(ca: Authority) -> None:
    with (
        ScriptedServer(tls=ca.wrong_name(), users={"x": "y"}) as server,
        invented_hosts({("mail.plainhost.test", 465): server.port}),
    ):
        found = await find("ana@plainhost.test")
    assert found.candidates == () and state(found)["probe"] == "nothing"
    assert found.sentence == "Nothing was found for plainhost.test."


async def test_a_domain_that_does_not_exist_is_not_knocked_at() -> None:
    with invented_hosts({}) as asked:
        found = await find("ana@no-such-domain.test")
    assert state(found) == {"preset": "nothing", **dict.fromkeys(("mx", "srv", "autoconfig", "probe"), "nothing")}
    assert "does not exist" in found.asked[-1].sentence
    assert "smtp.no-such-domain.test" not in asked


async def test_without_a_network_nobody_could_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTPDESK_ANSWER_TIMEOUT", "0.3")
    with silent_names() as nobody, invented_hosts({}, missing=socket.EAI_AGAIN):
        monkeypatch.setenv("SMTPDESK_DNS", nobody.address)
        told: list[Asked] = []
        found = await find("ana@northlight.test", progress=told.append)
        preset = await find("ana@web.de")
    assert state(found) == {"preset": "nothing", **dict.fromkeys(("mx", "srv", "autoconfig", "probe"), "unknown")}
    assert all("Could not be asked" in one.sentence for one in found.asked[1:])
    assert {one.origin for one in told} == set(Origin) and "not everybody" in found.sentence
    assert preset.best is not None and preset.best.relay == Relay("smtp.web.de", 465, Security.TLS)


async def test_it_can_be_cancelled_while_a_server_keeps_it_waiting() -> None:
    with ScriptedServer() as server, invented_hosts({("mail.plainhost.test", 587): server.port}):
        server.on("connect", hang())
        with pytest.raises(Cancelled):
            await find("ana@plainhost.test", cancelled=lambda: server.connections > 0)


@pytest.mark.parametrize("text", ["", "ana", "ana@", "ana@localhost", "a b@example.com", "a@b.test, c@d.test"])
async def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(InputError) as raised:
        await find(text)
    assert raised.value.code == "find.address"
