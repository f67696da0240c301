"""Profiles: only the sandbox, the providers to choose from, the form, and tests that work and fail."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import trustme
from PySide6.QtWidgets import QAbstractButton, QScrollArea

from smtpdesk.base.secret import Secret
from smtpdesk.desktop.pages.profiles.explained import Folded
from smtpdesk.desktop.pages.profiles.page import Page
from smtpdesk.domain.profile import Dkim, Security
from tests.desktop import hands
from tests.desktop.screens_data import profile, with_profiles
from tests.desktop.screens_stage import SMALL, WIDE, Stage, scene
from tests.servers.certificates import Authority
from tests.servers.names import running_names
from tests.servers.scripted import ScriptedServer, hang, say
from tests.servers.web import invented_hosts

#: Keys of nobody, so that the pictures stay the same.
_RSA = (
    "rsa:AQAB:2u1CCMl9Cs19+X0xIuMBBFcKzYSnXeWgGWqytqrnQUcrmSc9c49uy+nltlIVc/mL37pr6cKBzsUhcTJIrfmupz7yQb3R1/uYy3seCs5S"
    "nEhCMcjKoXhRrGPx+lutgi7OFd1aqxJnYbAAyjVNJUfiOFEA0+YGu2vHRjn4SkaG91k=:2bvoF6dkX5sGDMlIky8EJiediEJHzBPZqpprp1bB/bia"
    "hjjMurIKmaSsfLEUGOo6SY/+Dijw6OJCIP3zNvhQaZT03PmaL2T0IEV14iA+rMa5t9S1u8BzLJYTB36MXk9LZDQmePKQ6SsTG/SPqgzxFlXZIodn"
    "MSTinNT4rrWq1VU="
)
_ED25519 = "ed25519:nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="
_HOST, _USER, _PASSWORD = "smtp.northlight.example", "hello@northlight.example", "correct horse"


@contextmanager
def invented_name(host: str, port: int, ports: Mapping[int, int] | None = None) -> Iterator[None]:
    """While it lasts, an invented host is found on this computer, whatever port is asked for.

    Args:
        ports: where single ports lead instead; all of them, where it is given: others lead to a closed port.
    """
    real = socket.getaddrinfo

    def look(name: Any, wanted: Any, *args: Any, **more: Any) -> Any:
        found = port if ports is None else ports.get(int(wanted), 1)
        return real("127.0.0.1", found, *args, **more) if name == host else real(name, wanted, *args, **more)

    with patch("socket.getaddrinfo", look):
        yield


@dataclass(frozen=True)
class Certificate:
    """A certificate for the invented host, and the file that makes it trusted."""

    context: ssl.SSLContext
    authority: Path


def certificate(folder: Path) -> Certificate:
    """Issued by an authority of its own."""
    authority = trustme.CA(organization_name="Northlight")
    file = folder / "northlight-ca.pem"
    authority.cert_pem.write_to_path(str(file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(_HOST).configure_cert(context)
    return Certificate(context, file)


async def _tested(
    stage: Stage, server: ScriptedServer, port: int, security: Security, authority: Path, *, until: str = ""
) -> Page:
    """The page of a profile whose test has ended, or has come to a step."""
    stage.keep(server)
    stage.keep(invented_name(_HOST, server.port))
    await with_profiles(stage.desk)
    made = profile("Northlight's own server", _HOST, port)
    relay = type(made.relay)(_HOST, port, security, str(authority))
    made = profile(made.name, _HOST, port, relay=relay)
    await stage.desk.profiles.save(made, Secret(_PASSWORD), session_only=True)
    page = await stage.show("profiles", Page, name=made.name)
    await stage.until(lambda: page.form.isVisible() and page.form.profile() == made, "the form")
    hands.press(page, "Test")
    if until:
        await stage.until(lambda: page.test.steps().get(until) == "run", "the step")
        return page
    await stage.until(lambda: page.test.verdict() not in ("", "Testing"), "the end of the test")
    await stage.until(lambda: page.test._test.isVisible(), "what is made of it")
    return page


@scene("profiles-1-empty")
async def empty(stage: Stage) -> None:
    page = await stage.show("profiles", Page)
    await stage.until(lambda: page.list.names())


async def _choosing(stage: Stage) -> Page:
    page = await stage.show("profiles", Page, add=True)
    await stage.until(page.frame.chooser.isVisible)
    return page


@scene("profiles-2-providers")
async def providers(stage: Stage) -> None:
    await _choosing(stage)


@scene("profiles-2-search")
async def search(stage: Stage) -> None:
    page = await _choosing(stage)
    hands.fill(page.frame.chooser, "Your e-mail address", "ana@web.de")


@scene("profiles-2-own-domain", sizes=(SMALL,))
async def own_domain(stage: Stage) -> None:
    page = await _choosing(stage)
    hands.fill(page.frame.chooser, "Your e-mail address", "ana@northlight.example")


_ZONE = """
northlight.example.         MX 10 mx.northlight.example.
_submissions._tcp.northlight.example. SRV 0 1 465 smtp.northlight.example.
_submission._tcp.northlight.example.  SRV 0 1 587 smtp.northlight.example.
_submissions._tcp.foreign.example. SRV 0 1 465 mail.hoster.example.
agency.example.             MX 1 aspmx.l.google.com.
bare.example.               MX 10 mx.bare.example.
"""


async def _looked_up(stage: Stage, address: str, until: str) -> Page:
    """What was found for an address."""
    server = stage.keep(running_names(_ZONE))
    stage.keep(patch.dict("os.environ", {"SMTPDESK_DNS": server.address, "no_proxy": "*"}))
    stage.keep(invented_hosts({}))
    page = await _choosing(stage)
    hands.fill(page.frame.chooser, "Your e-mail address", address)
    look = await stage.until(lambda: hands.named(page.frame.chooser, QAbstractButton, "Look up the settings of"), "row")
    hands.click(look)
    await stage.until(lambda: until in hands.words(page.frame.chooser.lookup), until)
    return page


@scene("profiles-2-found")
async def found(stage: Stage) -> None:
    await _looked_up(stage, "ana@northlight.example", "One click")


@scene("profiles-2-found-provider", sizes=(SMALL,))
async def found_provider(stage: Stage) -> None:
    await _looked_up(stage, "ana@agency.example", "One click")


@scene("profiles-2-found-foreign", sizes=(WIDE,))
async def found_foreign(stage: Stage) -> None:
    await _looked_up(stage, "ana@foreign.example", "One click")


@scene("profiles-2-found-nothing")
async def found_nothing(stage: Stage) -> None:
    await _looked_up(stage, "ana@bare.example", "Nothing was found")


@scene("profiles-3-found", sizes=(WIDE,))
async def found_form(stage: Stage) -> None:
    page = await _looked_up(stage, "ana@northlight.example", "One click")
    hands.press(page.frame.chooser.lookup, "smtp.northlight.example, port 465")
    await stage.until(page.form.isVisible)


@scene("profiles-2-compare")
async def compare(stage: Stage) -> None:
    page = await _choosing(stage)
    hands.press(page.frame.chooser, "Compare")


@scene("profiles-3-new")
async def new(stage: Stage) -> None:
    page = await _choosing(stage)
    hands.press(page.frame.chooser, "Amazon SES")
    await stage.until(page.form.isVisible)


@scene("profiles-3-api-key")
async def api_key(stage: Stage) -> None:
    page = await _choosing(stage)
    hands.press(page.frame.chooser, "SendGrid")
    await stage.until(page.form.isVisible)
    await stage.until(lambda: hands.named(page.form, QAbstractButton, "Good to know"), "the hint")
    hands.press(page.form, "Good to know")


@scene("profiles-3-limits")
async def limits(stage: Stage) -> None:
    page = await _choosing(stage)
    hands.press(page.frame.chooser, "Microsoft 365")
    await stage.until(page.form.isVisible)
    page.form.show_limits()
    await stage.until(lambda: page.form.limits.fields["daily"].isVisible())


@scene("profiles-4-form")
async def form(stage: Stage) -> None:
    await with_profiles(stage.desk)
    page = await stage.show("profiles", Page, name="Main relay")
    await stage.until(page.form.isVisible)
    page.form.show_advanced(True)


@scene("profiles-5-problems", sizes=(WIDE,))
async def problems(stage: Stage) -> None:
    await new.make(stage)
    page = await stage.show("profiles", Page)
    hands.press(page.form, "Change server, port and encryption")
    hands.fill(page.form, "Server", "smtp amazon")
    hands.press(page, "Save")
    await stage.until(lambda: "server" in hands.words(page.form).lower())


@scene("profiles-5-limits-refused", sizes=(SMALL,))
async def limits_refused(stage: Stage) -> None:
    await limits.make(stage)
    page = await stage.show("profiles", Page)
    page.form.limits.line("rate").setText("fast")
    page.form.limits.line("hourly").setText("many")
    page.form.limits.line("max_size").setText("big")
    page.frame.save.click()
    await stage.until(lambda: page.form.limits.fields["rate"].message().startswith("Write"))


@scene("profiles-6-test-passed")
async def passed(stage: Stage) -> None:
    shown = certificate(stage.folder)
    server = ScriptedServer(tls=shown.context, starttls=True, users={_USER: _PASSWORD}, require_auth=True)
    await _tested(stage, server, 587, Security.STARTTLS, shown.authority)


@scene("profiles-6-test-running")
async def running(stage: Stage) -> None:
    shown = certificate(stage.folder)
    server = ScriptedServer(tls=shown.context, starttls=True, users={_USER: _PASSWORD}, require_auth=True)
    server.on("mail", hang())
    await _tested(stage, server, 587, Security.STARTTLS, shown.authority, until="mail")


@scene("profiles-6-test-offers")
async def offers(stage: Stage) -> None:
    shown = certificate(stage.folder)
    said = ("SIZE 52428800", "PIPELINING", "CHUNKING", "8BITMIME", "SMTPUTF8", "DSN", "LIMITS MAILMAX=100 RCPTMAX=50")
    server = ScriptedServer(tls=shown.context, starttls=True, users={_USER: _PASSWORD}, extensions=said)
    page = await _tested(stage, server, 587, Security.STARTTLS, shown.authority)
    offered = page.test.findChildren(Folded)[-1]
    offered.unfold()
    await stage.until(lambda: offered.height() > 150, "the lines")
    page.test._area.ensureWidgetVisible(offered, 0, 24)


@scene("profiles-7-certificate-refused")
async def self_signed(stage: Stage) -> None:
    shown = certificate(stage.folder)
    own = Authority(stage.folder).self_signed(_HOST)
    server = ScriptedServer(tls=own, starttls=True, users={_USER: _PASSWORD})
    page = await _tested(stage, server, 587, Security.STARTTLS, shown.authority)
    mend = hands.named(page.test, QAbstractButton, "Trust this certificate and test again")
    await stage.until(lambda: not mend.visibleRegion().isEmpty(), "the mend in view")


@scene("profiles-8-everything")
async def everything(stage: Stage) -> None:
    shown = certificate(stage.folder)
    starttls = stage.keep(ScriptedServer(tls=shown.context, starttls=True, users={_USER: _PASSWORD}))
    tls = stage.keep(ScriptedServer(tls=shown.context, users={_USER: _PASSWORD}))
    stage.keep(invented_name(_HOST, 1, {587: starttls.port, 465: tls.port}))
    await with_profiles(stage.desk)
    made = profile("Northlight's own server", _HOST, 25)
    made = profile(made.name, _HOST, 25, relay=type(made.relay)(_HOST, 25, Security.STARTTLS, str(shown.authority)))
    await stage.desk.profiles.save(made, Secret(_PASSWORD), session_only=True)
    page = await stage.show("profiles", Page, name=made.name)
    await stage.until(lambda: page.form.isVisible() and page.form.profile() == made, "the form")
    hands.press(page, "Test")
    await stage.until(lambda: page.test._test.isVisible() and page.test.verdict() != "Testing", "the failure")
    await stage.until(lambda: hands.named(page.test, QAbstractButton, "Try everything"), "the button")
    hands.press(page.test, "Try everything")
    await stage.until(lambda: page.test.verdict() == "2 work", "the end")


@scene("profiles-7-password-refused")
async def refused(stage: Stage) -> None:
    shown = certificate(stage.folder)
    server = ScriptedServer(tls=shown.context, starttls=True, users={_USER: _PASSWORD}, require_auth=True)
    server.on("auth", say("535 5.7.8 Authentication credentials invalid"))
    await _tested(stage, server, 587, Security.STARTTLS, shown.authority)


@scene("profiles-8-wrong-encryption")
async def wrong_encryption(stage: Stage) -> None:
    shown = certificate(stage.folder)
    server = ScriptedServer(tls=shown.context, users={_USER: _PASSWORD})
    await _tested(stage, server, 465, Security.STARTTLS, shown.authority)


async def _signing(stage: Stage, key: str) -> Page:
    """A profile that signs, scrolled down to where it says so."""
    await with_profiles(stage.desk)
    signs = Dkim("northlight.example", "desk-7f3a21")
    stage.desk.dkim._vault.session(signs.secret_ref, Secret(key))
    await stage.desk.profiles.save(replace(await stage.desk.profiles.get("Main relay"), dkim=signs))
    page = await stage.show("profiles", Page, name="Main relay")
    await stage.until(lambda: page.frame.dkim.record_shown()[0], "the record")
    await _whole(stage, page)
    await stage.until(lambda: _bottom(page), "the end of the page")
    return page


async def _whole(stage: Stage, page: Page) -> None:
    """Until everything that is asked for meanwhile, and that makes the form higher, is there."""
    await stage.until(page.frame.dkim.isEnabled, "the profile")
    await stage.until(lambda: page._knows_vault, "where passwords go")


def _bottom(page: Page) -> bool:
    """Scroll to the end; whether that is where it stands now."""
    around = page.frame.dkim.parentWidget()
    while not isinstance(around, QScrollArea):
        around = around.parentWidget()
    bar = around.verticalScrollBar()
    bar.rangeChanged.connect(lambda _least, most: bar.setValue(most))  # in a window of another size, too
    bar.setValue(bar.maximum())
    return bar.value() > 0 and page.frame.dkim.visibleRegion().boundingRect().bottom() >= page.frame.dkim.height() - 1


@scene("profiles-9-signing")
async def signing(stage: Stage) -> None:
    await _signing(stage, _RSA)


@scene("profiles-9-signing-ed25519", sizes=(WIDE,))
async def signing_ed25519(stage: Stage) -> None:
    await _signing(stage, _ED25519)


@scene("profiles-9-signing-none", sizes=(WIDE,))
async def signing_none(stage: Stage) -> None:
    await with_profiles(stage.desk)
    page = await stage.show("profiles", Page, name="Main relay")
    await _whole(stage, page)
    await stage.until(lambda: _bottom(page), "the end of the page")


@scene("profiles-9-signing-make", sizes=(WIDE,))
async def signing_make(stage: Stage) -> None:
    await signing_none.make(stage)
    page = stage.window.page("profiles")
    assert isinstance(page, Page)
    hands.press(page.frame.dkim, "Make a key")
    stage.subject = await stage.until(hands.dialog, "the dialog")
    hands.press(stage.subject, "Ed25519")


_CLIENT = {"SMTPDESK_OAUTH_CLIENT_ID_MICROSOFT": "6f1c2d34-0000-4000-8000-000000000000"}


async def _microsoft(stage: Stage, **environ: str) -> Page:
    """The form of a new profile at Microsoft, in an environment with these variables."""
    stage.keep(patch.dict("os.environ", environ))
    page = await _choosing(stage)
    page.frame.chooser.chosen.emit("microsoft365", "hello@northlight.onmicrosoft.com")
    await stage.until(page.form.sign_in.isVisible)
    return page


@scene("profiles-10-sign-in")
async def sign_in(stage: Stage) -> None:
    await _microsoft(stage, **_CLIENT)


@scene("profiles-10-sign-in-client")
async def sign_in_client(stage: Stage) -> None:
    page = await _microsoft(stage)
    await stage.until(lambda: "needs a client ID" in hands.words(page.form.sign_in), "the question")


@scene("profiles-10-sign-in-waiting")
async def sign_in_waiting(stage: Stage) -> None:
    stage.keep(patch("smtpdesk.desktop.pages.profiles.sign_in_deeds.open_page"))
    page = await _microsoft(stage, **_CLIENT)
    hands.press(page.form.sign_in, "Continue in the browser")
    await stage.until(lambda: "Waiting for you" in hands.words(page.form.sign_in), "waiting")


@scene("profiles-10-signed-in")
async def signed_in(stage: Stage) -> None:
    stage.keep(patch.dict("os.environ", _CLIENT))
    made = next(one for one in stage.desk.profiles.presets() if one.id == "microsoft365")
    address = "hello@northlight.onmicrosoft.com"
    account = replace(made.profile("Microsoft 365", address), account=address)
    await stage.desk.profiles.save(account, Secret("kept"), session_only=True)
    page = await stage.show("profiles", Page, name="Microsoft 365")
    await stage.until(lambda: "Signed in as" in hands.words(page.form.sign_in), "the account")


@scene("profiles-11-imported", sizes=(WIDE,))
async def imported(stage: Stage) -> None:
    await with_profiles(stage.desk)
    file = stage.folder / "profiles.toml"
    text = await stage.desk.profiles.export()
    file.write_text(text.replace('\nname = "', '\nname = "New '), encoding="utf-8")
    page = await stage.show("profiles", Page)
    await page.files.import_from(file)
    await stage.until(lambda: "imported" in page.frame.banner.accessibleName(), "what was imported")


signing_mirrored = signing.mirrored()
mirrored = refused.mirrored()
