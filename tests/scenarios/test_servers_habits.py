"""Whole runs against servers with habits: nobody twice, nobody lost, no false lines in the log, and no rests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from smtpdesk.domain.delivery import RunState
from smtpdesk.domain.profile import Relay
from smtpdesk.domain.server_traits import ServerTraits
from smtpdesk.store import Workspace
from tests.scenarios.office import Office, open_office
from tests.scenarios.settled import Settled, settled
from tests.servers.quirky import Habits, QuirkyServer

ROWS = 120


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as opened:
        yield opened


def traits(office: Office, server: QuirkyServer) -> ServerTraits:
    with Workspace.open(office.workspace) as workspace:
        return workspace.server_traits.get(Relay("127.0.0.1", server.port))


def sent(office: Office, server: QuirkyServer, rows: int = ROWS, name: str = "office", **limits: int) -> Settled:
    """All accepted once, in one go: it would end as paused where it had to wait for long."""
    run = office.start(server.port, rows, name, **limits).id
    view = office.end(run)
    assert (view.run.state, view.counts.accepted) == (RunState.DONE, rows)
    assert set(server.taken.values()) == {1}
    return settled(office.workspace, server, run=run)


def test_envelopes_behind_the_dot_are_refused(office: Office) -> None:
    with QuirkyServer(Habits(behind_dot="503 5.5.1 bad sequence")).running() as server:
        assert sent(office, server).troubles == ()
        assert server.connections <= 10, "a connection carries many messages"
        assert traits(office, server) == ServerTraits(write_ahead=False)


def test_a_pipelining_liar_is_sent_to_all_the_same(office: Office) -> None:
    with QuirkyServer(Habits(one_a_packet=True)).running() as server:
        assert sent(office, server, 20, max_connections=1).troubles == ()
        assert traits(office, server) == ServerTraits(pipelining=False)
        server.taken.clear()
        before = server.connections
        sent(office, server, 20, "again", max_connections=1)
        assert server.connections == before + 1, "it was remembered"


def test_a_limit_of_the_session_is_none_of_the_account(office: Office) -> None:
    with QuirkyServer(Habits(per_session=10, full="452 4.5.3 Too many messages sent")).running() as server:
        assert sent(office, server, max_connections=2).troubles == ()
        assert traits(office, server) == ServerTraits(per_session=10)
        server.taken.clear()
        told = server.cut
        sent(office, server, ROWS, "again", max_connections=2)
        assert server.cut == told, "renewed before the server has to say it"


def test_a_server_that_closes_after_some_messages_is_connected_to_again_at_once(office: Office) -> None:
    with QuirkyServer(Habits(per_session=10)).running() as server:
        result = sent(office, server, max_connections=1)
        assert {row.cause for row in result.troubles} <= {"network.disconnected"}
        assert (len(result.troubles), server.cut) == (2, 2), "then it is known, and the connection renewed before"
        assert traits(office, server) == ServerTraits(per_session=10)
        assert server.connections <= 14


def test_one_connection_too_many_is_closed_without_a_word(office: Office) -> None:
    with QuirkyServer(Habits(most=2)).running() as server:
        assert sent(office, server, 200, max_connections=4).troubles == ()
        assert server.cut <= 4, "it asks for no more than it was given"


def test_refused_recipients_do_not_use_up_the_patience_of_the_server(office: Office) -> None:
    with QuirkyServer(Habits(nonmail=10, unknown="never")).running() as server:
        office.profile(server.port, max_connections=1)
        rows = [
            {"Email": f"{'never' if n % 2 else 'ever'}{n}@example.net", "First name": "Ana", "Order": "1"}
            for n in range(60)
        ]
        run = office.send(office.campaign(rows)).id
        view = office.end(run)
        assert (view.counts.accepted, view.counts.rejected, view.counts.uncertain) == (30, 30, 0)
        assert server.cut == 0
        assert {row.cause for row in settled(office.workspace, server).troubles} == {"recipient.unknown"}


def test_resets_at_mail_are_tried_again_at_once(office: Office) -> None:
    with QuirkyServer(Habits(resets=3)).running() as server:
        result = sent(office, server, 30, max_connections=1)
        assert {row.cause for row in result.troubles} == {"network.disconnected"}
        assert server.connections == 4
