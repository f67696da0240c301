"""The page of a run while a real worker process sends it to a real server."""

from __future__ import annotations

import os
import signal
import threading
from collections import Counter
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from PySide6.QtWidgets import QPushButton

from smtpdesk.base.secret import Secret
from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.sending.page import TIME, Page
from smtpdesk.desktop.pages.sending.situation import Phase
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.delivery import RunInfo
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay, Security
from smtpdesk.recipients import Pasted
from tests.desktop.conftest import QtLoop
from tests.servers.scripted import ScriptedServer, hold, say

PEOPLE = 60


async def campaign(desk: Desk, server: ScriptedServer, username: str = "", password: str = "") -> Path:
    """A small campaign for :data:`PEOPLE` people through the server."""
    profile = Profile(
        "office",
        Relay(server.host, server.port, Security.NONE),
        Identity("Ana <ana@example.com>"),
        username,
        Limits(max_connections=1),
    )
    await desk.profiles.save(profile, Secret(password) if password else None, session_only=True)
    rows = "\n".join(f"p{number}@example.com\tP{number}" for number in range(PEOPLE))
    await desk.lists.import_list(Pasted(f"Email\tFirst name\n{rows}"), "Customers")
    folder = await desk.campaigns.create("Autumn", list_name="Customers", profile="office")
    draft = await desk.campaigns.load(folder)
    chosen = replace(draft.campaign, subject="Hello {{ first_name }}", from_header="Ana <ana@example.com>")
    await desk.campaigns.save(replace(draft, html="<p>Hello {{ first_name }}</p>", campaign=chosen))
    return folder


def begun(qloop: QtLoop, window: MainWindow, desk: Desk, folder: Path) -> tuple[Page, RunInfo]:
    """The campaign is being sent, and its page is on show."""
    run = qloop.run(desk.sending.start(folder))
    window.go("sending", run_id=run.id)
    qloop.until(lambda: isinstance(window.page("sending"), Page), "the page")
    page = window.page("sending")
    assert isinstance(page, Page)
    qloop.until(lambda: page._view is not None, "the first look")
    return page, run


def phase(qloop: QtLoop, page: Page, *wanted: Phase) -> None:
    qloop.until(lambda: page._phase in wanted, f"{[str(w) for w in wanted]}, not {page._phase}", deadline=40)


def press(page: Page, label: str) -> None:
    next(b for b in page.notice.findChildren(QPushButton) if b.text() == label).click()


def per_person(server: ScriptedServer) -> Counter[str]:
    """How many messages everybody has."""
    return Counter(message.recipients[0] for message in server.accepted())


def test_a_campaign_is_watched_from_the_first_to_the_last(
    qloop: QtLoop, window: MainWindow, desk: Desk, scripted: ScriptedServer
) -> None:
    page, _run = begun(qloop, window, desk, qloop.run(campaign(desk, scripted)))
    page.show_view(TIME)
    qloop.until(lambda: page.log.model.rowCount() == PEOPLE, "every line")
    phase(qloop, page, Phase.DONE)
    notice = page.notice.notice()
    assert notice is not None
    assert notice.title == f"Accepted for all {PEOPLE} people"
    assert set(per_person(scripted).values()) == {1}
    assert not window.rail.sending.isVisible()


def test_a_refusal_is_explained_and_tried_again_after_all(
    qloop: QtLoop, window: MainWindow, desk: Desk, scripted: ScriptedServer
) -> None:
    scripted.on("rcpt", say("550 5.1.1 Nobody of that name here"), match="p7@")
    page, _run = begun(qloop, window, desk, qloop.run(campaign(desk, scripted)))
    phase(qloop, page, Phase.DONE)
    qloop.until(lambda: len(page.causes.panels()) == 1, "the cause")
    panel = page.causes.panels()[0]
    panel.open_up()
    assert panel._title == "This mailbox does not exist"
    assert panel._words._words.text() == "550 5.1.1 Nobody of that name here"
    scripted.forget()
    again = panel.deed("again")
    assert again is not None
    again.click()
    qloop.until(lambda: page.figures.tile("accepted").number() == str(PEOPLE), "the second try", deadline=40)
    phase(qloop, page, Phase.DONE)
    assert set(per_person(scripted).values()) == {1}


def test_a_second_try_pauses_a_run_at_work_and_takes_it_up_again(
    qloop: QtLoop, window: MainWindow, desk: Desk, scripted: ScriptedServer
) -> None:
    gate = threading.Event()
    refusal = scripted.on("rcpt", say("550 5.1.1 Nobody of that name here"), match="p2@", times=1)
    scripted.on("body", hold(gate), after=10)
    page, _run = begun(qloop, window, desk, qloop.run(campaign(desk, scripted)))
    qloop.until(lambda: len(page.causes.panels()) == 1 and scripted.count("body") > 10, "the cause")
    page.causes.panels()[0].open_up()
    again = page.causes.panels()[0].deed("again")
    assert again is not None
    again.click()
    phase(qloop, page, Phase.PAUSING)
    gate.set()
    phase(qloop, page, Phase.DONE)
    assert refusal.done == 1
    assert len(per_person(scripted)) == PEOPLE
    assert set(per_person(scripted).values()) == {1}


def test_pause_and_continue(qloop: QtLoop, window: MainWindow, desk: Desk, scripted: ScriptedServer) -> None:
    gate = threading.Event()
    scripted.on("body", hold(gate), after=10)
    page, _run = begun(qloop, window, desk, qloop.run(campaign(desk, scripted)))
    phase(qloop, page, Phase.SENDING)
    page.head.pause.click()
    phase(qloop, page, Phase.PAUSING)
    assert not page.head.pause.isEnabled()
    gate.set()
    phase(qloop, page, Phase.PAUSED)
    view = page._view
    assert view is not None
    assert 0 < view.counts.open < PEOPLE
    qloop.until(page.head.resume.isVisible, "the way on")
    page.head.resume.click()
    phase(qloop, page, Phase.DONE)
    assert len(per_person(scripted)) == PEOPLE
    assert set(per_person(scripted).values()) == {1}


@pytest.mark.skipif(os.name == "nt", reason="a process is killed otherwise there")
def test_a_killed_worker_is_told_and_sending_goes_on(
    qloop: QtLoop, window: MainWindow, desk: Desk, scripted: ScriptedServer
) -> None:
    gate = threading.Event()
    scripted.on("body", hold(gate), after=10)
    page, run = begun(qloop, window, desk, qloop.run(campaign(desk, scripted)))
    phase(qloop, page, Phase.SENDING)
    qloop.until(lambda: scripted.count("body") > 10, "a held body")
    workers = [p for p in psutil.Process().children() if run.id in p.cmdline()]
    assert len(workers) == 1
    workers[0].send_signal(signal.SIGKILL)
    phase(qloop, page, Phase.INTERRUPTED)
    notice = page.notice.notice()
    assert notice is not None
    assert notice.title.startswith("This was cut off at ")
    gate.set()
    press(page, "Continue sending")
    phase(qloop, page, Phase.DONE)
    view = page._view
    assert view is not None
    assert view.counts.accepted + view.counts.uncertain == PEOPLE
    assert 1 <= view.counts.uncertain <= 3
    assert set(per_person(scripted).values()) == {1}


def test_a_wrong_password_pauses_and_names_the_remedy(qloop: QtLoop, window: MainWindow, desk: Desk) -> None:
    with ScriptedServer(users={"ana": "right"}, require_auth=True) as server:
        folder = qloop.run(campaign(desk, server, "ana", "wrong"))
        page, _run = begun(qloop, window, desk, folder)
        phase(qloop, page, Phase.TROUBLE)
        notice = page.notice.notice()
        assert notice is not None
        assert "password" in notice.title
        assert [label for _deed, label in notice.deeds] == ["Test the profile", "Continue sending"]
        assert notice.profile == "office"
        assert not server.taken
        profile = qloop.run(desk.profiles.get("office"))
        qloop.run(desk.profiles.save(profile, Secret("right"), session_only=True))
        press(page, "Continue sending")
        phase(qloop, page, Phase.DONE)
        assert len(per_person(server)) == PEOPLE


def test_who_looks_elsewhere_sees_the_card_and_hears_of_the_end(
    qloop: QtLoop, window: MainWindow, desk: Desk, scripted: ScriptedServer
) -> None:
    gate = threading.Event()
    scripted.on("body", hold(gate), after=5)
    page, run = begun(qloop, window, desk, qloop.run(campaign(desk, scripted)))
    phase(qloop, page, Phase.SENDING)
    window.go("settings")
    qloop.until(lambda: window.current() == "settings", "another page")
    assert window.rail.sending.isVisible()
    gate.set()
    qloop.until(lambda: not window.rail.sending.isVisible(), "the end", deadline=40)
    toast = window._toasts.current()
    assert toast is not None
    assert toast.accessibleName() == f"“Autumn” is done: {PEOPLE} of {PEOPLE} accepted"
    next(b for b in toast.findChildren(QPushButton) if b.text() == "Show").click()
    qloop.until(lambda: window.current() == "sending" and page._run == run.id, "the run")
    phase(qloop, page, Phase.DONE)
