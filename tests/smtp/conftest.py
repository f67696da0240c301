"""A dialogue driven without ledger or worker: what one connection does with a handful of messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from smtpdesk.domain.delivery import Outcome
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

    def kinds(self) -> list[str]:
        return [str(self.outcomes[key].kind) for key in sorted(self.outcomes)]


Converse = Callable[..., Talk]


def body(number: int) -> bytes:
    return f"From: a@example.com\r\nSubject: {number}\r\n\r\nHello {number}\r\n.leading dot\r\n".encode()


@pytest.fixture
def converse() -> Converse:
    def run(
        server: ScriptedServer, count: int = 3, *, timeouts: Timeouts = SHORT, security: Security = Security.NONE
    ) -> Talk:
        return asyncio.run(_converse(server, count, timeouts, security))

    return run


async def _converse(server: ScriptedServer, count: int, timeouts: Timeouts, security: Security) -> Talk:
    talk = Talk()
    waiting = list(range(count))

    def pull() -> Transaction | None:
        if not waiting or talk.session is None:
            return None
        key = waiting.pop(0)
        return talk.session.transaction(key, "a@example.com", f"to{key}@example.com", body(key))

    def outcome(key: int, value: Outcome) -> None:
        assert key not in talk.outcomes, "one outcome a message"
        talk.outcomes[key] = value
        settle()

    def settle() -> None:
        if not waiting and len(talk.outcomes) + len(talk.unbegun) == count and talk.session is not None:
            talk.session.dialogue.drain()

    hooks = Hooks(pull, talk.begun.append, outcome, talk.unbegun.append, talk.lost.append)
    profile = Profile("test", Relay(server.host, server.port, security))
    talk.session = await open_session(profile, None, hooks, timeouts)
    talk.session.begin()
    async with asyncio.timeout(20):
        await talk.session.dialogue.closed
    return talk
