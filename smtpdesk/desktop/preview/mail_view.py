"""The HTML of a message on its stage, with what a person decides about it: pictures, width, light or dark."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QColor, QDesktopServices
from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import Elide, Glyph, Tasks, box, button, confirm, hbox, rule, text, vbox
from smtpdesk.desktop.preview.clean import Cleaned, TooMuch, clean
from smtpdesk.desktop.preview.engine import HtmlView, PlainBrowser, make_view
from smtpdesk.desktop.preview.guard import Reachable, fine_sites, is_public
from smtpdesk.desktop.preview.stage import Stage

#: Grounds of a mail program's window in light and dark mode.
LIGHT_GROUND, DARK_GROUND = "#ffffff", "#1b1d20"
#: How often redirects may lead to sites that were not looked up yet.
_ROUNDS = 4
#: Until the engine must have shown its first message.
_START_MS = 20_000
#: How often an engine that ended is started again for the same messages.
_RESTARTS = 2

_SCROLL_BAR = (
    "<style>::-webkit-scrollbar{{width:10px;height:10px}}"
    "::-webkit-scrollbar-thumb{{background:{thumb};border-radius:5px;border:2px solid transparent;"
    "background-clip:padding-box}}</style>"
)


class MailView(QWidget):
    """``view.show_mail(html, inline)``; ``set_phone``, ``set_dark``.

    Nothing is loaded from the internet until the person presses *Load pictures*; from then on those of every message
    shown here are loaded, until :meth:`forget_pictures`. A clicked link is shown in words first, then opened by the
    system's browser.
    """

    #: The message is on show.
    shown = Signal()

    def __init__(self, reachable: Reachable = is_public) -> None:
        super().__init__()
        self._reachable = reachable
        self._tasks = Tasks(self)
        self._view: HtmlView | None = None
        self._html = ""
        self._inline: dict[str, tuple[str, bytes]] = {}
        self._cleaned = Cleaned("", (), False)
        self._dark = False
        self._load_pictures = False
        self._rounds = 0
        self._alive = self._refused = self._restarted = False
        self._wanted = self._deaths = 0
        self.stage = Stage()
        self._build()

    def _build(self) -> None:
        self._words = Elide("")
        self.load_button = button(_("Load pictures"), "", "", "small", clicked=self.load_pictures)
        row = hbox(Glyph("image-off", "accentText"), (self._words, 1), self.load_button, gap=9, margins=(20, 6, 16, 6))
        self._strip = _under_rule(box(row))
        self._notice = text("", "caption", "warn", wrap=True)
        self._notice_box = _under_rule(box(hbox((self._notice, 1), margins=(20, 6, 14, 6))))
        self._hover = Elide("", "caption", "2", Qt.TextElideMode.ElideMiddle)
        self._hover.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._hover_box = box(vbox(rule(), box(hbox((self._hover, 1), margins=(20, 4, 14, 4))), gap=0))
        self._hover_box.hide()
        self.setLayout(vbox(self._strip, self._notice_box, (self.stage, 1), self._hover_box, gap=0))

    # --- what is shown -----------------------------------------------------------------------------------------
    def show_mail(self, html: str, inline: Mapping[str, tuple[str, bytes]]) -> None:
        """Show the HTML part of a message; ``inline``: content id to (type, data)."""
        if html == self._html and inline == self._inline and self._view is not None:
            return
        self._html, self._inline = html, dict(inline)
        self._rounds, self._restarted = 0, False
        self._show()

    def set_dark(self, dark: bool) -> None:
        """Show it as a mail program in dark (or light) mode does."""
        if dark != self._dark:
            self._dark = dark
            self._show()

    def set_phone(self, phone: bool) -> None:
        """Show it as wide as on a phone."""
        self.stage.set_phone(phone)

    def pictures_loaded(self) -> bool:
        """Whether the person asked for pictures."""
        return self._load_pictures

    def forget_pictures(self) -> None:
        """Load nothing any more: another campaign is shown."""
        self._load_pictures = False
        self._html = ""

    def knows_dark(self) -> bool:
        """Whether the message has colours of its own for dark mode."""
        return self._cleaned.knows_dark

    def view(self) -> HtmlView | None:
        """The widget that shows the HTML; None before the first message."""
        return self._view

    def _show(self) -> None:
        """Clean it beside the window, and show it then; what is asked for later replaces what is under way."""
        self._wanted += 1
        self._ensure_view()
        self._tasks.cancel()
        self._tasks.spawn(self._clean(self._wanted))

    async def _clean(self, wanted: int) -> None:
        cleaned, self._refused = Cleaned("", (), False), False
        try:
            cleaned = await asyncio.to_thread(clean, self._html, self._dark, lambda: wanted != self._wanted)
        except TooMuch:
            self._refused = wanted == self._wanted
        if wanted == self._wanted:
            self._cleaned = cleaned
            self._show_cleaned()

    def _show_cleaned(self) -> None:
        view = self._ensure_view()
        web = not isinstance(view, PlainBrowser)
        count = len(self._cleaned.pictures)
        self._strip.setVisible(bool(count) and not self._load_pictures and web)
        self._words.set_text(_strip_words(count))
        self._say_notice(view)
        if web and count and self._load_pictures:
            self._tasks.spawn(self._show_with_pictures())
        else:
            view.show_html(self._page(), self._inline, False, self._ground())

    def _page(self) -> str:
        dark = self._shown_dark()
        bar = _SCROLL_BAR.format(thumb="#55595f" if dark else "#c3c7ce")
        return _with(self._cleaned.html, bar, _defaults(dark))

    def _shown_dark(self) -> bool:
        """Black words of a message that knows no dark mode would vanish on a dark ground: it stays light."""
        return self._dark and self._cleaned.knows_dark

    def _ground(self) -> QColor:
        return QColor(DARK_GROUND if self._shown_dark() else LIGHT_GROUND)

    def _say_notice(self, view: HtmlView) -> None:
        words = ""
        if self._refused:
            words = _("The HTML of this message is too large or too intricate to be shown here. It is sent as it is.")
        elif self._restarted:
            words = _("The preview had stopped and was started again.")
        elif isinstance(view, PlainBrowser):
            words = _(
                "The web view does not work on this computer, so the layout is shown roughly. It is sent as it is."
            )
        elif self._dark and not self._cleaned.knows_dark:
            words = _(
                "This message has no colours for dark mode: mail programs show it light, or darken it as they see fit."
            )
        self._notice.set_text(words)
        self._notice_box.setVisible(bool(words))

    # --- pictures ----------------------------------------------------------------------------------------------
    def load_pictures(self) -> None:
        """Load the pictures of this message, and of those shown after it."""
        self._load_pictures = True
        self._show()

    async def _show_with_pictures(self) -> None:
        found = await fine_sites(self._cleaned.pictures, self._reachable)
        view = self._view
        if view is not None and not isinstance(view, PlainBrowser):
            view.guard.sites |= found
            view.show_html(self._page(), self._inline, True, self._ground())

    def _missed(self) -> None:
        """A redirect led to a site that was not looked up: look it up and show the message again."""
        if self._rounds < _ROUNDS and not len(self._tasks):
            self._rounds += 1
            self._tasks.spawn(self._learn())

    async def _learn(self) -> None:
        view = self._view
        if view is None or isinstance(view, PlainBrowser):
            return
        found = await fine_sites(view.guard.missed.copy(), self._reachable)
        if found - view.guard.sites:
            view.guard.sites |= found
            view.show_html(self._page(), self._inline, True, self._ground())

    # --- the view ----------------------------------------------------------------------------------------------
    def _ensure_view(self) -> HtmlView:
        if self._view is not None:
            return self._view
        view = make_view(self.stage)
        if not isinstance(view, PlainBrowser):
            view.shown.connect(self._is_shown)
            view.died.connect(self._died, Qt.ConnectionType.QueuedConnection)
            view.guard.missed_one.connect(self._missed, Qt.ConnectionType.QueuedConnection)
            self._alive = False
            QTimer.singleShot(_START_MS, self, self._watch)
        self._adopt(view)
        return view

    def _adopt(self, view: HtmlView) -> None:
        view.setAccessibleName(_("Message as it will look"))
        view.link_clicked.connect(self._open_link)
        view.link_hovered.connect(self._hovered)
        self._view = view
        self.stage.set_view(view)
        if isinstance(view, PlainBrowser):
            self.stage.reveal()

    def _is_shown(self, _good: bool) -> None:
        self._alive = True
        for inner in self._view.findChildren(QWidget) if self._view is not None else ():
            inner.setAccessibleName(_("Message as it will look"))
        self.stage.reveal()
        self.shown.emit()

    def _watch(self) -> None:
        if not self._alive:
            self._lost()

    def _died(self) -> None:
        """The engine's process ended: start another one, unless that has happened before."""
        self._deaths += 1
        if self._deaths > _RESTARTS or isinstance(self._view, PlainBrowser):
            self._lost()
            return
        self._view = None
        self._restarted = True
        self._show()

    def _lost(self) -> None:
        """The engine did not start, or ended again and again: go on without it."""
        if not isinstance(self._view, PlainBrowser):
            self._restarted = False
            self._adopt(PlainBrowser())
            self._show()

    # --- links -------------------------------------------------------------------------------------------------
    def _hovered(self, url: str) -> None:
        self._hover.set_text(url)
        self._hover_box.setVisible(bool(url))

    def _open_link(self, url: str) -> None:
        self._tasks.spawn(self._ask(url))

    async def _ask(self, url: str) -> None:
        if await confirm(self, _("Open this link in your browser?"), f"\u2068{url}\u2069", _("Open the link")):
            QDesktopServices.openUrl(QUrl(url))


def _under_rule(row: QWidget) -> QWidget:
    strip = box(vbox(row, rule(), gap=0))
    strip.hide()
    return strip


def _strip_words(count: int) -> str:
    return ngettext(
        "{n} picture from the internet is not loaded", "{n} pictures from the internet are not loaded", count
    ).format(n=count)


def _defaults(dark: bool) -> str:
    """A message that has dark colours gets a mail program's dark defaults below its own."""
    return "<style>:root{color-scheme:dark}</style>" if dark else ""


def _with(html: str, *styles: str) -> str:
    """Our styles first, so that the message's own come after; a doctype stays at the very beginning."""
    added = "".join(styles)
    if html[:9].lower() == "<!doctype":
        end = html.find(">") + 1
        return html[:end] + added + html[end:]
    return added + html
