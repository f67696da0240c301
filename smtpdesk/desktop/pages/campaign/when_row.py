"""When it is sent: now, or later, with the sentence that says what will happen."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Signal

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.forecast import Budget, time_needed
from smtpdesk.desk.schedule_words import moment_words, sentence
from smtpdesk.desktop.components import Card, SegmentedControl, box, button, hbox, rule, text, vbox
from smtpdesk.desktop.pages.campaign.estimate import duration
from smtpdesk.desktop.pages.campaign.when_fields import WhenFields
from smtpdesk.domain.profile import Profile
from smtpdesk.domain.schedule import Schedule

_NOW, _LATER = range(2)
_DAY = 86_400.0


class WhenRow(Card):
    """``row.set_schedule(schedule)``; ``row.schedule()``; ``chosen(Schedule)`` when a person changed it.

    ``opened`` when a person opened the fields.
    """

    chosen = Signal(object)
    opened = Signal()

    def __init__(self) -> None:
        self.choice = SegmentedControl([_("Now"), _("Later…")], _NOW, _("When it is sent"))
        self.fields = WhenFields()
        self._sentence = text("", "body", "2", wrap=True)
        self._change = button(_("Change…"), "link", tip=_("Change when it is sent"), clicked=self._expand)
        self._unfolded = box(vbox(rule(), 2, self.fields, gap=10))
        self._panel = box(vbox(self._unfolded, rule(), hbox((self._sentence, 1), self._change, gap=12), gap=10))
        self._count, self._profiles = 0, tuple[Profile, ...]()
        head = hbox(text(_("When"), "body", "3"), None, self.choice, gap=20)
        super().__init__(vbox(head, self._panel, gap=10, margins=(20, 10, 14, 12)))
        self._panel.hide()
        self.choice.picked.connect(self._picked)
        self.fields.edited.connect(self._edited)

    def schedule(self) -> Schedule:
        """What is chosen."""
        return self.fields.schedule() if self.choice.current() == _LATER else Schedule()

    def set_schedule(self, schedule: Schedule) -> None:
        """Show what the campaign says."""
        if schedule == self.schedule():
            self._say()
            return
        if not schedule.immediate:
            self.fields.set_schedule(schedule)
            self._unfold(False)
        self.choice.set_current(_NOW if schedule.immediate else _LATER)
        self._open()

    def forget(self) -> None:
        """Another campaign comes: what was chosen for the last one is no proposal for it."""
        self.choice.set_current(_NOW)
        self.fields.set_schedule(WhenFields.proposed())
        self._open()

    def set_people(self, count: int, profiles: Sequence[Profile]) -> None:
        """Whom it goes to and with what, for the time that it takes."""
        self._count, self._profiles = count, tuple(profiles)
        self._say()

    def open_later(self) -> None:
        """Let a person choose another time."""
        if self.choice.current() != _LATER:
            self.choice.set_current(_LATER)
            self._picked(_LATER)
        self._unfold(True)
        if self.fields.schedule().missed(now()):
            self.fields.set_schedule(WhenFields.proposed())
            self._edited()
        self.fields.start.setFocus()

    def waits(self) -> bool:
        """True when it does not begin at once."""
        return self.schedule().wait(now()) > 0

    def seconds(self) -> float | None:
        """How long it takes from its beginning on, with the hours in which nothing is sent; None when unknown."""
        schedule = self.schedule()
        begin = now() + schedule.wait(now())
        if not self._profiles or not self._count:
            return None
        return time_needed(self._count, [Budget(p.limits) for p in self._profiles], schedule.at_once(), begin)

    def words(self) -> str:
        """The sentence below the fields."""
        schedule = self.schedule()
        if schedule.start is not None and schedule.start < now():
            past = _("This start is past ({when}): it would begin at once.")
            return past.format(when=moment_words(schedule.start, now(), schedule.timezone))
        seconds = self.seconds()
        takes = _("It will take {time}.").format(time=length(seconds)) if seconds is not None else ""
        return f"{sentence(schedule, now())} {takes}".strip()

    def _picked(self, place: int) -> None:
        self._unfold(place == _LATER)
        self._open()
        self.chosen.emit(self.schedule())
        if place == _LATER:
            self.opened.emit()

    def _expand(self) -> None:
        """Show the fields of a schedule that is only told so far."""
        self._unfold(True)
        self.opened.emit()
        self.fields.not_before.setFocus()

    def _unfold(self, unfolded: bool) -> None:
        if unfolded:
            self.fields.fill_zones()
        self._unfolded.setVisible(unfolded)
        self._change.setVisible(not unfolded)

    def _edited(self) -> None:
        self._say()
        self.chosen.emit(self.schedule())

    def _open(self) -> None:
        self._panel.setVisible(self.choice.current() == _LATER)
        self._say()

    def _say(self) -> None:
        if self.choice.current() == _LATER:
            schedule = self.schedule()
            past = schedule.start is not None and schedule.start < now()
            self._sentence.set_tone("warn" if past else "2")
            self._sentence.set_text(self.words())


def length(seconds: float) -> str:
    """``about 24 minutes``, ``about 2 days``."""
    if seconds < _DAY:
        return duration(seconds)
    days = math.ceil(seconds / _DAY)
    return ngettext("about {n} day", "about {n} days", days).format(n=days)
