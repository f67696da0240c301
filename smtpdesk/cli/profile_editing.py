"""``smtpdesk profile add`` and ``smtpdesk profile change``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any

import typer

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.shell import quoted
from smtpdesk.cli import profile_options as options
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.profile_finding import found_for
from smtpdesk.cli.profile_saved import Saved, lost_words
from smtpdesk.cli.running import notes, on_desk, output
from smtpdesk.desk import Desk
from smtpdesk.domain.profile import PASSWORD, Identity, Profile, Relay, Security
from smtpdesk.providers import Provider, UserName, plain_host
from smtpdesk.providers import provider as preset_called
from smtpdesk.smtp.tls import normal_pin

NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The profile's name.")]
_USUAL_PORT = {Security.TLS: 465, Security.STARTTLS: 587}


def add(
    name: NameArgument,
    provider: Annotated[str, typer.Option(metavar="ID", help="A preset: gmail, brevo, … (see provider list).")] = "",
    region: Annotated[str, typer.Option(metavar="ID", help="Where the provider has several (see provider show).")] = "",
    from_address: Annotated[
        str, typer.Option(metavar="A", help="Your address: finds the server, and gives sender and user name.")
    ] = "",
    host: options.HostOption = None,
    port: options.PortOption = None,
    security: options.SecurityOption = None,
    username: options.UserOption = None,
    password_stdin: options.PasswordOption = False,
    ca_file: options.CaOption = None,
    from_: options.FromOption = None,
    envelope_sender: options.EnvelopeOption = None,
    ehlo_name: options.EhloOption = None,
    max_connections: options.ConnectionsOption = None,
    rate: options.RateOption = None,
    per_minute: options.MinuteOption = None,
    hourly: options.HourOption = None,
    daily: options.DayOption = None,
    per_connection: options.ConnectionOption = None,
    max_size: options.SizeOption = None,
    per_domain: options.DomainOption = None,
    weight: options.WeightOption = None,
    allow_plain_password: options.PlainOption = None,
    replaces: Annotated[bool, typer.Option("--replace", help="Replace the profile that has this name.")] = False,
    list_providers: Annotated[bool, typer.Option("--list-providers", help="List the presets.")] = False,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Add a profile. The password goes to the keyring and nowhere else."""
    limits = {
        "max_connections": max_connections, "rate": rate, "per_minute": per_minute, "hourly": hourly, "daily": daily,
        "per_connection": per_connection, "max_size": max_size, "weight": weight,
    }  # fmt: skip

    async def work(desk: Desk) -> None:
        if list_providers:
            for item in desk.profiles.presets():
                output.print(f"{item.id:20} {foreign(item.name)}")
            return
        preset = _preset(desk, provider, from_address, given_host=bool(host))
        _need_host(preset, host or "", from_address)
        where = _region(preset, region) or (preset.region_of(from_address) if preset else "")
        made = preset.profile(name, from_address, where) if preset else Profile(name, Relay("", 0))
        endpoints = preset.in_region(where) if preset else ()
        if preset is None and from_address and not host:
            made = (await found_for(desk, from_address)).profile(name, from_address)
            preset = next((one for one in desk.profiles.presets() if one.id == made.provider), None)
        relay = replace(
            _relay(made.relay, endpoints, host or "", port, security),
            ca_file=str(ca_file.absolute()) if ca_file else None,
            allow_plain_password=bool(allow_plain_password),
        )
        profile = replace(
            made,
            relay=relay,
            identity=Identity(from_ or from_address, envelope_sender or "", ehlo_name or ""),
            username=username if username is not None else made.username,
            limits=options.limits_over(made.limits, limits, per_domain),
        )
        if password_stdin:
            # A password without a name would never be used; most servers know a mailbox by its address.
            usual = from_address if username is None else ""
            profile = replace(profile, sign_in=PASSWORD, username=profile.username or usual)
        replaced = await _takes_place(desk, name, replaces=replaces)
        secret = options.password_of(profile, from_stdin=password_stdin, ask=not profile.uses_tokens)
        lost = await desk.profiles.save(profile, secret, new=not replaced)
        Saved(profile, preset, replaced, secret is not None, lost).say(as_json=as_json)

    on_desk(workspace, work, as_json=as_json)


def change(
    name: NameArgument,
    rename: Annotated[str, typer.Option(metavar="NAME", help="Give it another name.")] = "",
    host: options.HostOption = None,
    port: options.PortOption = None,
    security: options.SecurityOption = None,
    username: options.UserOption = None,
    password_stdin: options.PasswordOption = False,
    ca_file: options.CaOption = None,
    from_: options.FromOption = None,
    envelope_sender: options.EnvelopeOption = None,
    ehlo_name: options.EhloOption = None,
    max_connections: options.ConnectionsOption = None,
    rate: options.RateOption = None,
    per_minute: options.MinuteOption = None,
    hourly: options.HourOption = None,
    daily: options.DayOption = None,
    per_connection: options.ConnectionOption = None,
    max_size: options.SizeOption = None,
    per_domain: options.DomainOption = None,
    weight: options.WeightOption = None,
    allow_plain_password: options.PlainOption = None,
    pin: options.PinOption = None,
    trust_host: options.TrustOption = None,
    workspace: WorkspaceOption = None,
) -> None:
    """Change what is given of a profile and leave the rest; "none" takes a limit away."""
    limits = {
        "max_connections": max_connections, "rate": rate, "per_minute": per_minute, "hourly": hourly, "daily": daily,
        "per_connection": per_connection, "max_size": max_size, "weight": weight,
    }  # fmt: skip
    server: dict[str, Any] = {
        "host": host,
        "port": port,
        "security": security,
        "allow_plain_password": allow_plain_password,
    }
    if pin is not None:
        server["pinned_sha256"] = "" if pin.strip().lower() == "none" else normal_pin(pin)
    server["ca_file"] = str(ca_file.absolute()) if ca_file else None
    identity = {"from_header": from_, "envelope_sender": envelope_sender, "ehlo_name": ehlo_name}
    given = [*server.values(), *identity.values(), *limits.values(), username, per_domain]
    idle = not rename and not password_stdin and all(value is None for value in given)

    async def work(desk: Desk) -> None:
        before = await desk.profiles.get(name)
        if idle:
            raise InputError(
                "profile.nothing-to-change",
                _("No option says what is to be changed."),
                _("Example: smtpdesk profile change {name} --hourly 500").format(name=quoted(name)),
            )
        profile = replace(
            before,
            name=rename or name,
            relay=_changed(before.relay, {key: value for key, value in server.items() if value is not None}),
            identity=replace(before.identity, **{key: value for key, value in identity.items() if value is not None}),
            username=username if username is not None else before.username,
            limits=options.limits_over(before.limits, limits, per_domain),
            sign_in=PASSWORD if password_stdin else before.sign_in,
        )
        secret = options.password_of(profile, from_stdin=password_stdin, ask=False)
        trusted = next((host for host in trust_host or () if plain_host(host) == plain_host(profile.relay.host)), "")
        lost = await desk.profiles.save(profile, secret, was=name, trusted_host=trusted)
        notes.print(_("Profile “{name}” is changed.").format(name=foreign(profile.name)))
        if lost:
            notes.print("[yellow]![/] " + foreign(lost_words(profile)))

    on_desk(workspace, work)


async def _takes_place(desk: Desk, name: str, *, replaces: bool) -> bool:
    """Whether there is a profile of this name that may be replaced.

    Raises:
        InputError: ``profile.exists``: it may not.
    """
    exists = name in {row.profile.name for row in await desk.profiles.all()}
    if exists and not replaces:
        raise InputError(
            "profile.exists",
            _("There is already a profile named “{name}”.").format(name=name),
            _("Look at it with smtpdesk profile show {name}; add --replace to make it anew.").format(name=quoted(name)),
        )
    return exists


def _preset(desk: Desk, provider: str, address: str, *, given_host: bool) -> Provider | None:
    """The preset that was named, else the one of the address, else none when a server was given."""
    if provider:
        return preset_called(provider)
    return desk.profiles.preset_for(address) if address and not given_host else None


def _need_host(preset: Provider | None, host: str, address: str) -> None:
    """Raise InputError ``profile.host`` where neither the preset nor an option names a server."""
    if preset is None or preset.endpoints or host:
        return
    hint = _("Example: --host localhost.")
    if preset.username_form is not UserName.NONE:
        hint = _("It is often mail.{domain}.").format(domain=address.rpartition("@")[2] or _("yourdomain"))
    raise InputError("profile.host", _("{name} has no fixed server: add --host.").format(name=preset.name), hint)


def _region(preset: Provider | None, region: str) -> str:
    if region and (preset is None or region not in {one.id for one in preset.regions}):
        known = ", ".join(one.id for one in preset.regions) if preset and preset.regions else "-"
        raise InputError(
            "provider.region",
            _("There is no region “{id}” at this provider.").format(id=region),
            _("Known ones: {known}.").format(known=known),
        )
    return region


def _changed(relay: Relay, given: dict[str, Any]) -> Relay:
    """The server with what was given; a certificate, and the leave for a plain password, are for their own host."""
    after = replace(relay, **given)
    if plain_host(after.host) == plain_host(relay.host):
        return after
    kept: dict[str, Any] = {"pinned_sha256": "", "allow_plain_password": False}
    return replace(after, **{key: value for key, value in kept.items() if key not in given})


def _relay(best: Relay, endpoints: Sequence[Relay], host: str, port: int | None, security: Security | None) -> Relay:
    """The first endpoint that fits what was given on the command line; that goes before all else."""
    for one in endpoints:
        if (port is None or one.port == port) and (security is None or one.security == security):
            return replace(one, host=host or one.host)
    chosen = security or best.security
    preset_port = best.port if endpoints or chosen is best.security else 0
    return Relay(host or best.host, port or preset_port or _USUAL_PORT.get(chosen, 25), chosen)
