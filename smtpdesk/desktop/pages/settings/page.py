"""The page: one column, a section a subject."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker, Qt, QUrl, qVersion
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

import smtpdesk
from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import (
    Banner,
    Card,
    Elide,
    Glyph,
    SegmentedControl,
    Tasks,
    TopBar,
    box,
    button,
    clear,
    hbox,
    rule,
    scroll,
    text,
    vbox,
)
from smtpdesk.desktop.pages.settings.about import parts
from smtpdesk.desktop.pages.settings.kept_data import KeptData
from smtpdesk.desktop.shell.afar import NOTIFY
from smtpdesk.desktop.shell.context import AppContext, PageInfo
from smtpdesk.desktop.theme import MODES

PAGE = PageInfo(id="settings", title=lambda: _("Settings"), icon="settings", order=90, bottom=True)

WIDTH = 720
APPEARANCE = "appearance.mode"


class Page(QWidget):
    """Everything is saved as soon as it is chosen."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._desk = context.desk
        self._tasks = Tasks(self, self._told)
        self._banner = Banner()
        self._banner.hide()
        self.kept = KeptData(context, self, self._tasks.spawn)
        column = vbox(
            self._banner, self._appearance(), self._workspace(), self._passwords(), self._about(), None, gap=26
        )
        body = box(column)
        body.setMaximumWidth(WIDTH)
        centred = box(hbox((body, 10), (QWidget(), 1), gap=0, margins=(24, 22, 24, 24)))
        self.setLayout(vbox(TopBar(_("Settings")), (scroll(centred, _("Settings")), 1), gap=0))

    # --- sections ----------------------------------------------------------------------------------------------
    @staticmethod
    def _section(title: str, *rows: QWidget) -> QWidget:
        inside = vbox(gap=0, margins=(16, 4, 12, 4))
        for place, row in enumerate(rows):
            if place:
                inside.addWidget(rule())
            inside.addWidget(row)
        return box(vbox(text(title, "section"), Card(inside), gap=9))

    @staticmethod
    def _row(icon: str, title: str, words: QWidget | str, *controls: QWidget) -> QWidget:
        line = text(words, "caption", "3", wrap=True) if isinstance(words, str) else words
        row = hbox(
            Glyph(icon, "text2", 18), (box(vbox(text(title, "strong"), line, gap=2)), 1), gap=14, margins=(0, 11, 0, 11)
        )
        for control in controls:
            row.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        return box(row)

    def _appearance(self) -> QWidget:
        labels = [_("As the system"), _("Light"), _("Dark")]
        self._mode = SegmentedControl(labels, MODES.index(self._context.theme.mode), _("Appearance"), tall=True)
        self._mode.picked.connect(self._set_mode)
        row = self._row("sun-moon", _("Appearance"), _("Light, dark, or as your desktop changes."), self._mode)
        told = _("A message of your desktop when sending ends or needs you, unless you are looking.")
        self.notify = QCheckBox(_("Tell me"))
        self.notify.setAccessibleName(_("Tell me when sending ends"))
        self.notify.toggled.connect(lambda on: self._tasks.spawn(self._desk.settings.set(NOTIFY, on)))
        timer = self._row("clock", _("When something is scheduled"), self.kept.timer_words, self.kept.timer)
        return self._section(_("Window"), row, self._row("bell", _("When sending ends"), told, self.notify), timer)

    def _workspace(self) -> QWidget:
        folder: Path = self._desk.folder
        where = Elide(str(folder), "caption", "3", Qt.TextElideMode.ElideMiddle)
        place = self._row(
            "hard-drive",
            _("Workspace"),
            where,
            button(
                _("Copy the path"), "quiet", "copy", clicked=lambda: QGuiApplication.clipboard().setText(str(folder))
            ),
            button(_("Open the folder"), clicked=lambda: self._show(folder)),
        )
        told = _("The program's own log. It holds no addresses and no passwords, and can be passed on.")
        logs = self._row(
            "file-text", _("Log"), told, button(_("Open the log folder"), clicked=lambda: self._show(folder / "logs"))
        )
        other = _("Start with --workspace FOLDER, or set SMTPDESK_WORKSPACE, to keep several apart.")
        keep = _("With the people it went to, until then. Runs that are not finished stay.")
        kept = self._row("archive", _("What was sent is kept"), keep, self.kept.months)
        erase = _("From lists, runs, logs and copies, when somebody asks for it. The counts stay.")
        person = self._row("user-x", _("One person's data"), erase, self.kept.erase)
        elsewhere = self._row("folders", _("Another workspace"), other)
        return self._section(_("Your data"), place, elsewhere, logs, kept, person)

    def _passwords(self) -> QWidget:
        self._vault_icon = Glyph("key-round", "text2", 18)
        self._vault_title = text("", "strong")
        self._vault_line = text("", "caption", "3", wrap=True)
        words = box(vbox(self._vault_title, self._vault_line, gap=2))
        again = button(_("Look again"), "quiet", "rotate-cw", clicked=lambda: self._tasks.spawn(self._look_at_vault()))
        row = box(hbox(self._vault_icon, (words, 1), again, gap=14, margins=(0, 11, 0, 11)))
        return self._section(_("Passwords"), row)

    def _about(self) -> QWidget:
        version = _("Version {version}, Qt {qt}").format(version=smtpdesk.__version__, qt=qVersion())
        self._licences = button(_("Licences"), "quiet", "chevron-down", clicked=self._toggle_licences)
        program = self._row("mails", "SMTPDesk", f"{version}. " + _("MIT licence."), self._licences)
        self._parts = QGridLayout()
        self._parts.setHorizontalSpacing(24)
        self._parts.setVerticalSpacing(5)
        self._parts.setContentsMargins(32, 8, 4, 12)
        self._parts_box = box(self._parts)
        self._parts_box.hide()
        quiet = _("No telemetry, no update check. Nothing leaves this computer but the mail you send.")
        privacy = self._row("shield-check", _("Privacy"), quiet)
        return self._section(_("About"), program, self._parts_box, privacy)

    # --- coming and going --------------------------------------------------------------------------------------
    async def opened(self) -> None:
        """Show the present state."""
        self._mode.set_current(MODES.index(self._context.theme.mode))
        with QSignalBlocker(self.notify):
            self.notify.setChecked(bool(await self._desk.settings.get(NOTIFY, True)))
        await self._look_at_vault()
        await self.kept.show()

    def closed(self) -> None:
        """Nothing goes on behind this page."""
        self._tasks.cancel()

    async def _look_at_vault(self) -> None:
        self._vault_title.set_text(_("Looking for the keyring…"))
        status = await self._desk.profiles.vault_status()
        kept = _("Kept in the system keyring")
        self._vault_title.set_text(kept if status.usable else _("No keyring: for this session only"))
        self._vault_line.set_text(status.sentence)
        self._vault_icon.set_icon(
            "key-round" if status.usable else "triangle-alert", "okFill" if status.usable else "warnFill"
        )

    # --- what a person does ------------------------------------------------------------------------------------
    def _set_mode(self, place: int) -> None:
        self._context.theme.set_mode(MODES[place])
        self._tasks.spawn(self._desk.settings.set(APPEARANCE, MODES[place]))

    def _show(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def _toggle_licences(self) -> None:
        shown = self._parts_box.isHidden()
        if shown and not self._parts.count():
            self._list_parts()
        self._parts_box.setVisible(shown)
        self._licences.set_glyph("chevron-up" if shown else "chevron-down")

    def _list_parts(self) -> None:
        clear(self._parts)
        own = [("Lucide", "", "ISC"), ("Qt", qVersion(), "LGPL-3.0-only")]
        listed = [*own, *((part.name, part.version, part.licence) for part in parts())]
        for line, (name, version, licence) in enumerate(listed):
            self._parts.addWidget(text(name, "body"), line, 0)
            self._parts.addWidget(text(version, "body", "3"), line, 1)
            self._parts.addWidget(Elide(licence, "body", "2"), line, 2)
        self._parts.setColumnStretch(2, 1)

    def _told(self, error: DeskError) -> None:
        self._banner.set_error(error)


def _copy(words: str) -> None:
    QGuiApplication.clipboard().setText(words)
