"""An address is no workspace: nothing is made, and a sentence says so."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from smtpdesk.base.errors import InputError
from smtpdesk.base.workspace_path import workspace_folder
from smtpdesk.cli.main import app
from smtpdesk.desktop.main import main as window

ADDRESSES = ["postgresql://ana@db.example.com/desk", "sqlite:///desk.db", "https://example.com/x", "file:///srv/desk"]


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize(
    "command", [("profile", "list"), ("sandbox",), ("list", "show"), ("demo", "--headless"), ("provider", "list"), ()]
)
def test_an_address_is_refused_and_nothing_is_made(
    command: tuple[str, ...], address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMTPDESK_WORKSPACE", "")
    opener = {"obj": lambda workspace: window([], workspace)}
    if command == ("provider", "list"):  # needs no workspace: the environment names it here
        command = ("profile", "list")
        monkeypatch.setenv("SMTPDESK_WORKSPACE", address)
        ran = CliRunner().invoke(app, list(command), **opener)
    else:
        ran = CliRunner().invoke(app, [*command, "--workspace", address], **opener)
    assert ran.exit_code == 2 and "workspace.address" in ran.stderr, ran.output
    assert not isinstance(ran.exception, InputError)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["/srv/desk", "C:/Users/ana", "a:b", "desk"])
def test_a_folder_is_none(name: str) -> None:
    assert workspace_folder(Path(name)).is_absolute()
