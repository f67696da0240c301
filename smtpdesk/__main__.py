"""``python -m smtpdesk`` and the ``smtpdesk`` command: the window without arguments, else the command line."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from smtpdesk.base import secret_variables
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.starting import importing

with importing():
    from smtpdesk.cli.main import main as command_line


def has_display() -> bool:
    """True when a window can be shown to somebody."""
    if sys.platform in {"win32", "darwin"}:
        return True
    shown = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(shown) or os.environ.get("QT_QPA_PLATFORM", "") not in {"", "xcb", "wayland"}


def open_window(workspace: Path | None) -> int:
    """Open the window; imported here, since the command line must not pay for Qt."""
    if not has_display():
        raise InputError(
            "window.no-display",
            _("There is no display to show the window on."),
            _("Everything works from the command line too: try “smtpdesk demo --headless” or “smtpdesk --help”."),
        )
    from smtpdesk.desktop.main import main as window

    return window(workspace=workspace)


def main() -> int:
    """Entry point."""
    secret_variables.take_out()
    return command_line(open_window=open_window)


if __name__ == "__main__":
    sys.exit(main())
