"""``smtpdesk profile``: SMTP accounts."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.prompt import Prompt
from rich.table import Table

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.desk import Desk
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay, Security, format_rate, parse_rate
from smtpdesk.smtp.probe import ProbeStep

profiles = typer.Typer(help="SMTP accounts: add, list, show, test, remove.", no_args_is_help=True)


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(profiles, name="profile")


NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The profile's name.")]


@profiles.command("add", epilog="Example: smtpdesk profile add office --provider brevo --username me --password-stdin")
def add(
    name: NameArgument,
    provider: Annotated[str, typer.Option(metavar="ID", help="A preset: gmail, brevo, … (see --list-providers).")] = "",
    host: Annotated[str, typer.Option(help="The server, when there is no preset.")] = "",
    port: Annotated[int | None, typer.Option(min=1, max=65535)] = None,
    security: Annotated[Security | None, typer.Option(help="How the connection is protected.")] = None,
    username: Annotated[str, typer.Option(help="Empty: no sign-in.")] = "",
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
    ca_file: Annotated[Path | None, typer.Option(metavar="F", help="PEM file of further trusted certificates.")] = None,
    from_: Annotated[str, typer.Option("--from", metavar="A", help='"Ana Pérez <ana@example.com>"')] = "",
    envelope_sender: Annotated[
        str, typer.Option(metavar="A", help="Where bounces go; the From address if empty.")
    ] = "",
    ehlo_name: Annotated[str, typer.Option(help="The name given in EHLO.")] = "",
    max_connections: Annotated[int | None, typer.Option(metavar="N", min=1)] = None,
    rate: Annotated[str, typer.Option(metavar="RATE", help="14/s, 30/min, 500/h")] = "",
    daily: Annotated[int | None, typer.Option(metavar="N", min=1, help="Messages in 24 hours.")] = None,
    allow_plain_password: Annotated[
        bool, typer.Option("--allow-plain-password", help="Send the password even if the connection is not encrypted.")
    ] = False,
    list_providers: Annotated[bool, typer.Option("--list-providers", help="List the presets.")] = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Add a profile, or change the one of this name. The password goes to the keyring and nowhere else."""

    async def work(desk: Desk) -> None:
        if list_providers:
            for item in desk.profiles.presets():
                output.print(f"{item.id:20} {escape(item.name)}")
            return
        relay = Relay(
            host,
            port or 0,
            security or Security.STARTTLS,
            str(ca_file.absolute()) if ca_file else None,
            allow_plain_password,
        )
        limits = Limits()
        fixed = ""
        if provider:
            preset = next((item for item in desk.profiles.presets() if item.id == provider), None)
            if preset is None:
                known = ", ".join(item.id for item in desk.profiles.presets())
                raise InputError(
                    "provider.unknown",
                    _("There is no preset “{id}”.").format(id=provider),
                    _("Known ones: {known}.").format(known=known),
                )
            relay = _from_preset(preset, relay, bool(host), port, security)
            limits = preset.limits
            fixed = preset.username_fixed
        if not relay.port:
            relay = replace(relay, port={Security.TLS: 465, Security.STARTTLS: 587}.get(relay.security, 25))
        profile = Profile(
            name,
            relay,
            Identity(from_, envelope_sender, ehlo_name),
            username or fixed,
            _limits(limits, max_connections, rate, daily),
            provider,
        )
        await desk.profiles.save(profile, _password(profile, from_stdin=password_stdin))
        notes.print(_("Profile “{name}” is saved. Try it: smtpdesk profile test {name}").format(name=escape(name)))

    on_desk(workspace, work)


def _from_preset(preset: Any, given: Relay, has_host: bool, port: int | None, security: Security | None) -> Relay:
    """The preset's best endpoint; what was given on the command line goes before it."""
    if has_host and port and security:
        return given
    for endpoint in preset.endpoints:
        if (port is None or endpoint.port == port) and (security is None or endpoint.security == security):
            host = given.host if has_host else endpoint.host
            return replace(given, host=host, port=endpoint.port, security=endpoint.security)
    if not preset.endpoints:
        return given
    best = preset.endpoints[0]
    return replace(
        given, host=given.host if has_host else best.host, port=port or best.port, security=security or best.security
    )


def _limits(known: Limits, connections: int | None, rate: str, daily: int | None) -> Limits:
    if connections is not None:
        known = replace(known, max_connections=connections)
    if rate:
        try:
            count, seconds = parse_rate(rate)
        except ValueError:
            raise InputError(
                "profile.limits", _("“{rate}” is no rate.").format(rate=rate), _("Write it as 14/s, 30/min or 500/h.")
            ) from None
        known = replace(known, rate=count, rate_seconds=seconds)
    return known if daily is None else replace(known, daily=daily)


def _password(profile: Profile, *, from_stdin: bool) -> Secret | None:
    if from_stdin:
        text = sys.stdin.readline().rstrip("\r\n")
        if not text:
            raise InputError("profile.no-password", _("No password came on standard input."))
        return Secret(text)
    if profile.username and sys.stdin.isatty():
        text = Prompt.ask(_("Password (kept in the keyring)"), console=notes, password=True)
        return Secret(text) if text else None
    return None


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
            table.add_row(escape(profile.name), escape(_server(profile)), escape(profile.identity.from_header), state)
        output.print(table)

    on_desk(workspace, work, as_json=as_json)


@profiles.command("show", epilog="Example: smtpdesk profile show office")
def show(name: NameArgument, as_json: JsonOption = False, workspace: WorkspaceOption = None) -> None:
    """One profile; never its password."""

    async def work(desk: Desk) -> None:
        profile = await desk.profiles.get(name)
        values = _as_dict(profile)
        if as_json:
            say_json(values)
            return
        for key, value in values.items():
            output.print(f"{key:16} {escape(str(value))}")

    on_desk(workspace, work, as_json=as_json)


@profiles.command("remove", epilog="Example: smtpdesk profile remove office")
def remove(name: NameArgument, workspace: WorkspaceOption = None) -> None:
    """Forget a profile and its password."""

    async def work(desk: Desk) -> None:
        await desk.profiles.remove(name)
        notes.print(_("Profile “{name}” is removed.").format(name=escape(name)))

    on_desk(workspace, work)


@profiles.command("test", epilog="Example: smtpdesk profile test office --to me@example.com --json")
def test(
    name: NameArgument,
    to: Annotated[str, typer.Option(metavar="ADDRESS", help="Ask about this recipient; nothing is sent.")] = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Connect, greet, secure, sign in, try sender and recipient; shows the dialogue. Sends nothing."""

    async def work(desk: Desk) -> int:
        profile = await desk.profiles.get(name)
        failed: ProbeStep | None = None
        async for step in desk.profiles.test(profile, to=to):
            if as_json:
                say_json(_step(step))
            else:
                _show_step(step)
            if step.state == "failed":
                failed = step
        if as_json:
            say_json({"event": "done", "profile": name, "ok": failed is None, "stage": failed.stage if failed else ""})
        elif failed is None:
            notes.print("[green]✓[/] " + _("This profile works. Nothing was sent."))
        return 0 if failed is None else 4

    on_desk(workspace, work, as_json=as_json)


def _show_step(step: ProbeStep) -> None:
    mark = {"ok": "[green]✓[/]", "failed": "[red]✗[/]", "skipped": "[dim]·[/]"}[step.state]
    if step.state == "skipped":
        output.print(f"{mark} [dim]{step.stage}[/]")
        return
    output.print(f"{mark} {step.stage:9} {escape(step.detail)} [dim]{step.seconds * 1000:,.0f} ms[/]")
    for line in step.lines:
        output.print(f"    [dim]{escape(str(line))}[/]")
    if step.meaning is not None:
        output.print(f"  {escape(step.meaning.explanation)}")
        output.print(f"  [bold]{escape(step.meaning.advice)}[/]")


def _step(step: ProbeStep) -> dict[str, object]:
    found = step.meaning
    return {
        "event": "step",
        "stage": step.stage,
        "state": step.state,
        "detail": step.detail,
        "seconds": round(step.seconds, 4),
        "code": step.reply.code if step.reply else 0,
        "enhanced": step.reply.enhanced if step.reply else "",
        "text": step.reply.text if step.reply else "",
        "cause": found.cause if found else "",
        "blame": found.blame if found else "",
        "title": found.title if found else "",
        "explanation": found.explanation if found else "",
        "advice": found.advice if found else "",
        "transcript": [str(line) for line in step.lines],
    }


def _as_dict(profile: Profile) -> dict[str, object]:
    relay, identity, limits = profile.relay, profile.identity, profile.limits
    return {
        "name": profile.name,
        "provider": profile.provider,
        "host": relay.host,
        "port": relay.port,
        "security": relay.security,
        "username": profile.username,
        "from": identity.from_header,
        "envelope_sender": identity.envelope_sender,
        "ehlo_name": identity.ehlo_name,
        "ca_file": relay.ca_file or "",
        "max_connections": limits.max_connections,
        "rate": format_rate(limits.rate, limits.rate_seconds),
        "daily": limits.daily,
    }


def _server(profile: Profile) -> str:
    if profile.provider == "sandbox":
        return _("built in; keeps mail on this computer")
    return f"{profile.relay.host}:{profile.relay.port} {profile.relay.security}"
