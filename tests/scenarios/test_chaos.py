"""A server of moods: any command may meet any fault, on several connections at once. Whatever happens is accounted for.

``TESTS_KILLS`` makes it longer (``make torture``), ``TESTS_SEED`` another story.
"""

from __future__ import annotations

import contextlib
import os
import random
from pathlib import Path

import pytest

from smtpdesk.domain.delivery import RunState
from tests.scenarios.office import DIALOGUES, open_office
from tests.scenarios.settled import settled
from tests.servers.scripted import Act, ScriptedServer, accept_then_drop, drop, hang, say, trickle

LENGTH = int(os.environ.get("TESTS_KILLS", "2"))
SEED = os.environ.get("TESTS_SEED", "20261124")
ROWS = 30 * LENGTH
#: How often a command meets a fault.
SHARE = 0.025

CLOSING = say("421 4.4.2 timeout exceeded, closing", then_drop=True)
BROKEN = [drop(), drop(reset=True), accept_then_drop(), CLOSING, hang(), trickle()]
FAULTS = {
    "greeting": BROKEN,
    "ehlo": BROKEN,
    "mail": [*BROKEN, say("451 4.3.0 later")],
    "rcpt": [*BROKEN, say("450 4.2.1 greylisted"), say("550 5.1.1 unknown")],
    "data": [*BROKEN, say("451 4.3.0 later")],
    "middle": [drop(), drop(reset=True), CLOSING, hang()],
    "body": [*BROKEN, say("451 4.3.0 later"), say("554 5.6.0 not this one")],
}


class Moody(ScriptedServer):
    """A server that does not keep to any rule, once it has taken a message."""

    def __init__(self, dialogue: str) -> None:
        super().__init__(extensions=DIALOGUES[dialogue])
        self._chance = random.Random(f"{SEED} {dialogue}")
        self.faults = 0

    def act_for(self, stage: str, line: str) -> Act:
        """The mood of the moment."""
        if stage not in FAULTS or not self.taken or self._chance.random() > SHARE:
            return Act()
        self.faults += 1
        return self._chance.choice(FAULTS[stage])


@pytest.mark.timeout(120 + 30 * LENGTH)
def test_whatever_a_server_does_every_row_is_accounted_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTPDESK_ANSWER_TIMEOUT", "1")
    with open_office(tmp_path) as office, contextlib.ExitStack() as stack:
        servers = {dialogue: stack.enter_context(Moody(dialogue)) for dialogue in DIALOGUES}
        begun = {
            dialogue: office.start(server.port, ROWS, dialogue, max_connections=4).id
            for dialogue, server in servers.items()
        }
        for dialogue, run in begun.items():
            server = servers[dialogue]
            view = office.end(run, 100 + 30 * LENGTH)
            assert view.run.state is RunState.DONE, f"{dialogue}: {view.run.note}"
            assert server.faults
            counts = settled(office.workspace, server, run=run).counts
            print(f"\nseed {SEED}: {dialogue}, {server.faults} faults, {ROWS} recipients: {counts.accepted} accepted, "
                  f"{counts.uncertain} uncertain, {counts.rejected} rejected, 0 twice, 0 lost")  # fmt: skip
