"""``smtpdesk profile find``: the server of an address, and who named it; ``profile add`` uses it, too."""

from __future__ import annotations

from typing import Annotated

import typer

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.shell import quoted
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.running import notes, on_desk, output, say_json
from smtpdesk.desk import Desk
from smtpdesk.desk.findings import Asked, Candidate, Findings, State
from smtpdesk.desk.mends import security_words

_MARKS = {
    State.FOUND: "[green]✓[/]",
    State.NOTHING: "[dim]-[/]",
    State.UNKNOWN: "[magenta]?[/]",
    State.SKIPPED: "[dim]·[/]",
}


def find(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The mailbox that is to send.")],
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """The server that sends an address's mail, the best first, each with who named it.

    A preset asks nobody. Else DNS, the domain's own file for mail programs and its usual ports are asked, and learn
    the domain, never the address. Exit status: 0 something was found, 1 nothing.
    """

    async def work(desk: Desk) -> int:
        if as_json:
            found = await desk.profiles.find(address)
            _say_json(found)
        else:
            found = await desk.profiles.find(address, progress=_show_asked)
            for number, one in enumerate(found.candidates):
                _show(one, best=number == 0)
            output.print(f"[bold]{foreign(found.sentence)}[/]")
            if found.best is not None:
                words = _("To add it: smtpdesk profile add NAME --from-address {address}")
                notes.print(foreign(words.format(address=quoted(found.address))))
        return 0 if found.candidates else 1

    on_desk(workspace, work, as_json=as_json)


async def found_for(desk: Desk, address: str) -> Candidate:
    """The best server that is found for an address that no preset knows; says so.

    Raises:
        InputError: ``provider.not-found``: there is none that is encrypted.
    """
    found = await desk.profiles.find(address)
    if found.best is None:
        raise InputError(
            "provider.not-found",
            _("No preset knows the domain of “{address}”.").format(address=address) + " " + found.sentence,
            _("Name the provider with --provider (see: smtpdesk provider list), or the server with --host."),
        )
    _show(found.best, best=True)
    return found.best


def _show_asked(asked: Asked) -> None:
    if asked.state is not State.SKIPPED:
        notes.print(f"{_MARKS[asked.state]} [dim]{asked.origin:10} {foreign(asked.sentence)}[/]")


def _show(one: Candidate, *, best: bool) -> None:
    relay = one.relay
    server = _("{host}, port {port}, {security}").format(
        host=relay.host, port=relay.port, security=security_words(relay.security)
    )
    output.print(f"[bold]{foreign(server)}[/]" if best else foreign(server))
    output.print(f"  [dim]{foreign(one.sentence)}[/]")
    if one.compare:
        words = _("This server is of another domain: compare it with what your provider names.")
        output.print(f"  [yellow]![/] {foreign(words)}")


def _say_json(found: Findings) -> None:
    for one in found.asked:
        say_json({"event": "asked", "origin": one.origin, "state": one.state, "sentence": one.sentence})
    for candidate in found.candidates:
        say_json(candidate_dict(candidate))
    best = candidate_dict(found.best) if found.best else None
    say_json({"event": "done", "address": found.address, "domain": found.domain, "found": len(found.candidates),
              "best": best, "sentence": found.sentence})  # fmt: skip


def candidate_dict(one: Candidate) -> dict[str, object]:
    """A server that was found, flat."""
    return {
        "event": "candidate",
        "origin": one.origin,
        "where": one.where,
        "sentence": one.sentence,
        "host": one.relay.host,
        "port": one.relay.port,
        "security": one.relay.security,
        "username": one.username,
        "provider": one.provider,
        "region": one.region,
        "sign_in": one.sign_in,
        "compare": one.compare,
    }
