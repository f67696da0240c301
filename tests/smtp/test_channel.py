"""The bytes beneath a conversation: what had arrived before the end is heard, and what has not left is no doubt."""

from __future__ import annotations

import asyncio
import contextlib
import os
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from smtpdesk.domain.delivery import Outcome, OutcomeKind
from smtpdesk.domain.profile import Profile, Relay, Security
from smtpdesk.domain.server_traits import Lesson, ServerTraits
from smtpdesk.smtp import chunked
from smtpdesk.smtp.session import Hooks, Session, Transaction, open_session
from smtpdesk.smtp.steps import Timeouts
from tests.servers.certificates import Authority

ADMIT = 5.0
SHORT = Timeouts(ADMIT, ADMIT, ADMIT, ADMIT, block=ADMIT)
Line = Callable[["Peer"], None]


@dataclass
class Peer:
    """One connection of a server that is written as a test needs it: blocking, and told what to do byte by byte."""

    link: Any
    raw: socket.socket
    heard: bytearray = field(default_factory=bytearray)

    def read(self, *, until: bytes) -> None:
        while until not in self.heard:
            del self.heard[: 1 - len(until)]
            piece = self.link.recv(1 << 20)
            if not piece:
                raise ConnectionError
            self.heard += piece
        del self.heard[: self.heard.index(until) + len(until)]

    def say(self, *lines: str) -> None:
        self.link.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def open(self, *extensions: str) -> None:
        self.say("220 peer ESMTP")
        self.read(until=b"\r\n")
        self.say(*(f"250-{word}" for word in ("peer", *extensions)), "250 8BITMIME")

    def reset(self) -> None:
        """End with RST, as a program does that closes with unread input."""
        self.raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.link.close()


@contextlib.contextmanager
def serving(act: Line, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        with contextlib.suppress(OSError):
            while True:
                raw, _ = listener.accept()
                raw.settimeout(20)
                link = tls.wrap_socket(raw, server_side=True, suppress_ragged_eofs=True) if tls else raw
                with contextlib.suppress(OSError):
                    act(Peer(link, raw if tls is None else link))
                link.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()


@dataclass
class Came:
    outcomes: dict[int, Outcome] = field(default_factory=dict)
    unbegun: list[int] = field(default_factory=list)
    lost: list[Outcome | None] = field(default_factory=list)
    lessons: list[tuple[Lesson, int]] = field(default_factory=list)


def converse(
    port: int,
    bodies: list[bytes],
    *,
    ca: str | None = None,
    timeouts: Timeouts = SHORT,
    traits: ServerTraits | None = None,
    begun: Callable[[Session, int], None] = lambda _session, _key: None,
    allowed: Callable[[int], bool] = lambda _key: True,
) -> Came:
    """``begun`` hears when a body is about to be written; only ``allowed`` messages are there already."""
    came = Came()
    waiting = list(enumerate(bodies))

    async def run() -> None:
        def pull() -> Transaction | None:
            if not waiting or not allowed(waiting[0][0]):
                return None
            key, raw = waiting.pop(0)
            return session.transaction(key, "a@example.com", f"to{key}@example.com", raw)

        def outcome(key: int, value: Outcome) -> None:
            came.outcomes[key] = value
            if not waiting and len(came.outcomes) == len(bodies):
                session.dialogue.drain()

        hooks = Hooks(
            *(pull, lambda key: begun(session, key), outcome, came.unbegun.append, came.lost.append),
            learned=lambda lesson, count: came.lessons.append((lesson, count)),
        )
        security = Security.TLS if ca else Security.NONE
        profile = Profile("test", Relay("127.0.0.1", port, security, ca))
        session: Session = await open_session(profile, None, hooks, timeouts, traits=traits or ServerTraits())
        session.begin()
        async with asyncio.timeout(60):
            await session.dialogue.closed

    asyncio.run(run())
    return came


def small(number: int) -> bytes:
    return f"Subject: {number}\r\n\r\nHello {number}\r\n".encode()


LARGE = b"Subject: x\r\n\r\n" + (b"y" * 70 + b"\r\n") * 300_000  # 21 MB: more than any buffer on the way


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture(params=["plain", "tls"])
def secured(request: pytest.FixtureRequest, authority: Authority) -> tuple[ssl.SSLContext | None, str | None]:
    return (authority.trusted(), str(authority.ca_file)) if request.param == "tls" else (None, None)


Secured = tuple[ssl.SSLContext | None, str | None]


def test_answers_that_arrived_before_a_reset_count(secured: Secured) -> None:
    """The server answers a body, and is gone before it has read what came behind it."""

    def act(peer: Peer) -> None:
        peer.open("PIPELINING")
        peer.read(until=b"DATA\r\n")
        peer.say("250 ok", "250 ok", "354 go on")
        peer.read(until=b"\r\n.\r\n")
        peer.say("250 queued", "421 4.7.0 that was all")
        peer.reset()

    context, ca = secured
    with serving(act, context) as port:
        came = converse(port, [small(0), small(1)], ca=ca)
    assert came.outcomes[0].kind is OutcomeKind.ACCEPTED
    assert 1 in came.unbegun or came.outcomes[1].kind is OutcomeKind.DEFERRED


def test_answers_that_nobody_had_read_when_writing_failed_count(
    secured: Secured, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two messages are answered and the server is gone; before that is read, a third one is written in vain."""
    monkeypatch.setattr(chunked, "_LEAST", 4)
    gone, here = threading.Event(), [0, 1]

    def act(peer: Peer) -> None:
        peer.open("PIPELINING", "CHUNKING")
        peer.read(until=b"RCPT TO:<to0@example.com>\r\n")
        peer.say("250 ok", "250 ok")
        peer.read(until=b"Hello 1\r\nRSET\r\n")
        peer.say("250 queued", "250 reset", "250 ok", "250 ok", "250 queued", "250 reset")
        peer.reset()
        gone.set()

    def begun(session: Session, key: int) -> None:
        if key == 1:
            asyncio.get_running_loop().call_soon(busy, session)

    def busy(session: Session) -> None:
        assert gone.wait(20), "the loop had something else to do meanwhile"
        here.append(2)
        session.dialogue.kick()

    context, ca = secured
    with serving(act, context) as port:
        came = converse(port, [small(n) for n in range(3)], ca=ca, begun=begun, allowed=here.__contains__)
    assert [came.outcomes[key].kind for key in (0, 1)] == [OutcomeKind.ACCEPTED] * 2
    assert 2 in came.unbegun or came.outcomes[2].kind is OutcomeKind.DEFERRED, "nothing of it had left"


def test_what_was_decrypted_before_a_broken_record_counts(authority: Authority) -> None:
    def act(peer: Peer) -> None:
        peer.open("PIPELINING")
        peer.read(until=b"DATA\r\n")
        peer.say("250 ok", "250 ok", "354 go on")
        peer.read(until=b"\r\n.\r\n")
        peer.say("250 queued")
        os.write(peer.link.fileno(), b"\x17\x03\x03\x00\x20" + bytes(32))  # no record that anybody can decrypt
        peer.link.recv(1)

    with serving(act, authority.trusted()) as port:
        came = converse(port, [small(0), small(1)], ca=str(authority.ca_file))
    assert came.outcomes[0].kind is OutcomeKind.ACCEPTED
    assert came.unbegun == [1]


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",), ("PIPELINING", "CHUNKING")], ids=str)
def test_a_body_whose_end_has_not_left_is_no_doubt(secured: Secured, extensions: tuple[str, ...]) -> None:
    """The server stops reading in the middle of a large message, and hangs up."""

    def act(peer: Peer) -> None:
        peer.open(*extensions)
        replies = {b"MAIL": "250 ok", b"RCPT": "250 ok", b"DATA": "354 go on"}
        for command, reply in replies.items():
            if command == b"DATA" and "CHUNKING" in extensions:
                break
            peer.read(until=b"\r\n")
            peer.say(reply)
        peer.read(until=b"yyy\r\n")
        peer.reset()

    context, ca = secured
    with serving(act, context) as port:
        came = converse(port, [LARGE], ca=ca)
    assert (came.outcomes[0].kind, came.outcomes[0].cause) == (OutcomeKind.DEFERRED, "network.cut-short")


def test_a_body_whose_end_has_left_is_a_doubt(secured: Secured) -> None:
    def act(peer: Peer) -> None:
        peer.open()
        for reply in ("250 ok", "250 ok", "354 go on"):
            peer.read(until=b"\r\n")
            peer.say(reply)
        peer.read(until=b"\r\n.\r\n")
        peer.reset()

    context, ca = secured
    with serving(act, context) as port:
        came = converse(port, [LARGE], ca=ca)
    assert came.outcomes[0].kind is OutcomeKind.UNCERTAIN


def test_a_server_that_reads_nothing_more_of_a_body_is_given_up_without_a_doubt() -> None:
    gone = threading.Event()

    def act(peer: Peer) -> None:
        peer.open()
        for reply in ("250 ok", "250 ok", "354 go on"):
            peer.read(until=b"\r\n")
            peer.say(reply)
        gone.wait(20)

    with serving(act) as port:
        came = converse(port, [LARGE], timeouts=replace(SHORT, answer=60.0, block=0.3))
        gone.set()
    assert (came.outcomes[0].kind, came.outcomes[0].cause) == (OutcomeKind.DEFERRED, "network.cut-short")


def test_a_large_body_on_a_slow_line_has_all_the_time_that_it_moves() -> None:
    """Twenty pieces, each of them later than the last answer may take: progress counts, not the whole."""

    def act(peer: Peer) -> None:
        peer.raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        peer.open()
        for reply in ("250 ok", "250 ok", "354 go on"):
            peer.read(until=b"\r\n")
            peer.say(reply)
        slow = threading.Event()
        for _ in range(20):
            slow.wait(0.1)  # the line
            peer.raw.recv(1 << 20, socket.MSG_WAITALL)
        peer.read(until=b"\r\n.\r\n")
        peer.say("250 queued")
        peer.read(until=b"QUIT\r\n")

    with serving(act) as port:
        came = converse(port, [LARGE], timeouts=replace(SHORT, answer=1.0, block=1.0))
    assert came.outcomes[0].kind is OutcomeKind.ACCEPTED


@pytest.mark.parametrize(("stage", "kind"), [("mail", None), ("body", OutcomeKind.UNCERTAIN)])
def test_a_reply_that_drips_in_has_no_more_time_than_a_whole_one(stage: str, kind: OutcomeKind | None) -> None:
    stop = threading.Event()

    def drip(peer: Peer) -> None:
        while not stop.is_set():  # until the client hangs up
            peer.link.sendall(b"250-a word that never ends\r\n"[:7])
            stop.wait(0.02)

    def act(peer: Peer) -> None:
        peer.open()
        peer.read(until=b"\r\n")
        if stage == "mail":
            drip(peer)
        for reply in ("250 ok", "250 ok", "354 go on"):
            peer.say(reply)
            peer.read(until=b"\r\n.\r\n" if reply.startswith("354") else b"\r\n")
        drip(peer)

    with serving(act) as port:
        came = converse(port, [small(0)], timeouts=replace(SHORT, command=0.5, answer=0.5))
        stop.set()
    assert (came.outcomes[0].kind if came.outcomes else None) is kind
    (why,) = came.lost
    assert why is not None and why.cause == "relay.timeout"
