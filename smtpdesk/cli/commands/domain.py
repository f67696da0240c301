"""``smtpdesk domain``: is a sending domain trusted, and what has to be published in DNS?"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from smtpdesk.base import files
from smtpdesk.base.i18n import _
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.desk import Desk
from smtpdesk.desk.trust import Check, DomainReport, State, Trust
from smtpdesk.dns import SpfNode
from smtpdesk.dns.resolver import VARIABLE

#: Headers of a message are far shorter; a whole message is cut behind them anyway.
_SIZE_LIMIT = 1_000_000
_MARKS = {
    State.OK: "[green]✓[/]",
    State.ADVICE: "[yellow]![/]",
    State.MEND: "[bold red]✗[/]",
    State.OPEN: "[magenta]?[/]",
    State.UNKNOWN: "[magenta]?[/]",
    State.SKIPPED: "[dim]-[/]",
}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("domain", epilog="Example: smtpdesk domain office --headers-file received.eml")(domain)


def domain(
    what: Annotated[str, typer.Argument(metavar="PROFILE|DOMAIN", help="A profile's name, or a domain.")],
    selector: Annotated[
        list[str] | None,
        typer.Option("--selector", metavar="S", help="Name of a DKIM key in use; may be given several times."),
    ] = None,
    headers_file: Annotated[
        Path | None,
        typer.Option(
            "--headers-file",
            metavar="F",
            help="Headers of a message received (or all of it), for its selectors; - reads standard input.",
        ),
    ] = None,
    address: Annotated[
        list[str] | None,
        typer.Option("--address", metavar="IP", help="Address of your own server towards the internet; several times."),
    ] = None,
    blocklists: Annotated[bool, typer.Option("--blocklists", help="Ask well-known blocklists, too.")] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Look whether receivers can trust the sender's domain: SPF, DKIM, DMARC and more, with the records to publish.

    Asks name servers only. Exit status: 0 all is well, 1 something is to be mended or could not be said.
    """

    async def work(desk: Desk) -> int:
        report = await desk.domain.look(
            what,
            blocklists=blocklists,
            selectors=selector or (),
            headers=_headers(headers_file),
            addresses=address or (),
        )
        if as_json:
            _say_json(report)
        else:
            _say(report)
        return 0 if report.trust is Trust.TRUSTED else 1

    on_desk(workspace, work, as_json=as_json)


def _headers(file: Path | None) -> str:
    if file is None:
        return ""
    if str(file) == "-":
        return sys.stdin.buffer.read(_SIZE_LIMIT).decode("utf-8", "replace")
    with files.opened(file, files.MAIL_LIMIT) as stream:
        return stream.read(_SIZE_LIMIT).decode("utf-8", "replace")


def _say(report: DomainReport) -> None:
    if report.unanswered:
        output.print(f"{_MARKS[State.UNKNOWN]} {foreign(report.unanswered)}")
        hint = _("Another name server to ask can be named in {variable}, for example {variable}=192.0.2.1.")
        output.print("    " + foreign(hint.format(variable=VARIABLE)))
    for check in report.checks:
        _say_check(check)
    if report.spf.terms:
        output.print()
        output.print(_("SPF and what it includes:"))
        for depth, line in spf_lines(report.spf):
            output.print(f"  {'  ' * depth}{foreign(line)}")
    notes.print()
    notes.print(f"[bold]{foreign(report.headline)}[/]")


def _say_check(check: Check) -> None:
    output.print(f"{_MARKS[check.state]} {foreign(check.title)}: {foreign(check.sentence)}")
    if check.state in (State.OK, State.SKIPPED, State.UNKNOWN):  # what could not be asked is said once, above
        return
    for sentence in filter(None, (check.consequence, check.advice)):
        output.print(f"    {foreign(sentence)}")
    for record in check.records:
        output.print(f"    {foreign(record.zone)}")
        for old in record.replaces:
            former = _("in place of: {value}").format(value=old)
            output.print(f"    [dim]{foreign(former)}[/]")


def spf_lines(node: SpfNode, depth: int = 0) -> Iterator[tuple[int, str]]:
    """The tree of an SPF record, a line each with its depth."""
    for term in node.terms:
        cost = f"  ({term.lookups})" if term.lookups else ""
        trouble = term.problem or (term.node.problem if term.node else None)
        yield depth, f"{term.text}{cost}" + (f"  ← {trouble}" if trouble else "")
        if term.node is not None:
            yield from spf_lines(term.node, depth + 1)


def _say_json(report: DomainReport) -> None:
    for check in report.checks:
        say_json({"event": "check", **check.as_dict()})
    say_json(
        {
            "event": "done",
            "domain": report.domain,
            "profile": report.profile,
            "envelope": report.envelope,
            "trust": str(report.trust),
            "headline": report.headline,
            "spf_lookups": report.spf.lookups,
            "spf": [{"depth": depth, "term": line} for depth, line in spf_lines(report.spf)],
        }
    )
