"""The system's file dialogs, awaited.

::

    file = await open_file(self, _("Choose a spreadsheet"), [(_("Spreadsheets"), ["*.csv", "*.xlsx"])])
    folder = await open_folder(self, _("Choose a campaign folder"))
    target = await save_file(self, _("Save the report"), "report.csv", [(_("CSV"), ["*.csv"])])
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from smtpdesk.base.i18n import _

#: (words, patterns): (_("Spreadsheets"), ["*.csv", "*.xlsx"]).
Filter = tuple[str, Sequence[str]]

_last_folder: Path | None = None


async def _run(dialog: QFileDialog) -> list[Path]:
    global _last_folder  # the next dialog opens where the last one ended
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    if _last_folder is not None:
        dialog.setDirectory(str(_last_folder))
    done: asyncio.Future[list[Path]] = asyncio.get_running_loop().create_future()

    def finish(code: int) -> None:
        if not done.done():
            accepted = code == QDialog.DialogCode.Accepted.value
            done.set_result([Path(name) for name in dialog.selectedFiles()] if accepted else [])

    dialog.finished.connect(finish)
    dialog.open()
    try:
        files = await done
    finally:
        dialog.close()
        dialog.deleteLater()
    if files:
        _last_folder = files[0].parent
    return files


def _filters(filters: Sequence[Filter]) -> list[str]:
    return [f"{words} ({' '.join(patterns)})" for words, patterns in filters] + [_("All files") + " (*)"]


async def open_file(parent: QWidget, title: str, filters: Sequence[Filter] = ()) -> Path | None:
    """Ask for one existing file; None when cancelled."""
    dialog = QFileDialog(parent.window(), title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.setNameFilters(_filters(filters))
    files = await _run(dialog)
    return files[0] if files else None


async def open_files(parent: QWidget, title: str, filters: Sequence[Filter] = ()) -> list[Path]:
    """Ask for existing files; empty when cancelled."""
    dialog = QFileDialog(parent.window(), title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
    dialog.setNameFilters(_filters(filters))
    return await _run(dialog)


async def open_folder(parent: QWidget, title: str) -> Path | None:
    """Ask for a folder; None when cancelled."""
    dialog = QFileDialog(parent.window(), title)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    files = await _run(dialog)
    return files[0] if files else None


async def save_file(parent: QWidget, title: str, name: str, filters: Sequence[Filter] = ()) -> Path | None:
    """Ask where to save; the dialog itself asks before it replaces a file. None when cancelled."""
    dialog = QFileDialog(parent.window(), title)
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setFileMode(QFileDialog.FileMode.AnyFile)
    dialog.setNameFilters(_filters(filters))
    dialog.selectFile(name)
    dialog.setDefaultSuffix(Path(name).suffix.lstrip("."))
    files = await _run(dialog)
    return files[0] if files else None
