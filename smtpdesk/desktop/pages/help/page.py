"""The page: topics at the side, one of them open. ``opened(about="profiles")`` opens what fits that page."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QTextBrowser, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Button, Elide, box, button, hbox, rule, scroll, text, vbox
from smtpdesk.desktop.pages.help.topics import FOR_PAGE, as_html, topics
from smtpdesk.desktop.shell.context import AppContext, PageInfo

PAGE = PageInfo(id="help", title=lambda: _("Help"), icon="life-buoy", order=95, bottom=True)

_SIDE, _MARGIN, _WIDEST = 244, 32, 700


class Page(QWidget):
    """Links between topics stay here; others open in the person's browser when clicked."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._topics = {topic.id: topic for topic in topics()}
        self._current = ""
        self._group = QButtonGroup(self)
        self._buttons: dict[str, Button] = {}
        column = vbox(gap=2)
        for topic in self._topics.values():
            column.addWidget(self._entry(topic.id, topic.title))
        column.addStretch(1)
        self.explain = button(
            _("What does this error mean?"), "", "message-circle-question-mark", clicked=lambda: context.go("explain")
        )
        side = box(
            vbox(
                hbox(8, text(_("Help"), "section"), gap=0),
                10,
                (scroll(box(column), _("Topics")), 1),
                8,
                self.explain,
                gap=0,
                margins=(10, 18, 10, 12),
            )
        )
        side.setFixedWidth(_SIDE)
        self.view = QTextBrowser()
        self.view.setFrameShape(QFrame.Shape.NoFrame)
        self.view.setOpenLinks(False)
        self.view.setAccessibleName(_("Help"))
        self.view.document().setDocumentMargin(_MARGIN)
        self.view.setLineWrapMode(QTextBrowser.LineWrapMode.FixedPixelWidth)
        self.view.anchorClicked.connect(self._follow)
        self.setLayout(hbox(side, rule("v"), (self.view, 1), gap=0))
        context.theme.changed.connect(self._show)
        if self._topics:
            self.show_topic(next(iter(self._topics)))

    def _entry(self, topic: str, title: str) -> Button:
        made = Button()
        made.setCheckable(True)
        made.setProperty("row", "true")
        made.setFixedHeight(48)
        made.setAccessibleName(title)
        made.setLayout(hbox((Elide(title, "body"), 1), gap=0, margins=(10, 4, 8, 4)))
        made.clicked.connect(lambda _checked=False: self.show_topic(topic))
        self._group.addButton(made)
        self._buttons[topic] = made
        return made

    async def opened(self, about: str = "", topic: str = "") -> None:
        """Show a topic, or what fits a page; without either, what was open stays."""
        wanted = topic or FOR_PAGE.get(about, "")
        if wanted in self._topics:
            self.show_topic(wanted)

    def show_topic(self, topic: str) -> None:
        """Open a topic."""
        self._current = topic
        self._buttons[topic].setChecked(True)
        self._show()
        self.view.verticalScrollBar().setValue(0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lines are as wide as is easy to read, and no wider than the window."""
        super().resizeEvent(event)
        room = self.width() - _SIDE - 24  # the margins are within the line, the scroll bar is not
        self.view.setLineWrapColumnOrWidth(max(240, min(_WIDEST, room)))

    def current(self) -> str:
        """Id of the open topic."""
        return self._current

    def _show(self) -> None:
        if self._current:
            self.view.setHtml(as_html(self._topics[self._current]))

    def _follow(self, link: QUrl) -> None:
        stem = link.path().removesuffix(".md")
        if link.isRelative() and link.path() == "explain":
            self._context.go("explain")
        elif link.isRelative() and stem in self._topics:
            self.show_topic(stem)
        elif link.scheme() in ("https", "http", "mailto"):
            QDesktopServices.openUrl(link)
