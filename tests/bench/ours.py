"""Our own way, in the parts that are measured apart: building, the dialogue alone, and the whole engine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from smtpdesk.domain.campaign import Campaign
from smtpdesk.domain.delivery import Outcome
from smtpdesk.domain.profile import Profile, Relay, Security
from smtpdesk.domain.recipient import Recipient
from smtpdesk.message import Composer, message_id
from smtpdesk.smtp.session import Hooks, Session, Transaction, open_session
from smtpdesk.smtp.steps import Timeouts
from tests.bench.newsletter import FROM
from tests.bench.rivals import Row
from tests.servers.proc import ROOT, bound_to_us, clean_env


def composer(folder: Path, html: str) -> Composer:
    """The compiled campaign of the benchmark."""
    (folder / "message.html").write_text(html, encoding="utf-8")
    campaign = Campaign("bench", "{{ first_name }}, spring is here", html="message.html")
    return Composer.compile(campaign, folder, from_header=FROM)


def recipient(row: Row) -> Recipient:
    """A row as the ledger gives it."""
    fields = {"email": row["Email"], "first_name": row["First name"], "order": row["Order"]}
    return Recipient(row["Email"], fields, 1)


def build_all(made: Composer, rows: list[Row]) -> int:
    """Build every message; returns the bytes made."""
    size = 0
    for row in rows:
        size += len(made.build(recipient(row), message_id=message_id("r", row["Email"], "ana@example.com"), date=0.0))
    return size


def dialogue(port: int, raw: bytes, count: int, connections: int) -> float:
    """Messages a second of the dialogue alone."""

    async def lane(number: int) -> None:
        left = number
        answered = 0
        session: Session | None = None

        def pull() -> Transaction | None:
            nonlocal left
            if not left or session is None:
                return None
            left -= 1
            return session.transaction(left, "ana@example.com", "b@example.net", raw)

        def outcome(_key: int, _value: Outcome) -> None:
            nonlocal answered
            answered += 1
            if answered == number and session is not None:
                session.dialogue.drain()

        nothing = lambda _value: None  # noqa: E731
        profile = Profile("bench", Relay("127.0.0.1", port, Security.NONE))
        session = await open_session(profile, None, Hooks(pull, nothing, outcome, nothing, nothing), Timeouts())
        session.begin()
        await session.dialogue.closed

    async def run() -> None:
        await asyncio.gather(*(lane(count // connections) for _ in range(connections)))

    began = time.perf_counter()
    asyncio.run(run())
    return count / (time.perf_counter() - began)


@dataclass(frozen=True)
class Sent:
    """What a worker process did.

    Attributes:
        messages: how many it sent. ``seconds``: from its start to its end.
        sending: seconds from the first to the last attempt in the ledger; ``late``: messages a second over the last
            third of them.
        processor: seconds of processor time; with companions theirs too. ``memory``: bytes at most.
    """

    messages: int
    seconds: float
    sending: float
    late: float
    processor: float
    memory: int

    @property
    def with_start(self) -> float:
        """Messages a second, the start and the end of the process included."""
        return self.messages / self.seconds

    @property
    def without_start(self) -> float:
        """Messages a second from the first to the last."""
        return (self.messages - 1) / self.sending if self.sending else 0.0


def worker(workspace: Path, run: str, *, limit: int | None = None, workers: int = 1, timeout: float = 600.0) -> Sent:
    """Let a worker process send a planned run, and see from the ledger what it did."""
    command = [sys.executable, "-m", "smtpdesk.worker", "--workspace", str(workspace), "--run", run]
    if limit is not None:
        command += ["--limit", str(limit)]
    last = _last_attempt(workspace)
    environment = clean_env({"SMTPDESK_WORKERS": str(workers)})
    began = time.perf_counter()
    process = subprocess.Popen(bound_to_us(command), cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    timer = threading.Timer(timeout, process.terminate)
    timer.start()
    memory = [0]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.05):
            memory.append(memory_of(process.pid))

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    _pid, status, usage = os.wait4(process.pid, 0)
    ended.set()
    seconds = time.perf_counter() - began
    timer.cancel()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"the worker ended with {process.returncode}: see {workspace / 'logs'}")
    times = _attempts_since(workspace, last)
    third = times[len(times) * 2 // 3 :]
    return Sent(
        len(times),
        seconds,
        times[-1] - times[0],
        (len(third) - 1) / max(third[-1] - third[0], 1e-6),
        usage.ru_utime + usage.ru_stime,
        max(memory),
    )


def memory_of(process: int) -> int:
    """Bytes that a process holds just now; 0 where that cannot be seen."""
    with contextlib.suppress(OSError):
        status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
        return next((int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0)
    return 0


def ledger_of(workspace: Path) -> sqlite3.Connection:
    """The ledger's file, to be looked at."""
    return sqlite3.connect(workspace / "workspace.db", timeout=60)


def _last_attempt(workspace: Path) -> int:
    with contextlib.closing(ledger_of(workspace)) as ledger:
        return int(ledger.execute("SELECT coalesce(max(id), 0) FROM attempts").fetchone()[0])


def _attempts_since(workspace: Path, last: int) -> list[float]:
    with contextlib.closing(ledger_of(workspace)) as ledger:
        rows = ledger.execute("SELECT at FROM attempts WHERE id > ? ORDER BY at", (last,)).fetchall()
    return [at for (at,) in rows]
