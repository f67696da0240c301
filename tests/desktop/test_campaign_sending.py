"""The last steps of a campaign: the check of every row, a test to oneself, and the one button, with real servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QTableView

from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.campaign.finding_card import FindingCard
from smtpdesk.desktop.pages.campaign.page import CHECK, MESSAGE, RECIPIENTS, Page
from smtpdesk.desktop.pages.campaign.test_send import REMEMBERED
from smtpdesk.desktop.pages.campaign.test_send import TestPanel as SendPanel
from smtpdesk.desktop.preview import schemes
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.delivery import RunState
from smtpdesk.domain.profile import Identity, Profile, Relay, Security
from smtpdesk.recipients import Pasted
from tests.desktop.campaigns import HTML, PEOPLE, make, rendered, show
from tests.desktop.conftest import QtLoop
from tests.desktop.hands import dialog, fill, press, words
from tests.servers.acts import say
from tests.servers.scripted import ScriptedServer
from tests.servers.sink import Sink

schemes.register()

GOOD = HTML.replace("{{ shop }}", '{{ shop | fallback("our shop") }}')


def server(qloop: QtLoop, desk: Desk, port: int) -> None:
    """A profile for a server on this computer."""
    identity = Identity("Office <office@example.com>")
    qloop.run(desk.profiles.save(Profile("office", Relay("127.0.0.1", port, Security.NONE), identity)))


def checked(qloop: QtLoop, page: Page) -> None:
    qloop.until(lambda: page.check.result is not None and page.check.fresh(), "the check")


def cards(page: Page) -> dict[str, FindingCard]:
    return {card.finding.code: card for card in page.check.findChildren(FindingCard) if card.isVisible()}


def answer(qloop: QtLoop, button: str) -> None:
    """Wait for the question and press a button of it."""
    qloop.until(lambda: dialog() is not None, "a question")
    asked = dialog()
    assert isinstance(asked, QDialog)
    press(asked, button)
    qloop.until(lambda: dialog() is not asked, "it is closed")


# --- check ----------------------------------------------------------------------------------------------------------


def test_every_row_is_looked_at_and_findings_say_what_whom_and_how(
    window: MainWindow, qloop: QtLoop, desk: Desk
) -> None:
    page = show(qloop, window, make(qloop, desk), "check")
    checked(qloop, page)
    assert "Ready to send to 3 people" in words(page)
    [card] = [card for code, card in cards(page).items() if "shop" in card.finding.title]
    press(card, "Show the row")
    qloop.settle()
    [table] = card.findChildren(QTableView)
    assert table.isVisible()
    assert [str(table.model().index(0, column).data()) for column in (0, 1)] == ["5", "tom@example.com"]
    press(card, "Go to message.html, line 2")
    assert page.step() == MESSAGE
    assert page.message.editor.editor.textCursor().blockNumber() == 1


def test_a_row_of_a_finding_leads_to_that_persons_message(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk), "check")
    checked(qloop, page)
    [card] = [card for card in cards(page).values() if "shop" in card.finding.title]
    card.show_row.emit(card.finding.rows[0])
    qloop.until(lambda: page.step() == MESSAGE and page.message.preview.index == 2, "Tom, the third")
    rendered(qloop, page)
    back = page.message.preview.view.back()
    assert back is not None
    assert "Hello Tom" in (back.html or "")


def test_errors_come_first_and_keep_the_step_from_being_done(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk, "<p>{{ nothing }}</p>"), "check")
    checked(qloop, page)
    assert "1 thing to fix first" in words(page)
    assert CHECK not in (page.stepper._done or ())
    assert (page.next_button.property("kind"), page.check.again_button.property("kind")) == ("", "primary")
    first = next(iter(cards(page).values()))
    assert "nothing" in first.finding.title
    page.show_step(MESSAGE)
    assert page.next_button.property("kind") == "primary"
    qloop.settle()


def test_a_missing_profile_leads_to_the_first_step(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk, profiles=()), "check")
    checked(qloop, page)
    press(cards(page)["profile.none"], "Choose a profile")
    assert page.step() == RECIPIENTS


def test_the_check_is_not_repeated_while_nothing_changed(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk), "check")
    checked(qloop, page)
    result = page.check.result
    page.show_step(RECIPIENTS)
    page.show_step(CHECK)
    assert page.check.result is result
    page.editing.edit(subject="Changed")
    assert not page.check.fresh()
    page.show_step(CHECK)
    qloop.until(lambda: page.check.fresh() and page.check.result is not result, "checked anew")


def test_a_long_check_shows_how_far_it_is_and_can_be_stopped(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    text = "email,first_name,shop\n" + "".join(f"p{n}@example.com,P{n},S\n" for n in range(60_000))
    folder = make(qloop, desk, GOOD)
    qloop.run(desk.lists.import_list(Pasted(text), "Customers"), 60)
    page = show(qloop, window, folder, "check")
    qloop.until(lambda: page.check.progress.isVisible(), "it runs")
    press(page.check.progress, "Cancel")
    qloop.until(lambda: "The check was stopped" in words(page), "it has stopped")
    press(page.check, "Check again")
    qloop.until(lambda: page.check.progress.isVisible() or page.check.fresh(), "it runs again")
    checked(qloop, page)


def test_recipients_that_cannot_be_read_are_told(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = make(qloop, desk, recipients="gone.csv")
    window.go("campaign", folder=folder, step="check")
    qloop.until(lambda: window.page("campaign") is not None and window.current() == "campaign")
    page = window.page("campaign")
    assert isinstance(page, Page)
    qloop.until(lambda: page.check.error.isVisible(), "the error")
    assert "gone.csv" in words(page.check.error)


# --- test to oneself ------------------------------------------------------------------------------------------------


def panel_of(qloop: QtLoop, page: Page) -> SendPanel:
    press(page, "Send a test")
    qloop.until(lambda: dialog() is not None, "the dialog")
    asked = dialog()
    assert asked is not None
    panel = asked.findChild(SendPanel)
    assert isinstance(panel, SendPanel)
    return panel


def test_a_test_carries_a_real_persons_message_and_remembers_the_address(
    window: MainWindow, qloop: QtLoop, desk: Desk, sink: Sink
) -> None:
    server(qloop, desk, sink.port)
    page = show(qloop, window, make(qloop, desk, GOOD, profiles=("office",)))
    rendered(qloop, page)
    page.message.preview.show_index(1)
    rendered(qloop, page)
    panel = panel_of(qloop, page)
    assert "Jude Okafor" in words(panel)
    fill(panel, "To", "not an address")
    press(panel, "Send the test")
    assert "This is not an address." in words(panel)
    fill(panel, "To", "me@example.org")
    press(panel, "Send the test")
    qloop.until(lambda: "The server took it" in words(panel), "the outcome")
    qloop.until(lambda: sink.messages() >= 1, "1 messages")
    [sent] = sink.stored()
    assert sent.recipients == ("me@example.org",)
    assert b"Hello Jude" in sent.raw
    assert "250" in panel.words._words.text()
    press(panel.window(), "Close")
    assert qloop.run(desk.settings.get(REMEMBERED)) == "me@example.org"
    page.show_step(3)
    qloop.until(lambda: "sent to me@example.org" in page.send._values["test"].text())


def test_a_refused_test_says_why_in_the_servers_words(
    window: MainWindow, qloop: QtLoop, desk: Desk, scripted: ScriptedServer
) -> None:
    scripted.on("rcpt", say("550 5.1.1 No such user here"))
    server(qloop, desk, scripted.port)
    page = show(qloop, window, make(qloop, desk, GOOD, profiles=("office",)))
    rendered(qloop, page)
    panel = panel_of(qloop, page)
    fill(panel, "To", "nobody@example.org")
    press(panel, "Send the test")
    qloop.until(lambda: panel.words.isVisible(), "the server's words")
    assert "No such user here" in panel.words._words.text()
    assert panel.outcome.property("card") == "bad"
    assert panel.outcome._body.sentence() == "Check the address you typed."
    press(panel.window(), "Close")


def test_a_server_that_is_not_there_is_explained(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    server(qloop, desk, 9)
    page = show(qloop, window, make(qloop, desk, GOOD, profiles=("office",)))
    rendered(qloop, page)
    panel = panel_of(qloop, page)
    fill(panel, "To", "me@example.org")
    press(panel, "Send the test")
    qloop.until(lambda: panel.outcome.isVisible(), "the outcome")
    assert panel.outcome.property("card") in ("bad", "warn")
    assert panel.send_button.isEnabled()
    press(panel.window(), "Close")


# --- send -----------------------------------------------------------------------------------------------------------


def ready(qloop: QtLoop, page: Page) -> None:
    qloop.until(lambda: page.send.send_button.isEnabled(), "the facts are read")


def finished(desk: Desk, count: int = 1) -> Callable[[], bool]:
    """Whether so many runs are there and all are done."""
    return lambda: [run.state for run in desk._store.runs.all()] == [RunState.DONE] * count


def test_one_button_sends_after_everything_was_said(window: MainWindow, qloop: QtLoop, desk: Desk, sink: Sink) -> None:
    server(qloop, desk, sink.port)
    page = show(qloop, window, make(qloop, desk, GOOD, profiles=("office",)), "send")
    ready(qloop, page)
    shown = {key: value.text() for key, value in page.send._values.items()}
    assert shown["to"] == "3 people of “Customers”, 1 set aside"
    assert shown["from"] == "Ana <ana@example.com>"
    assert shown["subject"] == "For Marta"
    assert shown["with"] == "office"
    press(page, "Send to 3 people")
    qloop.until(lambda: window.current() == "sending", "the run is shown")
    qloop.until(lambda: sink.messages() >= 3, "3 messages")
    qloop.until(finished(desk), "the run is done")
    assert sorted(sent.recipients[0] for sent in sink.stored()) == [
        "jude@example.com",
        "marta@example.com",
        "tom@example.com",
    ]


def test_the_sandbox_is_named_as_what_it_is(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    page = show(qloop, window, make(qloop, desk, GOOD), "send")
    ready(qloop, page)
    assert "This goes to the sandbox" in words(page)


def test_findings_to_fix_stop_it_and_are_shown(window: MainWindow, qloop: QtLoop, desk: Desk, sink: Sink) -> None:
    server(qloop, desk, sink.port)
    html = '{% if first_name == "Tom" %}{{ missing }}{% endif %}<p>hello</p>'
    page = show(qloop, window, make(qloop, desk, html, profiles=("office",)), "send")
    ready(qloop, page)
    page.send.send()
    qloop.until(lambda: page.step() == CHECK, "back to the check")
    assert "1 thing to fix first" in words(page)
    assert sink.messages() == 0
    assert qloop.run(desk.reports.runs()) == []


def test_whoever_has_the_message_is_passed_over_unless_asked(
    window: MainWindow, qloop: QtLoop, desk: Desk, sink: Sink
) -> None:
    server(qloop, desk, sink.port)
    folder = make(qloop, desk, GOOD, profiles=("office",))
    page = show(qloop, window, folder, "send")
    ready(qloop, page)
    page.send.send()
    qloop.until(finished(desk), "the first run is done")
    page = show(qloop, window, folder, "send")
    qloop.until(lambda: "3 people have this campaign already" in words(page), "it says so")
    assert page.send.whom.only_new.isVisible()
    assert page.send.whom.only_new.isChecked()
    assert "Nobody new to send to" in page.send.send_button.text()
    assert not page.send.send_button.isEnabled()
    page.send.again.setChecked(True)
    assert "Send to 3 people" in page.send.send_button.text()
    page.send.send()
    qloop.until(lambda: sink.messages() >= 6, "6 messages")
    qloop.until(finished(desk, 2), "sent again")


def test_after_a_change_only_the_new_ones_get_it_unless_everybody_is_chosen(
    window: MainWindow, qloop: QtLoop, desk: Desk, sink: Sink
) -> None:
    server(qloop, desk, sink.port)
    folder = make(qloop, desk, GOOD, profiles=("office",))
    run = qloop.run(desk.sending.start(folder))
    qloop.run(desk.sending.finished(run.id))
    draft = qloop.run(desk.campaigns.load(folder))
    qloop.run(desk.campaigns.save(replace(draft, html=GOOD + "<p>changed</p>")))
    qloop.run(desk.lists.import_list(Pasted(PEOPLE + "new@example.com,Nia,New,Mill Lane\n"), "Customers"))
    page = show(qloop, window, folder, "send")
    qloop.until(lambda: "3 people have this campaign already" in words(page), "it says so")
    assert "the message was changed since" in words(page)
    assert "Only the 1 person who has not had it" in page.send.whom.only_new.text()
    assert "Everybody again: 4 people" in page.send.again.text()
    assert "Send to 1 person" in page.send.send_button.text()
    page.send.send()
    qloop.until(finished(desk, 2), "the second run is done")
    assert sorted(sink.per_recipient().values()) == [1, 1, 1, 1]


def test_whom_never_to_mail_is_not_counted(window: MainWindow, qloop: QtLoop, desk: Desk, sink: Sink) -> None:
    server(qloop, desk, sink.port)
    folder = make(qloop, desk, GOOD, profiles=("office",))
    qloop.run(desk.lists.suppress(["JUDE@example.com"], "asked"))
    page = show(qloop, window, folder, "send")
    ready(qloop, page)
    assert "Send to 2 people" in page.send.send_button.text()
    assert "1 on Never mail" in words(page)
    page.show_step(CHECK)
    checked(qloop, page)
    assert "Ready to send to 2 people" in words(page)


def test_to_send_again_to_everybody_is_a_choice_for_one_campaign(
    window: MainWindow, qloop: QtLoop, desk: Desk, sink: Sink
) -> None:
    server(qloop, desk, sink.port)
    folders = []
    for number in range(2):
        folder = make(qloop, desk, GOOD + f"<p>{number}</p>", profiles=("office",))
        run = qloop.run(desk.sending.start(folder))
        qloop.run(desk.sending.finished(run.id))
        folders.append(folder)
    first, second = folders

    def opened(folder: Path) -> Page:
        page = show(qloop, window, folder, "send")
        qloop.until(lambda: page.send.whom.isVisible() and page.send._possible, "the choice")
        return page

    page = opened(first)
    assert not page.send.again.isChecked()
    page = opened(second)
    page.send.again.setChecked(True)
    page = opened(first)
    assert not page.send.again.isChecked()
    assert "Nobody new" in page.send.send_button.text()
    page = opened(second)
    assert page.send.again.isChecked()
    assert "Send to 3 people" in page.send.send_button.text()


def test_a_run_that_was_cut_off_is_finished_or_given_up_by_choice(
    window: MainWindow, qloop: QtLoop, desk: Desk, sink: Sink
) -> None:
    server(qloop, desk, sink.port)
    folder = make(qloop, desk, GOOD, profiles=("office",))
    first = qloop.run(desk.sending.start(folder, limit=1))
    qloop.run(desk.sending.finished(first.id))
    draft = qloop.run(desk.campaigns.load(folder))
    qloop.run(desk.campaigns.save(replace(draft, html=GOOD + "<p>changed</p>")))
    page = show(qloop, window, folder, "send")
    ready(qloop, page)
    page.send.send()
    answer(qloop, "Look at it")
    qloop.until(lambda: window.current() == "sending")
    page = show(qloop, window, folder, "send")
    ready(qloop, page)
    page.send.send()
    answer(qloop, "Finish the earlier run")
    qloop.until(lambda: sink.messages() >= 3, "3 messages")
    qloop.until(finished(desk), "the earlier run is done")
    assert all(b"changed" not in sent.raw for sent in sink.stored())


def test_the_message_is_begun_anew_when_the_earlier_run_is_given_up(
    window: MainWindow, qloop: QtLoop, desk: Desk, sink: Sink
) -> None:
    server(qloop, desk, sink.port)
    folder = make(qloop, desk, GOOD, profiles=("office",))
    first = qloop.run(desk.sending.start(folder, limit=1))
    qloop.run(desk.sending.finished(first.id))
    draft = qloop.run(desk.campaigns.load(folder))
    qloop.run(desk.campaigns.save(replace(draft, html=GOOD + "<p>changed</p>")))
    page = show(qloop, window, folder, "send")
    ready(qloop, page)
    page.send.send()
    answer(qloop, "Begin anew")
    qloop.until(lambda: sink.messages() >= 3, "those who had it do not get it again")
    qloop.until(lambda: sum(run.state is RunState.DONE for run in desk._store.runs.all()) == 1, "the new run is done")
    assert sum(b"changed" in sent.raw for sent in sink.stored()) == 2


def test_enter_with_control_sends_from_the_last_step(window: MainWindow, qloop: QtLoop, desk: Desk, sink: Sink) -> None:
    server(qloop, desk, sink.port)
    page = show(qloop, window, make(qloop, desk, GOOD, profiles=("office",)), "send")
    ready(qloop, page)
    window.activateWindow()
    page.send.send_button.setFocus()
    QTest.keyClick(page.send.send_button, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qloop.until(lambda: window.current() == "sending")
    qloop.until(finished(desk), "the run is done")


def test_nobody_to_send_to_leaves_the_button_grey(window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    folder = qloop.run(desk.campaigns.create("Nobody"))
    window.go("campaign", folder=folder, step="send")
    qloop.until(lambda: window.page("campaign") is not None and window.current() == "campaign")
    page = window.page("campaign")
    assert isinstance(page, Page)
    qloop.until(lambda: page.step() == 3)
    qloop.settle()
    assert not page.send.send_button.isEnabled()
