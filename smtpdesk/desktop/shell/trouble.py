"""The page shown when the workspace cannot be opened."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import EmptyState, button


def trouble_page(error: DeskError, folder: Path, again: Callable[[], object], leave: Callable[[], object]) -> QWidget:
    """The error's sentence and hint, where the workspace is, and what can be done."""
    where = "" if str(folder) in str(error) else str(folder)
    body = "\n".join(part for part in (error.hint, where) if part)

    def show_folder() -> None:
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder if folder.exists() else folder.parent)))

    return EmptyState(
        error.sentence,
        body,
        "database",
        button(_("Quit"), clicked=leave),
        button(_("Open the folder"), clicked=show_folder),
        button(_("Try again"), "primary", clicked=again),
    )
