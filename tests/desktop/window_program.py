"""``python -m tests.desktop.window_program WORKSPACE [--open FOLDER] [--press NAME …]``: the program, used from a test.

It is ``smtpdesk``'s own window and loop; a person made of code opens a campaign's last step, presses buttons as soon as
they can be pressed, and prints a line ``sees: …`` for everything new that can be read in the window.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

import qasync
from PySide6.QtWidgets import QAbstractButton, QApplication

from smtpdesk.desktop import main as program
from smtpdesk.desktop.shell.window import MainWindow
from tests.desktop import hands

_LOOK = 0.05


def main(argv: Sequence[str] | None = None) -> int:
    """Run until the window is closed; the window's exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("--open", type=Path)
    parser.add_argument("--press", nargs="+", default=[])
    options = parser.parse_args(argv)
    app = program.application(["smtpdesk"])
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        return runner.run(_both(options.workspace, options.open, options.press))


async def _both(workspace: Path, folder: Path | None, buttons: Sequence[str]) -> int:
    person = asyncio.create_task(_person(folder, buttons))
    try:
        return await program.run(workspace)
    finally:
        person.cancel()


async def _person(folder: Path | None, buttons: Sequence[str]) -> None:
    window = await _window()
    reader = asyncio.create_task(_read(window))
    if folder is not None:
        window.go("campaign", folder=folder, step="send")
    for name in buttons:
        await _press(window, name)
    await reader


async def _window() -> MainWindow:
    """The window, once it shows a page."""
    while True:
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, MainWindow) and widget.current():
                return widget
        await asyncio.sleep(_LOOK)


async def _press(window: MainWindow, name: str) -> None:
    while True:
        found = hands.named(window, QAbstractButton, name)
        if found is not None and found.isEnabled():
            hands.click(found)
            return
        await asyncio.sleep(_LOOK)


async def _read(window: MainWindow) -> None:
    known: set[str] = set()
    while True:
        for line in hands.words(window).splitlines():
            if line not in known:
                known.add(line)
                print(f"sees: {line}", flush=True)
        await asyncio.sleep(_LOOK)


if __name__ == "__main__":
    sys.exit(main())
