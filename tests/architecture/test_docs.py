from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.servers.proc import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
HELP = "\n".join(file.read_text(encoding="utf-8") for file in sorted((ROOT / "resources" / "help").glob("*.md")))
DOCS = README + HELP


def commands() -> Iterator[str]:
    """Every command of the command line with its words: ``profile add``."""
    import typer

    from smtpdesk.cli.main import app

    def walk(command: object, words: tuple[str, ...]) -> Iterator[str]:
        below = getattr(command, "commands", None)
        if not below:
            yield " ".join(words)
            return
        for name, child in below.items():
            if not getattr(child, "hidden", False):
                yield from walk(child, (*words, name))

    yield from walk(typer.main.get_command(app), ())


def test_every_command_is_in_the_docs() -> None:
    said = {re.sub(r"\s+", " ", line) for line in DOCS.splitlines()}
    missing = []
    for command in commands():
        *group, last = command.split(" ")
        # The README's table names the commands of a group once: "smtpdesk profile add … · `list` · `show`".
        pattern = re.compile(rf"smtpdesk {' '.join([*group, ''])}(?:{last}\b|.*`{last}\b)")
        if not any(pattern.search(line) for line in said):
            missing.append(command)
    assert missing == []


def test_every_environment_variable_is_in_the_docs() -> None:
    named = set()
    for file in (ROOT / "smtpdesk").rglob("*.py"):
        named |= set(re.findall(r"[\"'](SMTPDESK_[A-Z_]+[A-Z])_?[\"']", file.read_text(encoding="utf-8")))
    assert named, "the pattern finds nothing"
    assert {name for name in named if name not in DOCS} == set()


@pytest.mark.parametrize("page", ["README.md", ".github/CONTRIBUTING.md"])
def test_every_make_target_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^\s*)make ([a-z0-9]+)", text, re.MULTILINE))
    assert named
    assert named - targets == set()


def test_every_path_that_the_readme_links_to_exists() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", README) if "://" not in link]
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readme_gives_the_exit_statuses() -> None:
    from smtpdesk.base.errors import DeskError

    def below(kind: type[DeskError]) -> Iterator[type[DeskError]]:
        yield kind
        for child in kind.__subclasses__():
            yield from below(child)

    missing = {kind.exit_status for kind in below(DeskError) if not re.search(rf"\| {kind.exit_status} \|", README)}
    assert missing == set()
