"""The step "Message": the editor, and beside it what any person gets."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QResizeEvent
from PySide6.QtWidgets import QWidget

from smtpdesk.base import files
from smtpdesk.base.errors import DeskError, InputError
from smtpdesk.base.files import TEXT_LIMIT
from smtpdesk.base.i18n import _
from smtpdesk.base.paths import resources
from smtpdesk.desk import Desk
from smtpdesk.desk.campaigns import CheckResult, Shown
from smtpdesk.desktop.components import Banner, Tasks, box, button, hbox, rule, vbox
from smtpdesk.desktop.pages.campaign.editing import Editing
from smtpdesk.desktop.pages.campaign.editor_pane import EditorPane
from smtpdesk.desktop.pages.campaign.findings_strip import FindingsStrip
from smtpdesk.desktop.pages.campaign.mending import CAMPAIGN_FILE
from smtpdesk.desktop.pages.campaign.preview_pane import PreviewPane
from smtpdesk.desktop.preview.problem import place_of


class MessageStep(QWidget):
    """Editor and preview on one draft."""

    def __init__(self, desk: Desk, editing: Editing, on_error: Callable[[DeskError], None]) -> None:
        super().__init__()
        self._desk = desk
        self._editing = editing
        self._tasks = Tasks(self, on_error)
        self.editor = EditorPane(editing, on_error)
        self.preview = PreviewPane(editing, on_error)
        self._mine = button(_("Keep mine"), clicked=lambda: self._tasks.spawn(editing.save(over=True)))
        self._theirs = button(_("Use the file"), clicked=lambda: self._tasks.spawn(editing.take_theirs()))
        self.conflict = Banner("warn", "", "", self._mine, self._theirs)
        self._conflict_box = box(vbox(box(hbox((self.conflict, 1), margins=(24, 12, 16, 12))), rule(), gap=0))
        self._conflict_box.hide()
        self.findings = FindingsStrip()
        panes = box(hbox((self.editor, 48), rule("v"), (self.preview, 52), gap=0))
        self.setLayout(vbox(self._conflict_box, (panes, 1), rule(), self.findings, gap=0))
        self.preview.shown.connect(self._shown)
        self.preview.problem.connect(self._problem)
        self.preview.jump.connect(self.goto)
        self.editor.starter.connect(lambda key: self._tasks.spawn(self._start_from(key)))
        editing.people_changed.connect(self._people_changed)
        editing.conflict.connect(self._in_conflict)
        editing.saved.connect(self._conflict_box.hide)
        editing.loaded.connect(self._conflict_box.hide)

    def set_active(self, active: bool) -> None:
        """On show, or not."""
        self.preview.set_active(active)
        if active:
            self._tasks.spawn(self._senders())

    def show_findings(self, result: CheckResult, when: str) -> None:
        """What the last check found."""
        self.findings.show_result(result, when)
        self.findings.make_room(self.height())

    def forget(self) -> None:
        """Another campaign is opened."""
        self.findings.clear()
        self.preview.forget()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A low window has room for the heading of the findings only."""
        super().resizeEvent(event)
        self.findings.make_room(self.height())

    async def _senders(self) -> None:
        rows = await self._desk.profiles.all()
        headers = {row.profile.name: row.profile.identity.from_header for row in rows}
        chosen = [name for name in self._editing.campaign.profiles if headers.get(name)]
        inherited = headers[chosen[0]] if chosen else ""
        self.editor.envelope.set_senders([header for header in headers.values() if header], inherited)
        self.editor.set_templates(self._desk.campaigns.templates())

    def _people_changed(self) -> None:
        people = self._editing.people
        self.editor.set_fields(people.fields if people is not None else ())

    def _shown(self, shown: Shown) -> None:
        self.editor.clear_marks()
        self.editor.set_example(shown.recipient)
        self.editor.text.set_made(shown.back.text or "")

    def _problem(self, error: DeskError) -> None:
        self.editor.mark(*place_of(error.where))

    def goto(self, file: str, line: int) -> None:
        """Put the cursor where something is wrong; files that are not edited here open in their own program."""
        if self.editor.goto(file, line):
            self.editor.mark(file, line)
            return
        if file == CAMPAIGN_FILE:
            self.goto_setting(self._setting_at(line))
            return
        path = self._editing.draft.folder / file
        if path.is_file():
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))

    def goto_setting(self, setting: str) -> None:
        """Put the cursor on a setting, by its name in campaign.toml."""
        envelope = self.editor.envelope
        widgets: dict[str, QWidget] = {
            "subject": envelope.subject,
            "from": envelope.from_line,
            "reply_to": envelope.reply_to,
            "to_name": envelope.to_name,
            "unsubscribe": envelope.unsubscribe,
            "attachments": self.editor.strip.add_button,
        }
        if setting in ("reply_to", "to_name", "unsubscribe"):
            envelope.show_more(True)
        widgets.get(setting, envelope.subject).setFocus()

    def _setting_at(self, line: int) -> str:
        lines = self._setting_lines()
        return lines[line - 1].partition("=")[0].strip() if 0 < line <= len(lines) else ""

    def _setting_lines(self) -> list[str]:
        try:
            raw = files.read(self._editing.draft.folder / CAMPAIGN_FILE, TEXT_LIMIT)
            return raw.decode("utf-8", "replace").splitlines()
        except (OSError, InputError):
            return []

    def _in_conflict(self, names: list[str]) -> None:
        self.conflict.set(
            "warn",
            _("Another program changed {names}").format(names=", ".join(names)),
            _("Your changes here are not saved. Keep yours, or read the file and lose them."),
        )
        self._conflict_box.show()

    async def _start_from(self, key: str) -> None:
        """Take a starter message over into this campaign's folder."""
        editing = self._editing
        await editing.save()
        template = next(item for item in self._desk.campaigns.templates() if item.id == key)
        await asyncio.to_thread(_copy_starter, resources() / "templates" / key, editing.draft.folder)
        await editing.take_theirs()
        if not editing.campaign.subject:
            editing.edit(subject=template.subject)
            self.editor.envelope.show_campaign(replace(editing.campaign))


def _copy_starter(source: Path, folder: Path) -> None:
    shutil.copytree(source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("template.toml"))
