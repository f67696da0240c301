"""Profiles: only the sandbox, the providers to choose from, the form, and tests that work and fail."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import trustme

from smtpdesk.base.secret import Secret
from smtpdesk.desktop.pages.profiles.page import Page
from smtpdesk.domain.profile import Security
from tests.desktop import hands
from tests.desktop.screens_data import profile, with_profiles
from tests.desktop.screens_stage import WIDE, Stage, scene
from tests.servers.scripted import ScriptedServer, say

_HOST, _USER, _PASSWORD = "smtp.northlight.example", "hello@northlight.example", "correct horse"


@contextmanager
def invented_name(host: str, port: int) -> Iterator[None]:
    """While it lasts, an invented host is found on this computer, whatever port is asked for."""
    real = socket.getaddrinfo

    def look(name: Any, wanted: Any, *args: Any, **more: Any) -> Any:
        return real("127.0.0.1", port, *args, **more) if name == host else real(name, wanted, *args, **more)

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


async def _tested(stage: Stage, server: ScriptedServer, port: int, security: Security, authority: Path) -> Page:
    """The page of a profile whose test has ended."""
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
    await stage.until(lambda: page.test.verdict() not in ("", "Testing"), "the end of the test")
    return page


@scene("profiles-1-empty")
async def empty(stage: Stage) -> None:
    page = await stage.show("profiles", Page)
    await stage.until(lambda: page.list.names())


@scene("profiles-2-providers")
async def providers(stage: Stage) -> None:
    page = await stage.show("profiles", Page, add=True)
    await stage.until(page.frame.chooser.isVisible)


@scene("profiles-3-new")
async def new(stage: Stage) -> None:
    page = await stage.show("profiles", Page, add=True)
    await stage.until(page.frame.chooser.isVisible)
    hands.press(page.frame.chooser, "Amazon SES")
    await stage.until(page.form.isVisible)


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
    hands.fill(page.form, "Server", "smtp amazon")
    hands.press(page, "Save")
    await stage.until(lambda: "server" in hands.words(page.form).lower())


@scene("profiles-6-test-passed")
async def passed(stage: Stage) -> None:
    shown = certificate(stage.folder)
    server = ScriptedServer(tls=shown.context, starttls=True, users={_USER: _PASSWORD}, require_auth=True)
    await _tested(stage, server, 587, Security.STARTTLS, shown.authority)


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


mirrored = refused.mirrored()
