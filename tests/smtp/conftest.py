"""A dialogue driven without ledger or worker: what one connection does with a handful of messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from smtpdesk.domain.delivery import Outcome, OutcomeKind, Stage
from smtpdesk.domain.profile import Profile, Relay, Security
from smtpdesk.smtp.session import Hooks, Session, Transaction, open_session
from smtpdesk.smtp.steps import Timeouts
from tests.servers.scripted import ScriptedServer

SHORT = Timeouts(connect=5.0, greeting=5.0, command=5.0, answer=5.0)


@dataclass
class Talk:
    """What came of one connection."""

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    begun: list[int] = field(default_factory=list)
    unbegun: list[int] = field(default_factory=list)
    lost: list[Outcome | None] = field(default_factory=list)
    session: Session | None = None
    #: Seconds of each stage, as told while mail flowed.
    stages: list[tuple[Stage, float]] = field(default_factory=list)
    #: The most bodies that were without an outcome at once.
    most: int = 0
    #: The most octets that were not on their way yet when another message was asked for.
    heaped: int = 0
    raw: Callable[[int], bytes] = field(default=lambda number: body(number))

    def kinds(self) -> list[str]:
        return [str(self.outcomes[key].kind) for key in sorted(self.outcomes)]


Converse = Callable[..., Talk]


def body(number: int) -> bytes:
    return f"From: a@example.com\r\nSubject: {number}\r\n\r\nHello {number}\r\n.leading dot\r\n".encode()


def agree(server: ScriptedServer, talk: Talk, count: int) -> None:
    """Server and client tell the same story about ``count`` messages to ``to0@`` and so on."""
    server.wait(lambda running: running.open_now == 0)
    kept = {taken.recipients[0] for taken in server.accepted() if taken.recipients}
    arrived = {taken.recipients[0] for taken in server.taken if taken.recipients}
    left = set(talk.unbegun) | (set(range(count)) - talk.outcomes.keys() if talk.lost != [None] else set())
    for number in range(count):
        address = f"to{number}@example.com"
        outcome = talk.outcomes.get(number)
        if outcome is None:
            assert number in left, number
            assert address not in arrived, f"{number} is to be sent again, but it arrived"
        elif outcome.kind is OutcomeKind.ACCEPTED:
            assert address in kept, f"{number} is said to be accepted"
            assert number in talk.begun
        elif outcome.kind is not OutcomeKind.UNCERTAIN:
            assert address not in kept, f"{number} was accepted, but is {outcome.kind}"
    assert len(server.taken) == len({taken.raw for taken in server.taken}), "nothing twice"
    assert len(talk.lost) == 1


@pytest.fixture
def converse() -> Converse:
    def run(
        server: ScriptedServer,
        count: int = 3,
        *,
        timeouts: Timeouts = SHORT,
        security: Security = Security.NONE,
        depth: int = 8,
        apart: bool = False,
        raw: Callable[[int], bytes] = body,
    ) -> Talk:
        return asyncio.run(_converse(server, count, timeouts, security, depth, apart, Talk(raw=raw)))

    return run


async def _converse(
    server: ScriptedServer, count: int, timeouts: Timeouts, security: Security, depth: int, apart: bool, talk: Talk
) -> Talk:
    """``apart``: the next message is there only once the one before was answered and the line is silent."""
    waiting = list(range(count))
    allowed = 1 if apart else count
    loop = asyncio.get_running_loop()

    def pull() -> Transaction | None:
        if not waiting or talk.session is None or waiting[0] >= allowed:
            return None
        channel = talk.session.dialogue._channel
        talk.heaped = max(talk.heaped, channel.unsent if channel is not None else 0)
        key = waiting.pop(0)
        return talk.session.transaction(key, "a@example.com", f"to{key}@example.com", talk.raw(key))

    def begun(key: int) -> None:
        talk.begun.append(key)
        talk.most = max(talk.most, sum(1 for one in talk.begun if one not in talk.outcomes))

    def outcome(key: int, value: Outcome) -> None:
        nonlocal allowed
        assert key not in talk.outcomes, "one outcome a message"
        talk.outcomes[key] = value
        if apart:
            allowed += 1
            loop.call_soon(lambda: talk.session and talk.session.dialogue.kick())
        settle()

    def settle() -> None:
        if not waiting and len(talk.outcomes) + len(talk.unbegun) == count and talk.session is not None:
            talk.session.dialogue.drain()

    hooks = Hooks(pull, begun, outcome, talk.unbegun.append, talk.lost.append)
    hooks = replace(hooks, stage=lambda stage, seconds: talk.stages.append((stage, seconds)))
    profile = Profile("test", Relay(server.host, server.port, security))
    talk.session = await open_session(profile, None, hooks, timeouts, depth=depth)
    talk.session.begin()
    async with asyncio.timeout(20):
        await talk.session.dialogue.closed
    return talk
