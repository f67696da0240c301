"""Where things stand on the page: list, form with head and foot, test, transcript; or the choice of a provider."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QMenu, QStackedWidget, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Banner, Chip, Elide, EmptyState, box, button, hbox, rule, scroll, vbox
from smtpdesk.desktop.components.plain import entry, set_tip
from smtpdesk.desktop.pages.profiles.dkim_section import DkimSection
from smtpdesk.desktop.pages.profiles.form import ProfileForm
from smtpdesk.desktop.pages.profiles.hand_over import add_actions
from smtpdesk.desktop.pages.profiles.listing import ProfileList
from smtpdesk.desktop.pages.profiles.presets import PresetChooser
from smtpdesk.desktop.pages.profiles.testing import TestPanel
from smtpdesk.desktop.pages.profiles.words import shown_name
from smtpdesk.providers import Provider

FORM_WIDTH = 366
#: Narrower than this the list becomes a menu.
LIST_FROM = 1000


class ProfilesFrame(QWidget):
    """The widgets; what they do is connected by the page.

    ``list``, ``form``, ``dkim``, ``test``, ``chooser``, ``banner`` and the buttons ``save``, ``discard``, ``remove``,
    ``to_sandbox`` are for the page to use.
    """

    def __init__(self, presets: Sequence[Provider]) -> None:
        super().__init__()
        self.list = ProfileList()
        self.form = ProfileForm()
        self.dkim = DkimSection()
        self.test = TestPanel()
        self.chooser = PresetChooser(presets)
        self.banner = Banner()
        self.banner.hide()
        self._forms = QStackedWidget()
        self._area = scroll(box(vbox(self.form, self.dkim, None, gap=0)), _("Settings of the profile"))
        self._forms.addWidget(self._area)
        self._settling = QTimer(self, singleShot=True, interval=250)
        self._area.verticalScrollBar().rangeChanged.connect(
            lambda _least, _most: self._scroll_to_signing() if self._settling.isActive() else None
        )
        self._forms.addWidget(self._built_in())
        notice = box(hbox((self.banner, 1), margins=(24, 0, 24, 0)))
        left = box(vbox(12, self._head(), self._ways(), notice, (self._forms, 1), self._make_foot(), gap=0))
        left.setFixedWidth(FORM_WIDTH)
        work = box(hbox(left, rule("v"), (self.test, 1), gap=0))
        self._stack = QStackedWidget()
        self._stack.addWidget(box(vbox((work, 1), self.test.transcript, gap=0)))
        self._stack.addWidget(self.chooser)
        self._list_rule = rule("v")
        self.setLayout(hbox(self.list, self._list_rule, (self._stack, 1), gap=0))
        self.chooser.compared.connect(self._fit)

    def _head(self) -> QWidget:
        self._title = Elide("", "section")
        self._unsaved = Chip(_("Not saved"))
        self._unsaved.hide()
        self._menu_button = button(
            "", "quiet", "chevron-down", "small", tip=_("Choose another profile"), clicked=self._show_menu
        )
        self._add_small = button("", "quiet", "plus", "small", tip=_("Add a profile"), clicked=self.list.added.emit)
        head = box(
            hbox(
                (self._title, 1),
                self._unsaved,
                self._menu_button,
                self._add_small,
                gap=6,
                margins=(24, 0, 20, 0),
            )
        )
        head.setFixedHeight(32)
        return head

    def _ways(self) -> QWidget:
        """What else there is to know about the profile, in words."""
        self.domain = button(_("Sending domain"), "link", "shield-check", "small")
        set_tip(self.domain, _("Whether the domain of the sender lets this server send for it: SPF, DKIM, DMARC."))
        self.performance = button(_("Server performance"), "link", "chart-spline", "small")
        set_tip(self.performance, _("How fast this server answered, and what it took."))
        return box(hbox(self.domain, self.performance, None, gap=8, margins=(23, 0, 20, 4)))

    def _make_foot(self) -> QWidget:
        self.save = button(_("Save"), "primary")
        self.discard = button(_("Discard"), "quiet")
        self.remove = button(_("Remove"), "quiet", "trash", color="bad")
        row = hbox(self.remove, None, self.discard, self.save, gap=8, margins=(16, 9, 24, 9))
        self._foot = box(vbox(rule(), row, gap=0))
        return self._foot

    def _built_in(self) -> QWidget:
        self.to_sandbox = button(_("Open the sandbox"))
        self._connect = button(_("Connect your account"), "primary", "plus", "large", clicked=self.list.added.emit)
        self._sandbox = EmptyState("", "", "flask-conical", box(vbox(self._connect, self.to_sandbox, gap=10)))
        return self._sandbox

    def _tell_sandbox(self, alone: bool) -> None:
        """While it is the only profile, the next thing to do is to connect one's own account."""
        self._connect.setVisible(alone)
        if alone:
            words = _(
                "Your mail goes out through your own mailbox or mail service. Until one is connected there is the "
                "sandbox: a mail server on this computer that keeps what you send and delivers nothing."
            )
            self._sandbox.set(_("No account is connected yet"), words)
            return
        words = _(
            "A mail server on this computer that keeps what you send and delivers nothing. "
            "Try a whole campaign with it before anybody gets mail."
        )
        self._sandbox.set(_("The sandbox is built in"), words)

    def _show_menu(self) -> None:
        menu = QMenu(self)
        menu.setAccessibleName(_("Profiles"))
        for name in self.list.names():
            action = entry(menu, shown_name(name) or _("New profile"))
            action.triggered.connect(lambda _checked=False, name=name: self.list.picked.emit(name))
        menu.addSeparator()
        add_actions(menu, self.list.exported.emit, self.list.imported.emit)
        menu.popup(self._menu_button.mapToGlobal(self._menu_button.rect().bottomLeft()))

    def title(self) -> str:
        """The name above the form."""
        return self._title.text()

    def show_editor(self, title: str, built_in: bool, alone: bool = False) -> None:
        """Show the form (or what is said of the sandbox, which may be ``alone``) under a title."""
        self._title.set_text(title)
        self._tell_sandbox(alone)
        self._forms.setCurrentIndex(1 if built_in else 0)
        self._foot.setVisible(not built_in)
        self.domain.setVisible(not built_in)
        self.banner.hide()
        self._stack.setCurrentIndex(0)
        self._fit()

    def to_signing(self) -> None:
        """Scroll to where the profile says how it signs, and again while what was just put there gets its height."""
        self._settling.start()
        self._scroll_to_signing()

    def _scroll_to_signing(self) -> None:
        self._area.verticalScrollBar().setValue(min(self.dkim.y(), self._area.verticalScrollBar().maximum()))

    def show_chooser(self) -> None:
        """Show the providers."""
        self._stack.setCurrentIndex(1)
        self.chooser.focus_first()

    def is_choosing(self) -> bool:
        """Whether the providers are on show."""
        return self._stack.currentIndex() == 1

    def show_unsaved(self, unsaved: bool, removable: bool) -> None:
        """Say whether there is something to save."""
        self._unsaved.setVisible(unsaved)
        self.save.setEnabled(unsaved)
        self.discard.setEnabled(unsaved)
        self.remove.setVisible(removable)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A narrow page trades the list for a menu."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        wide = self.width() >= LIST_FROM and not (self.is_choosing() and self.chooser.is_comparing())
        self.list.setVisible(wide)
        self._list_rule.setVisible(wide)
        self._menu_button.setVisible(not wide)
        self._add_small.setVisible(not wide)
