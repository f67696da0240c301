"""Servers that offer CHUNKING and cannot do it well: the mail goes out without it."""

from __future__ import annotations

from pathlib import Path

from tests.scenarios.office import DIALOGUES, open_office
from tests.scenarios.settled import settled
from tests.servers.scripted import ScriptedServer, accept_then_drop, say


def test_a_server_that_offers_bdat_and_does_not_understand_it_gets_data(tmp_path: Path) -> None:
    with ScriptedServer(extensions=DIALOGUES["chunking"]) as server, open_office(tmp_path) as office:
        rule = server.on("bdat", say("502 5.5.1 not implemented"))
        run = office.start(server.port, 12).id
        view = office.end(run)
        assert rule.done
        assert view.counts.accepted == 12, view
        settled(office.workspace, server, run=run)


def test_a_server_that_closes_after_each_message_leaves_few_in_doubt(tmp_path: Path) -> None:
    with ScriptedServer(extensions=DIALOGUES["chunking"]) as server, open_office(tmp_path) as office:
        server.on("body", accept_then_drop())
        run = office.start(server.port, 10, max_connections=1).id
        counts = office.end(run).counts
        assert counts.accepted + counts.uncertain == 10
        assert counts.uncertain <= 4, "two connections, and nobody after that"
        settled(office.workspace, server, run=run)
