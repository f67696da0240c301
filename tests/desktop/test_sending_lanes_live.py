"""Lanes while a real worker sends with two profiles to a real server."""

from __future__ import annotations

import threading
from dataclasses import replace

from smtpdesk.desk import Desk
from smtpdesk.desktop.pages.sending import lane_words
from smtpdesk.desktop.pages.sending.situation import Phase
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay, Security
from tests.desktop import hands
from tests.desktop.conftest import QtLoop
from tests.desktop.test_sending_live import PEOPLE, begun, campaign, per_person, phase
from tests.servers.scripted import ScriptedServer, hold


def test_a_paused_profile_says_so_and_goes_on_when_it_is_told(
    qloop: QtLoop, window: MainWindow, desk: Desk, scripted: ScriptedServer
) -> None:
    gate = threading.Event()
    scripted.on("body", hold(gate), after=6)
    folder = qloop.run(campaign(desk, scripted))
    relay = Relay(scripted.host, scripted.port, Security.NONE)
    spare = Profile("spare", relay, Identity("Ana <ana@example.com>"), limits=Limits(max_connections=1))
    qloop.run(desk.profiles.save(spare))
    draft = qloop.run(desk.campaigns.load(folder))
    both = replace(draft.campaign, profiles=("office", "spare"))
    qloop.run(desk.campaigns.save(replace(draft, campaign=both)))
    page, _run = begun(qloop, window, desk, folder)
    qloop.until(lambda: page._view is not None and len(page._view.lanes) == 2, "both lanes")
    qloop.until(lambda: scripted.count("body") > 6, "the server to hold")
    page._lane_deed(lane_words.PAUSE, "spare")
    spare_lane = page.lanes.lane("spare")
    qloop.until(lambda: "You paused it; the others carry on" in hands.words(spare_lane), "the pause")
    hands.press(spare_lane, "Go on")
    qloop.until(lambda: "You paused it" not in hands.words(page.lanes.lane("spare")), "the profile to go on")
    gate.set()
    phase(qloop, page, Phase.DONE)
    assert set(per_person(scripted).values()) == {1}
    assert len(per_person(scripted)) == PEOPLE
