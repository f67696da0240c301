"""The files that go out with the message, in a row below the editor."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QMenu, QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.campaigns import AttachmentFile
from smtpdesk.desktop.components import (
    Card,
    Drop,
    Elide,
    Glyph,
    Tasks,
    ask_text,
    box,
    button,
    clear,
    hbox,
    open_files,
    text,
)
from smtpdesk.desktop.components.plain import entry, set_tip
from smtpdesk.desktop.preview.sizes import file_size

_NAME_WIDTH = 150


class AttachmentStrip(Drop):
    """``strip.set(files)``; ``added(list[Path])``, ``pattern(str)``, ``removed(str)``."""

    added = Signal(list)
    pattern = Signal(str)
    removed = Signal(str)

    def __init__(self) -> None:
        self._row = hbox(gap=6)
        self.add_button = button(_("Attach"), "quiet", "paperclip", "small", clicked=self._menu)
        self._total = text("", "caption", "3")
        super().__init__(
            hbox(self.add_button, (box(self._row), 1), self._total, gap=6, margins=(16, 7, 16, 7)), bare=True
        )
        self._tasks = Tasks(self)
        self._files: tuple[AttachmentFile, ...] = ()
        self._row.addStretch(1)
        self.setFixedHeight(42)
        self.dropped.connect(self.added)

    def set(self, files: Sequence[AttachmentFile]) -> None:
        """Show these files."""
        if tuple(files) == self._files:
            return
        self._files = tuple(files)
        clear(self._row)
        for file in files:
            self._row.addWidget(self._chip(file))
        self._row.addStretch(1)
        known = [file.size for file in files if file.size is not None]
        count = ngettext("{n} file", "{n} files", len(files)).format(n=len(files))
        self._total.set_text(f"{count}, {file_size(sum(known))}" if len(files) > 1 and known else "")

    def _chip(self, file: AttachmentFile) -> QWidget:
        each = "{" in file.name
        missing = file.size is None and not each
        icon = "users" if each else "triangle-alert" if missing else "file"
        shown = file.name if each else Path(file.name).name
        name = Elide(shown, "caption", "bad" if missing else "", Qt.TextElideMode.ElideMiddle, hug=True)
        name.setMaximumWidth(_NAME_WIDTH)
        size = _("one each") if each else _("missing") if missing else file_size(file.size or 0)
        about = text(size, "caption", "3")
        close = button("", "quiet", "x", "small", _("Do not attach “{name}”").format(name=shown))
        close.setFixedSize(22, 22)
        close.clicked.connect(lambda: self.removed.emit(file.name))
        color = "bad" if missing else "text2"
        chip = Card(hbox(Glyph(icon, color, 14), (name, 1), about, close, gap=6, margins=(8, 1, 2, 1)), "sunken")
        set_tip(chip, file.name)
        return chip

    def _menu(self) -> None:
        menu = QMenu(self)
        entry(menu, _("Files for everyone…")).triggered.connect(lambda: self._tasks.spawn(self._ask_files()))
        entry(menu, _("A file of their own for each person…")).triggered.connect(
            lambda: self._tasks.spawn(self._ask_pattern())
        )
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        at = self.add_button.mapToGlobal(QPoint(0, 0))
        menu.popup(at - QPoint(0, menu.sizeHint().height() + 4))

    async def _ask_files(self) -> None:
        files = await open_files(self, _("Attach files"))
        if files:
            self.added.emit(files)

    async def _ask_pattern(self) -> None:
        name = await ask_text(
            self,
            _("A file of their own for each person"),
            _("Name of the file, with fields of the list"),
            "attachments/{{ invoice }}.pdf",
            _("Attach"),
            check=lambda words: "" if "{{" in words else _("Put a field into it, such as {{ invoice }}."),
            help=_("The files lie in the campaign folder. The check says for whom one is missing."),
        )
        if name:
            self.pattern.emit(name)
