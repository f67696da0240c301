"""The choice of when a campaign is sent, the icon in the tray, and what is told to somebody who looks elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from PySide6.QtCore import QDateTime, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QCheckBox, QSystemTrayIcon, QWidget

from smtpdesk.base.clock import now
from smtpdesk.desk import Desk
from smtpdesk.desk.runs import RunView
from smtpdesk.desk.schedule_words import MISSED
from smtpdesk.desktop.components import Button
from smtpdesk.desktop.pages.activity.entries import badge
from smtpdesk.desktop.pages.campaign.when_fields import WhenFields
from smtpdesk.desktop.pages.campaign.when_row import WhenRow
from smtpdesk.desktop.pages.sending.page import Page as SendingPage
from smtpdesk.desktop.shell.afar import NOTIFY, Afar
from smtpdesk.desktop.shell.closing import ask_before_closing
from smtpdesk.desktop.shell.missed import ask_about_missed
from smtpdesk.desktop.shell.news import ending, progress_words
from smtpdesk.desktop.shell.tray import Tray, progress_icon
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.delivery import Counts, LaneInfo, LaneState, RunInfo, RunState, Wanted
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay
from smtpdesk.domain.schedule import Schedule, moment
from smtpdesk.domain.schedule_text import parse_start
from smtpdesk.message import load_campaign
from tests.desktop import campaigns, hands
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import cut, nameless

BERLIN = "Europe/Berlin"
OFFICE = Schedule(parse_start("2040-01-02 09:00", BERLIN), (540, 1020), (0, 1, 2, 3, 4), BERLIN)
HOUR, DAY = 3600.0, 86400.0


def view(**changes: object) -> RunView:
    """A run in the middle of its way."""
    run = RunInfo(
        "r-1", "Spring sale", "/c", "", "d", ("office",), "campaign", RunState.RUNNING, Wanted.RUN, "", 0, 0, None, 0
    )
    usual = RunView(run, Counts(total=2000, pending=1588, accepted=412), [], True, 1, 1.1, 24 * 60.0, False, None)
    return replace(usual, **changes)  # type: ignore[arg-type]


def over(state: RunState, note: str = "", **counts: int) -> RunView:
    seen = view(alive=False, left=None, counts=Counts(total=2000, **counts))
    return replace(seen, run=replace(seen.run, state=state, note=note))


# --- the fields -------------------------------------------------------------------------------------------------
def test_the_fields_give_back_the_schedule_they_were_given(qapp: QApplication) -> None:
    fields = WhenFields()
    edits: list[None] = []
    fields.edited.connect(lambda: edits.append(None))
    night = Schedule(None, (1320, 360), (4,), "Pacific/Apia", 60.0)
    for schedule in (OFFICE, night, Schedule(OFFICE.start, None, (), BERLIN)):
        fields.set_schedule(schedule)
        assert fields.schedule() == schedule
    assert edits == [], "showing is no change by a person"
    assert nameless(fields) == []


def test_the_first_proposal_is_tomorrow_at_nine(qapp: QApplication) -> None:
    start = WhenFields().schedule().start
    assert start is not None
    tomorrow = datetime.fromtimestamp(start)
    assert (tomorrow.hour, tomorrow.minute) == (9, 0)
    assert 0 < (tomorrow.date() - datetime.fromtimestamp(now()).date()).days <= 1


def test_the_last_day_of_the_week_cannot_be_taken_away(qapp: QApplication) -> None:
    fields = WhenFields()
    fields.set_schedule(Schedule(weekdays=(2,)))
    fields.show()
    hands.press(fields, "Wednesday")
    assert fields.schedule().weekdays == (2,)
    hands.press(fields, "Friday")
    assert fields.schedule().weekdays == (2, 4)
    fields.hide()


def test_hours_and_start_are_greyed_until_they_are_wanted(qapp: QApplication) -> None:
    fields = WhenFields()
    fields.set_schedule(Schedule())
    assert not fields.start.isEnabled() and not fields.begin.isEnabled()
    fields.only_hours.setChecked(True)
    assert fields.begin.isEnabled()
    assert fields.schedule().hours == (540, 1020)


def test_another_zone_keeps_the_time_on_the_clock(qapp: QApplication) -> None:
    fields = WhenFields()
    fields.set_schedule(replace(OFFICE, hours=None))
    fields.fill_zones()
    fields.timezone.setCurrentIndex(fields.timezone.findData("America/New_York"))
    assert fields.schedule().start == parse_start("2040-01-02 09:00", "America/New_York")
    assert fields.timezone.count() > 300


def test_the_sentence_says_what_will_happen_and_how_long_it_takes(qapp: QApplication) -> None:
    row = WhenRow()
    daily = Profile(
        "office", Relay("mail.example.com", 25), Identity("a@example.com"), limits=Limits(rate=1, rate_seconds=60)
    )
    row.set_people(900, [daily])
    row.set_schedule(OFFICE)
    words = row.words()
    assert words.startswith("Starts on Monday, January 2, 2040 at 09:00, sends Monday to Friday 09:00–17:00")
    assert words.endswith("It will take about 2 days."), words  # 15 hours of sending, 8 a day
    row.set_schedule(Schedule(now() - HOUR))
    assert "past" in row.words()
    assert not row.waits()


# --- the step ---------------------------------------------------------------------------------------------------
def test_later_is_chosen_saved_and_taken_back(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = campaigns.make(qloop, desk, profiles=("sandbox",))
    page = campaigns.show(qloop, window, folder, "send")
    qloop.until(lambda: page.send.send_button.isVisible() and page.send.send_button.isEnabled(), "the button")
    assert page.send.send_button.text().strip() == "Send to 3 people"
    hands.press(page.send, "Later")
    qloop.settle()
    assert page.send.send_button.text().strip() == "Schedule for 3 people"
    assert nameless(page.send) == []
    assert cut(page.send) == []
    fields = page.send.when.fields
    fields.start.setDateTime(QDateTime(2040, 1, 2, 9, 0, 0))
    hands.press(page.send, "Sunday")
    qloop.until(lambda: load_campaign(folder).schedule.weekdays == (0, 1, 2, 3, 4, 5), "it is saved")
    assert load_campaign(folder).schedule.start == moment(datetime(2040, 1, 2, 9))
    page.send.when.choice.setFocus()
    hands.press(page.send, "Now")
    qloop.until(lambda: load_campaign(folder).schedule == Schedule(), "it is saved")
    assert page.send.send_button.text().strip() == "Send to 3 people"


def test_the_saved_time_is_shown_again_and_goes_with_the_run(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = campaigns.make(qloop, desk, profiles=("sandbox",), schedule=OFFICE)
    page = campaigns.show(qloop, window, folder, "send")
    qloop.until(lambda: page.send.when.schedule() == OFFICE, "the schedule")
    assert "Monday to Friday" in hands.words(page.send)
    assert not page.send.when.fields.isVisible(), "what is chosen is told in a sentence"
    hands.press(page.send, "Schedule for 3 people")
    qloop.until(lambda: window.current() == "sending", "the sending page")
    run = qloop.run(desk.sending.unfinished(folder))
    assert run is not None, "it waits"
    assert qloop.run(desk.scheduling.standing(run.id)).schedule == OFFICE
    qloop.run(desk.sending.stop(run.id))
    qloop.run(desk.sending.finished(run.id))
    assert qloop.run(desk.reports.counts(run.id)).cancelled == 3


def test_a_person_can_open_the_fields_with_the_keyboard(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = campaigns.make(qloop, desk, profiles=("sandbox",))
    page = campaigns.show(qloop, window, folder, "send")
    qloop.until(lambda: page.send.send_button.isEnabled(), "the button")
    later = next(each for each in page.send.when.choice.findChildren(Button) if "Later" in each.text())
    later.setFocus()
    QTest.keyClick(later, Qt.Key.Key_Space)
    qloop.settle()
    assert page.send.when.fields.isVisible()


# --- the tray ---------------------------------------------------------------------------------------------------
def test_where_there_is_no_tray_nothing_is_made(qapp: QApplication) -> None:
    tray = Tray(qapp, there=lambda: False)
    tray.look(view())
    tray.say("a", "b")
    assert tray.icon() is None
    tray.close()


def test_the_icon_says_how_far_it_is_and_offers_to_pause(qapp: QApplication) -> None:
    tray = Tray(qapp, there=lambda: True)
    asked: list[list[str]] = []
    opened: list[bool] = []
    tray.pause.connect(asked.append)
    tray.opened.connect(lambda: opened.append(True))
    tray.look(view())
    icon, menu = tray.icon(), tray.menu()
    assert icon is not None and menu is not None
    assert icon.toolTip() == "Spring sale: 412 of 2,000, 24 min left"
    deeds = {action.text(): action for action in menu.actions() if action.text()}
    assert list(deeds) == ["Open SMTPDesk", "Pause", "Close the window"]
    deeds["Pause"].trigger()
    deeds["Open SMTPDesk"].trigger()
    icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)
    assert (asked, opened) == ([["r-1"]], [True, True])
    tray.look(view(alive=False))
    assert tray.icon() is icon, "it stays a moment for the last word"
    tray.close()
    assert tray.icon() is None


def test_the_icon_fills_up(qapp: QApplication) -> None:
    pictures = [progress_icon(share).pixmap(64).toImage() for share in (0.0, 0.5, 1.0)]
    assert pictures[0] != pictures[1] != pictures[2]


def test_waiting_for_its_hours_is_said_in_the_tool_tip(qapp: QApplication) -> None:
    lane = LaneInfo("office", LaneState.HOURS, until=now() + 10 * DAY)
    assert "goes on on " in progress_words(view(lanes=[lane], left=None))


def test_the_end_is_told_in_one_line() -> None:
    def said(seen: RunView) -> str:
        news = ending(seen, lambda note: note == MISSED, lambda _note: pytest.fail("no meaning wanted"))
        return news.words if news else ""

    assert said(over(RunState.DONE, accepted=2000)) == "2,000 accepted"
    assert said(over(RunState.DONE, accepted=1980, rejected=15, uncertain=5)) == "1,980 accepted, 20 need you"
    assert said(over(RunState.PAUSED, accepted=1)) == "", "a person paused it"
    assert said(over(RunState.STOPPED, accepted=1)) == ""
    assert "mended" in said(over(RunState.PAUSED, "some.error", accepted=1))
    assert "cut off" in said(replace(over(RunState.RUNNING, accepted=1), interrupted=True))


def test_the_end_is_told_only_to_somebody_who_looks_elsewhere(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    afar = Afar(window, desk, lambda _run: None, there=lambda: True)
    said: list[str] = []
    afar.tray.say = lambda title, words, bad=False: said.append(f"{title}: {words}")  # type: ignore[method-assign]
    active = [False]
    window.isActiveWindow = lambda: active[0]  # type: ignore[method-assign]

    def end() -> None:
        afar.look(view())
        afar.look(over(RunState.DONE, accepted=2000))
        qloop.settle()

    end()
    assert said == ["Spring sale: 2,000 accepted"]
    active[0] = True
    end()
    active[0] = False
    qloop.run(desk.settings.set(NOTIFY, False))
    end()
    assert len(said) == 1
    afar.close()


def test_messages_of_the_desktop_can_be_turned_off(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    window.go("settings")
    qloop.until(lambda: window.current() == "settings" and window.page("settings") is not None)
    page = window.page("settings")
    assert page is not None
    qloop.settle()
    box = hands.named(page, QCheckBox, "Tell me when sending ends")
    assert box is not None and box.isChecked()
    box.setChecked(False)
    qloop.settle()
    assert qloop.run(desk.settings.get(NOTIFY, True)) is False


# --- a missed start ---------------------------------------------------------------------------------------------
def test_a_missed_start_asks_and_another_time_can_be_chosen(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = campaigns.make(qloop, desk, profiles=("sandbox",), schedule=Schedule(now() - DAY))
    run = qloop.run(desk.sending.plan(folder))
    window.tasks.spawn(ask_about_missed(window, desk, run, window.go))
    qloop.until(lambda: hands.dialog() is not None, "the question")
    dialog = hands.dialog()
    assert dialog is not None
    assert "It was to start yesterday at" in hands.words(dialog)
    assert nameless(dialog) == [] and cut(dialog) == []
    hands.press(dialog, "Choose another time")
    qloop.until(lambda: window.current() == "sending", "the run")
    asked = the_dialog(qloop, "When is")
    assert "Starts tomorrow at 09:00" in hands.words(asked), "a time to come is proposed"
    hands.press(asked, "Change the time")
    page = window.page("sending")
    assert isinstance(page, SendingPage)
    qloop.until(lambda: "Scheduled for tomorrow 09:00" in hands.words(page.notice), "it waits")
    qloop.run(desk.scheduling.cancel(run.id))
    qloop.run(desk.sending.finished(run.id))


def the_dialog(qloop: QtLoop, words: str) -> QWidget:
    def there() -> bool:
        found = hands.dialog()
        return found is not None and words in hands.words(found)

    qloop.until(there, f"the dialog “{words}”")
    found = hands.dialog()
    assert found is not None
    return found


def test_a_scheduled_run_says_so_everywhere_and_can_be_changed_and_cancelled(
    window: MainWindow, qloop: QtLoop, desk: Desk
) -> None:
    folder = campaigns.make(qloop, desk, profiles=("sandbox",))
    qloop.run(desk.lists.suppress(["jude@example.com"], "asked"))
    tomorrow = WhenFields.proposed()
    run = qloop.run(desk.sending.start(folder, schedule=tomorrow))
    window.go("sending", run_id=run.id)
    qloop.until(lambda: isinstance(window.page("sending"), SendingPage), "the page")
    page = window.page("sending")
    assert isinstance(page, SendingPage)
    qloop.until(lambda: "Scheduled for tomorrow 09:00" in hands.words(page.notice), "the notice")
    qloop.until(lambda: "has to be on" in hands.words(page.notice), "what has to be on")
    assert "of 2 handled" in hands.words(page.figures), "who is skipped is no part of it"
    shown = [part.text().strip() for part in page.head.findChildren(Button) if part.isVisible()]
    assert shown[-2:] == ["Change time…", "Cancel"], shown
    qloop.until(lambda: "Scheduled for tomorrow 09:00" in hands.words(window.rail), "the rail")
    assert nameless(page) == [] and cut(page.head) == []

    hands.press(page.head, "Change time")
    asked = the_dialog(qloop, "When is")
    assert nameless(asked) == [] and cut(asked) == []
    fields = asked.findChildren(WhenFields)[0]
    fields.start.setDateTime(QDateTime(2040, 1, 2, 9, 0, 0))
    hands.press(asked, "Change the time")
    qloop.until(lambda: "2040" in hands.words(page.notice), "the new time")

    window.go("campaigns")
    qloop.until(lambda: "Scheduled for" in hands.words(window), "the list of campaigns")
    window.go("activity")
    activity = window.page("activity")
    qloop.until(lambda: window.current() == "activity" and activity_says(window.page("activity")), "the history")
    assert activity is None or activity.isVisible()
    assert qloop.run(ask_before_closing(window, desk)) is True, "nothing is being sent"

    window.go("sending", run_id=run.id)
    qloop.until(lambda: window.current() == "sending", "the page")
    hands.press(page.head, "Cancel")
    hands.press(the_dialog(qloop, "Nobody has got it"), "Do not send it")
    qloop.until(lambda: "You stopped this" in hands.words(page.notice), "it is cancelled")
    qloop.run(desk.sending.finished(run.id))
    assert qloop.run(desk.scheduling.scheduled()) == []


def activity_says(page: object) -> bool:
    entries = getattr(page, "_entries", {}).values()
    return any((shown := badge(entry)) is not None and "Scheduled for" in shown.label for entry in entries)


def test_who_kept_sending_once_is_not_asked_again(
    window: MainWindow, qloop: QtLoop, desk: Desk, tmp_path: Path
) -> None:
    folder = campaigns.make(qloop, desk, profiles=("sandbox",))
    run = qloop.run(desk.sending.plan(folder))
    live = replace(view(), run=run)

    async def alive(_run: str) -> RunView:
        return live

    desk.sending.view = alive  # type: ignore[method-assign]
    asking = window.tasks.spawn(ask_before_closing(window, desk))
    qloop.until(lambda: hands.dialog() is not None, "the question")
    dialog = hands.dialog()
    assert dialog is not None
    hands.press(dialog, "Keep sending")
    qloop.until(asking.done)
    assert asking.result() is True
    assert qloop.run(ask_before_closing(window, desk)) is True
