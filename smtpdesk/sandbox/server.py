"""The sandbox inside a process: an event loop on a thread of its own, started and stopped from outside."""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smtpdesk.base.errors import RelayUnusable
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.sandbox.behaviour import Behaviour, BehaviourFile, save_behaviour
from smtpdesk.sandbox.mailbag import Mailbag

if TYPE_CHECKING:
    from smtpdesk.sandbox.dialogue import Dialogue

_log = logging.getLogger(__name__)

#: Largest message taken, in bytes; announced as SIZE (RFC 1870).
SIZE_LIMIT = 33_554_432


class SandboxServer:
    """An SMTP server that keeps each message it accepts in ``folder``.

    Args:
        tls_context: offers STARTTLS, or with ``implicit_tls`` speaks TLS from the first byte.
        users: user names and passwords; when given, nobody sends without signing in.
        behaviour: written to the folder at the start; None leaves what the folder says.
        banner: a word the greeting contains, by which a client can tell this server from another.
    """

    def __init__(
        self,
        folder: Path,
        host: str = "127.0.0.1",
        port: int = 0,
        tls_context: ssl.SSLContext | None = None,
        users: Mapping[str, Secret] | None = None,
        behaviour: Behaviour | None = None,
        *,
        implicit_tls: bool = False,
        banner: str = "",
    ) -> None:
        self._folder = folder
        self._address = (host, port)
        self._tls = tls_context
        self._implicit_tls = implicit_tls
        self._users = users
        self._behaviour = behaviour
        self._banner = banner
        self._open: set[Dialogue] = set()
        self._last_seen = time.monotonic()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._server: asyncio.Server | None = None

    def start(self) -> int:
        """Listen; the TCP port, once connections are taken.

        Raises:
            RelayUnusable: ``sandbox.port``, the address cannot be listened on.
        """
        if self._behaviour is not None:
            save_behaviour(self._folder, self._behaviour)
        loop = self._loop = asyncio.new_event_loop()
        loop.set_exception_handler(_note)
        self._thread = threading.Thread(target=loop.run_forever, name="sandbox", daemon=True)
        self._thread.start()
        try:
            return asyncio.run_coroutine_threadsafe(self._listen(), loop).result()
        except OSError as error:
            self._end_loop()
            raise RelayUnusable(
                "sandbox.port",
                _("The sandbox cannot listen on {host}:{port}.").format(host=self._address[0], port=self._address[1]),
                _("Another program may use this port: choose another one, or 0 for any free one."),
            ) from error

    def stop(self) -> None:
        """Close every connection and end the thread; safe to call twice."""
        if self._loop is None:
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._end_loop()

    def idle_for(self) -> float:
        """Seconds since the last connection ended; 0 while one is open."""
        return 0.0 if self._open else time.monotonic() - self._last_seen

    def __enter__(self) -> SandboxServer:
        self.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.stop()

    @property
    def port(self) -> int:
        """The TCP port it listens on; 0 when it does not."""
        return int(self._server.sockets[0].getsockname()[1]) if self._server and self._server.sockets else 0

    async def _listen(self) -> int:
        # Here, so that a window that only reads the inbox does not load an SMTP server.
        from smtpdesk.sandbox.dialogue import Clerk, Dialogue

        loop = asyncio.get_running_loop()
        clerk = Clerk(Mailbag(self._folder), BehaviourFile(self._folder), self._users)
        starttls = None if self._implicit_tls else self._tls

        def connection() -> Dialogue:
            return Dialogue(
                clerk,
                watch=self._watch,
                hostname="sandbox.invalid",
                ident=f"SMTPDesk sandbox {self._banner}".rstrip(),
                data_size_limit=SIZE_LIMIT,
                enable_SMTPUTF8=True,
                tls_context=starttls,
                authenticator=clerk.authenticate,
                # With implicit TLS, or on a connection without any, aiosmtpd must not wait for STARTTLS.
                auth_require_tls=starttls is not None,
                loop=loop,
            )

        self._server = await loop.create_server(
            connection, *self._address, ssl=self._tls if self._implicit_tls else None, backlog=512
        )
        return self.port

    def _watch(self, dialogue: Dialogue, opened: bool) -> None:
        self._last_seen = time.monotonic()
        if opened:
            self._open.add(dialogue)
        else:
            self._open.discard(dialogue)

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for dialogue in list(self._open):
            if dialogue.transport is not None:
                dialogue.transport.close()
        pending = asyncio.all_tasks() - {asyncio.current_task()}
        if pending:
            _done, late = await asyncio.wait(pending, timeout=2.0)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _end_loop(self) -> None:
        loop, thread = self._loop, self._thread
        self._loop = self._thread = None
        if loop is None or thread is None:
            return
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def _note(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    # A client that goes away in the middle is its own affair, not worth a traceback.
    _log.info("sandbox: %s %r", context.get("message", ""), context.get("exception"))
