"""The mail dialogue against a server that misbehaves on command, with and without PIPELINING."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from smtpdesk.domain.delivery import Blame, OutcomeKind, Stage
from smtpdesk.domain.profile import Limits, Profile, Relay, Security
from smtpdesk.smtp.chunked import depth_for
from smtpdesk.smtp.session import Hooks, StageFailed, open_session
from smtpdesk.smtp.steps import Timeouts
from tests.servers.scripted import Act, ScriptedServer, accept_then_drop, drop, hang, say, trickle
from tests.smtp.conftest import SHORT, Converse, agree, body

PLAIN = ("8BITMIME", "ENHANCEDSTATUSCODES")
PIPED = (*PLAIN, "PIPELINING", "SIZE 1000000")
CHUNKED = (*PIPED, "CHUNKING")
IDLE = replace(SHORT, idle=0.0)


@pytest.fixture(params=[PLAIN, PIPED], ids=["stepwise", "pipelined"])
def by_data(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    """Servers that are given a body only after they asked for it."""
    with ScriptedServer(extensions=request.param) as running:
        yield running


@pytest.fixture(params=[PLAIN, PIPED, CHUNKED], ids=["stepwise", "pipelined", "chunked"])
def server(request: pytest.FixtureRequest) -> Iterator[ScriptedServer]:
    with ScriptedServer(extensions=request.param) as running:
        yield running


def test_every_message_arrives_as_it_was_with_one_outcome_each(server: ScriptedServer, converse: Converse) -> None:
    talk = converse(server, 20)
    assert talk.kinds() == ["accepted"] * 20
    assert [taken.recipients for taken in server.accepted()] == [(f"to{n}@example.com",) for n in range(20)]
    assert [taken.raw for taken in server.accepted()] == [body(n) for n in range(20)]
    assert server.connections == 1
    assert talk.lost == [None]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_refusal_in_the_envelope_concerns_that_message_only(
    by_data: ScriptedServer, converse: Converse, stage: str
) -> None:
    by_data.on(stage, say("550 5.1.1 no such user"), times=1, after=1)
    talk = converse(by_data, 4)
    assert [talk.outcomes[1].stage, talk.outcomes[1].reply.code] == [Stage(stage), 550]
    assert [talk.outcomes[n].kind for n in (0, 2, 3)] == [OutcomeKind.ACCEPTED] * 3
    assert 1 not in talk.begun
    assert len(by_data.accepted()) == 3


def test_a_refused_body_leaves_the_connection_usable(server: ScriptedServer, converse: Converse) -> None:
    server.on("body", say("554 5.7.1 spam"), times=1)
    talk = converse(server, 3)
    assert talk.outcomes[0].stage is Stage.BODY
    assert talk.outcomes[0].blame is Blame.MESSAGE
    assert talk.kinds()[1:] == ["accepted", "accepted"]


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_a_hang_up_in_the_envelope_leaves_nothing_uncertain(
    by_data: ScriptedServer, converse: Converse, stage: str
) -> None:
    by_data.on(stage, drop(), times=1, after=1)
    talk = converse(by_data, 2)
    assert talk.outcomes[0].kind is OutcomeKind.ACCEPTED
    assert talk.unbegun == [1]
    assert talk.begun == [0]
    assert talk.lost[0] is not None
    assert len(by_data.accepted()) == 1


def test_a_hang_up_after_the_final_dot_is_uncertain_and_blames_nobody_else(
    by_data: ScriptedServer, converse: Converse
) -> None:
    by_data.on("body", drop(), times=1, after=1)
    talk = converse(by_data, 3)
    assert talk.outcomes[1].kind is OutcomeKind.UNCERTAIN
    assert talk.outcomes[0].kind is OutcomeKind.ACCEPTED
    assert talk.unbegun in ([], [2])
    assert 2 not in talk.begun


def test_an_answer_right_before_the_hang_up_still_counts(server: ScriptedServer, converse: Converse) -> None:
    server.on("body", accept_then_drop(), times=1)
    talk = converse(server, 1)
    assert talk.kinds() == ["accepted"]


def test_421_in_the_middle_is_attributed_and_ends_the_connection(server: ScriptedServer, converse: Converse) -> None:
    server.on("rcpt", say("421 4.3.2 going down", then_drop=True), times=1, after=1)
    talk = converse(server, 2)
    assert talk.outcomes[1].reply.code == 421
    assert talk.outcomes[1].kind is OutcomeKind.DEFERRED
    assert talk.outcomes[0].kind is OutcomeKind.ACCEPTED
    assert talk.lost[0] is not None


def test_421_instead_of_the_final_answer_is_no_uncertainty(server: ScriptedServer, converse: Converse) -> None:
    server.on("body", say("421 4.4.2 timeout", then_drop=True), times=1)
    talk = converse(server, 1)
    assert talk.outcomes[0].kind is OutcomeKind.DEFERRED


def test_silence_after_the_final_dot_ends_as_uncertain(server: ScriptedServer, converse: Converse) -> None:
    server.on("body", hang(), times=1)
    talk = converse(server, 1, timeouts=Timeouts(5.0, 5.0, 0.3, 0.3))
    assert talk.outcomes[0].kind is OutcomeKind.UNCERTAIN


def test_silence_in_the_envelope_is_not_uncertain(server: ScriptedServer, converse: Converse) -> None:
    server.on("rcpt", hang(), times=1)
    talk = converse(server, 1, timeouts=Timeouts(5.0, 5.0, 0.3, 0.3))
    assert talk.unbegun == [0]
    assert not talk.begun


def test_replies_byte_by_byte_are_replies(server: ScriptedServer, converse: Converse) -> None:
    for stage in ("mail", "rcpt", "data", "body"):
        server.on(stage, trickle())
    assert converse(server, 2).kinds() == ["accepted", "accepted"]


def test_a_reply_of_ten_thousand_lines_is_read_to_its_end(server: ScriptedServer, converse: Converse) -> None:
    lines = "\r\n".join(["250-2.0.0 more"] * 10_000 + ["250 2.0.0 done"])
    server.on("body", say(lines.encode() + b"\r\n"), times=1)
    talk = converse(server, 2)
    assert talk.kinds() == ["accepted", "accepted"]
    assert len(talk.outcomes[0].reply.text.splitlines()) <= 20


@pytest.mark.parametrize("garbage", [b"\x00\xff\xfe binary\r\n", b"hello there\r\n", b"999 what\r\n"])
def test_garbage_instead_of_the_final_answer_is_uncertain(
    server: ScriptedServer, converse: Converse, garbage: bytes
) -> None:
    server.on("body", say(garbage), times=1)
    assert converse(server, 1).outcomes[0].kind is OutcomeKind.UNCERTAIN


def test_garbage_in_the_envelope_begins_nothing(server: ScriptedServer, converse: Converse) -> None:
    server.on("mail", say(b"\x80\x81\x82\r\n"), times=1)
    talk = converse(server, 1)
    assert talk.unbegun == [0]
    assert not talk.begun


def test_one_reply_too_many_never_counts_as_an_acceptance(server: ScriptedServer, converse: Converse) -> None:
    """A server whose count is off by one would otherwise have its answers taken for those of the next command."""
    # In one piece with the answer to RCPT: once a body has left, nothing tells that answer from the body's.
    server.on("mail", say(b"250 2.1.0 ok\r\n250 2.1.0 ok again\r\n250 2.1.5 ok\r\n"), times=1)
    server.on("rcpt", say(b""), times=1)
    talk = converse(server, 1)
    assert "accepted" not in talk.kinds()
    assert not talk.begun


def test_every_second_recipient_refused(server: ScriptedServer, converse: Converse) -> None:
    for number in range(1, 20, 2):
        server.on("rcpt", say("550 5.1.1 unknown"), match=f"to{number}@")
    talk = converse(server, 20)
    assert talk.kinds() == ["accepted", "rejected"] * 10
    assert len(server.accepted()) == 10


def test_354_without_a_recipient_is_ended_by_a_lone_dot(converse: Converse) -> None:
    """RFC 2920 section 3.1: the group's RCPT failed, but DATA got 354 all the same."""
    with ScriptedServer(extensions=PIPED) as server:
        server.on("rcpt", say("550 5.1.1 unknown"), times=1)
        server.on("data", say("354 go on"), times=1)
        talk = converse(server, 2)
    assert talk.kinds() == ["rejected", "accepted"]
    assert talk.begun == [1]
    assert [taken.raw for taken in server.accepted() if taken.recipients] == [body(1)]


def test_an_unasked_421_on_an_idle_line_loses_nothing(server: ScriptedServer, converse: Converse) -> None:
    server.on("body", say(b"250 2.0.0 ok\r\n421 4.4.2 idle\r\n", then_drop=True), times=1)
    talk = converse(server, 2)
    assert talk.outcomes[0].kind is OutcomeKind.ACCEPTED
    assert 1 not in talk.begun or talk.outcomes[1].kind is not OutcomeKind.ACCEPTED


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data"])
def test_silence_is_told_by_the_stage_that_it_began_in(by_data: ScriptedServer, converse: Converse, stage: str) -> None:
    by_data.on(stage, hang(), after=1)
    talk = converse(by_data, 2, timeouts=Timeouts(5.0, 5.0, 0.3, 5.0))
    (why,) = talk.lost
    assert why is not None
    assert (why.stage, why.cause) == (Stage(stage), "relay.timeout")


def test_no_answer_to_a_body_is_told_apart_from_a_broken_line(server: ScriptedServer, converse: Converse) -> None:
    server.on("body", hang())
    talk = converse(server, 1, timeouts=Timeouts(5.0, 5.0, 0.3, 0.3))
    assert (talk.kinds(), talk.outcomes[0].cause) == (["uncertain"], "uncertain.no-answer")


@pytest.mark.parametrize("size", ["²", "9" * 5000, "many", "-5"])
def test_a_size_that_is_no_number_is_no_limit(converse: Converse, size: str) -> None:
    with ScriptedServer(extensions=("PIPELINING", f"SIZE {size}")) as server:
        assert converse(server, 1).kinds() == ["accepted"]


def test_a_server_cannot_steer_the_terminal_with_its_words(server: ScriptedServer, converse: Converse) -> None:
    server.on("rcpt", say(b"550 5.1.1 \x1b[2J\x07\x9bH gone\ttoday \xe2\x80\xae\r\n"), times=1)
    talk = converse(server, 1)
    text = talk.outcomes[0].reply.text
    assert talk.outcomes[0].reply.enhanced == "5.1.1"
    assert text.replace("\ufffd", "").isprintable()
    assert "gone today" in text


@pytest.mark.parametrize("act", [drop(), drop(reset=True), say("421 4.4.2 idle for too long", then_drop=True)])
def test_a_server_that_left_while_the_line_was_idle_is_no_trouble(
    server: ScriptedServer, converse: Converse, act: Act
) -> None:
    server.on("mail", act, after=1)
    talk = converse(server, 2, timeouts=IDLE, apart=True)
    assert talk.kinds() == ["accepted"]
    assert (talk.begun, talk.unbegun, talk.lost) == ([0], [1], [None])
    agree(server, talk, 2)


def test_the_same_on_a_busy_line_is_trouble(server: ScriptedServer, converse: Converse) -> None:
    server.on("mail", drop(), after=1)
    talk = converse(server, 2, apart=True)
    assert talk.outcomes[0].kind is OutcomeKind.ACCEPTED
    assert talk.lost[0] is not None
    agree(server, talk, 2)


def test_421_before_the_second_idle_message_loses_nothing(server: ScriptedServer, converse: Converse) -> None:
    server.on("rcpt", say("421 4.3.2 going down", then_drop=True), after=1)
    talk = converse(server, 2, timeouts=IDLE, apart=True)
    assert (talk.outcomes[1].reply.code, talk.begun) == (421, [0])
    assert talk.lost[0] is not None, "it answered MAIL, so it had not left before"


def test_every_stage_is_timed(server: ScriptedServer, converse: Converse) -> None:
    talk = converse(server, 2)
    stages = [stage for stage, _seconds in talk.stages]
    wanted = {Stage.MAIL, Stage.RCPT, Stage.BODY} | (set() if talk.session.chunking else {Stage.DATA})  # type: ignore[union-attr]
    assert {stage: stages.count(stage) for stage in stages} == dict.fromkeys(wanted, 2)
    assert all(0 <= seconds < 5 for _stage, seconds in talk.stages)


def test_the_smaller_of_both_size_limits_holds(converse: Converse) -> None:
    for offered, own, wanted in (
        ("SIZE 900", 500, 500),
        ("SIZE 400", 500, 400),
        ("8BITMIME", 500, 500),
        ("SIZE", 0, 0),
    ):
        with ScriptedServer(extensions=(offered,)) as server:
            limits = replace(Limits(), max_size=own or None)

            async def size(limits: Limits = limits, server: ScriptedServer = server) -> int:
                nothing = Hooks(lambda: None, lambda _: None, lambda _k, _o: None, lambda _: None, lambda _: None)
                profile = Profile("test", Relay(server.host, server.port, Security.NONE), limits=limits)
                session = await open_session(profile, None, nothing, SHORT)
                session.begin()
                if session.size_limit:
                    with pytest.raises(StageFailed):
                        session.transaction(0, "a@example.com", "b@example.com", b"x" * (session.size_limit + 1))
                session.transaction(0, "a@example.com", "b@example.com", b"x" * session.size_limit)
                assert set(session.timings) == {Stage.CONNECT, Stage.GREETING, Stage.EHLO}
                session.dialogue.drain()
                await session.dialogue.closed
                return session.size_limit

            assert asyncio.run(size()) == wanted


def test_the_depth_grows_with_the_round_trip_and_stays_bounded() -> None:
    assert [depth_for(seconds, 8) for seconds in (0.0, 0.012, 0.025, 0.05, 0.09, 2.0)] == [2, 2, 3, 5, 8, 8]
    assert (depth_for(1.0, 1), depth_for(0.0, 1), depth_for(1.0, 0)) == (1, 1, 1)
