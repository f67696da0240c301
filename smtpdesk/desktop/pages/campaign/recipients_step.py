"""The step "Recipients": who gets it, and with which profiles it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QStackedWidget, QVBoxLayout, QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desk import Desk
from smtpdesk.desktop.components import (
    Banner,
    Chip,
    Glyph,
    Tasks,
    box,
    button,
    clear,
    hbox,
    rule,
    scroll,
    text,
    vbox,
)
from smtpdesk.desktop.pages.campaign.choice_row import ChoiceRow
from smtpdesk.desktop.pages.campaign.editing import Editing
from smtpdesk.desktop.pages.lists.import_panel import ImportPanel
from smtpdesk.desktop.pages.lists.source_chooser import SPREADSHEETS
from smtpdesk.desktop.pages.lists.words import day_and_time, number, people
from smtpdesk.domain.campaign import LIST_PREFIX
from smtpdesk.domain.profile import SANDBOX, format_rate
from smtpdesk.domain.recipient import ListInfo
from smtpdesk.store import ProfileRow


class RecipientsStep(QWidget):
    """``await step.look()`` reads lists and profiles. ``show_list(name)``, ``add_profile()``: wanted."""

    show_list = Signal(str)
    import_shown = Signal(bool)
    add_profile = Signal()

    def __init__(self, desk: Desk, editing: Editing, on_error: Callable[[DeskError], None]) -> None:
        super().__init__()
        self._desk = desk
        self._editing = editing
        self._tasks = Tasks(self, on_error)
        self._lists: list[ListInfo] = []
        self._people_group = QButtonGroup(self)
        self._profile_rows: dict[str, ChoiceRow] = {}
        self._people_column, self._profile_column = vbox(gap=8), vbox(gap=8)
        self._panel: ImportPanel | None = None
        self._build()
        editing.people_changed.connect(self._show_people)
        editing.loaded.connect(self._mark_chosen)

    def _build(self) -> None:
        self.import_button = button(_("Import a list"), "", "plus", "small", clicked=self.start_import)
        left = self._half(_("Who gets it"), self._people_column, self.import_button)
        self.profile_button = button(_("New profile"), "", "plus", "small", clicked=self.add_profile.emit)
        right = self._half(_("Sent with"), self._profile_column, self.profile_button)
        columns = box(hbox((left, 1), rule("v"), (right, 1), gap=0))
        self.summary = text("", "strong")
        self._summary_more = text("", "body", "2")
        self._glyph = Glyph("users", "text2", 18)
        self._review = button(_("Show the list"), "link", size="small", clicked=self._go_to_list)
        foot = hbox(self._glyph, self.summary, self._summary_more, None, self._review, gap=10, margins=(24, 0, 24, 0))
        foot_box = box(foot)
        foot_box.setFixedHeight(52)
        self.problem = Banner("bad", "", "")
        self._problem_box = box(hbox((self.problem, 1), margins=(24, 14, 24, 0)))
        self._problem_box.hide()
        page = box(vbox(self._problem_box, (columns, 1), rule(), foot_box, gap=0))
        self._stack = QStackedWidget()
        self._stack.addWidget(page)
        self.setLayout(vbox((self._stack, 1), gap=0))

    @staticmethod
    def _half(title: str, column: QVBoxLayout, action: QWidget) -> QWidget:
        content = box(vbox(column, None, gap=0, margins=(24, 4, 20, 16)))
        head = box(hbox(text(title, "section"), None, action, margins=(24, 14, 20, 8)))
        return box(vbox(head, (scroll(content, title), 1), gap=0))

    # --- what is there -----------------------------------------------------------------------------------------
    async def look(self) -> None:
        """Read lists and profiles anew."""
        self._lists = await self._desk.lists.all()
        rows = await self._desk.profiles.all()
        file = await asyncio.to_thread(_own_file, self._editing.draft.folder, self._editing.campaign.recipients)
        self._fill_people(file)
        self._fill_profiles(rows)
        self._mark_chosen()

    def _fill_people(self, file: str) -> None:
        for made in self._people_group.buttons():
            self._people_group.removeButton(made)
        clear(self._people_column)
        for info in self._lists:
            about = _("{people} ready, imported {when}").format(
                people=people(info.ready), when=day_and_time(info.imported_at)
            )
            self._add_people(f"{LIST_PREFIX}{info.name}", info.name, about, info)
        if file:
            self._add_people(file, file, _("a file in the campaign's folder"), None)
        if not self._lists and not file:
            self._people_column.addWidget(
                text(_("There is no list yet. Import a spreadsheet to begin."), "body", "2", wrap=True)
            )

    def _add_people(self, key: str, title: str, about: str, info: ListInfo | None) -> None:
        chip = None
        if info is not None and info.set_aside:
            chip = Chip(_("{n} set aside").format(n=number(info.set_aside)), "warn")
        row = ChoiceRow(title, about, chip=chip)
        row.setProperty("key", key)
        row.clicked.connect(partial(self._choose_people, key))
        self._people_group.addButton(row)
        self._people_column.addWidget(row)

    def _fill_profiles(self, rows: Sequence[ProfileRow]) -> None:
        clear(self._profile_column)
        self._profile_rows = {}
        for row in sorted(rows, key=lambda row: row.profile.provider == SANDBOX):
            made = _profile_row(row)
            made.clicked.connect(self._choose_profiles)
            self._profile_rows[row.profile.name] = made
            self._profile_column.addWidget(made)
        sharing = text(
            _("Several profiles share the load, and take over when one of them is held up."), "caption", "3", wrap=True
        )
        self._profile_column.addWidget(sharing)

    def _mark_chosen(self) -> None:
        campaign = self._editing.campaign
        self._people_group.setExclusive(False)
        for row in self._people_group.buttons():
            row.setChecked(row.property("key") == campaign.recipients)
        self._people_group.setExclusive(True)
        for name, profile in self._profile_rows.items():
            profile.setChecked(name in campaign.profiles)
        self._show_people()

    def _show_people(self) -> None:
        found, problem = self._editing.people, self._editing.people_problem
        missing = problem is not None and problem.code in ("campaign.no-recipients", "list.unknown")
        self._problem_box.setVisible(problem is not None and not missing)
        if problem is not None and not missing:
            self.problem.set_error(problem)
        self._review.setVisible(bool(self._editing.is_open() and self._editing.campaign.list_name and found))
        if found is None:
            self.summary.set_text(_("Nobody is chosen yet") if missing else _("Reading…") if not problem else "")
            self._summary_more.set_text("")
            self._glyph.set_icon("users", "text3")
            return
        aside = found.rows - found.ready
        self.summary.set_text(_("{people} ready").format(people=people(found.ready)))
        more = _("{n} set aside, they will not be mailed").format(n=number(aside)) if aside else ""
        self._summary_more.set_text(more)
        self._glyph.set_icon("users", "okFill" if found.ready else "badFill")

    # --- choosing ----------------------------------------------------------------------------------------------
    def _choose_people(self, key: str, _checked: bool = False) -> None:
        sheet = {} if key == self._editing.campaign.recipients else {"sheet": "", "address_column": ""}
        self._editing.edit(recipients=key, **sheet)
        self._tasks.spawn(self._editing.read_people())

    def _choose_profiles(self) -> None:
        chosen = [name for name, row in self._profile_rows.items() if row.isChecked()]
        kept = [name for name in self._editing.campaign.profiles if name in chosen]
        self._editing.edit(profiles=(*kept, *(name for name in chosen if name not in kept)))

    def _go_to_list(self) -> None:
        self.show_list.emit(self._editing.campaign.list_name)

    # --- importing ---------------------------------------------------------------------------------------------
    @property
    def panel(self) -> ImportPanel:
        """The import; made when it is first needed."""
        if self._panel is None:
            self._panel = ImportPanel(self._desk)
            self._panel.done.connect(lambda info: self._tasks.spawn(self._imported(info)))
            self._panel.left.connect(self._end_import)
            self._stack.addWidget(self._panel)
        return self._panel

    def start_import(self, file: Path | None = None) -> None:
        """Import a list here, and choose it."""
        self.panel.start(self._lists, file)
        self._stack.setCurrentWidget(self.panel)
        self.import_shown.emit(True)

    def _end_import(self) -> None:
        self._stack.setCurrentIndex(0)
        self.import_shown.emit(False)

    def forget(self) -> None:
        """Another campaign is opened: what was about to be imported was meant for the one before."""
        if self._panel is not None and self._stack.currentWidget() is self._panel:
            self._end_import()

    def importing(self) -> bool:
        """Whether rows are being read right now."""
        return self._panel is not None and self._panel.importing()

    async def _imported(self, info: ListInfo) -> None:
        if self._stack.currentWidget() is not self._panel:
            return  # it was left for another campaign
        self._end_import()
        self._editing.edit(recipients=f"{LIST_PREFIX}{info.name}", sheet="", address_column="")
        await self.look()
        await self._editing.read_people()


def _profile_row(row: ProfileRow) -> ChoiceRow:
    profile = row.profile
    if profile.provider == SANDBOX:
        about = _("keeps the mail on this computer, delivers nothing")
        return ChoiceRow(_("Sandbox"), about, many=True, chip=Chip(_("For trying out")))
    limits = [format_rate(profile.limits.rate, profile.limits.rate_seconds)]
    if profile.limits.daily:
        limits.append(_("{n} a day").format(n=number(profile.limits.daily)))
    told = ", ".join(part for part in limits if part)
    about = f"{profile.relay.host} · {told}" if told else profile.relay.host
    if row.test_ok is None:
        chip = Chip(_("Not tested"), "")
    elif row.test_ok:
        chip = Chip(_("Ready"), "ok", "check")
    else:
        chip = Chip(_("Test failed"), "bad", "x")
    return ChoiceRow(profile.name, about, many=True, chip=chip)


def _own_file(folder: Path, recipients: str) -> str:
    """The spreadsheet in the campaign folder: the one that is named, else the first there is."""
    if recipients and not recipients.startswith(LIST_PREFIX) and (folder / recipients).is_file():
        return recipients
    found = sorted(file.name for file in folder.glob("*") if file.suffix.lower() in SPREADSHEETS)
    return next((name for name in found if not name.startswith("message")), "")
