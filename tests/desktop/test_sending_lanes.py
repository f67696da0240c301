"""The lanes: what each says in every state, and that its remedies do what they are called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from filelock import FileLock
from PySide6.QtWidgets import QMenu

from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.sending import lane_words
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.pages.sending.page import Page
from smtpdesk.desktop.pages.sending.words import minute
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.delivery import LaneInfo, RunState
from smtpdesk.domain.profile import Identity, Profile, Relay
from smtpdesk.store import Workspace
from smtpdesk.worker.assembly import run_folder
from smtpdesk.worker.locks import LOCK
from tests.desktop import hands
from tests.desktop.conftest import QtLoop
from tests.desktop.looking import cut, nameless, outside
from tests.desktop.sending_ledger import ACCEPTED, PASSWORD, SPAM, Run, new_run

SOON = 1_795_510_800.0
STATES = (
    LaneInfo("a", "sending", "", 3, 12, 13.6, allowed=14.0, full=14.0, left_today=786),
    LaneInfo("b", "sending", "profile.rate", 1, 2, 3.0, 23, 4, allowed=3.0, full=14.0),
    LaneInfo("c", "paused", "profile.password", 0, 0, 0.0, 1),
    LaneInfo("d", "limit", "", 0, 500, 0.0, full=2.0, left_today=0, until=SOON),
    LaneInfo("e", "resting", "relay.disk-full", 0, 41, 0.0, 8, uncertain=1, until=SOON),
    LaneInfo("f", "paused", "", 0, 77, 0.0),
)


def told(desk: Desk, lane: LaneInfo, provider: str = "") -> lane_words.LaneWords:
    return lane_words.lane_words(lane, Meanings(desk).known(lane.note), provider, "smtp.example.com")


def test_a_lane_says_what_it_does_and_why(desk: Desk) -> None:
    sending, slow, stopped, limit, resting, paused = (told(desk, lane, "Gmail") for lane in STATES)
    time = minute(SOON)
    assert (sending.state, sending.note) == ("Sending", "3 connections · smtp.example.com")
    assert (sending.rate, sending.more) == ("14/s", "786 left today")
    assert (slow.state, slow.tone, slow.rate) == ("Slowed down", "warn", "3/s")
    assert slow.note == "Slowed to 3/s of 14/s because Gmail asked for it"
    assert slow.more == "23 deferred · 4 rejected · 1 connection"
    assert told(desk, STATES[1]).note.endswith("because the server asked for it")
    assert (stopped.state, stopped.tone) == ("Stopped", "bad")
    assert stopped.note == "The server did not accept this user name and password"
    assert [label for _deed, label in stopped.deeds] == ["Open the profile", "Try again"]
    assert limit.note.startswith("Today's limit is used up; goes on at ")
    assert limit.note.endswith(time)
    assert limit.deeds == ()
    assert resting.note.startswith("The server has no room right now; goes on at ")
    assert [deed for deed, _label in resting.deeds] == [lane_words.WAKE]
    assert (paused.state, paused.tone) == ("Paused", "")
    assert [deed for deed, _label in paused.deeds] == [lane_words.GO_ON]


def test_hours_and_unknown_states_have_words(desk: Desk) -> None:
    hours = told(desk, LaneInfo("a", "hours", until=SOON))
    assert (hours.state, hours.note.split(" at ")[0]) == ("Outside of the hours", "Goes on")
    assert told(desk, LaneInfo("a", "dancing")).state == "dancing"
    assert told(desk, LaneInfo("a", "sending", allowed=2.0)).note == "Slowed to 2/s because the server asked for it"
    assert told(desk, LaneInfo("a", "sending", allowed=14.0, full=14.0)).state == "Sending"


@pytest.fixture
def run(desk: Desk) -> Iterator[Run]:
    """A run with six profiles in six states, at work as far as anybody can see."""
    with Workspace.open(desk.folder) as store:
        for lane in STATES:
            store.profiles.save(Profile(lane.profile, Relay("smtp.example.com", 587), Identity("A <a@example.com>")))
        made = new_run(store, 100, profiles=tuple(lane.profile for lane in STATES))
        made.state(RunState.RUNNING)
        made.attempt([ACCEPTED] * 20 + [PASSWORD] * 3 + [SPAM] * 2)
        made.lanes(*STATES)
        folder = run_folder(store.folder, made.id)
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / LOCK):
            yield made


def shown(qloop: QtLoop, window: MainWindow, run: Run) -> Page:
    window.go("sending", run=run.id)
    qloop.until(lambda: isinstance(window.page("sending"), Page), "the page")
    page = window.page("sending")
    assert isinstance(page, Page)
    qloop.until(lambda: page._view is not None and page.reader.seen >= 0 and page.causes.panels(), "the figures")
    qloop.settle()
    return page


@pytest.mark.parametrize("size", [(1280, 800), (1024, 700)])
def test_six_lanes_have_their_room_and_what_needs_somebody_is_in_sight(
    qloop: QtLoop, window: MainWindow, run: Run, size: tuple[int, int]
) -> None:
    window.resize(*size)
    page = shown(qloop, window, run)
    assert (cut(page), outside(page), nameless(page)) == ([], [], [])
    assert not page.lanes.lane("c").visibleRegion().isEmpty()
    assert page.notice.notice() is None
    assert page.lanes.height() < 200


def test_the_remedies_and_the_menu_steer_the_lane(
    qloop: QtLoop, window: MainWindow, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, str, str]] = []

    def steer(deed: str) -> Any:
        async def ask(run_id: str, profile: str) -> None:
            asked.append((deed, run_id, profile))

        return ask

    page = shown(qloop, window, run)
    sending = page._desk.sending
    for name in ("wake_lane", "pause_lane"):
        monkeypatch.setattr(sending, name, steer(name), raising=False)
    hands.press(page.lanes.lane("c"), "Try again")
    qloop.until(lambda: asked == [("wake_lane", run.id, "c")], "the wish")
    hands.click(page.lanes.lane("a").more)
    qloop.until(hands.menu, "the menu")
    menu = hands.menu()
    assert isinstance(menu, QMenu)
    entries = {entry.text(): entry for entry in menu.actions()}
    assert list(entries) == ["Pause this profile", "Open the profile", "Server performance"]
    entries["Pause this profile"].trigger()
    menu.close()
    qloop.until(lambda: asked[1:] == [("pause_lane", run.id, "a")], "the pause")
    blamed = next(panel for panel in page.causes.panels() if panel.group.cause == PASSWORD.cause)
    blamed.open_up()
    pause = blamed.deed("pause")
    assert pause is not None
    pause.click()
    qloop.until(lambda: len(asked) == 3, "the profile that was to blame")
    message = next(panel for panel in page.causes.panels() if panel.group.cause == SPAM.cause)
    message.open_up()
    assert message.deed("message") is not None
    hands.press(page.lanes.lane("c"), "Open the profile")
    qloop.until(lambda: window.current() == "profiles", "the profile")
