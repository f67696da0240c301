"""The fields of a schedule: a start, hours of the day, days of the week, a time zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from babel import Locale
from babel.dates import get_day_names
from PySide6.QtCore import QDateTime, Qt, QTime, QTimeZone, Signal
from PySide6.QtGui import QTextCharFormat, QWheelEvent
from PySide6.QtWidgets import QCalendarWidget, QCheckBox, QComboBox, QDateTimeEdit, QTimeEdit, QToolButton, QWidget

from smtpdesk.base.clock import now
from smtpdesk.base.i18n import _, locale_name
from smtpdesk.desktop.components import Button, hbox, text, vbox
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.theme import icon, look
from smtpdesk.domain.schedule import DAY, Schedule, moment, wall_clock, zone

#: What is proposed: tomorrow at nine, between nine and five.
_NINE, _FIVE = 9 * 60, 17 * 60
_LABEL_WIDTH = 104


class _CalmDateTime(QDateTimeEdit):
    """The wheel scrolls the page, unless the field has the focus."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class _CalmTime(QTimeEdit):
    """The same for a time of the day."""

    def __init__(self, minutes: int, name: str) -> None:
        super().__init__(_qtime(minutes))
        self.setDisplayFormat("HH:mm")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.setFixedWidth(86)
        self.lineEdit().setTextMargins(8, 0, 0, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the page."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    def minutes(self) -> int:
        """Minutes of the day."""
        return self.time().hour() * 60 + self.time().minute()


class _Day(Button):
    """One day of the week, on or off."""

    def __init__(self, short: str, full: str) -> None:
        super().__init__(short)
        self.setCheckable(True)
        self.setProperty("day", "true")
        self.setProperty("bare", "true")
        self.setAccessibleName(full)
        set_tip(self, full)
        self.setFixedWidth(46)


class WhenFields(QWidget):
    """``fields.set_schedule(schedule)``, ``fields.schedule()``; ``edited`` when a person changed something."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._grace = Schedule().grace
        self._quiet = False
        self.not_before = QCheckBox(_("Not before"))
        self.start = _CalmDateTime()
        self.only_hours = QCheckBox(_("Only from"))
        self.begin = _CalmTime(_NINE, _("Send from"))
        self.end = _CalmTime(_FIVE, _("Send until"))
        self.timezone = QComboBox()
        names = [get_day_names(width, context="stand-alone", locale=locale_name()) for width in ("abbreviated", "wide")]
        self.days = [_Day(names[0][day], names[1][day]) for day in range(7)]
        self._build()
        self._connect()
        self.set_schedule(self.proposed())

    def _build(self) -> None:
        self.start.setCalendarPopup(True)
        self.start.setDisplayFormat("ddd d MMM yyyy  HH:mm")
        self.start.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.start.setAccessibleName(_("Start"))
        _calm(self.start.calendarWidget())
        self._arrows()
        look.changed.connect(self._arrows)
        self.start.setMinimumWidth(210)
        self.timezone.setAccessibleName(_("Time zone"))
        self.timezone.view().setAccessibleName(_("Time zone"))
        self.timezone.setMaxVisibleItems(14)
        set_tip(self.timezone, _("Time zone"))
        self.timezone.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.timezone.setMinimumContentsLength(12)
        self.timezone.addItem(_here(), "")
        for check in (self.not_before, self.only_hours):
            check.setAccessibleName(check.text())
            check.setFixedWidth(_LABEL_WIDTH)
        hours = hbox(self.begin, text(_("to"), "body", "2"), self.end, None, gap=8)
        label = text(_("On"), "body", "2")
        label.setFixedWidth(_LABEL_WIDTH)
        days = hbox(*self.days, None, gap=4)
        self.setLayout(
            vbox(
                hbox(self.not_before, self.start, (self.timezone, 1), gap=10),
                hbox(self.only_hours, (hours, 1), gap=10),
                hbox(label, (days, 1), gap=10),
                gap=8,
            )
        )

    def _arrows(self) -> None:
        """The calendar's arrows in the present colours."""
        for name, glyph in (("qt_calendar_prevmonth", "chevron-left"), ("qt_calendar_nextmonth", "chevron-right")):
            arrow = self.start.calendarWidget().findChild(QToolButton, name)
            if isinstance(arrow, QToolButton):
                arrow.setIcon(icon(glyph, "text2"))

    def _connect(self) -> None:
        self.not_before.toggled.connect(self._changed)
        self.only_hours.toggled.connect(self._changed)
        self.start.dateTimeChanged.connect(self._changed)
        self.begin.timeChanged.connect(self._changed)
        self.end.timeChanged.connect(self._changed)
        self.timezone.currentIndexChanged.connect(self._changed)
        for day in self.days:
            day.toggled.connect(self._day)

    @staticmethod
    def proposed() -> Schedule:
        """What is proposed to somebody who has said nothing yet: tomorrow at nine."""
        tomorrow = wall_clock(now()).date() + timedelta(days=1)
        return Schedule(moment(datetime.combine(tomorrow, time(9))))

    # --- what it says ------------------------------------------------------------------------------------------
    def schedule(self) -> Schedule:
        """The schedule that the fields show."""
        timezone = str(self.timezone.currentData() or "")
        chosen = self.start.dateTime()
        wall = datetime.combine(_date(chosen), time(chosen.time().hour(), chosen.time().minute()))
        weekdays = tuple(number for number, day in enumerate(self.days) if day.isChecked())
        first, last = self.begin.minutes(), self.end.minutes()
        return Schedule(
            moment(wall, timezone) if self.not_before.isChecked() else None,
            (first, last or DAY) if self.only_hours.isChecked() and first != last else None,
            () if len(weekdays) == 7 else weekdays,
            timezone,
            self._grace,
        )

    def set_schedule(self, schedule: Schedule) -> None:
        """Show a schedule; what it leaves open keeps the values that are there."""
        self._quiet = True
        self._grace = schedule.grace
        self._show_zone(schedule.timezone)
        self.not_before.setChecked(schedule.start is not None)
        if schedule.start is not None:
            wall = wall_clock(schedule.start, schedule.timezone)
            self.start.setDateTime(QDateTime(wall.year, wall.month, wall.day, wall.hour, wall.minute, 0))
        self.only_hours.setChecked(schedule.hours is not None)
        if schedule.hours is not None:
            self.begin.setTime(_qtime(schedule.hours[0]))
            self.end.setTime(_qtime(schedule.hours[1] % DAY))
        for number, day in enumerate(self.days):
            day.setChecked(not schedule.weekdays or number in schedule.weekdays)
        self._quiet = False
        self._enable()

    def fill_zones(self) -> None:
        """Offer every time zone; done when the fields are first shown."""
        if self.timezone.count() > 2:
            return
        self._quiet = True
        known = {str(self.timezone.itemData(row)) for row in range(self.timezone.count())}
        for name in sorted(bytes(each.data()).decode() for each in QTimeZone.availableTimeZoneIds()):
            if name not in known and "/" in name and not name.startswith("Etc/") and _exists(name):
                self.timezone.addItem(name, name)
        self._quiet = False

    def _show_zone(self, name: str) -> None:
        row = self.timezone.findData(name)
        if row < 0:
            self.timezone.addItem(name, name)
            row = self.timezone.count() - 1
        self.timezone.setCurrentIndex(row)

    # --- changes -----------------------------------------------------------------------------------------------
    def _day(self, on: bool) -> None:
        if not on and not any(day.isChecked() for day in self.days):
            sender = self.sender()
            if isinstance(sender, _Day):
                sender.setChecked(True)  # a campaign that is sent on no day is never sent
            return
        self._changed()

    def _changed(self) -> None:
        self._enable()
        if not self._quiet:
            self.edited.emit()

    def _enable(self) -> None:
        self.start.setEnabled(self.not_before.isChecked())
        for field in (self.begin, self.end):
            field.setEnabled(self.only_hours.isChecked())


def _calm(calendar: QCalendarWidget) -> None:
    """A calendar in the colours of the window, its week beginning as the person's does."""
    first = Locale.parse(locale_name()).first_week_day
    calendar.setFirstDayOfWeek(Qt.DayOfWeek(first + 1))
    calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
    calendar.setMinimumSize(300, 240)
    plain = QTextCharFormat()
    for day in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
        calendar.setWeekdayTextFormat(day, plain)


def _qtime(minutes: int) -> QTime:
    return QTime(minutes // 60 % 24, minutes % 60)


def _date(chosen: QDateTime) -> datetime:
    day = chosen.date()
    return datetime(day.year(), day.month(), day.day())


def _here() -> str:
    name = bytes(QTimeZone.systemTimeZoneId().data()).decode()
    return _("This computer's ({zone})").format(zone=name) if name else _("This computer's")


def _exists(name: str) -> bool:
    try:
        zone(name)
    except ValueError:
        return False
    return True
