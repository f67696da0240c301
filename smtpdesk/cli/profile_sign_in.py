"""``smtpdesk profile sign-in`` and ``sign-out``: on the provider's own page, in a browser or by a code."""

from __future__ import annotations

import asyncio
import sys
import webbrowser
from typing import Annotated

import typer

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.shell import quoted
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption, WorkspaceOption
from smtpdesk.cli.profile_editing import NameArgument
from smtpdesk.cli.running import interruptible, notes, on_desk, say_json
from smtpdesk.desk import Desk
from smtpdesk.desk.signing_in import DeviceCode


def sign_in(
    name: NameArgument,
    device: Annotated[
        bool, typer.Option("--device", help="Show a code to type on another device; needs no browser here.")
    ] = False,
    client_id: Annotated[
        str, typer.Option("--client-id", metavar="ID", help="The client ID you registered at the provider; kept.")
    ] = "",
    client_secret_stdin: Annotated[
        bool, typer.Option("--client-secret-stdin", help="Read the client's secret from standard input (Google).")
    ] = False,
    timeout: Annotated[float, typer.Option(metavar="SECONDS", min=1, help="How long to wait for you.")] = 600.0,
    as_json: JsonOption = False,
    workspace: WorkspaceOption = None,
) -> None:
    """Sign in at the provider (OAuth2) instead of a password. SMTPDesk never sees the password."""

    def open_browser(url: str) -> bool:
        if as_json:
            say_json({"event": "open", "url": url})
        else:
            notes.print(_("Sign in on the page that opens. If none does, open this address:"))
            notes.print(f"  {foreign(url)}")
        # A machine without a browser is no error: the address stands above, and a tunnel may bring it back.
        webbrowser.open(url)
        return True

    def show_code(shown: DeviceCode) -> None:
        if as_json:
            say_json({"event": "code", "code": shown.code, "url": shown.url, "lifetime": shown.lifetime})
        else:
            notes.print(_("Open {url} on any device and type this code:").format(url=foreign(shown.url)))
            notes.print(f"  [bold]{foreign(shown.code)}[/]")

    async def work(desk: Desk) -> None:
        profile = await desk.profiles.get(name)
        if client_id:
            await desk.profiles.set_oauth_client(profile, client_id, _secret() if client_secret_stdin else "")
        cancel = asyncio.Event()

        async def interrupt() -> None:
            cancel.set()

        async def signing() -> None:
            signed = await desk.profiles.sign_in(
                name,
                open_browser=None if device else open_browser,
                show_code=show_code if device else None,
                cancel=cancel,
                patience=timeout,
            )
            if as_json:
                say_json({"event": "signed-in", "profile": name, "account": signed.account})
            else:
                words = _("[green]✓[/] Signed in as {account}. Try it: smtpdesk profile test {name}")
                notes.print(words.format(account=foreign(signed.account), name=foreign(quoted(name))))

        await interruptible(signing(), interrupt)

    on_desk(workspace, work, as_json=as_json)


def _secret() -> str:
    text = sys.stdin.readline().strip()
    if not text:
        raise InputError("oauth.client-id", _("No client secret came on standard input."))
    return text


def sign_out(name: NameArgument, workspace: WorkspaceOption = None) -> None:
    """Forget the sign-in of a profile, here and at the provider."""

    async def work(desk: Desk) -> None:
        if await desk.profiles.sign_out(name):
            notes.print(_("Signed out; the provider was told."))
        else:
            notes.print(_("Signed out here. To take the consent back, remove SMTPDesk on the provider's account page."))

    on_desk(workspace, work)
