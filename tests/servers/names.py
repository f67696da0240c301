"""Knot, a real name server, that serves what a test writes down; and one that never answers."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import dns.exception
import dns.message
import dns.query
import dns.rcode

from tests.servers.proc import bound_to_us, end, free_port, wait_until

_HEAD = (
    "$ORIGIN .\n$TTL 60\n@ SOA names.test. you.names.test. 1 3600 600 86400 60\n"
    "@ NS names.test.\nnames.test. A 127.0.0.1\n"
)


def missing() -> str:
    """Why Knot cannot be started here; empty when it can."""
    return "" if _program() else "knotd (Debian: knot) is not installed"


@dataclass(frozen=True)
class NameServer:
    """A running name server; ``address`` is what ``SMTPDESK_DNS`` takes."""

    port: int
    host: str = "127.0.0.1"

    @property
    def address(self) -> str:
        """Host and port."""
        return f"{self.host}:{self.port}"


@contextlib.contextmanager
def running_names(zone: str, broken: Sequence[str] = ()) -> Iterator[NameServer]:
    """Start Knot on a free port.

    Args:
        zone: records as in a zone file (RFC 1035 section 5.1) below the root: whatever is not there does not exist.
        broken: zones that are answered with SERVFAIL, as by a server that could not load them.
    """
    folder = Path(tempfile.mkdtemp(prefix="smtpdesk-names-"))
    try:
        (folder / "root.zone").write_text(_HEAD + zone, encoding="utf-8")
        port = free_port()
        (folder / "knot.conf").write_text(_configuration(folder, port, broken), encoding="utf-8")
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                bound_to_us([_program() or "knotd", "-c", str(folder / "knot.conf")]),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        try:
            wait_until(
                lambda: _answers(process, port, folder), 20, lambda: (folder / "log").read_text(errors="replace")
            )
            yield NameServer(port)
        finally:
            end(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def silent_names() -> Iterator[NameServer]:
    """A port that takes every question and answers none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        yield NameServer(silent.getsockname()[1])


def _configuration(folder: Path, port: int, broken: Sequence[str]) -> str:
    zones = "".join(f"  - domain: {name}.\n    file: {folder}/not-there.zone\n" for name in broken)
    return (
        f"server:\n  rundir: {folder}\n  listen: 127.0.0.1@{port}\n  udp-workers: 1\n  tcp-workers: 1\n"
        "  background-workers: 1\n"
        f"log:\n  - target: stdout\n    any: warning\n"
        f"database:\n  storage: {folder}\n"
        f"template:\n  - id: default\n    zonefile-sync: -1\n    journal-content: none\n    semantic-checks: off\n"
        f"zone:\n  - domain: .\n    file: {folder}/root.zone\n{zones}"
    )


def _answers(process: subprocess.Popen[bytes], port: int, folder: Path) -> bool:
    if process.poll() is not None:
        raise AssertionError(f"knotd did not start: {(folder / 'log').read_text(errors='replace')}")
    question = dns.message.make_query("names.test.", "A")
    try:
        return dns.query.udp(question, "127.0.0.1", timeout=0.5, port=port).rcode() == dns.rcode.NOERROR
    except (dns.exception.DNSException, OSError):
        return False


def _program() -> str | None:
    return shutil.which("knotd") or shutil.which("/usr/sbin/knotd")
