"""Postfix's ``smtp-sink``: swallows mail as fast as it comes, and can keep or refuse it. No TLS."""

from __future__ import annotations

import contextlib
import pwd
import re
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import geteuid
from pathlib import Path

from tests.servers.proc import answers, bound_to_us, end, free_port, wait_until

_FIELDS = {"X-Client-Addr", "X-Client-Proto", "X-Helo-Args", "X-Mail-Args", "X-Rcpt-Args"}


def missing() -> str:
    """Why smtp-sink cannot be started here; empty when it can."""
    return "" if _program() else "smtp-sink (Debian: postfix) is not installed"


@dataclass(frozen=True)
class Sunk:
    """One transaction that smtp-sink kept."""

    sender: str
    recipients: tuple[str, ...]
    #: The message as received, CRLF line ends, without what smtp-sink put on top.
    raw: bytes


class Sink:
    """A running smtp-sink; see :func:`running_sink`."""

    host = "127.0.0.1"

    def __init__(self, folder: Path, port: int, process: subprocess.Popen[bytes]) -> None:
        self.port = port
        self._folder = folder
        self._process = process

    def messages(self) -> int:
        """How many messages it has answered "250" to the final dot, however they are kept."""
        said = (self._folder / "counters").read_text(errors="replace")
        counts = re.findall(r"mesg=(\d+)", said)
        return int(counts[-1]) if counts else 0

    def wait(self, count: int, deadline: float = 60.0) -> None:
        """Wait until ``count`` messages came."""
        wait_until(lambda: self.messages() >= count, deadline, lambda: f"{count} messages, {self.messages()} came")

    def stored(self) -> list[Sunk]:
        """The kept messages, oldest first (only with ``keep=True``)."""
        files = sorted((self._folder / "mail").iterdir(), key=lambda file: file.stat().st_mtime_ns)
        return [_parse(file.read_bytes()) for file in files]

    def clear(self) -> None:
        """Forget the kept messages."""
        for file in (self._folder / "mail").iterdir():
            file.unlink()

    def per_recipient(self) -> Counter[str]:
        """How many messages each recipient got (only with ``keep=True``)."""
        return Counter(address for message in self.stored() for address in message.recipients)


@contextlib.contextmanager
def running_sink(*options: str, keep: bool = True) -> Iterator[Sink]:
    """Start smtp-sink on a free port.

    Args:
        options: of smtp-sink itself: ``"-r", "rcpt"`` refuses RCPT with 4xx, ``"-f", "."`` the body with 5xx,
            ``"-q", "."`` hangs up after the final dot, ``"-w", "1"`` answers DATA a second late, ``"-a"`` no AUTH,
            ``"-p"`` no PIPELINING, ``"-8"`` no 8BITMIME, ``"-e"`` no ESMTP.
        keep: write every message to a file; without it the sink is several times faster and only counts.
    """
    folder = Path(tempfile.mkdtemp(prefix="smtpdesk-sink-"))
    try:
        (folder / "mail").mkdir()
        kept: Sequence[str] = ["-d", str(folder / "mail") + "/m."] if keep else []
        port = free_port()
        with (folder / "counters").open("wb") as counters:
            process = subprocess.Popen(
                bound_to_us(
                    [_program() or "smtp-sink", *_privileges(), "-c", *kept, *options, f"127.0.0.1:{port}", "200"]
                ),
                stdin=subprocess.DEVNULL,
                stdout=counters,
                stderr=subprocess.PIPE,
            )
        try:
            wait_until(
                lambda: _up(process, port, "-q" in options or "-Q" in options or "-f" in options), 20, "smtp-sink"
            )
            yield Sink(folder, port, process)
        finally:
            end(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _up(process: subprocess.Popen[bytes], port: int, may_refuse: bool) -> bool:
    if process.poll() is not None:
        assert process.stderr is not None
        raise AssertionError(f"smtp-sink did not start: {process.stderr.read().decode()}")
    return answers(port, greeting=b"" if may_refuse else b"220")


def _program() -> str | None:
    return shutil.which("smtp-sink") or shutil.which("/usr/sbin/smtp-sink")


def _privileges() -> list[str]:
    # smtp-sink insists on being told whom to run as when it starts as root.
    return ["-u", pwd.getpwuid(geteuid()).pw_name] if geteuid() == 0 else []


def _parse(dump: bytes) -> Sunk:
    """Part the envelope, as smtp-sink wrote it on top, from the message."""
    lines = dump.split(b"\n")
    sender, recipients, top = "", [], 0
    while top < len(lines):
        name, _, value = lines[top].decode("utf-8", "replace").partition(": ")
        if name not in _FIELDS:
            break
        if name == "X-Mail-Args":
            sender = _address(value)
        elif name == "X-Rcpt-Args":
            recipients.append(_address(value))
        top += 1
    if top < len(lines) and lines[top].startswith(b"Received:"):
        top += 1
        while top < len(lines) and lines[top][:1] == b"\t":
            top += 1
    body = lines[top:]
    # The dump ends with an empty line of its own.
    if body[-2:] == [b"", b""]:
        body = body[:-1]
    return Sunk(sender, tuple(recipients), b"\r\n".join(body))


def _address(args: str) -> str:
    found = re.match(r"<([^>]*)>", args.strip())
    return found.group(1) if found else args.strip()
