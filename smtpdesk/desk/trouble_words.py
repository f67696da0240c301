"""What helps while the ledger cannot be written: the worker waits by itself, so nobody has to try again."""

from __future__ import annotations

from smtpdesk.base.i18n import _


def what_helps(code: str) -> str:
    """What a person can do meanwhile, for the code of a store's error; "" for an unknown one."""
    advice = {
        "workspace.full": lambda: _("Make room on this disk."),
        "workspace.locked": lambda: _("Wait for the other program, or close it."),
        "workspace.read-only": lambda: _("Make this disk writable again."),
        "workspace.unreachable": lambda: _("Check that the disk is connected and works."),
        "workspace.slow": lambda: _("Check that the disk is connected, and not busy with something else."),
    }
    return advice[code]() if code in advice else ""
