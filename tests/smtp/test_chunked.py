"""CHUNKING with several messages in flight: whatever happens where, both sides tell the same story."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from smtpdesk.domain.delivery import OutcomeKind, Stage
from smtpdesk.smtp import chunked
from smtpdesk.smtp.steps import Timeouts
from tests.servers.postfix import Postfix
from tests.servers.scripted import Act, ScriptedServer, drop, hang, say, trickle
from tests.smtp.conftest import Converse, Talk, agree, body

EXTENSIONS = ("PIPELINING", "CHUNKING", "8BITMIME", "SIZE 50000000", "ENHANCEDSTATUSCODES")
COUNT = 6
STAGES = ("mail", "rcpt", "body", "rset")


@pytest.fixture(autouse=True)
def four_in_flight(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where a round trip takes 40 ms, but without the wait."""
    monkeypatch.setattr(chunked, "_LEAST", 4)


@contextlib.contextmanager
def chunking_server() -> Iterator[ScriptedServer]:
    with ScriptedServer(extensions=EXTENSIONS) as running:
        yield running


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with chunking_server() as running:
        yield running


def everywhere(converse: Converse, stage: str, act: Act) -> Iterator[tuple[int, Talk]]:
    """Six messages, with ``act`` at each position of them in turn but the first; both sides told the same story."""
    for position in range(1, COUNT):
        with chunking_server() as server:
            if stage in ("mail", "rset"):
                server.on(stage, act, times=1, after=position)
            else:
                server.on(stage, act, times=1, match=f"Hello {position}" if stage == "body" else f"to{position}@")
            talk = converse(server, COUNT)
            agree(server, talk, COUNT)
            yield position, talk


def test_messages_arrive_as_they_are_several_in_flight(server: ScriptedServer, converse: Converse) -> None:
    talk = converse(server, 20, raw=lambda n: body(n) + b"." * (n % 2) + (b"no end" if n % 3 else b""))
    assert talk.kinds() == ["accepted"] * 20
    raws = [body(n) + b"." * (n % 2) + (b"no end" if n % 3 else b"") for n in range(20)]
    assert [taken.raw for taken in server.taken] == [raw if raw.endswith(b"\r\n") else raw + b"\r\n" for raw in raws]
    assert [taken.recipients for taken in server.taken] == [(f"to{n}@example.com",) for n in range(20)]
    assert talk.most == 4
    assert (server.count("data"), server.connections, talk.lost) == (0, 1, [None])
    agree(server, talk, 20)


@pytest.mark.parametrize("stage", ["mail", "rcpt", "body"])
@pytest.mark.parametrize("code", ["550 5.1.1", "452 4.3.1"])
def test_a_refusal_at_any_position_is_that_messages_own(converse: Converse, stage: str, code: str) -> None:
    for position, talk in everywhere(converse, stage, say(f"{code} not this one")):
        refused = talk.outcomes[position]
        assert (refused.stage, refused.reply.code) == (Stage(stage), int(code[:3]))
        assert refused.kind in (OutcomeKind.REJECTED, OutcomeKind.DEFERRED)
        assert talk.kinds().count("accepted") == COUNT - 1


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("reset", [False, True])
def test_a_hang_up_at_any_position_leaves_few_uncertain(converse: Converse, stage: str, reset: bool) -> None:
    for _position, talk in everywhere(converse, stage, drop(reset=reset)):
        assert talk.kinds().count("uncertain") <= 4
        assert talk.lost[0] is not None
        assert set(talk.begun) == set(talk.outcomes)


@pytest.mark.parametrize("stage", STAGES)
def test_421_and_the_end_answers_all_that_is_behind_it(server: ScriptedServer, converse: Converse, stage: str) -> None:
    """Replies come in order: a server that says it closes, and closes, took nothing that came later."""
    for position, talk in everywhere(converse, stage, say("421 4.3.2 closing", then_drop=True)):
        assert "uncertain" not in talk.kinds()
        assert all(talk.outcomes[n].kind is OutcomeKind.ACCEPTED for n in range(position))
        assert all(talk.outcomes[n].reply.code == 421 for n in talk.outcomes if n > position)
        assert talk.lost[0] is not None
        assert talk.lost[0].reply.code == 421


@pytest.mark.parametrize("stage", STAGES)
def test_421_from_a_server_that_goes_on_all_the_same(converse: Converse, stage: str) -> None:
    for position, talk in everywhere(converse, stage, say("421 4.7.0 slow down")):
        assert "uncertain" not in talk.kinds(), "it answered every message on the wire"
        if stage != "rset":
            assert talk.outcomes[position].reply.code == 421


@pytest.mark.parametrize("stage", STAGES)
def test_421_and_a_hang_up_later_is_uncertain_where_it_went_on(
    server: ScriptedServer, converse: Converse, stage: str
) -> None:
    server.on(stage, say("421 4.7.0 slow down"), times=1, after=1)
    server.on("body", drop(), times=1, match="Hello 3")
    talk = converse(server, COUNT)
    agree(server, talk, COUNT)
    if 3 in talk.begun:
        assert talk.outcomes[3].kind is OutcomeKind.UNCERTAIN


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("garbage", [b"\x00\xff what\r\n", b"354 go on\r\n", b"250-never\r\n251 the same\r\n"])
def test_garbage_at_any_position_is_never_an_acceptance(converse: Converse, stage: str, garbage: bytes) -> None:
    for _position, talk in everywhere(converse, stage, say(garbage)):
        assert talk.kinds().count("uncertain") <= 4


@pytest.mark.parametrize(
    ("stage", "extra"), [("mail", "250 2.1.0"), ("mail", "450 4.5.0"), ("rcpt", "250 2.1.5"), ("rset", "250 2.0.0")]
)
def test_one_reply_too_many_never_turns_the_truth_round(converse: Converse, stage: str, extra: str) -> None:
    list(everywhere(converse, stage, say(f"250 2.1.0 ok\n{extra} again")))


@pytest.mark.parametrize("refused", range(1, COUNT))
def test_a_refused_body_behind_one_reply_too_many_is_not_accepted(
    server: ScriptedServer, converse: Converse, refused: int
) -> None:
    server.on("rcpt", say("250 2.1.5 ok\n250 2.1.5 ok"), times=1, match=f"to{refused}@")
    server.on("body", say("554 5.7.1 no"), match=f"Hello {refused}")
    talk = converse(server, COUNT)
    assert talk.outcomes[refused].kind is not OutcomeKind.ACCEPTED
    agree(server, talk, COUNT)


def test_250_to_a_body_without_a_recipient_means_nothing(server: ScriptedServer, converse: Converse) -> None:
    server.on("rcpt", say("550 5.1.1 unknown"), match="to2@")
    server.on("body", say("250 2.0.0 thank you for nothing"), match="BDAT")
    talk = converse(server, COUNT)
    assert (talk.outcomes[2].kind, talk.outcomes[2].stage) == (OutcomeKind.REJECTED, Stage.RCPT)
    assert talk.kinds().count("accepted") == COUNT - 1


def test_a_nested_message_is_never_lost_in_another_one(server: ScriptedServer, converse: Converse) -> None:
    """MAIL is refused, yet its recipient and body are taken: into what, nobody knows."""
    server.on("mail", say("503 5.5.1 nested MAIL command"), times=1, after=2)
    server.on("rcpt", say("250 2.1.5 ok"), times=1, match="to2@")
    talk = converse(server, COUNT)
    assert talk.outcomes[2].kind is OutcomeKind.UNCERTAIN
    agree(server, talk, COUNT)


def test_silence_leaves_what_is_in_flight_uncertain_even_when_answered_later(
    server: ScriptedServer, converse: Converse
) -> None:
    server.on("body", hang(), match="Hello 2")
    talk = converse(server, COUNT, timeouts=Timeouts(5.0, 5.0, 0.3, 0.3))
    assert [talk.outcomes[n].cause for n in talk.begun[2:]] == ["uncertain.no-answer"] * len(talk.begun[2:])
    assert talk.kinds()[:2] == ["accepted"] * 2
    agree(server, talk, COUNT)


def test_replies_byte_by_byte_are_replies_too(server: ScriptedServer, converse: Converse) -> None:
    for stage in STAGES:
        server.on(stage, trickle())
    assert converse(server, COUNT).kinds() == ["accepted"] * COUNT


def test_every_second_recipient_refused(server: ScriptedServer, converse: Converse) -> None:
    for number in range(0, 20, 2):
        server.on("rcpt", say("550 5.1.1 unknown"), match=f"to{number}@")
    talk = converse(server, 20)
    assert talk.kinds() == ["rejected", "accepted"] * 10
    agree(server, talk, 20)


def test_nobody_gets_a_body_while_the_server_refuses_the_sender(server: ScriptedServer, converse: Converse) -> None:
    server.on("mail", say("530 5.7.0 sign in"))
    talk = converse(server, 5)
    assert talk.begun == []
    assert {outcome.reply.code for outcome in talk.outcomes.values()} == {530}


def test_large_bodies_wait_until_the_transport_has_room(server: ScriptedServer, converse: Converse) -> None:
    filler = b"x" * 70 + b"\r\n"
    talk = converse(server, 4, raw=lambda n: body(n) + filler * 100_000)
    assert talk.kinds() == ["accepted"] * 4
    assert talk.heaped < 1_000_000, "a body of seven megabytes is waited for"
    agree(server, talk, 4)


def test_an_acceptance_that_comes_before_the_body_was_sent_is_none(server: ScriptedServer, converse: Converse) -> None:
    """Thirty megabytes fit into no system's buffers: most of it is still here when the answer comes."""
    server.on("rcpt", say("250 2.1.5 ok\n250 2.0.0 queued"), match="to1@")
    talk = converse(server, 2, raw=lambda n: body(n) + (b"y" * 70 + b"\r\n") * 420_000 * n)
    assert talk.kinds() == ["accepted", "uncertain"]


def test_postfix_takes_every_message_once_and_refuses_the_right_ones(postfix: Postfix, converse: Converse) -> None:
    for number in range(3, 60, 7):
        postfix.refuse(f"to{number}@example.com", "550 5.1.1 No such user here")

    class Open:
        host, port = postfix.host, postfix.open_port

    talk = converse(Open(), 60)
    assert talk.session is not None
    assert talk.session.chunking
    refused = set(range(3, 60, 7))
    assert {n for n, outcome in talk.outcomes.items() if outcome.kind is OutcomeKind.REJECTED} == refused
    assert talk.kinds().count("accepted") == 60 - len(refused)
    stored = postfix.wait(60 - len(refused))
    assert sorted(message.recipient for message in stored) == sorted(
        f"to{n}@example.com" for n in range(60) if n not in refused
    )
    assert all(message.raw.endswith(b"\r\n.leading dot\r\n") for message in stored)
