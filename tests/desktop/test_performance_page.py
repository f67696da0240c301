"""The page Server performance: reached from lanes and profiles, true to the ledger, with its room at each size."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from filelock import FileLock
from PySide6.QtWidgets import QAbstractButton

from smtpdesk.base.clock import now
from smtpdesk.desk import Desk
from smtpdesk.desk.performance import Span
from smtpdesk.desktop.pages.performance.page import Page
from smtpdesk.desktop.pages.sending.page import Page as SendingPage
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.delivery import LaneChange, LaneEvent, LaneInfo, LaneSample, RunState
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay
from smtpdesk.store import Workspace
from smtpdesk.worker.assembly import run_folder
from smtpdesk.worker.locks import LOCK
from tests.desktop import hands
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import cut, nameless, outside
from tests.desktop.sending_ledger import ACCEPTED, GREYLISTED, UNKNOWN, Run, new_run


@pytest.fixture
def run(desk: Desk) -> Iterator[Run]:
    """A run that is being sent by *office* as far as anybody can see; *spare* was never used."""
    at = now()
    with Workspace.open(desk.folder) as store:
        for name in ("office", "spare"):
            relay, limits = Relay("smtp.example.com", 587), Limits(rate=14, daily=40)
            store.profiles.save(Profile(name, relay, Identity("A <a@example.com>"), "", limits))
        made = new_run(store, 60, created_at=at - 3600, started_at=at - 3600)
        made.state(RunState.RUNNING)
        made.attempt([ACCEPTED] * 30 + [UNKNOWN] * 2 + [GREYLISTED] * 3, at - 60)
        made.lanes(LaneInfo("office", "sending", "profile.rate", 2, 30, 3.0, allowed=3.0, full=14.0, left_today=10))
        times = {"connect": 0.02, "ehlo": 0.01, "mail": 0.02, "rcpt": 0.04, "body": 0.2}
        samples = [LaneSample(made.id, "office", at - 10 * n, 10, 2, 10, 1, 0, 0, 3.0, "", times) for n in range(3)]
        said = "421 4.7.0 Try again later, closing connection."
        slower = LaneEvent(made.id, "office", at - 30, LaneChange.SLOWER, "profile.rate", said, 3.0)
        store.performance.add(samples, [slower])
        folder = run_folder(store.folder, made.id)
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / LOCK):
            yield made


def shown(qloop: QtLoop, window: MainWindow, profile: str) -> Page:
    qloop.until(lambda: isinstance(window.page("performance"), Page), "the page")
    page = window.page("performance")
    assert isinstance(page, Page)
    qloop.until(lambda: page.found is not None and page.found.profile == profile, "the figures")
    qloop.settle()
    return page


def test_a_button_at_the_lanes_shows_how_the_server_does(qloop: QtLoop, window: MainWindow, run: Run) -> None:
    window.go("sending", run=run.id)
    qloop.until(lambda: hands.named(window, QAbstractButton, "Server performance"), "the button")
    sending = window.page("sending")
    assert isinstance(sending, SendingPage)
    assert sending.rate.history.seconds() >= 28  # what was noted before anybody looked
    assert sending.lanes.histories["office"].curve(600)[-3] == pytest.approx(1.0)
    window.resize(1024, 700)
    qloop.settle()
    assert hands.named(sending.lanes, QAbstractButton, "Server performance") is None
    hands.press(sending, "Server performance")
    page = shown(qloop, window, "office")
    assert page.span() is Span.RUN
    assert {key: tile._number.sentence() for key, tile in page.tiles.items()} == {
        "accepted": "30", "rate": "1/s", "deferred": "3", "rejected": "0", "uncertain": "0",
    }  # fmt: skip
    said = hands.words(page)
    for words in ("Slowed to 3/s: The server asked us to slow down", "421 4.7.0 Try again later, closing connection."):
        assert words in said
    assert "This mailbox does not exist" in said
    assert "30 used, 10 left" in said
    assert "Recipient" in said
    hands.press(page, "Back to the run")
    qloop.until(lambda: window.current() == "sending", "the run")


def test_another_profile_and_another_time_are_chosen(qloop: QtLoop, window: MainWindow, run: Run) -> None:
    window.go("performance", profile="office")
    page = shown(qloop, window, "office")
    assert page.span() is Span.TODAY
    assert not page.back.isVisible()
    hands.press(page, "7 days")
    qloop.until(lambda: page.found is not None and page.found.step > 3600, "a week")
    hands.click(page.choose)
    qloop.until(hands.menu, "the menu")
    menu = hands.menu()
    assert menu is not None
    next(entry for entry in menu.actions() if entry.text() == "spare").trigger()
    menu.close()
    shown(qloop, window, "spare")
    assert "Nothing was sent in this time" in hands.words(page)


@pytest.mark.parametrize("size", [(1280, 800), (1024, 700)])
def test_everything_has_a_name_and_its_room(qloop: QtLoop, window: MainWindow, run: Run, size: tuple[int, int]) -> None:
    window.resize(*size)
    window.go("performance", run=run.id, profile="office")
    page = shown(qloop, window, "office")
    assert (cut(page), outside(page), nameless(page)) == ([], [], [])


def test_it_follows_while_the_profile_sends(
    qloop: QtLoop, window: MainWindow, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smtpdesk.desktop.pages.performance.page.LIVE", 0.05)
    window.go("performance", run=run.id, profile="office")
    page = shown(qloop, window, "office")
    run.store.performance.add([LaneSample(run.id, "office", now(), 1, 2, 7)])
    qloop.until(lambda: page.tiles["accepted"]._number.sentence() == "37", "what was sent meanwhile")
    window.go("home" if window.current() != "home" else "lists")
