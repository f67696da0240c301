"""One POST to an authorization server: over TLS that is verified, on a thread that nobody has to wait for."""

from __future__ import annotations

import asyncio
import ssl
import threading
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from smtpdesk import __version__

#: Seconds to connect, and to wait for the answer.
PATIENCE = 20.0
#: No answer of a token endpoint is longer.
_MOST = 262144


class Unreachable(Exception):
    """There was no answer; the words say why."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of a reply."""

    status: int
    text: str


async def post(url: str, body: str) -> Answer:
    """Send a form and return the answer, whatever its status. No redirect is followed, nothing is tried twice.

    Raises:
        Unreachable: no connection, no trust in the certificate, no answer in time, or one that is no text.
    """
    if urlsplit(url).scheme != "https":
        raise Unreachable("not an https address")
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Answer] = loop.create_future()

    def deliver(answer: Answer | None, error: Exception | None) -> None:
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        elif answer is not None:
            outcome.set_result(answer)

    def work() -> None:
        answer, error = None, None
        try:
            answer = _post(url, body)
        except Exception as caught:  # noqa: BLE001 - a foreign library's; its words may hold what was sent
            error = Unreachable(_why(caught))
        try:
            loop.call_soon_threadsafe(deliver, answer, error)
        except RuntimeError:
            return  # the loop has ended meanwhile: nobody waits any more

    # A daemon: a server that says nothing must not keep the program from ending.
    threading.Thread(target=work, name="oauth", daemon=True).start()
    return await outcome


def _post(url: str, body: str) -> Answer:
    # Imported here: it takes 80 ms, which a worker that signs in with passwords need not spend.
    import urllib3

    timeout = urllib3.Timeout(connect=PATIENCE, read=PATIENCE)
    settings: dict[str, Any] = {"ssl_context": _context(), "timeout": timeout, "retries": False}
    proxy = _proxy(url)
    with urllib3.ProxyManager(proxy, **settings) if proxy else urllib3.PoolManager(**settings) as pool:
        reply = pool.request(
            "POST",
            url,
            body=body.encode(),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "Accept": "application/json",
                "User-Agent": f"SMTPDesk/{__version__}",
            },
            redirect=False,
            preload_content=False,
        )
        return Answer(reply.status, reply.read(_MOST, decode_content=True).decode("utf-8"))


def _context() -> ssl.SSLContext:
    """The system's authorities, as for SMTP; ``SSL_CERT_FILE`` names others."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context


def _proxy(url: str) -> str:
    """The proxy that the environment or the system names for this address, "" for none."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host in {"localhost", "127.0.0.1", "::1"} or urllib.request.proxy_bypass(host):
        return ""
    return urllib.request.getproxies().get("https", "")


def _why(error: BaseException) -> str:
    """The innermost reason in a few words: the outer ones carry addresses and repr of pools."""
    inner: BaseException = error
    while True:
        reason = getattr(inner, "reason", None)
        further = reason if isinstance(reason, BaseException) else inner.__cause__ or inner.__context__
        if further is None or further is inner:
            break
        inner = further
    if isinstance(inner, ssl.SSLCertVerificationError):
        return inner.verify_message or "certificate not trusted"
    if isinstance(inner, TimeoutError):
        return "no answer in time"
    if isinstance(inner, OSError) and inner.strerror:
        return str(inner.strerror)
    return type(inner).__name__
