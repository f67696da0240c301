"""What servers cannot do although they say so: learned before anything is at stake, and told as a lesson."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from smtpdesk.domain.delivery import OutcomeKind
from smtpdesk.domain.profile import Identity, Profile, Relay, Security
from smtpdesk.domain.server_traits import Lesson, ServerTraits
from smtpdesk.smtp.probe import ProbeStep, probe
from tests.servers.scripted import ScriptedServer, say
from tests.smtp.test_channel import SHORT, Came, Peer, converse, serving, small

STALL = replace(SHORT, stall=0.3)


def one_command_a_packet(peer: Peer) -> None:
    """A PIPELINING liar: the first line of each packet is read, the rest is thrown away."""
    peer.say("220 peer ESMTP")
    body = False
    while packet := peer.link.recv(65536):
        line = packet.split(b"\r\n")[0].upper()
        if body:
            if packet.endswith(b"\r\n.\r\n"):
                body = False
                peer.say("250 queued")
        elif line.startswith(b"EHLO"):
            peer.say("250-peer", "250 PIPELINING")
        elif line == b"DATA":
            body = True
            peer.say("354 go on")
        elif line == b"QUIT":
            peer.say("221 bye")
            return
        else:
            peer.say("250 ok")


def behind_the_dot(peer: Peer, *, refusal: str) -> None:
    """As Haraka does: what is there when a message ends is refused (or, without a refusal, thrown away)."""
    peer.say("220 peer ESMTP")
    said = b""
    while True:
        while b"\r\n" not in said:
            piece = peer.link.recv(65536)
            if not piece:
                return
            said += piece
        line, _, said = said.partition(b"\r\n")
        verb = line.split(b" ")[0].upper()
        if verb == b"EHLO":
            peer.say("250-peer", "250 PIPELINING")
        elif verb == b"QUIT":
            peer.say("221 bye")
            return
        elif verb == b"DATA":
            peer.say("354 go on")
            while b"\r\n.\r\n" not in said:
                said += peer.link.recv(65536)
            said = said.partition(b"\r\n.\r\n")[2]
            early, said = said.count(b"\r\n"), b""
            peer.say("250 queued", *([refusal] * early if refusal else ()))
        else:
            peer.say("250 ok")


def kinds(came: Came) -> list[OutcomeKind]:
    return [came.outcomes[key].kind for key in sorted(came.outcomes)]


def test_a_pipelining_liar_is_found_and_then_spoken_to_stepwise() -> None:
    with serving(one_command_a_packet) as port:
        came = converse(port, [small(0), small(1)], timeouts=STALL)
        assert came.lessons == [(Lesson.NO_PIPELINING, 0)]
        assert (came.outcomes, came.unbegun, came.lost) == ({}, [0], [None]), "nobody is to blame, and nothing was sent"
        traits = ServerTraits().after(Lesson.NO_PIPELINING)
        assert kinds(converse(port, [small(0), small(1)], timeouts=STALL, traits=traits)) == [OutcomeKind.ACCEPTED] * 2


@pytest.mark.parametrize("refusal", ["503 5.5.1 bad sequence", "500 what?", "502 5.5.1 not now"])
def test_envelopes_behind_the_dot_are_not_written_where_they_are_refused(refusal: str) -> None:
    with serving(lambda peer: behind_the_dot(peer, refusal=refusal)) as port:
        came = converse(port, [small(n) for n in range(5)], timeouts=STALL)
    assert kinds(came) == [OutcomeKind.ACCEPTED] * 5, "on one connection, and without a line in the log"
    assert (came.lessons, came.unbegun, came.lost) == ([(Lesson.NO_WRITE_AHEAD, 1)], [], [None])


def test_envelopes_behind_the_dot_are_not_written_where_they_are_thrown_away() -> None:
    with serving(lambda peer: behind_the_dot(peer, refusal="")) as port:
        came = converse(port, [small(n) for n in range(3)], timeouts=STALL)
        assert (kinds(came), came.lessons) == ([OutcomeKind.ACCEPTED], [(Lesson.NO_WRITE_AHEAD, 1)])
        assert (came.unbegun, came.lost) == ([1], [None])
        traits = ServerTraits().after(Lesson.NO_WRITE_AHEAD)
        assert len(kinds(converse(port, [small(n) for n in range(3)], timeouts=STALL, traits=traits))) == 3


@pytest.mark.parametrize(
    "extensions", [("8BITMIME",), ("PIPELINING",), ("PIPELINING", "CHUNKING")], ids=["stepwise", "pipelined", "chunked"]
)
@pytest.mark.parametrize(
    "words",
    ["452 4.5.3 Too many messages sent", "451 4.7.1 Too many mails in this session", "550 Sending limit exceeded"],
)
def test_a_limit_on_a_connection_that_carried_mail_is_first_the_connections(
    extensions: tuple[str, ...], words: str
) -> None:
    with ScriptedServer(extensions=extensions) as server:
        server.on("mail", say(words), after=3)
        came = converse(server.port, [small(n) for n in range(6)])
        assert kinds(came) == [OutcomeKind.ACCEPTED] * 3
        assert came.lessons[0] == (Lesson.SESSION_FULL, 3)
        assert came.lost == [None] and came.unbegun and not set(came.unbegun) & set(came.outcomes)


def test_a_limit_on_a_fresh_connection_is_the_accounts() -> None:
    with ScriptedServer() as server:
        server.on("mail", say("452 4.5.3 Too many messages sent"))
        came = converse(server.port, [small(0)])
    assert (came.outcomes[0].cause, came.lessons) == ("profile.hourly-limit", [])


def test_traits_keep_the_smallest_count() -> None:
    traits = (
        ServerTraits().after(Lesson.SESSION_FULL, 100).after(Lesson.SESSION_FULL, 60).after(Lesson.SESSION_FULL, 90)
    )
    assert traits == ServerTraits(per_session=60)
    assert ServerTraits().after(Lesson.SESSION_FULL, 0) == ServerTraits()


def probed(port: int) -> dict[str, ProbeStep]:
    async def run() -> dict[str, ProbeStep]:
        profile = Profile("x", Relay("127.0.0.1", port, Security.NONE), Identity("a@example.com"))
        return {step.step: step async for step in probe(profile, None, timeouts=STALL)}

    return asyncio.run(run())


def test_the_test_of_a_profile_finds_a_pipelining_liar() -> None:
    with serving(one_command_a_packet) as port:
        steps = probed(port)
    assert (steps["rset"].state, steps["rset"].one_at_a_time) == ("warn", True)
    assert steps["quit"].state == "ok", "it goes on"


def test_the_test_of_a_profile_is_content_with_an_honest_server() -> None:
    with ScriptedServer() as server:
        steps = probed(server.port)
    assert (steps["rset"].state, steps["rset"].one_at_a_time) == ("ok", False)
