"""Campaign folders and command lines for the scenarios: real files, the real program, a real server."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tests.servers.proc import Ran, Running, run_cli, start_cli

HTML = """<html><body><p>Dear {{ first_name }},</p>
<p>your order {{ order }} is ready — grüße aus Köln.</p>
.a line that begins with a dot
<p><a href="https://shop.example/{{ order }}">See it</a></p></body></html>
"""


def people(count: int, domain: str = "example.net") -> list[dict[str, str]]:
    """``count`` rows with address, first name and order number."""
    return [
        {"Email": f"person{n}@{domain}", "First name": f"Name {n}", "Order": f"{n:06d}"} for n in range(1, count + 1)
    ]


def make_campaign(
    folder: Path,
    rows: Iterable[dict[str, str]],
    *,
    profile: str = "office",
    html: str = HTML,
    extra: str = "",
) -> Path:
    """Write a campaign folder; ``extra`` is appended to campaign.toml."""
    folder.mkdir(parents=True, exist_ok=True)
    listed = list(rows)
    with (folder / "recipients.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(listed[0]))
        writer.writeheader()
        writer.writerows(listed)
    (folder / "message.html").write_text(html, encoding="utf-8")
    (folder / "campaign.toml").write_text(
        f"""name = "Spring sale"
profiles = ["{profile}"]
from = "Ana Pérez <ana@example.com>"
subject = "{{{{ first_name }}}}, spring is here"
recipients = "recipients.csv"
html = "message.html"
unsubscribe = "mailto:leave@example.com?subject=leave%20{{{{ email }}}}"
{extra}
[retry]
delays = ["1s"]
give_up_after = "1h"
""",
        encoding="utf-8",
    )
    return folder


class Program:
    """The command line on one workspace."""

    def __init__(self, workspace: Path, env: dict[str, str] | None = None) -> None:
        self.workspace = workspace
        self.env = {"SMTPDESK_ANSWER_TIMEOUT": "40", **(env or {})}

    def __call__(self, *args: str | Path, input: str | None = None, env: dict[str, str] | None = None) -> Ran:
        """Run a command to its end."""
        return run_cli(args, self.workspace, {**self.env, **(env or {})}, input)

    def start(self, *args: str | Path) -> Running:
        """Start a command beside the test."""
        return start_cli(args, self.workspace, self.env)

    def profile(self, port: int, *options: str | Path, name: str = "office", security: str = "none") -> None:
        """Add a profile for a server on this computer."""
        ran = self(
            *("profile", "add", name, "--host", "127.0.0.1", "--port", str(port), "--security", security),
            *("--from", "Ana Pérez <ana@example.com>", "--replace", *options),
        )
        assert ran.status == 0, ran

    def send(self, folder: Path, *options: str) -> Ran:
        """Send with ``--yes --json``."""
        return self("send", folder, "--yes", "--json", *options)

    def report(self, folder: Path) -> dict[str, dict[str, Any]]:
        """Every recipient's result by address."""
        ran = self("report", folder, "--json")
        assert ran.status == 0, ran
        return {item["address"]: item for item in ran.json if item["event"] == "recipient"}


def done(ran: Ran) -> dict[str, Any]:
    """The last line of ``send --json``."""
    assert ran.json, ran
    last = ran.json[-1]
    assert last["event"] == "done", ran
    return last


def problems(ran: Ran) -> list[dict[str, Any]]:
    """The attempts that did not end well, as ``send --json`` printed them."""
    return [item for item in ran.json if item["event"] == "attempt"]


def addresses(rows: Sequence[dict[str, str]]) -> list[str]:
    """The addresses of rows, in order."""
    return [row["Email"] for row in rows]
