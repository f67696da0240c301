"""``smtpdesk check``: render every row and say what is wrong, before anything is sent."""

from __future__ import annotations

import typer

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import FolderArgument, JsonOption, ProfilesOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.desk import Desk
from smtpdesk.desk.campaigns import CheckResult
from smtpdesk.domain.finding import Finding, Severity

#: Rows named under a finding for people; ``--json`` has all that are kept.
_ROWS = 10
_MARK = {Severity.ERROR: "[red]✗[/]", Severity.WARNING: "[yellow]![/]", Severity.INFO: "[blue]i[/]"}


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check", epilog="Example: smtpdesk check spring-sale --json")(check)


def check(
    folder: FolderArgument,
    profile: ProfilesOption = None,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Preflight of a campaign folder. Exit status 3 when something keeps it from being sent."""

    async def work(desk: Desk) -> int:
        result = await desk.campaigns.check(folder, profiles=profile or ())
        show_findings(result, as_json=as_json)
        return 0 if result.passed else 3

    on_desk(workspace, work, as_json=as_json)


def show_findings(result: CheckResult, *, as_json: bool = False, brief: bool = False) -> None:
    """Print what a check found; ``brief`` leaves out what is only good to know."""
    for finding in result.findings:
        if as_json:
            say_json(_as_dict(finding))
        elif not (brief and finding.severity is Severity.INFO):
            _show(finding)
    if as_json:
        say_json({"event": "checked", "rows": result.total, "ready": result.ready, "passed": result.passed})
    elif not brief:
        output.print(
            ngettext("{ready} of {n} row can be mailed.", "{ready} of {n} rows can be mailed.", result.total).format(
                ready=f"{result.ready:,}", n=f"{result.total:,}"
            )
        )
        if result.passed:
            output.print(_("Nothing keeps this campaign from being sent."))


def _show(finding: Finding) -> None:
    where = f"{finding.where}: " if finding.where else ""
    notes.print(f"{_MARK[finding.severity]} {foreign(where + finding.title)} [dim]({foreign(finding.code)})[/]")
    for sentence in (finding.consequence, finding.advice):
        if sentence:
            notes.print(f"  {foreign(sentence)}")
    for row in finding.rows[:_ROWS]:
        detail = f": {row.detail}" if row.detail else ""
        notes.print("    " + foreign(_("line {line}").format(line=row.line) + f"  {row.address}{detail}"), style="dim")
    if finding.rows and finding.count > _ROWS:  # about everybody: the title has the number
        more = finding.count - min(_ROWS, len(finding.rows))
        notes.print("    " + _("… and {n} more").format(n=more), style="dim")


def _as_dict(finding: Finding) -> dict[str, object]:
    return {
        "event": "finding",
        "code": finding.code,
        "severity": finding.severity,
        "title": finding.title,
        "consequence": finding.consequence,
        "advice": finding.advice,
        "where": finding.where,
        "count": finding.count,
        "rows": [{"line": row.line, "address": row.address, "detail": row.detail} for row in finding.rows],
    }
