"""A server that ends a connection, falls silent or talks nonsense at every stage in turn, in each dialogue.

One run meets all of a server's faults, one after the other on one connection; the runs of all servers go on at the
same time, so that the pauses after trouble are waited for once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from smtpdesk.domain.delivery import RunState
from tests.scenarios.campaigns import people
from tests.scenarios.office import DEPTH, DIALOGUES, open_office
from tests.scenarios.settled import Settled, settled
from tests.servers.scripted import Act, Rule, ScriptedServer, accept_then_drop, drop, hang, say, trickle

#: Where the faults are, and after how many commands of the stage: each meets a connection that has just sent mail.
PLACES = {"mail": 3, "greeting": 1, "rcpt": 8, "ehlo": 2, "data": 13, "middle": 18, "body": 23}
CLOSING = say("421 4.4.2 timeout exceeded, closing", then_drop=True)
#: Every line is right, and there are many: a client that collects them all in one go has work to do.
LONG = say("".join(f"250-line {n}\n" for n in range(10_000)) + "250 the last one")
NONSENSE: dict[str, tuple[str, int, Act]] = {
    "binary": ("rcpt", 4, say(bytes(range(256)) + b"\r\n")),
    "a long reply": ("mail", 9, LONG),
    "one answer too many in the envelope": ("rcpt", 12, say("250 2.1.5 ok\n250 2.1.5 ok")),
    "an answer before its question": ("data", 16, say("354 go on\n250 2.0.0 ok")),
    "garbage after the body": ("body", 16, say(b"\xff\xfe\x00what\r\n")),
    "a long reply to the body": ("body", 20, LONG),
    "one answer too many after the body": ("body", 24, say("250 2.0.0 ok\n250 2.0.0 ok")),
    "one answer too few in the envelope": ("rcpt", 36, say(b"")),
    "one answer too few after the body": ("body", 32, say(b"")),
    "a line without an end": ("body", 36, say(b"250 " + b"x" * 300_000)),
}
WAYS = ["hang-up", "answer, then hang-up", "421", "silence", "nonsense", "every second refused, byte by byte"]
ROWS = 120


@dataclass(frozen=True)
class Played:
    """One server's story, when it is over."""

    dialogue: str
    server: ScriptedServer
    rules: dict[str, Rule]
    result: Settled
    state: RunState

    @property
    def worst(self) -> int:
        """How many rows can be uncertain: at each fault, what one connection had on the wire."""
        return DEPTH[self.dialogue] * len(self.rules)


def play(server: ScriptedServer, way: str) -> dict[str, Rule]:
    """Tell a server what to do; the rules by name."""
    if way == "nonsense":
        return {name: server.on(stage, act, times=1, after=after) for name, (stage, after, act) in NONSENSE.items()}
    if way.startswith("every second"):
        server.on("rcpt", say("550 5.1.1 unknown", trickle=True), match="odd", times=5)
        server.on("rcpt", say("550 5.1.1 unknown"), match="odd")
        stages = ("greeting", "ehlo", "mail", "rcpt", "data", "body")
        return {stage: server.on(stage, trickle(), times=8) for stage in stages}
    rules = {}
    for number, (stage, after) in enumerate(PLACES.items()):
        acts = {
            "hang-up": drop(reset=number % 2 == 1),
            "answer, then hang-up": drop() if stage == "middle" else accept_then_drop(),
            "421": CLOSING,
            "silence": hang(),
        }
        rules[stage] = server.on(stage, acts[way], times=1, after=after)
    return rules


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Played]]:
    """Every dialogue with every kind of server, all sent to the end."""
    stories = [(dialogue, way) for dialogue in DIALOGUES for way in WAYS]
    with contextlib.ExitStack() as stack:
        office = stack.enter_context(open_office(tmp_path_factory.mktemp("stages")))
        patience = stack.enter_context(pytest.MonkeyPatch.context())
        begun = {}
        for number, (dialogue, way) in enumerate(stories):
            server = stack.enter_context(ScriptedServer(extensions=DIALOGUES[dialogue]))
            rules = play(server, way)
            name = f"profile{number}"
            office.profile(server.port, name, max_connections=1)
            rows = [
                {**row, "Email": f"{'odd' if n % 2 else 'even'}{n}@example.net"} for n, row in enumerate(people(ROWS))
            ]
            patience.setenv("SMTPDESK_ANSWER_TIMEOUT", "1" if way in {"silence", "nonsense"} else "40")
            begun[dialogue, way] = server, rules, office.send(office.campaign(rows, name))
        yield {
            story: Played(
                story[0], server, rules, settled(office.workspace, server, run=run.id), office.end(run.id).run.state
            )
            for story, (server, rules, run) in begun.items()
            if office.end(run.id)
        }


@pytest.mark.parametrize("dialogue", DIALOGUES)
@pytest.mark.parametrize("way", ["hang-up", "answer, then hang-up", "421", "silence"])
def test_the_end_of_a_connection_in_any_stage_loses_and_doubles_nothing(
    played: dict[tuple[str, str], Played], dialogue: str, way: str
) -> None:
    story = played[dialogue, way]
    without_data = {"data"} if story.server.count("data") == 0 else set()
    assert {stage for stage, rule in story.rules.items() if not rule.done} == without_data, "all faults were met"
    assert story.state is RunState.DONE
    counts = story.result.counts
    assert counts.accepted + counts.uncertain == ROWS, "a broken line blames nobody's address"
    assert counts.uncertain <= story.worst
    if DEPTH[dialogue] == 1 and way != "silence":
        assert counts.uncertain == (0 if way == "421" else 2), "only bodies that began and had no answer"
    if way in {"hang-up", "421"}:
        # Where several bodies are in flight, a line that ends between them leaves doubt about bodies, nothing else.
        told = set(PLACES) - {"middle"} if DEPTH[dialogue] == 1 else {"greeting", "ehlo", "body"}
        assert story.result.stages() >= told, "each fault is told with its stage"


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_nonsense_is_never_taken_for_an_answer(played: dict[tuple[str, str], Played], dialogue: str) -> None:
    story = played[dialogue, "nonsense"]
    spared = {"an answer before its question"} if story.server.count("data") == 0 else set()
    assert {name for name, rule in story.rules.items() if not rule.done} == spared, "all of it was met"
    assert story.state is RunState.DONE
    assert story.result.counts.accepted + story.result.counts.uncertain == ROWS
    assert story.result.counts.uncertain <= story.worst
    assert story.result.troubles


@pytest.mark.parametrize("dialogue", DIALOGUES)
def test_every_second_recipient_refused_costs_the_others_nothing(
    played: dict[tuple[str, str], Played], dialogue: str
) -> None:
    story = played[dialogue, "every second refused, byte by byte"]
    assert story.state is RunState.DONE
    assert (story.result.counts.accepted, story.result.counts.rejected) == (ROWS // 2, ROWS // 2)
    assert {row.address[:3] for row in story.result.rows if row.state.value == "rejected"} == {"odd"}
