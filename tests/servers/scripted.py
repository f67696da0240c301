"""An SMTP server that misbehaves on command, one stage at a time, and keeps what it was told.

Example::

    with ScriptedServer() as server:
        server.on("rcpt", say("450 4.2.1 try later"), times=1)   # the first RCPT only
        server.on("body", drop())                                # swallow the message, hang up without an answer
        …
        assert server.connections == 1
        assert server.taken[0].recipients == ("ana@example.com",)

Stages: ``connect`` (before the greeting's bytes), ``greeting``, ``ehlo`` (also HELO), ``starttls``, ``auth``,
``mail``, ``rcpt``, ``data``, ``body`` (after the final dot, or BDAT LAST), ``rset``, ``noop``, ``quit``, ``other``.
"""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import Self

from tests.servers.acts import Act, Rule, accept_then_drop, drop, hang, hold, say, trickle
from tests.servers.dialogue import Dialogue, Heard, Taken
from tests.servers.proc import wait_until

__all__ = [
    "Act",
    "Heard",
    "Rule",
    "ScriptedServer",
    "Taken",
    "accept_then_drop",
    "drop",
    "hang",
    "hold",
    "say",
    "trickle",
]

STAGES = frozenset(
    ("connect", "greeting", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "rset", "noop", "quit", "other")
)


class ScriptedServer:
    """The server; a context manager that runs on a thread of its own.

    Args:
        tls: a context: implicit TLS, or with ``starttls=True`` offered after EHLO.
        users: names and passwords; when given, AUTH is offered (after TLS where there is STARTTLS).
        require_auth: refuse MAIL with 530 before AUTH.
        extensions: EHLO keywords besides STARTTLS and AUTH.
        mechanisms: AUTH mechanisms offered; understood are PLAIN, LOGIN and XOAUTH2.
    """

    host = "127.0.0.1"

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        starttls: bool = False,
        users: Mapping[str, str] | None = None,
        require_auth: bool = False,
        extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SIZE 35882577", "ENHANCEDSTATUSCODES"),
        mechanisms: tuple[str, ...] = ("PLAIN", "LOGIN"),
    ) -> None:
        self.port = 0
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

    def count(self, stage: str) -> int:
        """How many commands of a stage were heard."""
        return sum(1 for heard in self.heard if heard.stage == stage)

    def wait(self, predicate: Callable[[ScriptedServer], object], deadline: float = 20.0) -> None:
        """Wait until something is true of the server: ``server.wait(lambda s: s.count("body") == 2)``."""
        wait_until(lambda: predicate(self), deadline, lambda: f"heard {[h.line for h in self.heard[-12:]]}")

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
        implicit = self.tls if self.tls and not self.starttls else None
        tasks: set[asyncio.Task[None]] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            self.connections += 1
            self.open_now += 1
            self.open_most = max(self.open_most, self.open_now)
            try:
                await Dialogue(self, self.connections, reader, writer).hold()
            finally:
                self.open_now -= 1
                tasks.discard(task)

        server = await asyncio.start_server(connected, self.host, 0, ssl=implicit, limit=1 << 20)
        self.port = int(server.sockets[0].getsockname()[1])
        self._ready.set()
        await self._stopping.wait()
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def act_for(self, stage: str, line: str) -> Act:
        """What the rules want for this command; the dialogue asks."""
        for rule in self._rules.get(stage, ()):
            if rule.wants(line):
                return rule.act
        return Act()
