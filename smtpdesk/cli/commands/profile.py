"""``smtpdesk profile``: SMTP accounts."""

from __future__ import annotations

import typer
from rich.table import Table

from smtpdesk.base.i18n import _
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.profile_editing import NameArgument, add, change
from smtpdesk.cli.profile_files import export, import_
from smtpdesk.cli.profile_finding import find
from smtpdesk.cli.profile_sign_in import sign_in, sign_out
from smtpdesk.cli.profile_testing import test
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.desk import Desk
from smtpdesk.domain.limits import limit_texts
from smtpdesk.domain.profile import SANDBOX, Profile, format_rate

profiles = typer.Typer(help="SMTP accounts: find, add, change, test, sign in, export, import.", no_args_is_help=True)
profiles.command("add", epilog="Example: smtpdesk profile add office --from-address ana@web.de --password-stdin")(add)
profiles.command("change", epilog="Example: smtpdesk profile change office --hourly 500 --max-size 10MB")(change)
profiles.command("find", epilog="Example: smtpdesk profile find ana@example.com --json")(find)
profiles.command("test", epilog="Example: smtpdesk profile test office --to me@example.com --json")(test)

profiles.command("sign-in", epilog="Example: smtpdesk profile sign-in office --device")(sign_in)
profiles.command("sign-out", epilog="Example: smtpdesk profile sign-out office")(sign_out)
profiles.command("export", epilog="Example: smtpdesk profile export office --output office.toml")(export)
profiles.command("import", epilog="Example: smtpdesk profile import office.toml")(import_)


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(profiles, name="profile")


@profiles.command("list", epilog="Example: smtpdesk profile list --json")
def list_(as_json: JsonOption = False, workspace: WorkspaceOption = None) -> None:
    """The profiles of the workspace."""

    async def work(desk: Desk) -> None:
        rows = await desk.profiles.all()
        if as_json:
            for row in rows:
                say_json({**_as_dict(row.profile), "tested_at": row.tested_at, "test_ok": row.test_ok})
            return
        table = Table(_("Name"), _("Server"), _("From"), _("Last test"), box=None, header_style="bold")
        for row in rows:
            state = "" if row.test_ok is None else "[green]✓[/]" if row.test_ok else "[red]✗[/]"
            profile = row.profile
            table.add_row(
                foreign(profile.name), foreign(_server(profile)), foreign(profile.identity.from_header), state
            )
        output.print(table)

    on_desk(workspace, work, as_json=as_json)


@profiles.command("show", epilog="Example: smtpdesk profile show office")
def show(name: NameArgument, as_json: JsonOption = False, workspace: WorkspaceOption = None) -> None:
    """One profile; never its password."""

    async def work(desk: Desk) -> None:
        profile = await desk.profiles.get(name)
        if as_json:
            say_json(_as_dict(profile))
            return
        for key, value in _in_words(profile).items():
            output.print(f"{key:16} {foreign(value)}")

    on_desk(workspace, work, as_json=as_json)


@profiles.command("remove", epilog="Example: smtpdesk profile remove office")
def remove(name: NameArgument, workspace: WorkspaceOption = None) -> None:
    """Forget a profile and its password."""

    async def work(desk: Desk) -> None:
        await desk.profiles.remove(name)
        notes.print(_("Profile “{name}” is removed.").format(name=foreign(name)))

    on_desk(workspace, work)


def _as_dict(profile: Profile) -> dict[str, object]:
    relay, identity, limits = profile.relay, profile.identity, profile.limits
    return {
        "name": profile.name,
        "provider": profile.provider,
        "host": relay.host,
        "port": relay.port,
        "security": relay.security,
        "username": profile.username,
        "sign_in": profile.sign_in,
        "account": profile.account,
        "from": identity.from_header,
        "envelope_sender": identity.envelope_sender,
        "ehlo_name": identity.ehlo_name,
        "ca_file": relay.ca_file or "",
        "pinned_sha256": relay.pinned_sha256,
        "max_connections": limits.max_connections,
        "rate": format_rate(limits.rate, limits.rate_seconds),
        "per_minute": limits.per_minute,
        "hourly": limits.hourly,
        "daily": limits.daily,
        "per_connection": limits.per_connection,
        "max_size": limits.max_size,
        "per_domain": {one.domain: format_rate(one.count, one.seconds) for one in limits.per_domain},
        "weight": limits.weight,
    }


def _in_words(profile: Profile) -> dict[str, str]:
    """The same for people: a size as they write it, and a dash where there is no limit."""
    values = {key: str(value) for key, value in _as_dict(profile).items()}
    written = {name: text or "-" for name, text in limit_texts(profile.limits).items()}
    return {**values, **written, "weight": str(profile.limits.weight)}


def _server(profile: Profile) -> str:
    if profile.provider == SANDBOX:
        return _("built in; keeps mail on this computer")
    return f"{profile.relay.host}:{profile.relay.port} {profile.relay.security}"
