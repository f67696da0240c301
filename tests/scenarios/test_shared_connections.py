"""Several campaigns at once through one profile: the limits are the account's, not each campaign's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpdesk.domain.delivery import SHARED_CONNECTIONS, RunState
from tests.scenarios.campaigns import HTML, make_campaign, people
from tests.scenarios.office import Office, open_office
from tests.scenarios.test_limits_workers import start_as
from tests.servers.scripted import ScriptedServer, hold, say

#: A worker whose connections make room after half a second.
SHORT_TURNS = """
import os, sys
from smtpdesk.worker import connection_slots
from smtpdesk.worker.main import main

connection_slots.TURN = 0.5
os._exit(main(sys.argv[1:]))
"""


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as office:
        yield office


def _campaigns(folder: Path, count: int, rows: int) -> list[Path]:
    """Campaigns of different messages to different people."""
    return [
        make_campaign(
            folder / f"campaign-{number}",
            people(rows, f"c{number}.example.net"),
            profile="office",
            html=HTML.replace("<html>", f"<html><!-- {number} -->"),
        )
        for number in range(count)
    ]


@pytest.mark.parametrize("most", [1, 2])
def test_five_campaigns_at_once_open_no_more_connections_than_the_profile_may(
    office: Office, tmp_path: Path, most: int
) -> None:
    gate = threading.Event()
    with ScriptedServer() as server:
        server.on("body", hold(gate), times=2 * most)
        office.profile(server.port, max_connections=most)
        runs = [office.send(folder).id for folder in _campaigns(tmp_path / "c", 5, 40)]
        server.wait(lambda it: it.count("body") >= most)
        for run in runs:
            office.wait(run, lambda view: view.alive and view.lanes)
        gate.set()
        views = [office.end(run) for run in runs]
        assert [view.run.state for view in views] == [RunState.DONE] * 5
        assert server.open_most == most
        assert sum(view.counts.accepted for view in views) == 200
        took = server.per_recipient()
        assert (len(took), set(took.values())) == (200, {1})


def test_a_campaign_that_waits_gets_its_turn_while_a_long_one_sends(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start_as(monkeypatch, SHORT_TURNS)
    with ScriptedServer() as server:
        server.on("body", say("250 kept", delay=0.02))
        office.profile(server.port, max_connections=1)
        long, short = _campaigns(tmp_path / "c", 2, 600)
        first = office.send(long).id
        office.wait(first, lambda view: view.counts.accepted)
        second = office.send(short).id
        office.wait(second, lambda view: any(lane.note == SHARED_CONNECTIONS for lane in view.lanes))
        office.wait(second, lambda view: view.counts.accepted)
        assert office.view(first).alive, "the long one is not through yet"
        for run in (first, second):
            office.pause(run)
            office.end(run)
        assert server.open_most == 1
        assert set(server.per_recipient().values()) == {1}
