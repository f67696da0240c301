"""An authorization server on loopback (``authorization_app``), and the person with a browser who signs in there."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.servers.certificates import Authority
from tests.servers.proc import ROOT, bound_to_us, end

CLIENT, SECRET, USER = "desk-1234.example", "not-a-secret", "ana@office.example"
SCOPES = ("mail", "offline_access", "openid", "email")


def missing() -> str:
    """Why it cannot be started here; empty when it can."""
    return "" if importlib.util.find_spec("authlib") else "authlib is not installed"


class Authorization:
    """A running server; see :func:`running_authorization`."""

    def __init__(self, front: int, back: int, authority: Authority) -> None:
        self.url = f"https://127.0.0.1:{front}"
        self._back = f"http://127.0.0.1:{back}"
        self.introspection = f"{self._back}/introspect"
        self.authority = authority

    # -- the back door ------------------------------------------------------------------------------------------

    def want(self, **wishes: Any) -> None:
        """``lifetime=2``, ``interval=0``, ``slow_down=1``, ``error="invalid_client"``, ``withdraw=True``, …"""
        urllib.request.urlopen(self._back, json.dumps(wishes).encode(), timeout=10).close()

    def said(self) -> dict[str, Any]:
        """``asked`` (requests by kind), ``secrets`` (every token given out), ``refresh``, ``reused``."""
        with urllib.request.urlopen(self._back, timeout=10) as answer:
            found: dict[str, Any] = json.load(answer)
        return found

    # -- for the program ----------------------------------------------------------------------------------------

    def table(self, **more: Any) -> dict[str, Any]:
        """What ``[oauth2]`` of a preset would say of it."""
        return {
            "service": "office",
            "title": "Office",
            "authorization_url": f"{self.url}/authorize",
            "token_url": f"{self.url}/token",
            "device_url": f"{self.url}/device",
            "revocation_url": f"{self.url}/revoke",
            "scopes": list(SCOPES),
            "register_url": f"{self.url}/clients",
            "source": ["https://office.example/"],
        } | more

    def preset(self, folder: Path, host: str = "127.0.0.1", port: int = 587, security: str = "starttls") -> None:
        """Write a preset ``office-mail`` into a folder for ``SMTPDESK_PROVIDERS_DIR``."""
        stated = {
            "id": "office-mail", "order": 1, "kind": "mailbox", "name": "Office mail", "summary": "The office's own.",
            "username_form": "address", "username_label": "Office address", "username_help": "Your address.",
            "password_kind": "app-password", "password_label": "App password", "password_help": "Made in the office.",
            "sign_in": ["XOAUTH2"], "source": ["https://office.example/"], "checked": "2026-11-24",
        }  # fmt: skip
        lines = [f"{key} = {json.dumps(value)}" for key, value in stated.items()]
        lines.append(f'endpoints = [{{ host = "{host}", port = {port}, security = "{security}" }}]')
        lines.append("[oauth2]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in self.table().items()]
        (folder / "office-mail.toml").write_text("\n".join(lines), encoding="utf-8")

    def environment(self, presets: Path) -> dict[str, str]:
        """The variables by which the program knows it and trusts it."""
        return {
            "SMTPDESK_PROVIDERS_DIR": str(presets),
            "SMTPDESK_OAUTH_CLIENT_ID_OFFICE": CLIENT,
            "SSL_CERT_FILE": str(self.authority.ca_file),
        }

    # -- the person -----------------------------------------------------------------------------------------------

    def decide(self, url: str, decision: str = "allow") -> str:
        """Read the consent page at ``url``, say yes or no; the address to which the browser is then sent."""
        assert b"allow SMTPDesk" in self._open(url).read()
        answer = self._open(url, {"decision": decision})
        assert answer.status == 302
        return str(answer.headers["Location"])

    def browse(self, url: str, decision: str = "allow") -> str:
        """The whole way of a browser, to the page that it shows at the end."""
        return follow(self.decide(url, decision))

    def in_background(self, decision: str = "allow") -> Browser:
        """Something to open addresses with, as the system's browser does: at once, and beside the program."""
        return Browser(self, decision)

    def enter(self, code: str, decision: str = "allow") -> None:
        """Type a code on another device."""
        assert self._open(f"{self.url}/device/enter", {"user_code": code, "decision": decision}).status == 200

    def _open(self, url: str, form: dict[str, str] | None = None) -> Any:
        opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=self.authority.client()), _Still(), urllib.request.ProxyHandler({})
        )
        body = urlencode(form).encode() if form else None
        try:
            return opener.open(url, body, timeout=10)
        except urllib.error.HTTPError as error:
            return error


class Browser:
    """Opens one address on a thread; ``join`` it."""

    def __init__(self, server: Authorization, decision: str) -> None:
        self._server = server
        self._decision = decision
        self._threads: list[threading.Thread] = []
        self.opened: list[str] = []
        self.shown: list[str] = []

    def __call__(self, url: str) -> bool:
        self.opened.append(url)
        thread = threading.Thread(target=lambda: self.shown.append(self._server.browse(url, self._decision)))
        self._threads.append(thread)
        thread.start()
        return True

    def close(self) -> None:
        """Wait until the page is shown."""
        for thread in self._threads:
            thread.join(20)


class _Still(urllib.request.HTTPRedirectHandler):
    """Follows nothing by itself."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        """Not even this one."""
        return


def follow(url: str) -> str:
    """Go to an address on this computer; the page, whatever its status."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as error:
        return error.read().decode()


def query_of(url: str) -> dict[str, str]:
    """The parameters in an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}


@contextlib.contextmanager
def running_authorization(authority: Authority) -> Iterator[Authorization]:
    """Start one on free ports, with a certificate of this authority."""
    folder = Path(tempfile.mkdtemp(prefix="smtpdesk-authorization-"))
    try:
        authority.write_server_pair(folder)
        process = subprocess.Popen(
            bound_to_us([sys.executable, "-m", "tests.servers.authorization_app", str(folder)]),
            cwd=ROOT,
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdout is not None
            front, back = process.stdout.readline().split()
            yield Authorization(int(front), int(back), authority)
        finally:
            end(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
