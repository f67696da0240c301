"""A million recipients: how long until the first message leaves, what the worker holds, and whether it slows down.

Sending all of them would take minutes and prove nothing more: most rows are marked as sent in the middle, in the
ledger itself, with an attempt each, so that its tables and indexes are as large as they would be.
"""

from __future__ import annotations

import asyncio
import contextlib
import csv
import time
from dataclasses import dataclass, field
from pathlib import Path

from smtpdesk.desk import Desk
from smtpdesk.domain.delivery import Wanted
from smtpdesk.store import Workspace
from smtpdesk.vault import memory_vault
from tests.bench import ours
from tests.bench.board import Board
from tests.bench.newsletter import HTML, PROFILE, relay_profile
from tests.scenarios.campaigns import make_campaign, people
from tests.servers.sink import Sink, running_sink

_CONNECTIONS = 4
#: Messages at the start and at the end whose cost is compared.
_PART = 50_000
#: A process that is only just starting holds less (bytes).
_SMALLEST = 40_000_000
#: Seconds between two looks at the worker's memory.
_LOOK = 0.5
_LIST = "Everybody"


@dataclass
class _Start:
    """What was seen from the press of the button to the end of the plan."""

    checked: float = 0.0
    called: float = 0.0
    first: float = 0.0
    planned: float = 0.0
    sent: int = 0
    #: (seconds since the button, bytes).
    memory: list[tuple[float, int]] = field(default_factory=list)


def measure(board: Board, base: Path, recipients: int) -> None:
    """Print the figures for so many recipients."""
    source = base / "everybody.csv"
    _write(source, recipients)
    folder = make_campaign(base / "campaign", people(1), html=HTML)
    text = (folder / "campaign.toml").read_text(encoding="utf-8")
    named = text.replace('recipients = "recipients.csv"', f'recipients = "list:{_LIST}"')
    (folder / "campaign.toml").write_text(named, encoding="utf-8")
    with running_sink(keep=False) as sink:
        run, imported, start = asyncio.run(_begin(base / "workspace", folder, source, sink))
        _show_start(board, recipients, imported, start)
        _let_go_on(base / "workspace", run)
        early = ours.worker(base / "workspace", run, limit=_PART)
        began = time.monotonic()
        _pretend(base / "workspace", run)
        board.say(f"marked as sent, but for the last {_PART:,}: {time.monotonic() - began:.0f} s")
        late = ours.worker(base / "workspace", run, limit=_PART)
    _show_cost(board, early, late)


def _write(source: Path, count: int) -> None:
    with source.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(["Email", "First name", "Order"])
        writer.writerows((f"person{n}@example{n % 977}.net", f"Name {n}", f"{n:07d}") for n in range(1, count + 1))


async def _begin(workspace: Path, folder: Path, source: Path, sink: Sink) -> tuple[str, float, _Start]:
    """Import, check, press the button, and watch until the plan is written to its end; then pause."""
    desk = await Desk.open(workspace, vault=memory_vault())
    seen = _Start()
    try:
        await desk.profiles.save(relay_profile(sink.port, _CONNECTIONS))
        began = time.monotonic()
        await desk.lists.import_list(source, _LIST)
        imported = time.monotonic() - began
        began = time.monotonic()
        checked = await desk.campaigns.check(folder, profiles=(PROFILE,))
        seen.checked = time.monotonic() - began
        began = time.monotonic()
        run = await desk.sending.start(folder, checked=checked)
        seen.called = time.monotonic() - began
        await _watch(desk, run.id, sink, seen, began)
        await desk.sending.pause(run.id)
        await desk.sending.finished(run.id)
    finally:
        await desk.close()
    return run.id, imported, seen


async def _watch(desk: Desk, run: str, sink: Sink, seen: _Start, began: float) -> None:
    looked = 0.0
    while not seen.planned:
        moment = time.monotonic() - began
        if not seen.first and sink.messages():
            seen.first = moment
        if moment - looked >= _LOOK:
            looked = moment
            memory = _worker_memory(run)
            if memory > _SMALLEST:
                seen.memory.append((moment, memory))
            info = await desk.sending.run(run)
            if info.planned:
                seen.planned, seen.sent = moment, sink.messages()
            elif info.note:
                raise SystemExit(f"the run ended with {info.note}")
        await asyncio.sleep(0.02)


def _worker_memory(run: str) -> int:
    """Bytes of the worker that sends a run; 0 where that cannot be seen."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"smtpdesk.worker" in words and run.encode() in words:
                return ours.memory_of(int(process.name))
    return 0


def _let_go_on(workspace: Path, run: str) -> None:
    store = Workspace.open(workspace)
    store.runs.set_wanted(run, Wanted.RUN)
    store.close()


def _pretend(workspace: Path, run: str) -> None:
    """Mark all pending rows but the last ones as accepted, with an attempt each, and count them so."""
    with contextlib.closing(ours.ledger_of(workspace)) as ledger:
        (number,) = ledger.execute("SELECT number FROM runs WHERE id = ?", (run,)).fetchone()
        pending = "FROM deliveries WHERE run = ? AND state = 'pending'"
        (last,) = ledger.execute(f"SELECT id {pending} ORDER BY id DESC LIMIT 1 OFFSET {_PART}", (number,)).fetchone()
        ledger.execute(
            "INSERT INTO attempts"
            " (run, delivery, at, profile, stage, kind, blame, code, enhanced, text, cause, seconds)"
            " SELECT run, id, ?, ?, 'body', 'accepted', 'none', 250, '', 'Ok', 'accepted', 0.01"
            f" {pending} AND id <= ? ORDER BY id",
            (time.time(), PROFILE, number, last),
        )
        marked = ledger.execute(
            "UPDATE deliveries SET state = 'accepted', attempts = 1, profile = ?, stage = 'body', kind = 'accepted',"
            " blame = 'none', code = 250, cause = 'accepted', updated_at = ?"
            " WHERE run = ? AND state = 'pending' AND id <= ?",
            (PROFILE, time.time(), number, last),
        ).rowcount
        ledger.execute(
            "UPDATE counters SET pending = pending - ?, accepted = accepted + ? WHERE run = ?", (marked, marked, number)
        )
        ledger.commit()
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _show_start(board: Board, recipients: int, imported: float, seen: _Start) -> None:
    memory = [used for _moment, used in seen.memory]
    rows = [
        ("import of the list", f"{imported:.1f} s"),
        ("check: every message rendered once", f"{seen.checked:.1f} s"),
        ("button: the call returns after", f"{seen.called:.1f} s"),
        ("button: the first message is taken after", f"{seen.first:.1f} s"),
        ("button: the plan is complete after", f"{seen.planned:.1f} s"),
        ("sent by then", f"{seen.sent:,}"),
        ("worker's memory, first and last look", f"{_mb(memory[:1])} and {_mb(memory[-1:])}"),
        ("worker's memory, at most", _mb(memory)),
    ]
    board.table(f"{recipients:,} recipients: the start", ("", "seen"), rows)
    course = memory[:: max(1, len(memory) // 12)]
    board.say("memory every few seconds, MB: " + " ".join(f"{used / 1e6:.0f}" for used in course))
    board.goal("million", "first message after the button", seen.first, 5, "s", at_most=True)
    board.goal("million", "plan complete, beside the sending", seen.planned, 30, "s", at_most=True)
    if memory:
        board.goal("million", "worker's memory while it plans", max(memory) / 1e6, 200, "MB", at_most=True)


def _show_cost(board: Board, early: ours.Sent, late: ours.Sent) -> None:
    rows = [
        (
            name,
            f"{sent.processor / sent.messages * 1e6:,.0f}",
            f"{sent.without_start:,.0f}",
            f"{sent.memory / 1e6:,.0f} MB",
        )
        for name, sent in ((f"{_PART:,} near the start", early), (f"the last {_PART:,}", late))
    ]
    board.table("Cost of a message", ("", "processor, µs", "messages/s", "memory"), rows)
    growth = (late.processor / late.messages) / (early.processor / early.messages)
    board.goal("million", "cost at the end against the start", growth, 1.1, "times", at_most=True)
    board.goal("million", "worker's memory", max(early.memory, late.memory) / 1e6, 200, "MB", at_most=True)


def _mb(values: list[int]) -> str:
    return f"{max(values, default=0) / 1e6:.0f} MB"
