"""``smtpdesk demo``: the whole job on sample data against the built-in sandbox."""

from __future__ import annotations

import contextlib
import csv
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.base.paths import STATE_VARIABLE
from smtpdesk.cli.commands.check import show_findings
from smtpdesk.cli.console import foreign
from smtpdesk.cli.following import Follower
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import finish, notes, on_desk, show_error
from smtpdesk.desk import Desk

#: The demo that leaves something behind.
_KEEPING = "smtpdesk demo --headless --workspace FOLDER"
#: First names for a list that is made longer than the sample.
_NAMES = ("Marta", "Jude", "Inês", "Tom", "Aiko", "Yael", "Omar", "Léa", "Noah", "Priya", "Дарья", "美咲")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo", epilog="Example: smtpdesk demo --headless --count 500")(demo)


def demo(
    context: typer.Context,
    headless: Annotated[bool, typer.Option("--headless", help="In the terminal, without a window.")] = False,
    count: Annotated[
        int | None, typer.Option(metavar="N", min=1, max=1_000_000, help="So many invented people.")
    ] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """The whole job on sample data: import, check, send to the sandbox, report. No mail leaves the computer."""
    if not headless and context.obj is not None:
        try:
            finish(context.obj(workspace))
        except DeskError as error:
            show_error(error)
            finish(error.exit_status)
        return
    with contextlib.ExitStack() as leaving:
        folder = workspace or leaving.enter_context(_for_a_while())
        on_desk(folder, lambda desk: _demo(desk, count, as_json, stays=workspace is not None), as_json=as_json)


@contextlib.contextmanager
def _for_a_while() -> Iterator[Path]:
    """A workspace that goes again, with all that its worker would leave in the state folder."""
    with tempfile.TemporaryDirectory(prefix="smtpdesk-demo-", ignore_cleanup_errors=True) as temporary:
        before = os.environ.get(STATE_VARIABLE)
        os.environ[STATE_VARIABLE] = str(Path(temporary, "state"))  # the worker inherits it
        try:
            yield Path(temporary)
        finally:
            del os.environ[STATE_VARIABLE]
            if before is not None:
                os.environ[STATE_VARIABLE] = before


async def _demo(desk: Desk, count: int | None, as_json: bool, *, stays: bool) -> int:
    def step(number: int, text: str) -> None:
        if not as_json:
            notes.print(f"[bold]{number}[/] {foreign(text)}")

    folder = await desk.campaigns.create_sample()
    if count is not None:
        _invent(folder / "recipients.csv", count)
    draft = await desk.campaigns.load(folder)
    people = await desk.campaigns.people(draft)
    ready = ngettext("{n} person is ready", "{n} people are ready", people.ready).format(n=f"{people.ready:,}")
    step(1, _("Recipients: {file}, {ready}").format(file=draft.campaign.recipients, ready=ready))
    step(2, _("Message: {subject}").format(subject=draft.campaign.subject))
    shown = await desk.campaigns.preview(draft, 0)
    step(
        3,
        _("Preview: {address} will read “{subject}”").format(
            address=shown.recipient.address, subject=shown.back.subject
        ),
    )
    checked = await desk.campaigns.check(folder)
    step(4, _("Check: every row was rendered"))
    if not as_json:
        show_findings(checked, brief=True)
    step(5, _("Send: to the built-in sandbox, which keeps the mail on this computer"))
    run = await desk.sending.start(folder, again=True, checked=checked, patience=120.0)
    status = await Follower(desk, run.id, as_json=as_json, reported=stays).follow()
    if not as_json:
        kept = len(await desk.sandbox.inbox())
        text = ngettext("The sandbox kept {n} message in {folder}.", "The sandbox kept {n} messages in {folder}.", kept)
        if not stays:
            text = ngettext(
                "The sandbox kept {n} message. It goes when the demo ends; this keeps it: {command}",
                "The sandbox kept {n} messages. They go when the demo ends; this keeps them: {command}",
                kept,
            )
        notes.print(text.format(n=f"{kept:,}", folder=foreign(str(desk.sandbox.folder)), command=_KEEPING))
    return status


def _invent(file: Path, count: int) -> None:
    """Replace the sample's recipients by ``count`` invented ones with the same columns."""
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        columns = list(reader.fieldnames or [])
        sample = list(reader)
    address = next(column for column in columns if "mail" in column.lower())
    first = next(column for column in columns if "first" in column.lower())
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        for number in range(count):
            row = dict(sample[number % len(sample)])
            row[address] = f"person{number + 1}@example.com"
            row[first] = _NAMES[number % len(_NAMES)]
            writer.writerow(row)
