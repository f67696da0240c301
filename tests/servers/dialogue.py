"""One connection of the scripted server: the SMTP dialogue (RFC 5321), with AUTH, STARTTLS, PIPELINING and BDAT."""

from __future__ import annotations

import asyncio
import base64
import binascii
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.servers.acts import Act

if TYPE_CHECKING:
    from tests.servers.scripted import ScriptedServer


@dataclass(frozen=True)
class Taken:
    """One message whose last byte arrived, whatever was answered."""

    connection: int
    sender: str
    recipients: tuple[str, ...]
    #: CRLF line ends, dots unstuffed.
    raw: bytes
    #: ``MAIL FROM`` parameters as sent (``"BODY=8BITMIME SIZE=120"``).
    parameters: str
    #: Whether the answer to the body was a 2xx that was put on the wire.
    accepted: bool
    #: Whether the server has it for good: all but what it refused, also where its answer never left.
    kept: bool = True


@dataclass(frozen=True)
class Heard:
    """One command line, in order of arrival over all connections."""

    connection: int
    stage: str
    line: str


@dataclass
class _Envelope:
    sender: str = ""
    parameters: str = ""
    recipients: list[str] = field(default_factory=list)
    open: bool = False


class _Over(Exception):
    """The connection is to be closed."""


class Dialogue:
    """One connection."""

    def __init__(
        self, server: ScriptedServer, number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server, self._number = server, number
        self._reader, self._writer = reader, writer
        self._encrypted = server.tls is not None and not server.starttls
        self._user = ""
        self._envelope = _Envelope()
        self._chunks = bytearray()

    async def hold(self) -> None:
        """Greet, then answer until either side ends it."""
        try:
            await self._answer("connect", "", "")
            await self._answer("greeting", "", "220 scripted.example ESMTP")
            while line := await self._line():
                await self._command(line.decode("utf-8", "surrogateescape").rstrip("\r\n"))
        except (_Over, ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writer.close()

    async def _line(self) -> bytes:
        """The next line; a server that has waited for one long enough says so and hangs up."""
        try:
            async with asyncio.timeout(self._server.idle):
                line = await self._reader.readline()
        except TimeoutError:
            await self._write(b"421 4.4.2 idle for too long\r\n", False)
            raise _Over from None
        await self._server.awake()
        return line

    async def _command(self, line: str) -> None:
        verb = line.split(" ", 1)[0].upper()
        handler = {
            "EHLO": self._ehlo,
            "HELO": self._ehlo,
            "STARTTLS": self._start_tls,
            "AUTH": self._auth,
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "DATA": self._data,
            "BDAT": self._bdat,
            "RSET": self._rset,
            "QUIT": self._quit,
        }.get(verb, self._other)
        await handler(line)

    # -- commands -------------------------------------------------------------------------------------------------

    async def _ehlo(self, line: str) -> None:
        self._envelope = _Envelope()
        words = ["scripted.example"]
        if line.upper().startswith("EHLO"):
            words += self._server.extensions
            if self._server.tls and not self._encrypted:
                words.append("STARTTLS")
            if self._server.users and (self._encrypted or not self._server.tls):
                words.append("AUTH " + " ".join(self._server.mechanisms))
        reply = "\n".join(f"250{' ' if word is words[-1] else '-'}{word}" for word in words)
        await self._answer("ehlo", line, reply)

    async def _start_tls(self, line: str) -> None:
        if not self._server.tls or self._encrypted:
            await self._answer("starttls", line, "502 5.5.1 not here")
            return
        if await self._answer("starttls", line, "220 2.0.0 go ahead"):
            await self._writer.start_tls(self._server.tls)
            self._encrypted = True

    async def _auth(self, line: str) -> None:
        mechanism, _, initial = line[5:].partition(" ")
        user, secret = await self._credentials(mechanism.upper(), initial)
        self._server.signed_in.append((mechanism.upper(), user, secret))
        right = self._server.users.get(user) == secret and user != ""
        if await self._answer("auth", f"AUTH {mechanism}", "235 2.7.0 welcome" if right else "535 5.7.8 wrong"):
            self._user = user

    async def _credentials(self, mechanism: str, initial: str) -> tuple[str, str]:
        if mechanism == "LOGIN":
            user = initial or await self._ask("Username:")
            return _decode(user), _decode(await self._ask("Password:"))
        answer = _decode(initial or await self._ask(""))
        if mechanism == "XOAUTH2":
            parts = dict(part.split("=", 1) for part in answer.split("\x01") if "=" in part)
            return parts.get("user", ""), parts.get("auth", "").removeprefix("Bearer ")
        if mechanism == "PLAIN":
            _, user, secret = [*answer.split("\0"), "", "", ""][:3]
            return user, secret
        return "", ""

    async def _ask(self, prompt: str) -> str:
        self._writer.write(b"334 " + base64.b64encode(prompt.encode()) + b"\r\n")
        return (await self._reader.readline()).decode("ascii", "replace").strip()

    async def _mail(self, line: str) -> None:
        if self._server.require_auth and not self._user:
            await self._answer("mail", line, "530 5.7.0 sign in first")
            return
        if await self._answer("mail", line, "250 2.1.0 sender ok"):
            path, _, parameters = line.partition(":")[2].strip().partition(" ")
            self._envelope = _Envelope(path.strip("<>"), parameters, open=True)
            self._chunks.clear()

    async def _rcpt(self, line: str) -> None:
        normal = "250 2.1.5 recipient ok" if self._envelope.open else "503 5.5.1 MAIL first"
        if await self._answer("rcpt", line, normal):
            self._envelope.recipients.append(line.partition(":")[2].strip().split(" ")[0].strip("<>"))

    async def _data(self, line: str) -> None:
        normal = "354 go on" if self._envelope.recipients else "554 5.5.1 no valid recipients"
        if not await self._answer("data", line, normal):
            return
        body = bytearray()
        while (piece := await self._line()) != b".\r\n":
            if not piece:
                raise _Over
            if not body:
                await self._middle()
            body += piece[1:] if piece.startswith(b".") else piece
        await self._take(bytes(body))

    async def _bdat(self, line: str) -> None:
        words = line.split()
        size = int(words[1])
        self._chunks += await self._reader.readexactly(size // 2)
        if self._envelope.recipients:
            await self._middle()
        self._chunks += await self._reader.readexactly(size - size // 2)
        act = self._server.act_for("bdat", line)
        if act != Act():  # the message is not taken
            self._envelope = _Envelope()
            await self._do(act, "")
        elif len(words) > 2 and words[2].upper() == "LAST":
            body = bytes(self._chunks)
            if self._envelope.recipients:
                await self._take(body)
            else:
                await self._answer("body", line, "503 5.5.1 no valid recipients")
        else:
            await self._answer("data", line, "250 2.0.0 chunk ok")

    async def _middle(self) -> None:
        """What the rules want while a body is only half there: normally nothing."""
        act = self._server.act_for("middle", "")
        if act != Act():
            await self._do(act, "")

    async def _take(self, raw: bytes) -> None:
        # Noted before the answer goes out: a client that has its answer may look at once.
        act = self._heard("body", raw.decode("utf-8", "replace"))
        sent = act.reply is None or act.reply.startswith(b"2")
        envelope, self._envelope = self._envelope, _Envelope()
        accepted = sent and act.drop != "before" and not (act.hang and act.reply is None)
        kept = act.reply is None or act.reply[:1] not in (b"4", b"5")
        self._server.taken.append(
            Taken(self._number, envelope.sender, tuple(envelope.recipients), raw, envelope.parameters, accepted, kept)
        )
        await self._do(act, f"250 2.0.0 queued as {len(self._server.taken)}")

    async def _rset(self, line: str) -> None:
        self._envelope = _Envelope()
        await self._answer("rset", line, "250 2.0.0 ok")

    async def _quit(self, line: str) -> None:
        await self._answer("quit", line, "221 2.0.0 bye")
        raise _Over

    async def _other(self, line: str) -> None:
        known = line.upper().startswith("NOOP")
        await self._answer("noop" if known else "other", line, "250 2.0.0 ok" if known else "500 5.5.2 what?")

    # -- answering ------------------------------------------------------------------------------------------------

    def _heard(self, stage: str, line: str) -> Act:
        if stage not in ("connect", "greeting"):
            self._server.heard.append(Heard(self._number, stage, line if stage != "body" else "."))
        return self._server.act_for(stage, line)

    async def _answer(self, stage: str, line: str, normal: str) -> bool:
        """Answer as told, or normally; whether the answer was positive."""
        return await self._do(self._heard(stage, line), normal)

    async def _do(self, act: Act, normal: str) -> bool:
        if act.first is not None:
            act.first()
        if act.gate is not None:
            await _opened(act.gate)
        if act.delay:
            await asyncio.sleep(act.delay)
        await self._server.awake()
        if act.hang:
            await self._write(act.reply or b"", act.trickle)
            # Reading on notices when the client leaves; what it says is thrown away.
            while await self._reader.read(65536):
                pass
            raise _Over
        if act.drop == "before":
            self._close(act.reset)
        raw = act.reply if act.reply is not None else _lines(normal)
        await self._write(raw, act.trickle)
        if act.drop == "after":
            self._close(act.reset)
        # An answer that was kept back is none the less the server's own view of it.
        return raw[:1] in (b"2", b"3", b"")

    async def _write(self, raw: bytes, trickle: bool) -> None:
        pieces = [raw[at : at + 1] for at in range(len(raw))] if trickle else [raw]
        for piece in pieces:
            self._writer.write(piece)
            await self._writer.drain()
            if trickle:
                # Let the loop turn, so that each byte is a packet of its own.
                await asyncio.sleep(0.001)

    def _close(self, reset: bool) -> None:
        if reset:
            self._writer.transport.abort()
        raise _Over


async def _opened(gate: threading.Event) -> None:
    while not gate.is_set():  # noqa: ASYNC110 - the test sets it from another thread
        await asyncio.sleep(0.005)


def _lines(text: str) -> bytes:
    return b"".join(line.encode() + b"\r\n" for line in text.split("\n")) if text else b""


def _decode(encoded: str) -> str:
    try:
        return base64.b64decode(encoded).decode("utf-8", "replace")
    except binascii.Error:
        return ""
