"""A server with the habits of servers that people really have, as one dialogue: what it reads, counts and cuts.

Where :mod:`tests.servers.scripted` does one odd thing at one moment, this one has its habits on every connection.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Habits:
    """What is unusual about it.

    Attributes:
        extensions: what EHLO offers.
        one_a_packet: of each packet only the first command is read (a PIPELINING liar).
        behind_dot: the answer to each command that is there when a message ends (Haraka); "" throws them away.
        per_session: messages a connection; then MAIL gets ``full``, or with "" the line is closed.
        most: connections at once; a further one is closed without a word.
        nonmail: RSET commands a connection; at one more it hangs up (Exim).
        unknown: recipients with these in their address do not exist.
        resets: so many connections are reset at their first MAIL.
    """

    extensions: tuple[str, ...] = ("PIPELINING",)
    one_a_packet: bool = False
    behind_dot: str | None = None
    per_session: int | None = None
    full: str = ""
    most: int | None = None
    nonmail: int | None = None
    unknown: str = ""
    resets: int = 0


@dataclass
class QuirkyServer:
    """A context manager that runs on threads of its own."""

    habits: Habits
    port: int = 0
    #: How often each recipient got a message.
    taken: Counter[str] = field(default_factory=Counter)
    connections: int = 0
    open_now: int = 0
    #: Connections that were told that they are full, or cut.
    cut: int = 0
    _resets: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def per_recipient(self) -> Counter[str]:
        """How many messages it has for each recipient."""
        return self.taken

    @contextlib.contextmanager
    def running(self) -> Iterator[QuirkyServer]:
        """Listen until the end of the block."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(listener.getsockname()[1])
        self._resets = self.habits.resets
        links: list[socket.socket] = []
        threads: list[threading.Thread] = []

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    link, _ = listener.accept()
                    links.append(link)
                    threads.append(threading.Thread(target=self._hold, args=(link,)))
                    threads[-1].start()

        accepting = threading.Thread(target=accept)
        accepting.start()
        try:
            yield self
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            accepting.join()
            for link in links:
                with contextlib.suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)
            for thread in threads:
                thread.join()

    def _hold(self, link: socket.socket) -> None:
        with self._lock:
            self.connections += 1
            self.open_now += 1
            welcome = self.habits.most is None or self.open_now <= self.habits.most
        try:
            if welcome:
                with contextlib.suppress(OSError, EOFError):
                    _Dialogue(self, link).hold()
            else:
                self.cut += 1
        finally:
            with self._lock:
                self.open_now -= 1
            link.close()

    def resets_this(self) -> bool:
        """Whether this connection is one of those that are reset."""
        with self._lock:
            self._resets -= 1
            return self._resets >= 0


class _Dialogue:
    def __init__(self, server: QuirkyServer, link: socket.socket) -> None:
        self._server, self._habits, self._link = server, server.habits, link
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._waiting = b""
        self._recipient = ""
        self._sender = False
        self._messages = self._resets = 0

    def hold(self) -> None:
        self._say("220 quirky.example ESMTP")
        while True:
            line = self._line()
            verb = line[:4].upper()
            if not {"EHLO": self._ehlo, "MAIL": self._mail, "RCPT": self._rcpt}.get(verb, self._other)(line):
                return

    def _say(self, *lines: str) -> None:
        self._link.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def _read(self) -> None:
        piece = self._link.recv(65536)
        if not piece:
            raise EOFError
        self._waiting += piece

    def _line(self) -> str:
        while b"\r\n" not in self._waiting:
            self._read()
        line, _, self._waiting = self._waiting.partition(b"\r\n")
        if self._habits.one_a_packet:
            self._waiting = b""
        return line.decode()

    def _ehlo(self, _line: str) -> bool:
        words = ["quirky.example", *self._habits.extensions]
        self._say(*(f"250-{word}" for word in words[:-1]), f"250 {words[-1]}")
        return True

    def _mail(self, _line: str) -> bool:
        if self._server.resets_this():
            self._link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if self._sender:
            self._say("503 5.5.1 nested MAIL")
            return True
        limit = self._habits.per_session
        if limit is not None and self._messages >= limit:
            self._server.cut += 1
            if not self._habits.full:
                return False
            self._say(self._habits.full)
            return True
        self._sender = True
        self._say("250 2.1.0 ok")
        return True

    def _rcpt(self, line: str) -> bool:
        if not self._sender:
            self._say("503 5.5.1 MAIL first")
        elif self._habits.unknown and self._habits.unknown in line:
            self._say("550 5.1.1 unknown")
        else:
            self._recipient = line.partition("<")[2].partition(">")[0]
            self._say("250 2.1.5 ok")
        return True

    def _other(self, line: str) -> bool:
        verb = line[:4].upper()
        if verb == "QUIT":
            self._say("221 bye")
            return False
        if verb == "DATA":
            self._data()
        elif verb == "RSET":
            self._resets += 1
            if self._habits.nonmail is not None and self._resets > self._habits.nonmail:
                self._server.cut += 1
                self._say("554 Too many nonmail commands")
                return False
            self._sender, self._recipient = False, ""
            self._say("250 ok")
        else:
            self._say("500 5.5.2 what?")
        return True

    def _data(self) -> None:
        if not self._recipient:
            self._say("503 5.5.1 valid RCPT command must precede DATA")
            return
        self._say("354 go on")
        while b"\r\n.\r\n" not in self._waiting:
            self._read()
        self._waiting = self._waiting.partition(b"\r\n.\r\n")[2]
        self._messages += 1
        with self._server._lock:
            self._server.taken[self._recipient] += 1
        self._sender, self._recipient = False, ""
        early: list[str] = []
        if self._habits.behind_dot is not None:
            early = [self._habits.behind_dot] * self._waiting.count(b"\r\n") if self._habits.behind_dot else []
            self._waiting = b""
        self._say("250 2.0.0 queued", *early)
