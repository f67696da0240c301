"""The page of one campaign: recipients, message, check, send, as steps of one sheet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, QUrl
from PySide6.QtGui import QDesktopServices, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QMenu, QStackedWidget, QWidget

from smtpdesk.base.clock import local_time
from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _
from smtpdesk.desk.campaigns import CheckResult
from smtpdesk.desktop.components import (
    Banner,
    Stepper,
    Tasks,
    ask_text,
    box,
    button,
    confirm,
    hbox,
    text,
    vbox,
)
from smtpdesk.desktop.components.plain import entry, set_tip
from smtpdesk.desktop.pages.campaign.bar import CampaignBar
from smtpdesk.desktop.pages.campaign.check_step import CheckStep
from smtpdesk.desktop.pages.campaign.editing import Editing
from smtpdesk.desktop.pages.campaign.failure import FailurePage
from smtpdesk.desktop.pages.campaign.mending import Place
from smtpdesk.desktop.pages.campaign.message_step import MessageStep
from smtpdesk.desktop.pages.campaign.recipients_step import RecipientsStep
from smtpdesk.desktop.pages.campaign.send_step import SendStep
from smtpdesk.desktop.pages.campaign.test_send import send_test
from smtpdesk.desktop.shell.context import AppContext, PageInfo
from smtpdesk.domain.delivery import RunInfo
from smtpdesk.domain.finding import Row

PAGE = PageInfo(id="campaign", title=lambda: _("Campaign"), icon="send", order=15, in_rail=False, under="campaigns")

RECIPIENTS, MESSAGE, CHECK, SEND = range(4)
#: What ``go("campaign", step=…)`` takes.
STEPS = {"recipients": RECIPIENTS, "message": MESSAGE, "check": CHECK, "send": SEND}
_REMEMBERED = "campaign.last"
#: How long nobody types before the check runs by itself, and for how many people at most.
_QUIET_MS, _QUIET_PEOPLE = 1500, 5000


class Page(QWidget):
    """``go("campaign", folder=path)``, optionally with ``step="recipients"``, ``message``, ``check`` or ``send``."""

    def __init__(self, context: AppContext) -> None:
        super().__init__()
        self._context = context
        self._desk = context.desk
        self._tasks = Tasks(self, self._told)
        self._on_show = False
        self._failed_folder = Path()
        self.editing = Editing(self._desk, self, self._told)
        self.recipients = RecipientsStep(self._desk, self.editing, self._told)
        self.message = MessageStep(self._desk, self.editing, self._told)
        self.check = CheckStep(self._desk, self.editing, self._told)
        self.send = SendStep(self._desk, self.editing, self._told)
        self.send.set_check(lambda: self.check.result if self.check.fresh() else None)
        self._quiet = QTimer(self, singleShot=True, interval=_QUIET_MS)
        self._quiet.timeout.connect(self._check_quietly)
        self._build()
        self._connect()
        self._keys()

    # --- building ----------------------------------------------------------------------------------------------
    def _build(self) -> None:
        names = [_("Recipients"), _("Message"), _("Check"), _("Send")]
        self.stepper = Stepper(names, 0, clickable=True)
        self.more_button = button("", "quiet", "ellipsis", tip=_("More about this campaign"), clicked=self._more)
        self.test_button = button(_("Send a test…"), clicked=self.start_test)
        self.next_button = button(_("Continue"), "primary", clicked=self.go_on)
        self.bar = CampaignBar(self.stepper, [self.more_button, self.test_button, self.next_button])
        self.error = Banner("bad", "", "")
        self._error_box = box(hbox((self.error, 1), margins=(24, 12, 20, 12)))
        self._error_box.hide()
        self._close = button(_("Close"), "quiet", clicked=self._error_box.hide)
        self.error.add_action(self._close)
        self._steps = QStackedWidget()
        for step in (self.recipients, self.message, self.check, self.send):
            self._steps.addWidget(step)
        work = box(vbox(self.bar, self._error_box, (self._steps, 1), gap=0))
        self._pages = QStackedWidget()
        loading = box(vbox(None, hbox(None, text(_("Opening the campaign…"), "body", "3"), None), None))
        self.failure = FailurePage()
        for page in (loading, work, self.failure):
            self._pages.addWidget(page)
        self.setLayout(vbox((self._pages, 1), gap=0))

    def _connect(self) -> None:
        editing = self.editing
        editing.changed.connect(self._say_title)
        editing.changed.connect(self._say_done)
        editing.people_changed.connect(self._say_done)
        editing.saved.connect(self._say_saved)
        editing.not_saved.connect(self._not_saved)
        self.failure.again.connect(self._try_again)
        self.failure.folder.connect(self._open_folder)
        self.failure.back.connect(lambda: self._context.go("campaigns"))
        self.stepper.picked.connect(self.show_step)
        self.recipients.show_list.connect(lambda name: self._context.go("lists", name=name))
        self.recipients.import_shown.connect(lambda shown: self.next_button.setVisible(not shown))
        self.recipients.add_profile.connect(lambda: self._context.go("profiles", add=True))
        self.check.checked.connect(self._checked)
        self.message.findings.show_all.connect(lambda: self.show_step(CHECK))
        editing.changed.connect(self._maybe_stale)
        editing.saved.connect(self._quiet.start)
        self.check.mend.connect(self._mend)
        self.message.findings.mend.connect(self._mend)
        self.check.show_row.connect(self._show_row)
        self.check.test.connect(self.start_test)
        self.send.test.connect(self.start_test)
        self.send.started.connect(self._started)
        self.send.refused.connect(self._refused)
        self.send.watch.connect(lambda run: self._context.go("sending", run_id=run))

    def _keys(self) -> None:
        deeds = {
            "Ctrl+S": self._save_now,
            "Ctrl+Return": self.go_on,
            "Ctrl+Enter": self.go_on,
            "Alt+Left": self.message.preview.picker.go_back,
            "Alt+Right": self.message.preview.picker.go_on,
        }
        for keys, deed in deeds.items():
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(deed)

    # --- coming and going --------------------------------------------------------------------------------------
    async def opened(self, folder: Path | str | None = None, step: str = "", later: bool = False, **_more: Any) -> None:
        """Open a campaign folder (the last one without a word) at a step; ``later``: to choose another time."""
        wanted = Path(folder) if folder else await self._last()
        if wanted is None:
            self._context.go("campaigns")
            return
        self._on_show = True
        same = self.editing.is_open() and self.editing.draft.folder == wanted
        try:
            if same:
                await self.editing.refresh()
            else:
                await self._open(wanted)
        except DeskError as error:
            self._cannot_open(error, wanted)
            return
        self._pages.setCurrentIndex(1)
        await self._desk.settings.set(_REMEMBERED, str(wanted))
        await self.editing.read_people()
        await self.recipients.look()
        self.send.ask_time = later
        self.show_step(STEPS.get(step, self.stepper.current() if same else self._first_step()))

    async def _open(self, folder: Path) -> None:
        self._pages.setCurrentIndex(0)
        self._error_box.hide()
        self.recipients.forget()
        self.check.forget()
        self.message.forget()
        await self.editing.open(folder)
        self.bar.set_sub(_("Saved"))

    async def _last(self) -> Path | None:
        if self.editing.is_open():
            return self.editing.draft.folder
        named = str(await self._desk.settings.get(_REMEMBERED, ""))
        return Path(named) if named else None

    def _first_step(self) -> int:
        people = self.editing.people
        return MESSAGE if people is not None and people.ready and self.editing.campaign.profiles else RECIPIENTS

    def _cannot_open(self, error: DeskError, folder: Path) -> None:
        self._failed_folder = folder
        self.failure.show_error(error)
        self._pages.setCurrentIndex(2)

    def _try_again(self) -> None:
        self._tasks.spawn(self.opened(self._failed_folder))

    def _open_folder(self) -> None:
        folder = self._failed_folder if self._pages.currentIndex() == 2 else self.editing.draft.folder
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    async def may_leave(self) -> bool:
        """Everything is saved before the page is left; when it cannot be, the person decides."""
        if self.recipients.importing():
            sure = await confirm(
                self, _("Stop the import?"), _("Nothing is changed when it stops before its end."), _("Stop the import")
            )
            if not sure:
                return False
            await self.recipients.panel.stop()
        if not self.editing.is_open() or await self.editing.save():
            return True
        return await confirm(
            self,
            _("Leave without saving?"),
            _("The last changes of this campaign could not be saved and would be lost."),
            _("Leave"),
            danger=True,
        )

    def closed(self) -> None:
        """Off show: nothing is rendered or checked meanwhile; what is being saved or planned goes on."""
        self._on_show = False
        self._quiet.stop()
        self._tasks.cancel()
        self.check.stop()
        self.message.set_active(False)

    def changeEvent(self, event: QEvent) -> None:
        """The window came back to the front: another program may have changed the files."""
        if event.type() == QEvent.Type.ActivationChange and self._on_show and self.isActiveWindow():
            self._tasks.spawn(self.editing.refresh())
        super().changeEvent(event)

    # --- steps -------------------------------------------------------------------------------------------------
    def show_step(self, step: int) -> None:
        """Turn to a step."""
        self.stepper.set_current(step)
        self._steps.setCurrentIndex(step)
        self.message.set_active(step == MESSAGE and self._on_show)
        self.test_button.setVisible(step == MESSAGE)
        self.next_button.setVisible(step != SEND)
        if step == MESSAGE:
            self._quiet.start()
        if step == RECIPIENTS:
            self._tasks.spawn(self.recipients.look())
        elif step == CHECK:
            self.check.begin()
        elif step == SEND:
            self._tasks.spawn(self.send.look(), self._cannot_send)
        self._say_done()

    def _checked(self, result: CheckResult) -> None:
        self.message.show_findings(result, self.check.when())
        self._say_done()

    def _maybe_stale(self) -> None:
        if self.check.result is not None and not self.check.fresh():
            self.message.findings.stale()

    def _check_quietly(self) -> None:
        """While a message for not too many people is written, its findings follow by themselves."""
        people = self.editing.people
        if self._on_show and self.step() == MESSAGE and people is not None and 0 < people.ready <= _QUIET_PEOPLE:
            self._tasks.spawn(self.check.look_quietly())

    def step(self) -> int:
        """The step on show."""
        return self.stepper.current()

    def go_on(self) -> None:
        """The next step; in the last one, send."""
        if self.step() == SEND:
            self.send.send()
        elif self.next_button.isEnabled():
            self.show_step(self.step() + 1)

    def _cannot_send(self, error: DeskError) -> None:
        self.send.problem.set_error(error)

    def _say_done(self) -> None:
        editing = self.editing
        if not editing.is_open():
            return
        people, campaign = editing.people, editing.campaign
        done = set()
        if people is not None and people.ready and campaign.profiles:
            done.add(RECIPIENTS)
        if campaign.subject.strip() and (editing.draft.html.strip() or editing.draft.text.strip()):
            done.add(MESSAGE)
        if self.check.fresh() and self.check.result is not None and self.check.result.passed:
            done.add(CHECK)
        self.stepper.set_done(done)
        allowed = self.step() != RECIPIENTS or RECIPIENTS in done
        self.next_button.setEnabled(allowed)
        self._offer_one_thing()
        set_tip(self.next_button, "" if allowed else _("Choose recipients and a profile first"))

    def _offer_one_thing(self) -> None:
        """One primary button: while something is to be fixed, that is not the way past it."""
        result = self.check.result
        to_fix = self.step() == CHECK and result is not None and not result.passed
        self.next_button.set_kind("" if to_fix else "primary")
        self.check.again_button.set_kind("primary" if to_fix else "")

    # --- saving ------------------------------------------------------------------------------------------------
    def _say_title(self) -> None:
        self.bar.set_title(self.editing.campaign.name)

    def _say_saved(self) -> None:
        self.bar.set_sub(_("Saved {time}").format(time=local_time(self.editing.saved_at)[:5]))
        if self.error.property("about") == "saving":
            self._error_box.hide()

    def _save_now(self) -> None:
        self._tasks.spawn(self._save_and_say())

    async def _save_and_say(self) -> None:
        if self.editing.is_open() and await self.editing.save():
            self._say_saved_now()

    def _say_saved_now(self) -> None:
        self.bar.set_sub(_("Saved {time}").format(time=local_time(self.editing.saved_at)[:5]))

    def _not_saved(self, error: DeskError) -> None:
        self.bar.set_sub(_("Not saved"))
        self._told(error)
        self.error.setProperty("about", "saving")

    def _told(self, error: DeskError) -> None:
        self.error.setProperty("about", "")
        self.error.set_error(error)
        self._error_box.show()

    # --- deeds -------------------------------------------------------------------------------------------------
    def start_test(self) -> None:
        """Show the dialog that sends a test."""
        index = self.message.preview.index
        self._tasks.spawn(send_test(self, self._desk, self.editing, index, self.send.tested))

    def _more(self) -> None:
        menu = QMenu(self)
        entry(menu, _("Rename…")).triggered.connect(lambda: self._tasks.spawn(self._rename()))
        entry(menu, _("Open the folder")).triggered.connect(self._open_folder)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.more_button.mapToGlobal(QPoint(0, self.more_button.height() + 4)))

    async def _rename(self) -> None:
        name = await ask_text(self, _("Rename the campaign"), _("Name"), self.editing.campaign.name, _("Rename"))
        if name:
            self.editing.edit(name=name)
            await self.editing.save()

    def _mend(self, place: Place) -> None:
        if place.recipients:
            self.show_step(RECIPIENTS)
            return
        self.show_step(MESSAGE)
        if place.setting:
            self.message.goto_setting(place.setting)
        else:
            self.message.goto(place.file, place.line)

    def _show_row(self, row: Row) -> None:
        self._tasks.spawn(self._find_row(row))

    async def _find_row(self, row: Row) -> None:
        people = self.editing.people
        if people is None:
            return
        found = await self.message.preview.index_of(people, row)
        if found is None:
            self._context.toast(_("This row is set aside and gets no message"), None, "bad")
            return
        self.show_step(MESSAGE)
        self.message.preview.show_index(found)

    def _started(self, run: RunInfo) -> None:
        QApplication.alert(self.window(), 0)
        self._context.go("sending", run_id=run.id)

    def _refused(self, result: CheckResult) -> None:
        self.check.adopt(result)
        self.show_step(CHECK)
