"""``make bench``: ratios against smtplib, aiosmtplib and smtp-source, all in this run on this machine."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from smtpdesk.desk import Desk
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay, Security
from smtpdesk.vault import memory_vault
from tests.bench import ours, rivals
from tests.scenarios.campaigns import make_campaign, people
from tests.servers.sink import missing, running_sink

console = Console()
#: A newsletter of about 12 KB: most of it the same for everybody, a greeting and a link for each person.
PARAGRAPH = "<p>" + "Our spring offers, and many greetings: grüße aus Köln. " * 10 + "</p>\n"
GREETING = "<p>Dear {{ first_name }}, your order {{ order }} is ready.</p>\n"
LINK = '<p><a href="https://shop.example/{{ order }}">See it</a></p>\n'
HTML = f"<html><body>{GREETING}{PARAGRAPH * 9}{LINK}</body></html>"


async def plan(workspace: Path, folder: Path, port: int, connections: int) -> str:
    """Plan a run without starting its worker; returns its id."""
    desk = await Desk.open(workspace, vault=memory_vault())
    try:
        await desk.profiles.save(
            Profile(
                "office",
                Relay("127.0.0.1", port, Security.NONE),
                Identity("Ana Pérez <ana@example.com>"),
                limits=replace(Limits(), max_connections=connections),
            )
        )
        run = await desk.sending.plan(folder, again=True)
        return run.id
    finally:
        await desk.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=3000, help="messages for the quick ways")
    parser.add_argument("--connections", type=int, nargs="*", default=[1, 4])
    options = parser.parse_args()
    if reason := missing():
        raise SystemExit(f"the benchmark needs smtp-sink: {reason}")
    with tempfile.TemporaryDirectory() as temporary:
        base = Path(temporary)
        _building(base, options.count)
        for connections in options.connections:
            _dialogue(base, options.count, connections)
            _whole(base, options.count, connections)


def _building(base: Path, count: int) -> None:
    rows = people(min(count, 2000))
    composer = ours.composer(base, HTML)
    size = ours.build_all(composer, rows[:50]) // 50
    mine = rivals.timed(lambda: ours.build_all(composer, rows), len(rows))
    theirs = rivals.timed(lambda: [rivals.build(row, HTML).as_bytes() for row in rows[:300]], 300)
    table = Table("building a message", "µs", "ratio", title=f"message of {size:,} bytes", title_justify="left")
    table.add_row("stdlib EmailMessage", f"{theirs:,.0f}", "1.0")
    table.add_row("smtpdesk", f"{mine:,.0f}", f"{theirs / mine:.1f}")
    console.print(table)


def _dialogue(base: Path, count: int, connections: int) -> None:
    raw = ours.composer(base, HTML).build(ours.recipient(people(1)[0]), message_id="<1@example.com>", date=0.0)
    with running_sink(keep=False) as sink:
        theirs = rivals.dialogue_with_aiosmtplib(sink.port, raw, count, connections)
        source = rivals.with_smtp_source(sink.port, len(raw), count * 2, connections)
        mine = ours.dialogue(sink.port, raw, count * 2, connections)
    table = Table("dialogue alone", "messages/s", "ratio", title=f"{connections} connections", title_justify="left")
    table.add_row("aiosmtplib", f"{theirs:,.0f}", "1.0")
    if source:
        table.add_row("smtp-source (C)", f"{source:,.0f}", f"{source / theirs:.1f}")
    table.add_row("smtpdesk", f"{mine:,.0f}", f"{mine / theirs:.1f}")
    console.print(table)


def _whole(base: Path, count: int, connections: int) -> None:
    rows = people(count)
    few = rows[: max(300, count // 6)]
    with running_sink(keep=False) as sink:
        stdlib = rivals.with_smtplib(sink.port, few, HTML)
        theirs = rivals.with_aiosmtplib(sink.port, few, HTML, connections)
        folder = make_campaign(base / f"campaign-{connections}", rows, html=HTML)
        workspace = base / f"workspace-{connections}"
        run = asyncio.run(plan(workspace, folder, sink.port, connections))
        mine = ours.engine(workspace, run, count)
    table = Table(
        "end to end", "messages/s", "ratio", title=f"{connections} connections, ledger on", title_justify="left"
    )
    table.add_row("smtplib, one connection", f"{stdlib:,.0f}", f"{stdlib / theirs:.1f}")
    table.add_row("EmailMessage + aiosmtplib", f"{theirs:,.0f}", "1.0")
    table.add_row("smtpdesk (worker process, start included)", f"{mine:,.0f}", f"{mine / theirs:.1f}")
    console.print(table)


if __name__ == "__main__":
    main()
