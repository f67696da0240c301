"""One request over HTTPS: a certificate that is verified, a bounded answer, on a thread that nobody has to wait for."""

from __future__ import annotations

import asyncio
import socket
import ssl
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin, urlsplit

from smtpdesk import __version__

if TYPE_CHECKING:
    import urllib3

#: Seconds to connect, and to wait for the answer.
PATIENCE = 20.0
#: Octets of the longest answer that is read.
MOST = 262_144
#: Redirects that are followed within one host.
_HOPS = 3
_CHUNK = 16_384
#: What getaddrinfo says of a name that does not exist, or has no address; EAI_NODATA is not everywhere.
_NO_HOST = {socket.EAI_NONAME, getattr(socket, "EAI_NODATA", socket.EAI_NONAME)}


class Unreachable(Exception):
    """There was no answer; the words say why. ``no_host``: there is no host of this name, for certain."""

    def __init__(self, words: str, *, no_host: bool = False) -> None:
        super().__init__(words)
        self.no_host = no_host


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and body of a reply."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        """The body as UTF-8; what is none is replaced."""
        return self.body.decode("utf-8", "replace")


async def post(url: str, form: str) -> Answer:
    """Send a form and return the answer, whatever its status. No redirect is followed, nothing is tried twice.

    Raises:
        Unreachable: no https address, no connection, no trust in the certificate, no answer in time, or one too long.
    """
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}
    return await _on_thread(lambda: _request("POST", url, headers, form.encode(), PATIENCE)[0])


async def get(url: str, *, patience: float = PATIENCE) -> Answer:
    """Fetch a small file; a redirect is followed to the same host only, and never away from https.

    Args:
        url: the address.
        patience: seconds for all of it.

    Raises:
        Unreachable: as for :func:`post`, or it leads to another host.
    """
    return await _on_thread(lambda: _fetch(url, patience))


def _fetch(url: str, patience: float) -> Answer:
    ends = time.monotonic() + patience
    # What is compressed could unpack to far more than was read.
    headers = {"Accept": "text/xml, application/xml, */*", "Accept-Encoding": "identity"}
    for _hop in range(_HOPS + 1):
        answer, leads_to = _request("GET", url, headers, None, max(0.1, ends - time.monotonic()))
        if not leads_to:
            return answer
        following = urljoin(url, leads_to)
        if _place(following) != _place(url):
            raise Unreachable("it leads to another server")
        url = following
    raise Unreachable("it leads on and on")


def _place(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    try:
        return parts.scheme, (parts.hostname or "").lower(), parts.port or 443
    except ValueError:
        return parts.scheme, "", 0  # the port is none


async def _on_thread(work: Callable[[], Answer]) -> Answer:
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Answer] = loop.create_future()

    def deliver(answer: Answer | None, error: Exception | None) -> None:
        if outcome.done():
            return
        if error is not None:
            outcome.set_exception(error)
        elif answer is not None:
            outcome.set_result(answer)

    def run() -> None:
        answer, error = None, None
        try:
            answer = work()
        except Unreachable as caught:
            error = caught
        except Exception as caught:  # noqa: BLE001 - a foreign library's; its words may hold what was sent
            error = _unreachable(caught)
        try:
            loop.call_soon_threadsafe(deliver, answer, error)
        except RuntimeError:
            return  # the loop has ended meanwhile: nobody waits any more

    # A daemon: a server that says nothing must not keep the program from ending.
    threading.Thread(target=run, name="https", daemon=True).start()
    return await outcome


def _request(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None, patience: float
) -> tuple[Answer, str]:
    """The answer, and where a redirect leads ("" for none)."""
    # Imported here: it takes 80 ms, which a worker that signs in with passwords need not spend.
    import urllib3

    if urlsplit(url).scheme != "https":
        raise Unreachable("not an https address")
    ends = time.monotonic() + patience
    timeout = urllib3.Timeout(connect=patience, read=patience)
    settings: dict[str, Any] = {"ssl_context": _context(), "timeout": timeout, "retries": False}
    proxy = _proxy(url)
    with urllib3.ProxyManager(proxy, **settings) if proxy else urllib3.PoolManager(**settings) as pool:
        reply = pool.request(
            method,
            url,
            body=body,
            headers={**headers, "User-Agent": f"SMTPDesk/{__version__}"},
            redirect=False,
            preload_content=False,
        )
        try:
            leads_to = reply.get_redirect_location() if method == "GET" else None
            content = b"" if leads_to else _read(reply, ends)
            return Answer(reply.status, content), leads_to or ""
        finally:
            reply.close()


def _read(reply: urllib3.BaseHTTPResponse, ends: float) -> bytes:
    """The body in pieces: neither a long one nor one that only trickles is read to its end."""
    read = bytearray()
    while piece := reply.read1(_CHUNK, decode_content=True):
        read += piece
        if len(read) > MOST:
            raise Unreachable("the answer is too long")
        if time.monotonic() > ends:
            raise TimeoutError
    return bytes(read)


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


def _unreachable(error: BaseException) -> Unreachable:
    """The innermost reason in a few words: the outer ones carry addresses and repr of pools."""
    inner: BaseException = error
    while True:
        reason = getattr(inner, "reason", None)
        further = reason if isinstance(reason, BaseException) else inner.__cause__ or inner.__context__
        if further is None or further is inner:
            break
        inner = further
    if isinstance(inner, ssl.SSLCertVerificationError):
        return Unreachable(inner.verify_message or "certificate not trusted")
    if isinstance(inner, TimeoutError):
        return Unreachable("no answer in time")
    if isinstance(inner, OSError) and inner.strerror:
        no_host = isinstance(inner, socket.gaierror) and inner.errno in _NO_HOST
        return Unreachable(str(inner.strerror), no_host=no_host)
    return Unreachable(type(inner).__name__)
