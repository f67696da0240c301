"""Asks when a run that waits is to begin."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtWidgets import QWidget

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _
from smtpdesk.desk.schedule_words import moment_words, sentence
from smtpdesk.desktop.components import Dialog, box, text, vbox
from smtpdesk.desktop.pages.campaign.when_fields import WhenFields
from smtpdesk.domain.schedule import Schedule


class TimeForm(QWidget):
    """The fields of a schedule, and below them what they mean."""

    def __init__(self, schedule: Schedule) -> None:
        super().__init__()
        self.fields = WhenFields()
        self.fields.fill_zones()
        past = schedule.start is None or schedule.start <= now()
        self.fields.set_schedule(replace(schedule, start=WhenFields.proposed().start) if past else schedule)
        self._words = text("", "body", "2", wrap=True)
        self.setLayout(vbox(self.fields, box(vbox(self._words, margins=(0, 6, 0, 0))), gap=8))
        self.fields.edited.connect(self._say)
        self._say()

    def schedule(self) -> Schedule:
        """What is chosen."""
        return self.fields.schedule()

    def acceptable(self) -> bool:
        """False for a start that has passed: then *Send now* is meant."""
        schedule = self.schedule()
        return schedule.start is None or schedule.start > now()

    def _say(self) -> None:
        schedule = self.schedule()
        if self.acceptable():
            self._words.set_tone("2")
            self._words.set_text(sentence(schedule, now()))
        elif schedule.start is not None:
            past = _("This start time has passed ({when}). Choose a later one.")
            self._words.set_tone("warn")
            self._words.set_text(past.format(when=moment_words(schedule.start, now(), schedule.timezone)))


async def ask_for_time(parent: QWidget, campaign: str, schedule: Schedule) -> Schedule | None:
    """When it is to begin instead; None when cancelled."""
    form = TimeForm(schedule)
    dialog = Dialog(parent, _("When is “{name}” sent?").format(name=campaign), form, width=660)
    dialog.add_button(_("Cancel"), None)
    dialog.add_button(_("Change the time"), True, "primary", form.acceptable)
    return form.schedule() if await dialog.answer() else None
