"""The campaign that is measured: a newsletter of about 12 KB, most of it the same for everybody."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from smtpdesk.desk import Desk
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay, Security
from smtpdesk.vault import memory_vault

PARAGRAPH = "<p>" + "Our spring offers, and many greetings: grüße aus Köln. " * 10 + "</p>\n"
GREETING = "<p>Dear {{ first_name }}, your order {{ order }} is ready.</p>\n"
LINK = '<p><a href="https://shop.example/{{ order }}">See it</a></p>\n'
HTML = f"<html><body>{GREETING}{PARAGRAPH * 9}{LINK}</body></html>"
PROFILE = "office"
FROM = "Ana Pérez <ana@example.com>"


def relay_profile(port: int, connections: int) -> Profile:
    """A profile without limits on a server of this computer."""
    return Profile(
        PROFILE,
        Relay("127.0.0.1", port, Security.NONE),
        Identity(FROM),
        limits=replace(Limits(), max_connections=connections),
    )


async def plan(workspace: Path, folder: Path, port: int, connections: int) -> str:
    """Plan a run without starting its worker; returns its id."""
    desk = await Desk.open(workspace, vault=memory_vault())
    try:
        await desk.profiles.save(relay_profile(port, connections))
        return (await desk.sending.plan(folder, again=True)).id
    finally:
        await desk.close()
