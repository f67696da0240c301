"""The left half of the step "Message": envelope, tools, editor, attachments."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desk.campaigns import Template
from smtpdesk.desktop.components import SegmentedControl, Tasks, ask_text, box, button, hbox, open_file, rule, vbox
from smtpdesk.desktop.components.plain import cut, entry, set_tip
from smtpdesk.desktop.pages.campaign.attachment_strip import AttachmentStrip
from smtpdesk.desktop.pages.campaign.completing import FieldLine, MessageEdit
from smtpdesk.desktop.pages.campaign.editing import Editing
from smtpdesk.desktop.pages.campaign.envelope import Envelope
from smtpdesk.desktop.pages.campaign.starters import Starters
from smtpdesk.desktop.pages.campaign.text_pane import TextPane
from smtpdesk.desktop.pages.campaign.text_template import text_template
from smtpdesk.domain.recipient import Recipient

_PICTURES = ["*.png", "*.jpg", "*.jpeg", "*.gif", "*.webp", "*.svg"]
_HTML, _TEXT, _STARTERS = range(3)


class EditorPane(QWidget):
    """Edits the draft of an :class:`Editing`. ``starter(str)``: the person picked a starter message."""

    starter = Signal(str)

    def __init__(self, editing: Editing, on_error: Callable[[DeskError], None]) -> None:
        super().__init__()
        self._editing = editing
        self._tasks = Tasks(self, on_error)
        self._example: Recipient | None = None
        self._filling = False
        self._started = False
        self.envelope = Envelope()
        self.editor = MessageEdit(_("Message, HTML"))
        self.text = TextPane(self._text_template)
        self.starters = Starters()
        self.strip = AttachmentStrip()
        self._build()
        self._connect()

    def _build(self) -> None:
        self.field_button = button(_("Insert field"), "", "braces", "small", clicked=self._fields)
        self._image = button("", "quiet", "image", "small", _("Insert a picture"))
        self._link = button("", "quiet", "link", "small", _("Insert a link"))
        self._undo = button("", "quiet", "undo-2", "small", _("Undo"))
        self._redo = button("", "quiet", "redo-2", "small", _("Redo"))
        self.kind = SegmentedControl([_("HTML"), _("Plain text")], 0, _("What to edit"))
        tools = (self._image, self._link, self._undo, self._redo)
        bar = hbox(self.field_button, *tools, None, self.kind, gap=4, margins=(24, 7, 16, 7))
        self._stack = QStackedWidget()
        for page in (self.editor, self.text, self.starters):
            self._stack.addWidget(page)
        column = vbox(self.envelope, rule(), box(bar), rule(), (self._stack, 1), rule(), self.strip, gap=0)
        self.setLayout(column)
        self.setTabOrder(self.envelope.subject, self.field_button)

    def _connect(self) -> None:
        self.envelope.edited.connect(lambda fields: self._editing.edit(**fields))
        self.editor.textChanged.connect(self._typed)
        self.text.edited.connect(lambda words: self._editing.write(text=words))
        self.kind.picked.connect(self.show_kind)
        self.starters.picked.connect(self._start)
        self._image.clicked.connect(lambda: self._tasks.spawn(self._insert_picture()))
        self._link.clicked.connect(lambda: self._tasks.spawn(self._insert_link()))
        self._undo.clicked.connect(lambda: self._target().undo())
        self._redo.clicked.connect(lambda: self._target().redo())
        set_tip(self._undo, _("Undo ({keys})").format(keys=QKeySequence(QKeySequence.StandardKey.Undo).toString()))
        for editor in (self.editor, self.text.editor):
            editor.files_dropped.connect(self.strip.added)
        self.strip.added.connect(lambda files: self._tasks.spawn(self._editing.attach(files)))
        self.strip.pattern.connect(lambda name: self._tasks.spawn(self._editing.attach_pattern(name)))
        self.strip.removed.connect(lambda name: self._tasks.spawn(self._editing.detach(name)))
        self._editing.loaded.connect(self._load)
        self._editing.changed.connect(lambda: self.strip.set(self._editing.draft.attachments))

    # --- what is shown -----------------------------------------------------------------------------------------
    def _load(self) -> None:
        draft = self._editing.draft
        self.envelope.show_campaign(draft.campaign)
        self._filling = True
        if self.editor.toPlainText() != draft.html:
            self.editor.setPlainText(draft.html)
        self._filling = False
        self.text.show_text(draft.text)
        self.strip.set(draft.attachments)
        self._started = bool(draft.html.strip() or draft.text.strip())
        only_text = not draft.html.strip() and bool(draft.text.strip())
        self.kind.set_current(_TEXT if only_text else _HTML)
        self.show_kind(self.kind.current())

    def set_templates(self, templates: Sequence[Template]) -> None:
        """The starter messages to choose from while the message is empty."""
        self.starters.set_templates(templates)
        self.show_kind(self.kind.current())

    def set_fields(self, fields: Sequence[str]) -> None:
        """The fields of the list."""
        self.editor.set_fields(fields)
        self.text.editor.set_fields(fields)
        self.envelope.set_fields(fields)

    def set_example(self, person: Recipient | None) -> None:
        """The person in the preview, whose values stand beside the names in the menu of fields."""
        self._example = person

    def show_kind(self, index: int) -> None:
        """Turn to the HTML or the plain text."""
        starting = index == _HTML and not self._started and self.starters.count() > 0
        self._stack.setCurrentIndex(_STARTERS if starting else index)
        html = index == _HTML and not starting
        self.field_button.setEnabled(not starting)
        for tool in (self._image, self._link):
            tool.setEnabled(html)
        for tool in (self._undo, self._redo):
            tool.setEnabled(not starting)

    def mark(self, file: str, line: int) -> bool:
        """Mark the line of an error; whether the file is edited here."""
        editor = self._editor_of(file)
        self.clear_marks()
        if editor is not None and line:
            editor.set_marks({line: "bad"})
        return editor is not None

    def clear_marks(self) -> None:
        """No line is wrong any more."""
        for editor in (self.editor, self.text.editor):
            editor.set_marks({})

    def goto(self, file: str, line: int) -> bool:
        """Put the cursor on a line; whether the file is edited here."""
        campaign = self._editing.campaign
        if file == campaign.html or file == campaign.text:
            index = _HTML if file == campaign.html else _TEXT
            self.kind.set_current(index)
            self.show_kind(index)
            editor = self._editor_of(file)
            assert editor is not None
            editor.goto(line or 1)
            return True
        return False

    def _editor_of(self, file: str) -> MessageEdit | None:
        campaign = self._editing.campaign
        if file and file == campaign.html:
            return self.editor
        return self.text.editor if file and file == campaign.text else None

    def _target(self) -> MessageEdit:
        return self.text.editor if self.kind.current() == _TEXT else self.editor

    # --- writing -----------------------------------------------------------------------------------------------
    def _typed(self) -> None:
        # Also emitted when colours change; then the words are the same.
        if self._filling or not self._editing.is_open():
            return
        if self.editor.toPlainText() != self._editing.draft.html:
            if not self._started:
                self._started = True
                self.show_kind(self.kind.current())
            self._editing.write(html=self.editor.toPlainText())

    def _text_template(self) -> str:
        draft = self._editing.draft
        return text_template(draft.html, draft.campaign.html)

    def _start(self, key: str) -> None:
        if key:
            self.starter.emit(key)
        else:
            self._started = True
            self.show_kind(_HTML)
            self.editor.setFocus()

    def _fields(self) -> None:
        menu = QMenu(self)
        people = self._editing.people
        names = people.fields if people is not None else ()
        for name in names:
            value = " ".join(self._example.fields.get(name, "").split()) if self._example else ""
            entry(menu, name, behind=cut(value, 29)).triggered.connect(partial(self._insert_field, name))
        if not names:
            entry(menu, _("Choose the recipients first")).setEnabled(False)
        menu.addSeparator()
        leave = entry(menu, "unsubscribe_url")
        leave.triggered.connect(partial(self._insert_field, "unsubscribe_url"))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.field_button.mapToGlobal(QPoint(0, self.field_button.height() + 4)))

    def _insert_field(self, name: str, _checked: bool = False) -> None:
        focus = self.window().focusWidget()
        if isinstance(focus, FieldLine) and self.isAncestorOf(focus):
            focus.insert_field(name)
        elif not self._target().isReadOnly():
            self._target().insert(f"{{{{ {name} }}}}")

    async def _insert_picture(self) -> None:
        file = await open_file(self, _("Insert a picture"), [(_("Pictures"), _PICTURES)])
        if file is None:
            return
        name = await asyncio.to_thread(_copy_picture, file, self._editing.draft.folder)
        self.editor.insert(f'<img src="{name}" alt="" width="320">')

    async def _insert_link(self) -> None:
        words = self.editor.textCursor().selectedText()
        address = await ask_text(self, _("Insert a link"), _("Address"), "https://", _("Insert"), check=_check_link)
        if address:
            self.editor.insert(f'<a href="{address}">{words or address}</a>')


def _copy_picture(file: Path, folder: Path) -> str:
    """Put a picture into the folder's ``images/`` unless it is in the folder already; its name there."""
    if file.resolve().is_relative_to(folder.resolve()):
        return file.resolve().relative_to(folder.resolve()).as_posix()
    target = folder / "images" / file.name
    target.parent.mkdir(exist_ok=True)
    shutil.copyfile(file, target)
    return f"images/{file.name}"


def _check_link(words: str) -> str:
    if words.startswith(("https://", "http://", "mailto:", "tel:", "{{")) and len(words) > 8:
        return ""
    return _("A link begins with https:// or mailto:")
