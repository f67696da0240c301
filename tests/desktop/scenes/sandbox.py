"""The sandbox: no mail yet, and mail that its server really took."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage

from smtpdesk.desktop.pages.sandbox.page import Page
from smtpdesk.sandbox import Behaviour, SandboxServer
from tests.desktop.screens_data import SENDER, person
from tests.desktop.screens_stage import Stage, scene


def _send(port: int, number: int) -> None:
    first, last, address = person(number)
    message = EmailMessage()
    message["From"], message["To"] = SENDER, f"{first} {last} <{address}>"
    message["Subject"] = f"{first}, your seat at the autumn tasting"
    message.set_content(f"Hello {first},\n\nyour seat is waiting. On Saturday at three we open the first bags.\n")
    message.add_alternative(f"<h1>Your seat is waiting, {first}</h1>\n<p>On Saturday at three.</p>", subtype="html")
    if number % 3 == 0:
        message.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="autumn-tasting.ics")
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
        client.send_message(message)


@scene("sandbox-1-empty")
async def empty(stage: Stage) -> None:
    await stage.show("sandbox", Page)


@scene("sandbox-2-full", fresh=True)
async def full(stage: Stage) -> None:
    await stage.desk.sandbox.set_behaviour(Behaviour(reject=0.0, defer=0.0, delay=0.0))
    server = stage.keep(SandboxServer(stage.desk.sandbox.folder))
    for number in range(12):
        await asyncio.to_thread(_send, server.port, number)
    await stage.desk.sandbox.set_behaviour(Behaviour(reject=0.04, defer=0.1))
    page = await stage.show("sandbox", Page)
    await stage.until(lambda: page.model.rowCount() == 12 and not page.reader.is_empty(), "the mail")
