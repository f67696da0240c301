"""An SMTP server that misbehaves on command, one stage at a time, and keeps what it was told.

Example::

    with ScriptedServer() as server:
        server.on("rcpt", say("450 4.2.1 try later"), times=1)   # the first RCPT only
        server.on("body", drop())                                # swallow the message, hang up without an answer
        …
        assert server.connections == 1
        assert server.taken[0].recipients == ("ana@example.com",)

Stages: ``connect`` (before the greeting's bytes), ``greeting``, ``ehlo`` (also HELO), ``starttls``, ``auth``,
``mail``, ``rcpt``, ``data``, ``middle`` (a part of the body is there; normally without an answer), ``body`` (after the
final dot, or BDAT LAST), ``rset``, ``noop``, ``quit``, ``other``.

Nothing of what happens to a whole server is scripted by stage: it can go :meth:`~ScriptedServer.down` and come
:meth:`~ScriptedServer.up` again, :meth:`~ScriptedServer.freeze`, or :meth:`~ScriptedServer.hang_up` on everybody.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import threading
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Self

from tests.servers.acts import Act, Rule, accept_then_drop, call, drop, hang, hold, say, trickle
from tests.servers.dialogue import Dialogue, Heard, Taken
from tests.servers.proc import wait_until

__all__ = [
    "Act",
    "Heard",
    "Rule",
    "ScriptedServer",
    "Taken",
    "accept_then_drop",
    "call",
    "drop",
    "hang",
    "hold",
    "say",
    "trickle",
]

STAGES = frozenset(
    (
        *("connect", "greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "middle", "bdat", "body"),
        *("rset", "noop", "quit", "other"),
    )
)


class ScriptedServer:
    """The server; a context manager that runs on a thread of its own.

    Args:
        tls: a context: implicit TLS, or with ``starttls=True`` offered after EHLO.
        users: names and passwords; when given, AUTH is offered (after TLS where there is STARTTLS).
        require_auth: refuse MAIL with 530 before AUTH.
        extensions: EHLO keywords besides STARTTLS and AUTH.
        mechanisms: AUTH mechanisms offered; understood are PLAIN, LOGIN and XOAUTH2.
        port: where to listen; 0 takes a free one.
        host: the address of this computer on which it listens.
        idle: seconds without a command after which the server says 421 and hangs up.
    """

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        starttls: bool = False,
        users: Mapping[str, str] | None = None,
        require_auth: bool = False,
        extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SIZE 35882577", "ENHANCEDSTATUSCODES"),
        mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN"),
        port: int = 0,
        idle: float | None = None,
        host: str = "127.0.0.1",
    ) -> None:
        self.port = port
        self.host = host
        self.idle = idle
        self.tls, self.starttls = tls, starttls
        self.users = dict(users or {})
        self.require_auth = require_auth
        self.extensions, self.mechanisms = extensions, mechanisms
        #: Connections accepted so far, and how many of them are open now, and were at most.
        self.connections, self.open_now, self.open_most = 0, 0, 0
        self.taken: list[Taken] = []
        self.heard: list[Heard] = []
        #: (mechanism, user, password or token) of every AUTH.
        self.signed_in: list[tuple[str, str, str]] = []
        self._rules: dict[str, list[Rule]] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="scripted-smtp")
        self._ready = threading.Event()
        self._stopping: asyncio.Event | None = None
        self._server: asyncio.Server | None = None
        self._links: dict[asyncio.Task[None], asyncio.StreamWriter] = {}
        self._frozen = False

    # -- what a test uses -----------------------------------------------------------------------------------------

    def on(self, stage: str, act: Act, *, times: int | None = None, after: int = 0, match: str = "") -> Rule:
        """From now on do ``act`` at ``stage``.

        Args:
            times: how often; None is always.
            after: let this many (matching) commands pass first.
            match: only for command lines that contain this (``"bad@example.com"``); for ``body`` the message's bytes.

        The first rule that wants a command gets it. Rules may be added and taken back while the server runs.
        """
        assert stage in STAGES, stage
        rule = Rule(act, times, after, match)
        self._rules.setdefault(stage, []).append(rule)
        return rule

    def forget(self, stage: str | None = None) -> None:
        """Take back the rules of a stage, or all."""
        if stage is None:
            self._rules.clear()
        else:
            self._rules.pop(stage, None)

    def accepted(self) -> list[Taken]:
        """The messages that were answered with 2xx."""
        return [message for message in self.taken if message.accepted]

    def per_recipient(self) -> Counter[str]:
        """How many messages the server has for each recipient, whether or not its answer left."""
        return Counter(address for message in self.taken if message.kept for address in message.recipients)

    def count(self, stage: str) -> int:
        """How many commands of a stage were heard."""
        return sum(1 for heard in self.heard if heard.stage == stage)

    def wait(self, predicate: Callable[[ScriptedServer], object], deadline: float = 20.0) -> None:
        """Wait until something is true of the server: ``server.wait(lambda s: s.count("body") == 2)``."""
        wait_until(lambda: predicate(self), deadline, lambda: f"heard {[h.line for h in self.heard[-12:]]}")

    # -- what happens to the whole server ---------------------------------------------------------------------------

    def hang_up(self) -> None:
        """Close every connection as it is; new ones are welcome."""
        self._on_loop(self._close_all(reset=False))

    def down(self, *, reset: bool = True) -> None:
        """Gone: nothing listens any more, every connection ends (with RST, or with FIN)."""
        self._on_loop(self._close_all(reset=reset, listening=False))

    def up(self) -> None:
        """Back, on the same port."""
        self._on_loop(self._listen())

    def freeze(self, frozen: bool = True) -> None:
        """Neither act on what comes nor answer, until ``freeze(False)``; connections are still accepted."""
        self._frozen = frozen

    async def awake(self) -> None:
        """Wait while the server is frozen; the dialogue asks before each step."""
        while self._frozen:  # noqa: ASYNC110 - the test ends it from another thread
            await asyncio.sleep(0.005)

    async def _close_all(self, *, reset: bool, listening: bool = True) -> None:
        if not listening and self._server is not None:
            self._server.close()
        links = dict(self._links)
        for task, writer in links.items():
            if reset:
                writer.transport.abort()
            task.cancel()
        await asyncio.gather(*links, return_exceptions=True)

    async def _listen(self) -> None:
        implicit = self.tls if self.tls and not self.starttls else None
        self._server = await asyncio.start_server(self._connected, self.host, self.port, ssl=implicit, limit=1 << 20)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def _on_loop(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(20)

    # -- starting and ending --------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._ready.wait(20), "the scripted server did not start"
        return self

    def __exit__(self, *_: object) -> None:
        stopping = self._stopping
        assert stopping is not None
        self._loop.call_soon_threadsafe(stopping.set)
        self._thread.join()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        finally:
            self._loop.close()

    async def _serve(self) -> None:
        self._stopping = asyncio.Event()
        await self._listen()
        self._ready.set()
        await self._stopping.wait()
        await self._close_all(reset=False, listening=False)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._links[task] = writer
        self.connections += 1
        self.open_now += 1
        self.open_most = max(self.open_most, self.open_now)
        try:
            # Cancelled when the server goes down; asyncio's streams would log that as an error.
            with contextlib.suppress(asyncio.CancelledError):
                await Dialogue(self, self.connections, reader, writer).hold()
        finally:
            self.open_now -= 1
            del self._links[task]

    def act_for(self, stage: str, line: str) -> Act:
        """What the rules want for this command; the dialogue asks."""
        for rule in self._rules.get(stage, ()):
            if rule.wants(line):
                return rule.act
        return Act()
