"""``smtpdesk dkim``: keys that sign a profile's messages, and the record to publish."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from smtpdesk.base import files
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.desk import Desk
from smtpdesk.desk.dkim import DkimShown

dkim = typer.Typer(
    help="Sign messages (DKIM) for a profile whose server does not: make, import, record, remove.", no_args_is_help=True
)
#: A PEM file of RSA-4096 has 3,300 characters.
_SIZE_LIMIT = 65536

ProfileArgument = Annotated[str, typer.Argument(metavar="PROFILE", help="The profile's name.")]
DomainOption = Annotated[
    str, typer.Option("--domain", metavar="D", help="Whom to sign for; the domain of the profile's From if empty.")
]
SelectorOption = Annotated[
    str, typer.Option("--selector", metavar="S", help="The key's name within the domain; one is made if empty.")
]


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(dkim, name="dkim")


@dkim.command("make", epilog="Example: smtpdesk dkim make office --domain example.com --selector desk1")
def make(
    profile: ProfileArgument,
    domain: DomainOption = "",
    selector: SelectorOption = "",
    algorithm: Annotated[
        str, typer.Option(metavar="rsa|ed25519", help="Many receivers cannot check ed25519 and see no signature.")
    ] = "rsa",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Make a key and sign the profile's messages with it. Most providers sign themselves: then it is not needed.

    The private key goes to the keyring. Publish the record that is printed, and then send.
    """

    async def work(desk: Desk) -> None:
        _say(await desk.dkim.make(profile, domain, selector, algorithm.lower()), as_json)

    on_desk(workspace, work, as_json=as_json)


@dkim.command("import", epilog="Example: smtpdesk dkim import office --key-file mail.pem --selector mail")
def import_(
    profile: ProfileArgument,
    key_file: Annotated[Path | None, typer.Option(metavar="F", help="PEM file of the private key.")] = None,
    key_stdin: Annotated[bool, typer.Option("--key-stdin", help="Read the key from standard input.")] = False,
    domain: DomainOption = "",
    selector: SelectorOption = "",
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Sign the profile's messages with a key that exists (RSA from 1024 bits, or Ed25519; PEM without passphrase)."""

    async def work(desk: Desk) -> None:
        _say(await desk.dkim.import_key(profile, domain, selector, _key(key_file, key_stdin)), as_json)

    on_desk(workspace, work, as_json=as_json)


@dkim.command("record", epilog="Example: smtpdesk dkim record office --json")
def record(profile: ProfileArgument, as_json: JsonOption = False, workspace: WorkspaceOption = None) -> None:
    """The DNS record to publish: host name, value, and both as text of a zone file."""

    async def work(desk: Desk) -> None:
        await desk.dkim.record(profile)  # says what is wrong when there is none
        shown = await desk.dkim.show(profile)
        assert shown is not None
        _say(shown, as_json)

    on_desk(workspace, work, as_json=as_json)


@dkim.command("remove", epilog="Example: smtpdesk dkim remove office")
def remove(profile: ProfileArgument, as_json: JsonOption = False, workspace: WorkspaceOption = None) -> None:
    """Leave signing to the server again, and forget the key."""

    async def work(desk: Desk) -> None:
        await desk.dkim.remove(profile)
        if as_json:
            say_json({"event": "removed", "profile": profile})
        notes.print(
            _("“{name}” signs no more. Leave the record published until your last messages have arrived.").format(
                name=foreign(profile)
            )
        )

    on_desk(workspace, work, as_json=as_json)


def _key(file: Path | None, from_stdin: bool) -> Secret:
    if (file is None) is not from_stdin:
        raise InputError(
            "dkim.no-key-given",
            _("Say where the key is: --key-file FILE, or --key-stdin."),
            _("To have a new one made: smtpdesk dkim make."),
        )
    raw = sys.stdin.buffer.read(_SIZE_LIMIT) if file is None else files.read(file, files.SMALL_LIMIT)[:_SIZE_LIMIT]
    return Secret(raw.decode("utf-8", "replace"))


def _say(shown: DkimShown, as_json: bool) -> None:
    for finding in shown.findings:
        notes.print(f"[yellow]![/] {foreign(finding.title)} {foreign(finding.consequence)} {foreign(finding.advice)}")
    if as_json:
        say_json(_as_dict(shown))
        return
    assert shown.record is not None
    for label, value in (("Host", shown.record.host), ("Type", "TXT"), ("Value", shown.record.value)):
        output.print(f"{label:6} {foreign(value)}")
    output.print(f"\n{foreign(shown.record.zone)}")
    notes.print(
        _("Publish this TXT record for {domain}. Once it can be seen, send a test message to yourself.").format(
            domain=foreign(shown.dkim.domain)
        )
    )


def _as_dict(shown: DkimShown) -> dict[str, Any]:
    published = shown.record
    return {
        "profile": shown.profile,
        "domain": shown.dkim.domain,
        "selector": shown.dkim.selector,
        "algorithm": shown.algorithm,
        "bits": shown.bits,
        "host": published.host if published else "",
        "value": published.value if published else "",
        "zone": published.zone if published else "",
        "findings": [finding.code for finding in shown.findings],
    }
