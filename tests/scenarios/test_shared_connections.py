"""Several campaigns at once through one profile: the limits are the account's, not each campaign's."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpdesk.domain.delivery import RunState
from tests.scenarios.campaigns import HTML, make_campaign, people
from tests.scenarios.office import Office, open_office
from tests.scenarios.settled import settled
from tests.servers.scripted import ScriptedServer, hold


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
        result = settled(office.workspace, server)
        assert result.counts.accepted == 200
