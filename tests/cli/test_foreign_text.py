"""What strangers wrote (cells, names, files, servers) is text and nothing else on the console of every command."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rich.table import Table
from typer.testing import CliRunner, Result

from smtpdesk.base import logs
from smtpdesk.base.visible import visible, visible_json
from smtpdesk.cli.console import DeskConsole, foreign, foreign_lines
from smtpdesk.cli.main import app, command
from smtpdesk.sandbox import dismiss
from tests.servers.proc import ROOT
from tests.servers.scripted import ScriptedServer, say

#: Colours, a window title, an 8-bit sequence, a turn of direction, no width, an emoji, mark-up that breaks.
LINE = "\x1b[31m\x1b]0;owned\x07\x9b2J\u202elive\u200b\u2066 AB:CD:EF :smile: [bold]x[/x]"
NAME = LINE.replace("/", "")
PROFILE = "of:CD:fice\x9b31m\u202e[bold]"
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    monkeypatch.setenv("SMTPDESK_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("SMTPDESK_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)

    def work(*args: object, input: str = "") -> Result:
        return CliRunner().invoke(app, [str(arg) for arg in args], input=input)

    yield work
    dismiss(tmp_path / "workspace" / "sandbox")


def commands() -> set[str]:
    """Every command there is: ``profile list``."""

    def walk(command: object, path: tuple[str, ...]) -> Iterator[str]:
        inside = getattr(command, "commands", None)
        if not inside:
            yield " ".join(path)
            return
        for name, one in inside.items():
            yield from walk(one, (*path, name))

    return set(walk(command(), ()))


def campaign(folder: Path, profile: str, subject: str = LINE) -> Path:
    folder.mkdir()
    said = json.dumps(LINE)  # a string of JSON is one of TOML
    (folder / "campaign.toml").write_text(
        f'name = {said}\nprofiles = [{json.dumps(profile)}]\nfrom = "ana@example.com"\n'
        f'subject = {json.dumps(subject)}\nrecipients = "people.csv"\nhtml = "message.html"\n[retry]\ndelays = []\n',
        encoding="utf-8",
    )
    (folder / "message.html").write_text(f"<p>{{{{ first_name }}}} {{{{ nobody_{'x'} }}}}</p>", encoding="utf-8")
    (folder / "message.html").write_text(f"<p>{{{{ first_name }}}} {NAME}</p>", encoding="utf-8")
    rows = [f"ana{n}@example.net,{LINE}" for n in range(3)] + [f'"{NAME}",x', f"ana0@example.net,{NAME}"]
    (folder / "people.csv").write_text("\n".join((f"Email,First name,{NAME}", *rows)), encoding="utf-8")
    return folder


def test_every_command_shows_foreign_text_as_text(run: Run, scripted: ScriptedServer, tmp_path: Path) -> None:
    scripted.on("greeting", say(f"220 {LINE}"))
    scripted.on("rcpt", say(f"550 5.1.1 {LINE}"))
    home = campaign(tmp_path / f"spring {NAME}", PROFILE)
    sent = campaign(tmp_path / f"sent {NAME}", PROFILE, "AB:CD:EF")
    listed = tmp_path / f"people {NAME}.csv"
    listed.write_text((home / "people.csv").read_text(encoding="utf-8"), encoding="utf-8")
    bounce = tmp_path / f"bounce {NAME}.eml"
    bounce.write_text(f"550 5.7.1 {LINE}\n", encoding="utf-8")
    gift = tmp_path / f"gift {NAME}.toml"
    gift.write_text(f'[[profile]]\nname = "x"\n{json.dumps(LINE)} = 1\n', encoding="utf-8")
    relay = (
        "--host",
        "127.0.0.1",
        "--port",
        scripted.port,
        "--security",
        "none",
        "--from",
        f'"{PROFILE}" <a@b.example>',
    )
    out = tmp_path / f"out {NAME}"
    calls: list[tuple[object, ...]] = [
        ("profile", "add", PROFILE, *relay),
        ("profile", "add", NAME, *relay),
        ("profile", "change", PROFILE, "--hourly", 500),
        ("profile", "change", NAME, "--hourly", LINE),
        ("profile", "list"), ("profile", "show", PROFILE), ("profile", "show", LINE),
        ("profile", "find", f"ana@{NAME}"), ("profile", "test", PROFILE), ("profile", "test", PROFILE, "--to", LINE),
        ("profile", "test", PROFILE, "--transcript", "-"), ("profile", "test", PROFILE, "--try-everything"),
        ("profile", "sign-in", PROFILE), ("profile", "sign-out", LINE), ("profile", "export", LINE),
        ("profile", "export", PROFILE, "--output", out), ("profile", "import", gift), ("profile", "import", out),
        ("provider", "list"), ("provider", "show", LINE), ("provider", "find", LINE),
            ("provider", "compare", LINE, "gmail"),
        ("list", "import", listed, "--name", NAME), ("list", "list"), ("list", "show", NAME), ("list", "show", LINE),
        ("list", "remove", LINE), ("list", "inspect", listed), ("list", "preview", listed),
        ("check", home), ("check", tmp_path / LINE.replace("/", "")),
        ("render", home, "--row", 4), ("render", home, "--row", 99),
        ("send", home, "--to", LINE), ("send", home, "--yes"), ("send", sent, "--yes"),
            ("send", sent, "--to", "a@b.example"),
            ("send", home, "--yes", "--profile", LINE),
        ("report", sent), ("report", LINE), ("report", sent, "--csv", out), ("retry", sent), ("retry", LINE),
        ("performance",), ("performance", PROFILE), ("performance", LINE),
        ("explain", LINE), ("explain", f"550 5.1.1 {LINE}"), ("explain", "--file", bounce),
        ("domain", LINE), ("domain", "check", LINE), ("dkim", "show", PROFILE), ("dkim", "record", PROFILE),
            ("dkim", "record", LINE),
        ("dkim", "make", PROFILE, "--domain", LINE),
        ("dkim", "import", PROFILE, gift), ("dkim", "remove", PROFILE), ("dkim", "remove", LINE),
        ("demo", LINE), ("sandbox", "--dir", out, "--user", LINE), ("profile", "remove", LINE),
        ("suppression", "add", LINE, "--reason", LINE), ("suppression", "add", "ana@example.org", "--reason", LINE),
        ("suppression", "list"), ("suppression", "remove", LINE), ("suppression", "import", gift),
        ("suppression", "export", out), ("schedule", "list"), ("schedule", "change", LINE, "--at", LINE),
            ("schedule", "cancel", LINE), ("schedule", "timer", LINE), ("schedule", "run", LINE),
            ("runs", "list"), ("runs", "delete", LINE), ("runs", "delete", sent), ("runs", "keep", LINE),
            ("erase", LINE), ("erase", "ana1@example.net"),
            ("leave-out", sent, LINE), ("leave-out", LINE, "example.com"), (LINE,), ("profile", LINE),
            ("send", home, f"--{NAME}"),
    ]  # fmt: skip
    wrong, seen, shown = {}, set(), ""
    there_are = commands()
    for call in calls:
        for further in ((), ("--json",)):
            ran = run(*call, *further)
            said = ran.stdout + ran.stderr
            shown += said if call[0] == "report" and not further else ""
            if FORBIDDEN.search(said) or "\U0001f4bf" in said or "\U0001f604" in said:
                wrong[call, further] = said
            if "cli.unexpected" in said or (ran.exception and not isinstance(ran.exception, SystemExit)):
                wrong[call, further] = f"{ran.exception!r} {said}"
            for line in ran.stdout.splitlines() if further and ran.stdout.startswith("{") else ():
                json.loads(line)
            seen |= {known for known in there_are if " ".join(map(str, call)).startswith(known)}
    assert not wrong
    assert "550 5.1.1" in shown and ":smile: [bold]x[/x]" in shown
    assert there_are - seen == set(), "a command that is new: give it something hostile here"


def test_what_came_past_the_one_function_is_text_too() -> None:
    from io import StringIO

    console = DeskConsole(file=StringIO(), force_terminal=True, color_system="standard", width=200)
    table = Table("a")
    table.add_row(f"AB:CD:EF {LINE}".replace("[", "\\["))
    console.print(table)
    console.print(f"[red]{foreign('2001:cd::1 AB:CD:EF ' + LINE)}[/]")
    assert isinstance(console.file, StringIO)
    said = re.sub(r"\x1b\[[\d;]*m", "", console.file.getvalue())
    assert not FORBIDDEN.search(said) and "\u241b" in said
    assert "AB:CD:EF" in said and "2001:cd::1" in said and "[bold]x[/x]" in said


def test_what_is_not_seen_has_a_sign() -> None:
    assert visible("a\x1b[31m\x9b\x7f\n\u202e\u200bb") == "a\u241b[31m<U+009B>\u2421\u240a<U+202E><U+200B>b"
    assert visible("a\nb\r\n", lines=True) == "a\nb\u240d\n"
    assert visible("Ünïcödé 日本 🙂 — “x”") == "Ünïcödé 日本 🙂 — “x”"
    for sign in "\x9b\x7f\u202e\u2028\U000e0041\ud800":
        assert json.loads(visible_json(json.dumps(f"a{sign}b", ensure_ascii=False))) == f"a{sign}b"
    assert foreign_lines("a\nb\x1b", "  ") == "a\n  b\u241b"


def test_a_log_is_text(tmp_path: Path) -> None:
    import logging

    logs.start(tmp_path, "test")
    try:
        raise ValueError(LINE)
    except ValueError:
        logging.getLogger("smtpdesk.test").exception("said %s\n2026 INFO forged", LINE)
    logging.getLogger("smtpdesk").handlers[0].close()
    said = (tmp_path / "logs" / "test.log").read_text(encoding="utf-8")
    assert not FORBIDDEN.search(said) and "\n2026 INFO forged" not in said and "ValueError" in said


def test_no_command_knows_another_way_to_the_console() -> None:
    """``foreign`` is the only one: whoever calls rich's own ``escape`` or makes a console goes past it."""
    found = []
    for file in (ROOT / "smtpdesk").rglob("*.py"):
        if file.name == "console.py":
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module in {"rich.markup", "rich.console", "rich"}:
                found.append(f"{file}: {node.module}")  # noqa: PERF401 - a comprehension of this would be a riddle
    assert found == []
