"""One message in all its views: HTML, text, headers, source, attachments. Everything comes from its very bytes."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPlainTextEdit, QStackedWidget, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import (
    CodeEdit,
    Elide,
    EmptyState,
    SegmentedControl,
    Tabs,
    Tasks,
    box,
    button,
    hbox,
    rule,
    save_file,
    vbox,
)  # fmt: skip
from smtpdesk.desktop.preview.attachments_view import AttachmentsView
from smtpdesk.desktop.preview.headers_view import HeadersView
from smtpdesk.desktop.preview.mail_view import MailView
from smtpdesk.desktop.preview.problem import ProblemPanel
from smtpdesk.desktop.preview.sizes import file_size
from smtpdesk.desktop.theme import look
from smtpdesk.message import ReadBack

HTML, TEXT, HEADERS, SOURCE, FILES = range(5)
#: Characters of source that are shown; an attachment of megabytes is nothing to read.
_SOURCE_SHOWN = 200_000


class MessagePreview(QWidget):
    """``show_message(raw, back)``, ``show_problem(error)``, ``show_empty(title, body)``.

    ``leading``: a widget at the start of the first row, such as the choice of the person whose message is shown.
    ``jump(file, line)`` is emitted when the person wants to see where an error is.
    """

    jump = Signal(str, int)

    def __init__(self, leading: QWidget | None = None) -> None:
        super().__init__()
        self._tasks = Tasks(self)
        self._raw = b""
        self._back: ReadBack | None = None
        self._filled: set[int] = set()
        self.mail = MailView()
        self._tabs = Tabs([_("HTML"), _("Text"), _("Headers"), _("Source"), _("Attachments")], name=_("Views"))
        self._tabs.picked.connect(self._show_tab)
        self._subject, self._sender = Elide("", "strong"), Elide("", "caption", "3", hug=True)
        self._text = _reader(_("Text version"))
        self._source = CodeEdit(_("Source"), highlight=False)
        self._source.setReadOnly(True)
        self._headers, self._files = HeadersView(), AttachmentsView()
        self._no_html = EmptyState(
            _("No HTML version"), _("This message has text only. See the tab “Text”."), "file-text"
        )
        self._views = QStackedWidget()
        for view in (self.mail, self._text, self._headers, self._source, self._files, self._no_html):
            self._views.addWidget(view)
        self.problem = ProblemPanel()
        self.problem.jump.connect(self.jump)
        self._empty = EmptyState("", "", "mail-search")
        self._build(leading)

    def _build(self, leading: QWidget | None) -> None:
        self._width = SegmentedControl([(_("Desktop"), "monitor"), (_("Phone"), "smartphone")], 0, _("Width"))
        self._width.picked.connect(lambda index: self.mail.set_phone(index == 1))
        self._colours = SegmentedControl([(_("Light"), "sun"), (_("Dark"), "moon")], int(look.dark), _("Mail colours"))
        self._colours.picked.connect(self._recolour)
        self.mail.set_dark(look.dark)
        first = hbox(gap=5, margins=(12, 10, 16, 8))
        if leading is not None:
            first.addWidget(leading, 1)
        else:
            first.addStretch(1)
        first.addWidget(self._width)
        first.addWidget(self._colours)
        self._about = Elide("", "caption", "3", hug=True)
        self._save = button("", "quiet", "download", "small", _("Save this message…"))
        self._save.clicked.connect(lambda: self._tasks.spawn(self._save_message()))
        tabs = hbox((self._tabs, 1), self._about, self._save, gap=8, margins=(20, 0, 12, 0))
        subject = box(hbox((self._subject, 1), self._sender, gap=16, margins=(20, 9, 18, 9)))
        content = box(vbox(subject, rule(), (self._views, 1), gap=0))
        self._pages = QStackedWidget()
        for page in (content, self.problem, self._empty):
            self._pages.addWidget(page)
        self._top = box(vbox(box(first), box(tabs), rule(), gap=0))
        self.setLayout(vbox(self._top, (self._pages, 1), gap=0))

    # --- what is shown -----------------------------------------------------------------------------------------
    def show_message(self, raw: bytes, back: ReadBack) -> None:
        """Show a message: its bytes, and what was read back from them."""
        self._raw, self._back = raw, back
        self._filled.clear()
        named = {name.lower(): value for name, value in back.headers}
        self._subject.set_text(back.subject or _("(no subject)"))
        self._sender.set_text(
            f"\u2068{named.get('from', '')}\u2069"
        )  # <…> must not turn round in a right-to-left window
        self._about.set_text(file_size(back.size))
        label = _("Attachments {n}").format(n=len(back.parts)) if back.parts else _("Attachments")
        self._tabs.set_label(FILES, label)
        self._save.setEnabled(True)
        self._pages.setCurrentIndex(0)
        self._show_tab(self._tabs.current())

    def show_problem(self, error: DeskError) -> None:
        """Say calmly why there is no message, where, and how to mend it."""
        self.problem.set(error)
        self._without()
        self._pages.setCurrentIndex(1)

    def show_empty(self, title: str, body: str) -> None:
        """There is nobody or nothing to show yet."""
        self._empty.set(title, body)
        self._without()
        self._pages.setCurrentIndex(2)

    def _without(self) -> None:
        self._back = None
        self._about.set_text("")
        self._tabs.set_label(FILES, _("Attachments"))
        self._save.setEnabled(False)

    def back(self) -> ReadBack | None:
        """What is on show; None when there is a problem, or nothing."""
        return self._back

    def show_tab(self, index: int) -> None:
        """Turn to a view: HTML, TEXT, HEADERS, SOURCE or FILES."""
        self._tabs.set_current(index)
        self._show_tab(index)

    # --- the views ---------------------------------------------------------------------------------------------
    def _show_tab(self, index: int) -> None:
        back = self._back
        self._width.setEnabled(index == HTML)
        self._colours.setEnabled(index == HTML)
        if back is None:
            return
        self._views.setCurrentIndex(5 if index == HTML and back.html is None else index)
        if index not in self._filled:
            self._filled.add(index)
            self._fill(index, back)

    def _fill(self, index: int, back: ReadBack) -> None:
        if index == HTML and back.html is not None:
            self.mail.show_mail(back.html, back.inline)
        elif index == TEXT:
            self._text.setPlainText(back.text if back.text is not None else _("This message has no text version."))
        elif index == HEADERS:
            self._headers.set(back.headers)
        elif index == SOURCE:
            self._source.setPlainText(_shortened(back.source, back.size))
        elif index == FILES:
            self._files.set(back.parts, len(back.inline))

    def _recolour(self, index: int) -> None:
        self.mail.set_dark(index == 1)

    async def _save_message(self) -> None:
        raw = self._raw
        target = await save_file(self, _("Save this message"), "message.eml", [(_("Messages"), ["*.eml"])])
        if target is not None:
            await asyncio.to_thread(target.write_bytes, raw)


def _reader(name: str) -> QPlainTextEdit:
    made = QPlainTextEdit()
    made.setReadOnly(True)
    made.setAccessibleName(name)
    made.setFont(look.mono())
    made.setProperty("mono", "true")
    made.document().setDocumentMargin(20)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return made


def _shortened(source: str, size: int) -> str:
    if len(source) <= _SOURCE_SHOWN:
        return source
    rest = max(len(source), size) - _SOURCE_SHOWN
    note = _("… and {size} more. Save the message to see all of it.").format(size=file_size(rest))
    return f"{source[:_SOURCE_SHOWN]}\n\n{note}"
