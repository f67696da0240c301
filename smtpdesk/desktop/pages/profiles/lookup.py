"""The settings of an address that no preset knows: asked when the person wants it, shown with who said them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desk.findings import Asked, Candidate, Findings, Origin, State
from smtpdesk.desk.mends import security_words
from smtpdesk.desktop.components import Button, Elide, Glyph, box, button, clear, hbox, rule, text, vbox

#: As many as can be of use; they are the best.
_MOST = 4


def origin_words(origin: Origin) -> str:
    """Who is asked, in few words."""
    return {
        Origin.PRESET: _("Presets"),
        Origin.MX: _("Who takes its mail (MX)"),
        Origin.SRV: _("Its records for mail programs (SRV)"),
        Origin.AUTOCONFIG: _("Its own file with settings"),
        Origin.PROBE: _("The usual ports of its servers"),
    }[origin]


class LookUp(QWidget):
    """``wanted(str)`` asks to look an address up, ``taken(Candidate, str)`` to use what was found for it.

    ``cancelled()`` when the person does not want to wait; ``web_host()`` when they choose to type it themselves.
    The page calls :meth:`begin`, :meth:`add` for each that answers, then :meth:`show_found` or :meth:`stop`.
    """

    wanted = Signal(str)
    taken = Signal(object, str)
    cancelled = Signal()
    web_host = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._address = ""
        self._column = vbox(gap=6)
        self.setLayout(vbox(self._column, 4, rule(), gap=0, margins=(0, 0, 8, 4)))
        self._asked: dict[Origin, Asked] = {}
        self.hide()

    def offer(self, address: str) -> None:
        """Offer to look an address up; "" offers nothing. What was asked for another address is given up."""
        if address == self._address:
            return
        self.stop()
        self._address = address
        self.setVisible(bool(address))
        clear(self._column)
        if address:
            domain = address.rpartition("@")[2]
            words = _("Asks name servers and the domain itself. They learn the domain, not your address.")
            label = _("Look up the settings of {domain}").format(domain=domain)
            self._column.addWidget(_row(label, words, "search", lambda: self.wanted.emit(self._address)))

    def stop(self) -> None:
        """Ask no more."""
        if self._asked:
            self._asked = {}
            self.cancelled.emit()
        self._address = ""

    def begin(self) -> None:
        """The search has begun."""
        self._asked = {Origin.PRESET: Asked(Origin.PRESET, State.NOTHING, "")}
        self._fill_asking()

    def fail(self) -> None:
        """It could not be done: offer it anew."""
        address, self._asked, self._address = self._address, {}, ""
        self.offer(address)

    def add(self, asked: Asked) -> None:
        """One has answered."""
        self._asked[asked.origin] = asked
        self._fill_asking()

    def focus_first(self) -> bool:
        """Begin with the first thing to press; False when there is none."""
        found = next((one for one in self.findChildren(Button) if one.isVisibleTo(self)), None)
        if self.isHidden() or found is None:
            return False
        found.setFocus(Qt.FocusReason.TabFocusReason)
        return True

    def is_asking(self) -> bool:
        """Whether a search is under way."""
        return bool(self._asked)

    def _fill_asking(self) -> None:
        clear(self._column)
        domain = self._address.rpartition("@")[2]
        head = text(_("Looking up {domain}").format(domain=domain), "strong")
        self._column.addWidget(box(hbox(head, None, button(_("Stop"), "quiet", "", "small", clicked=self._give_up))))
        for origin in Origin:
            if origin is not Origin.PRESET:
                self._column.addWidget(self._line(origin))

    def _line(self, origin: Origin) -> QWidget:
        asked = self._asked.get(origin)
        said = Elide(asked.sentence if asked else "", "caption", "3")
        return box(hbox(_glyph(asked), text(origin_words(origin), "body", "2"), (said, 1), gap=8))

    def _give_up(self) -> None:
        address = self._address
        self.stop()
        self.offer(address)

    def show_found(self, found: Findings) -> None:
        """All have answered."""
        self._asked = {}
        clear(self._column)
        words = _("Found. One click takes it into the form.") if found.candidates else found.sentence
        self._column.addWidget(
            box(hbox(Glyph.status("ok" if found.best else "unsure"), text(words, "strong"), None, gap=8))
        )
        for one in found.candidates[:_MOST]:
            self._column.addWidget(self._candidate(one))
        if not found.candidates:
            self._show_asked(found)

    def _candidate(self, one: Candidate) -> QWidget:
        relay = one.relay
        words = _("{host}, port {port}, {security}")
        label = words.format(host=relay.host, port=relay.port, security=security_words(relay.security))
        said = one.sentence
        if one.compare:
            said += " " + _("Of another domain: compare it with what your provider names.")
        if not one.encrypted:
            said += " " + _("A password would be readable on the way.")
        safe = one.encrypted and not one.compare
        glyph = "server" if safe else "triangle-alert"
        return _row(label, said, glyph, lambda: self.taken.emit(one, self._address), "text2" if safe else "warn")

    def _show_asked(self, found: Findings) -> None:
        """Calmly: who was asked, and how to go on."""
        self._asked = {one.origin: one for one in found.asked}
        for origin in Origin:
            if origin is not Origin.PRESET:
                self._column.addWidget(self._line(origin))
        self._asked = {}
        words = _("The host's control panel names the server, often mail. or smtp. and your domain.")
        self._column.addWidget(_row(_("Type it: My web host"), words, "pencil", self.web_host.emit))


def _glyph(asked: Asked | None) -> Glyph:
    if asked is None:
        return Glyph.status("run", 15)
    tone = {State.FOUND: "ok", State.UNKNOWN: "unsure"}.get(asked.state)
    return Glyph.status(tone, 15) if tone else Glyph("minus", "text3", 15)


def _row(label: str, words: str, glyph: str, clicked: Callable[[], object], color: str = "text2") -> Button:
    made = Button()
    made.setProperty("row", "true")
    made.setFixedHeight(48)
    made.setAccessibleName(f"{label}. {words}")
    lines = box(vbox(None, Elide(f"\u2066{label}\u2069", "strong"), Elide(words, "caption", "2"), None, gap=1))
    made.setLayout(hbox(Glyph(glyph, color, 18), (lines, 1), gap=10, margins=(10, 3, 8, 3)))
    made.clicked.connect(lambda _checked=False: clicked())
    return made
