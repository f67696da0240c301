"""The bytes of one connection, between the socket and a conversation. TLS is done here once mail flows.

asyncio's own TLS layer throws away what it has decrypted when an error follows, and nobody can ask it what has left.
Both decide whether a message is in doubt, so a conversation speaks through this instead: everything that arrived is
heard before the end of the connection is told, and it is known how far a message was handed to the system.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections import deque
from typing import Any, Protocol, cast

#: Replies are read into this many bytes at a time. asyncio's own way makes 256 KB anew for every read.
_READ = 16384
#: The system is given no more than this at a time; what it has not taken is still ours to count.
_PIECE = 65536
#: A message of more than this ends in a piece of its own, which goes only when all before it has left.
_LARGE = 16384
#: The end that goes alone: the final dot with its line ends.
_TAIL = 5
#: Bytes that the system may keep unsent before it says that it has enough: its usual buffer holds minutes.
_UNSENT = 131072
#: What TLS adds to a record of 16 KB at most.
_RECORD, _OVERHEAD = 16384, 64


class Listener(Protocol):
    """Who speaks over a channel."""

    def received(self, data: bytes) -> None:
        """These bytes arrived."""
        ...

    def drained(self) -> None:
        """All that was written has left."""
        ...

    def lost(self, exc: Exception | None) -> None:
        """The connection is gone; nothing more will arrive."""
        ...


class Channel(asyncio.BufferedProtocol):
    """Takes a transport that is ready for mail over from asyncio and aiosmtplib."""

    def __init__(self, listener: Listener, transport: asyncio.BaseTransport) -> None:
        self._listener = listener
        self._room = memoryview(bytearray(_READ))
        self._queue: deque[bytes] = deque()
        self._fault: Exception | None = None
        self._gone = False
        #: How much had left when we cut the line.
        self._final: int | None = None
        #: Bytes that were given to :meth:`write`, and of these to the system, by plain text.
        self.written, self.handed = 0, 0
        self._tls, self._incoming, self._outgoing, self._raw = _opened_up(transport)
        self._raw.set_write_buffer_limits(0)
        _keep_little_unsent(self._raw)
        self._raw.set_protocol(self)
        if self._tls is not None:
            asyncio.get_running_loop().call_soon(self._decrypt)  # what came before it was ours

    # -- sending ------------------------------------------------------------------------------------------------

    @property
    def closing(self) -> bool:
        """True once nothing more can be sent."""
        return self._gone or self._raw.is_closing()

    @property
    def unsent(self) -> int:
        """Bytes of plain text that have certainly not left yet."""
        held = 0 if self._gone else self._raw.get_write_buffer_size()
        if held and self._tls is not None:
            held = max(0, held - _OVERHEAD * (1 + held // _RECORD))
        return self.written - self.handed + held

    @property
    def sent(self) -> int:
        """Bytes of plain text that may have left: what was written behind them certainly has not."""
        if self._final is not None:
            return self._final
        return self.handed if self.closing else self.written - self.unsent

    def write(self, data: bytes) -> None:
        """Send this as soon as what was written before has left."""
        if self.closing:
            return
        self.written += len(data)
        if len(data) > _LARGE:
            end = len(data) - _TAIL
            self._queue.extend(data[at : min(at + _PIECE, end)] for at in range(0, end, _PIECE))
            data = data[end:]
        self._queue.append(data)
        self._pump()

    def close(self) -> None:
        """Send what was written, then close."""
        while self._queue and not self._raw.is_closing():
            self._hand(self._queue.popleft())
        self._raw.close()

    def abort(self) -> None:
        """Close at once."""
        if not self.closing:
            self._final = self.sent
        self._raw.abort()

    def _pump(self) -> None:
        while self._queue and not self.closing and not self._raw.get_write_buffer_size():
            self._hand(self._queue.popleft())

    def _hand(self, piece: bytes) -> None:
        """Give one piece to the system."""
        if self._tls is None or self._outgoing is None:
            self._to_system(piece, len(piece))
            return
        try:
            self._tls.write(piece)
        except ssl.SSLWantReadError:  # the other side wants new keys first
            self._queue.appendleft(piece)
            return
        except ssl.SSLError as error:
            self._fail(error)
            return
        self._to_system(self._outgoing.read(), len(piece))

    def _to_system(self, data: bytes, plain: int) -> None:
        self._raw.write(data)
        if not self._raw.is_closing():  # else it was refused at once, and nothing of it has left
            self.handed += plain

    def pause_writing(self) -> None:
        """The system has not taken everything."""

    def resume_writing(self) -> None:
        """It has."""
        self._pump()
        if not self.closing and not self.unsent:
            self._listener.drained()

    # -- hearing ------------------------------------------------------------------------------------------------

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where asyncio puts what it reads."""
        return self._room

    def buffer_updated(self, nbytes: int) -> None:
        """Bytes arrive."""
        self._arrived(bytes(self._room[:nbytes]))

    def eof_received(self) -> bool:
        """The server closed its side; asyncio then closes ours."""
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """Hear what still lies in the system, then tell that it is over."""
        self._gone = True
        for data in _leftover(self._raw):
            self._arrived(data)
        self._listener.lost(self._fault or exc)

    def _arrived(self, data: bytes) -> None:
        if self._incoming is None:
            self._listener.received(data)
            return
        self._incoming.write(data)
        self._decrypt()

    def _decrypt(self) -> None:
        assert self._tls is not None and self._outgoing is not None
        pieces: list[bytes] = []
        ended = False
        try:
            while piece := self._tls.read(_READ):
                pieces.append(piece)
            ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLError as error:
            self._fault = self._fault or error
            ended = True
        if self._outgoing.pending and not self.closing:
            self._raw.write(self._outgoing.read())
        if pieces:
            self._listener.received(b"".join(pieces))
        if ended and not self.closing:
            self._raw.close() if self._fault is None else self._raw.abort()
        elif self._queue:
            self._pump()

    def _fail(self, error: Exception) -> None:
        self._fault = self._fault or error
        self._raw.abort()


_Parts = tuple[ssl.SSLObject | None, ssl.MemoryBIO | None, ssl.MemoryBIO | None, asyncio.Transport]


def _opened_up(transport: asyncio.BaseTransport) -> _Parts:
    """What asyncio's TLS transport consists of; the transport itself where it is none."""
    inside = getattr(transport, "_ssl_protocol", None)
    parts = [getattr(inside, name, None) for name in ("_sslobj", "_incoming", "_outgoing", "_transport")]
    if None in parts:  # no TLS, or another event loop's: then that one's transport is spoken over as it is
        return None, None, None, cast(asyncio.Transport, transport)
    cast(Any, transport)._closed = True  # it is not used any more, and must not close what is
    return cast(_Parts, tuple(parts))


def _keep_little_unsent(transport: asyncio.Transport) -> None:
    found = transport.get_extra_info("socket")
    option = getattr(socket, "TCP_NOTSENT_LOWAT", None)
    if found is not None and option is not None:
        with contextlib.suppress(OSError):
            found.setsockopt(socket.IPPROTO_TCP, option, _UNSENT)


def _leftover(transport: asyncio.Transport) -> list[bytes]:
    """What arrived and was not read, because writing failed first."""
    found = transport.get_extra_info("socket")
    pieces: list[bytes] = []
    if found is None:
        return pieces
    with contextlib.suppress(OSError), found.dup() as again:
        again.setblocking(False)
        while (piece := again.recv(_PIECE)) and len(pieces) < 64:
            pieces.append(piece)
    return pieces
