"""The attachments of a message as its recipient gets them, each of which can be saved and looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import PurePath

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import (
    Elide,
    EmptyState,
    Glyph,
    Tasks,
    box,
    button,
    clear,
    hbox,
    rule,
    save_file,
    scroll,
    text,
    vbox,
)  # fmt: skip
from smtpdesk.desktop.preview.sizes import file_size
from smtpdesk.message import AttachedFile

_ICONS = (
    ("image/", "file-image"),
    ("application/pdf", "file-text"),
    ("text/", "file-text"),
    ("application/zip", "file-archive"),
    ("spreadsheet", "file-spreadsheet"),
    ("excel", "file-spreadsheet"),
)


def file_icon(kind: str) -> str:
    """The icon for a MIME type."""
    return next((icon for part, icon in _ICONS if part in kind), "file")


class AttachmentsView(QWidget):
    """``view.set(back.parts, len(back.inline))``."""

    def __init__(self) -> None:
        super().__init__()
        self._tasks = Tasks(self)
        self._rows = vbox(gap=0)
        self._empty = EmptyState(
            _("No attachments"), _("This person gets the message without any file attached."), "paperclip"
        )
        self._note = text("", "caption", "3", wrap=True)
        self._column = box(vbox(self._rows, 8, self._note, None, gap=0, margins=(20, 8, 16, 12)))
        self._area = scroll(self._column, _("Attachments"))
        self.setLayout(vbox((self._area, 1), (self._empty, 1), gap=0))

    def set(self, parts: Sequence[AttachedFile], inline: int) -> None:
        """Show these files; ``inline``: how many pictures travel inside the message."""
        clear(self._rows)
        for number, part in enumerate(parts):
            if number:
                self._rows.addWidget(rule())
            self._rows.addWidget(self._row(part))
        words = ngettext(
            "{n} picture travels inside the message and is no attachment.",
            "{n} pictures travel inside the message and are no attachments.",
            inline,
        )
        self._note.set_text(words.format(n=inline) if inline else "")
        self._area.setVisible(bool(parts) or bool(inline))
        self._empty.setVisible(not parts and not inline)

    def _row(self, part: AttachedFile) -> QWidget:
        name = part.name or _("without a name")
        about = f"{file_size(part.size)} · {part.type}"
        words = box(vbox(Elide(name, "strong", mode=Qt.TextElideMode.ElideMiddle), Elide(about, "caption", "3"), gap=1))
        save = button(_("Save…"), "", "download", "small", tip=_("Save “{name}”").format(name=name))
        save.clicked.connect(lambda: self._tasks.spawn(self._save(part)))
        return box(hbox(Glyph(file_icon(part.type), "text2", 20), (words, 1), save, gap=12, margins=(0, 9, 0, 9)))

    async def _save(self, part: AttachedFile) -> None:
        target = await save_file(self, _("Save the attachment"), PurePath(part.name).name or _("attachment"))
        if target is not None:
            await asyncio.to_thread(target.write_bytes, part.data)
