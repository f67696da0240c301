"""``smtpdesk list``: recipients."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from smtpdesk.base.clock import iso, local_minute
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.base.shell import quoted
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.desk import Desk
from smtpdesk.domain.finding import Finding
from smtpdesk.domain.recipient import ListInfo, Recipient, RowState
from smtpdesk.recipients import Choices

lists = typer.Typer(help="Recipients: import a spreadsheet, show, remove.", no_args_is_help=True)
#: Set-aside rows named for people; ``--json`` has all.
_NAMED = 50
#: Rows read from the workspace at a time.
_PAGE = 500


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(lists, name="list")


@lists.command("import", epilog='Example: smtpdesk list import customers.xlsx --name Customers --sheet "Export 2026"')
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, TSV, XLSX, XLS or ODS.")],
    name: Annotated[str, typer.Option(help="The list's name; an existing one is replaced.")],
    sheet: Annotated[
        str | None, typer.Option(metavar="S", help="The sheet; the first one with content if not given.")
    ] = None,
    address_column: Annotated[str | None, typer.Option(metavar="C", help="The column with the addresses.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a CSV file; found by looking if not given.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="Of a CSV file; found by looking if not given.")] = None,
    header: Annotated[bool | None, typer.Option("--header/--no-header", help="Is the first row a header?")] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Import a spreadsheet. Bad and double addresses are set aside and named, never silently dropped."""

    async def work(desk: Desk) -> int:
        choices = Choices(encoding, delimiter, sheet, header, address_column)
        seen: list[Finding] = []
        with Progress(console=notes, transient=True, disable=as_json or not notes.is_interactive) as bar:
            task = bar.add_task(_("Reading"), total=1.0)
            info = await desk.lists.import_list(
                file,
                name,
                choices,
                progress=lambda _done, part: bar.update(task, completed=part or 0.0),
                noted=seen.extend,
            )
        for finding in seen:
            if as_json:
                say_json({"event": "finding", "code": finding.code, "title": finding.title, "advice": finding.advice})
            else:
                notes.print(f"[yellow]![/] {foreign(finding.title)} {foreign(finding.advice)}")
        if as_json:
            for row in _rows(desk, info, set_aside=True):
                say_json(_row(row))
            say_json({"event": "imported", **_info(info)})
        else:
            _show_import(desk, info)
        return 0 if info.ready else 1

    on_desk(workspace, work, as_json=as_json)


def _show_import(desk: Desk, info: ListInfo) -> None:
    notes.print(
        "[green]✓[/] "
        + ngettext("{n} person is ready in “{name}”.", "{n} people are ready in “{name}”.", info.ready).format(
            n=f"{info.ready:,}", name=foreign(info.name)
        )
    )
    if not info.set_aside:
        return
    notes.print(
        "[yellow]![/] "
        + ngettext(
            "{n} row is set aside and will not be mailed. Your file is untouched.",
            "{n} rows are set aside and will not be mailed. Your file is untouched.",
            info.set_aside,
        ).format(n=f"{info.set_aside:,}")
    )
    for number, row in enumerate(_rows(desk, info, set_aside=True)):
        if number == _NAMED:
            notes.print(
                _("… and {n} more; smtpdesk list show {name} --json has all.").format(
                    n=info.set_aside - _NAMED, name=foreign(quoted(info.name))
                )
            )
            break
        where = _("line {line}").format(line=row.line)
        notes.print(f"  {where}: {foreign(row.address)} [dim]{foreign(row.reason)}[/]")


@lists.command("show", epilog="Example: smtpdesk list show Customers --json")
def show(
    name: Annotated[str | None, typer.Argument(metavar="NAME", help="One list; all lists when not given.")] = None,
    set_aside: Annotated[bool, typer.Option("--set-aside", help="Only the rows that will not be mailed.")] = False,
    csv: Annotated[Path | None, typer.Option(metavar="FILE", help="With --set-aside: write them as CSV.")] = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """The lists of the workspace, or the rows of one."""

    async def work(desk: Desk) -> None:
        if (set_aside and name is None) or (csv is not None and not set_aside):
            raise InputError(
                "list.options",
                _("--set-aside is for one list, and --csv for the rows that are set aside."),
                _("smtpdesk list show NAME --set-aside --csv FILE"),
            )
        if name is not None and csv is not None:
            count = await desk.lists.export_set_aside((await desk.lists.get(name)).id, csv)
            if as_json:
                say_json({"event": "exported", "file": str(csv), "rows": count})
            else:
                words = ngettext("{n} row is in {file}.", "{n} rows are in {file}.", count)
                notes.print(words.format(n=f"{count:,}", file=foreign(str(csv))))
            return
        if name is not None:
            _show_list(desk, await desk.lists.get(name), as_json, set_aside)
            return
        found = await desk.lists.all()
        if as_json:
            for info in found:
                say_json(_info(info))
            return
        table = Table(_("Name"), _("Ready"), _("Set aside"), _("From"), _("Imported"), box=None, header_style="bold")
        for info in found:
            table.add_row(
                foreign(info.name),
                f"{info.ready:,}",
                f"{info.set_aside:,}",
                foreign(info.source),
                local_minute(info.imported_at),
            )
        output.print(table if found else _("There are no lists yet. Import one: smtpdesk list import FILE --name NAME"))

    on_desk(workspace, work, as_json=as_json)


def _show_list(desk: Desk, info: ListInfo, as_json: bool, set_aside: bool) -> None:
    if as_json:
        for row in _rows(desk, info, set_aside=set_aside):
            say_json(_row(row))
        say_json({"event": "list", **_info(info)})
        return
    columns = [column for column in info.columns if column != info.address_column][:5]
    table = Table(_("Line"), _("Address"), *columns, _("State"), box=None, header_style="bold")
    for number, row in enumerate(_rows(desk, info, set_aside=set_aside)):
        if number == _NAMED:
            break
        cells = [foreign(str(row.fields.get(column, ""))) for column in columns]
        table.add_row(str(row.line), foreign(row.address), *cells, foreign(row.reason) or str(row.state))
    output.print(table)
    rest = (0 if set_aside else info.ready) + info.set_aside - _NAMED
    if rest > 0:
        output.print(_("… and {n} more").format(n=f"{rest:,}"))


@lists.command("remove", epilog="Example: smtpdesk list remove Customers")
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME")],
    workspace: WorkspaceOption = None,
) -> None:
    """Forget a list; the file it came from is untouched."""

    async def work(desk: Desk) -> None:
        await desk.lists.remove(name)
        notes.print(_("List “{name}” is removed.").format(name=foreign(name)))

    on_desk(workspace, work)


def _rows(desk: Desk, info: ListInfo, *, set_aside: bool = False) -> list[Recipient]:
    view = desk.lists.view(info.id)
    rows: list[Recipient] = []
    ids = view.ids()
    for start in range(0, len(ids), _PAGE):
        page = view.rows(ids[start : start + _PAGE])
        rows += [row for row in page if not set_aside or row.state is not RowState.READY]
    return rows


def _row(row: Recipient) -> dict[str, object]:
    return {
        "event": "row",
        "line": row.line,
        "address": row.address,
        "state": row.state,
        "reason": row.reason,
        "fields": dict(row.fields),
    }


def _info(info: ListInfo) -> dict[str, object]:
    return {
        "name": info.name,
        "source": info.source,
        "sheet": info.sheet,
        "columns": list(info.columns),
        "address_column": info.address_column,
        "ready": info.ready,
        "set_aside": info.set_aside,
        "imported": iso(info.imported_at),
    }
