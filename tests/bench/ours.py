"""Our own way, in the parts that are measured apart: building, the dialogue alone, and the whole engine."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from pathlib import Path

from smtpdesk.domain.campaign import Campaign
from smtpdesk.domain.delivery import Outcome
from smtpdesk.domain.profile import Profile, Relay, Security
from smtpdesk.domain.recipient import Recipient
from smtpdesk.message import Composer, message_id
from smtpdesk.smtp.session import Hooks, Session, Transaction, open_session
from smtpdesk.smtp.steps import Timeouts
from tests.bench.rivals import Row


def composer(folder: Path, html: str) -> Composer:
    """The compiled campaign of the benchmark."""
    (folder / "message.html").write_text(html, encoding="utf-8")
    campaign = Campaign("bench", "{{ first_name }}, spring is here", html="message.html")
    return Composer.compile(campaign, folder, from_header="Ana Pérez <ana@example.com>")


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


def engine(workspace: Path, run: str, count: int) -> float:
    """Messages a second of the worker process, from its start to its end, ledger and claims included."""
    began = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "smtpdesk.worker", "--workspace", str(workspace), "--run", run],
        check=True,
        capture_output=True,
        timeout=600,
    )
    return count / (time.perf_counter() - began)
