"""Where the browser comes back to: a listener on 127.0.0.1 for as long as one sign-in takes (RFC 8252 section 7.3)."""

from __future__ import annotations

import asyncio
import contextlib
import html
from collections.abc import Callable
from types import TracebackType
from urllib.parse import urlsplit

from smtpdesk.base.i18n import _
from smtpdesk.oauth.errors import port_taken

#: A request line with a code in it is well below this (RFC 7230 section 3.1.1 recommends 8000).
_LONGEST = 16384
#: Seconds that a browser may take to send its request.
_PATIENCE = 10.0
_PAGE = (
    "<!doctype html><meta charset=utf-8><meta name=viewport content='width=device-width'><title>SMTPDesk</title>"
    "<style>body{{font:16px/1.5 system-ui,sans-serif;display:grid;place-items:center;height:90vh;margin:0;"
    "color-scheme:light dark}}main{{max-width:28em;padding:24px}}h1{{font-size:22px}}</style>"
    "<main><h1>{title}</h1><p>{words}</p></main>"
)


class Loopback:
    """Waits for the one request that belongs to a sign-in; anything else that knocks is sent away.

    Use it as an asynchronous context manager.

    Args:
        host: the host in :attr:`redirect`. ``port``: 0 takes a free one.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._wanted = port
        self._server: asyncio.Server | None = None
        self._query: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._ours: Callable[[str], bool] = lambda query: False

    @property
    def redirect(self) -> str:
        """The redirect URI of this listener."""
        assert self._server is not None, "used as a context manager"
        return f"http://{self._host}:{self._server.sockets[0].getsockname()[1]}"

    async def __aenter__(self) -> Loopback:
        try:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._wanted, limit=_LONGEST)
        except OSError:
            raise port_taken(self._wanted) from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()

    async def answer(self, ours: Callable[[str], bool]) -> str:
        """The query of the request for which ``ours`` says yes. A wrong one ends nothing: anybody may knock here."""
        self._ours = ours
        return await self._query

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, ValueError, TimeoutError, asyncio.IncompleteReadError):
            async with asyncio.timeout(_PATIENCE):
                line = (await reader.readuntil(b"\r\n")).decode("ascii")
                while await reader.readline() not in {b"\r\n", b"\n", b""}:
                    pass
                writer.write(self._reply(line))
                await writer.drain()
        writer.close()

    def _reply(self, line: str) -> bytes:
        method, _space, rest = line.partition(" ")
        target = urlsplit(rest.partition(" ")[0])
        if method != "GET" or target.path not in {"", "/"}:
            return _response("404 Not Found", _("Nothing is here"), "")
        if self._query.done():
            return _response("410 Gone", _("This sign-in is over"), _("Go back to SMTPDesk."))
        if not self._ours(target.query):
            words = _("It does not belong to the sign-in that SMTPDesk has begun. Nothing was changed.")
            return _response("400 Bad Request", _("This is not our sign-in"), words)
        self._query.set_result(target.query)
        # Whether the code is good is not known yet; the program says that.
        return _response("200 OK", _("Thank you"), _("You can close this page and go back to SMTPDesk."))


def _response(status: str, title: str, words: str) -> bytes:
    body = _PAGE.format(title=html.escape(title), words=html.escape(words)).encode()
    head = [
        f"HTTP/1.1 {status}",
        "Content-Type: text/html; charset=utf-8",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Referrer-Policy: no-referrer",
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'",
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body
