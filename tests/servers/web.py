"""A small web server over TLS that says what a test tells it to, and invented names that lead to this computer."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest.mock import patch


class WebServer(ThreadingHTTPServer):
    """``pages`` maps (host, path with query) to what answers, else 404. ``heard``: each request."""

    daemon_threads = False
    block_on_close = True

    def __init__(self, context: ssl.SSLContext) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.pages: dict[tuple[str, str], Callable[[BaseHTTPRequestHandler], None]] = {}
        self.heard: list[str] = []
        self.ending = threading.Event()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that does not trust us hangs up; that is no error of ours."""


class _Handler(BaseHTTPRequestHandler):
    server: WebServer

    def do_GET(self) -> None:
        self.server.heard.append("\n".join([f"{self.headers['Host']} {self.path}", str(self.headers)]))
        page = self.server.pages.get((self.headers["Host"], self.path))
        if page is None:
            self.send_error(404)
        else:
            page(self)

    def log_message(self, format: str, *args: Any) -> None:
        pass


def content(body: bytes, kind: str = "text/xml") -> Callable[[BaseHTTPRequestHandler], None]:
    """Says this."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


def redirect(url: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Leads there."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", url)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def silence(request: BaseHTTPRequestHandler) -> None:
    """Says nothing, until the server ends."""
    assert isinstance(request.server, WebServer)
    request.server.ending.wait(20)


@contextmanager
def running_web(context: ssl.SSLContext) -> Iterator[WebServer]:
    """The server, as long as it lasts."""
    server = WebServer(context)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, name="web")
    thread.start()
    try:
        yield server
    finally:
        server.ending.set()
        server.shutdown()
        thread.join(10)
        server.server_close()


@contextmanager
def invented_hosts(places: Mapping[tuple[str, int], int], *, missing: int = socket.EAI_NONAME) -> Iterator[list[str]]:
    """While it lasts, (host, port) leads to a port of this computer, and no other name is found.

    Args:
        places: host and wanted port to the port that answers; 0 is one that nobody listens on.
        missing: what is said of every other name.

    Yields:
        The names that were asked for.
    """
    real, asked = socket.getaddrinfo, []

    def look(name: Any, wanted: Any, *args: Any, **more: Any) -> Any:
        if name in ("127.0.0.1", "localhost", "::1"):
            return real(name, wanted, *args, **more)
        asked.append(str(name))
        if not any(host == name for host, _port in places):
            raise socket.gaierror(missing, "an invented answer")
        return real("127.0.0.1", places.get((str(name), int(wanted))) or 1, *args, **more)

    with patch("socket.getaddrinfo", look):
        yield asked
