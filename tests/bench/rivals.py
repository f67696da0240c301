"""The usual ways to send the same mail: smtplib, aiosmtplib, and Postfix's own smtp-source."""

from __future__ import annotations

import asyncio
import shutil
import smtplib
import subprocess
import time
from collections.abc import Callable
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

import aiosmtplib

Row = dict[str, str]


def build(row: Row, html: str) -> EmailMessage:
    """One message as most programs build it."""
    message = EmailMessage()
    message["From"] = "Ana Pérez <ana@example.com>"
    message["To"] = row["Email"]
    message["Subject"] = f"{row['First name']}, spring is here"
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain="example.com")
    text = html.replace("{{ first_name }}", row["First name"]).replace("{{ order }}", row["Order"])
    message.set_content(text)
    message.add_alternative(text, subtype="html")
    return message


def with_smtplib(port: int, rows: list[Row], html: str) -> float:
    """Messages a second on one connection, the standard library's way."""
    began = time.perf_counter()
    with smtplib.SMTP("127.0.0.1", port) as client:
        for row in rows:
            client.send_message(build(row, html))
    return len(rows) / (time.perf_counter() - began)


def with_aiosmtplib(port: int, rows: list[Row], html: str, connections: int) -> float:
    """Messages a second with ``send_message`` on several connections."""

    async def lane(part: list[Row]) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            for row in part:
                await client.send_message(build(row, html))

    async def run() -> None:
        await asyncio.gather(*(lane(rows[n::connections]) for n in range(connections)))

    began = time.perf_counter()
    asyncio.run(run())
    return len(rows) / (time.perf_counter() - began)


def dialogue_with_aiosmtplib(port: int, raw: bytes, count: int, connections: int) -> float:
    """Messages a second of the dialogue alone: the same bytes again and again."""

    async def lane(number: int) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False) as client:
            for _message in range(number):
                await client.sendmail("ana@example.com", "b@example.net", raw)

    async def run() -> None:
        await asyncio.gather(*(lane(count // connections) for _ in range(connections)))

    began = time.perf_counter()
    asyncio.run(run())
    return count / (time.perf_counter() - began)


def smtp_source() -> str | None:
    """Where Postfix's load generator is; None where it is not installed."""
    return shutil.which("smtp-source", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/lib/postfix/sbin")


def with_smtp_source(port: int, size: int, count: int, connections: int) -> float:
    """Messages a second of Postfix's load generator (C)."""
    command = [smtp_source() or "smtp-source", "-d", "-s", str(connections), "-l", str(size), "-m", str(count)]
    began = time.perf_counter()
    subprocess.run(
        [*command, "-f", "a@example.com", "-t", "b@example.net", f"inet:127.0.0.1:{port}"],
        check=True,
        capture_output=True,
        timeout=300,
    )
    return count / (time.perf_counter() - began)


def timed(work: Callable[[], object], count: int) -> float:
    """Microseconds for each of ``count``."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) / count * 1e6
