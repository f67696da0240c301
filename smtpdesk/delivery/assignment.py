"""What a lane is told to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from smtpdesk.delivery.ports import Composer, ConnectionSlots, Connector
from smtpdesk.domain.campaign import RetryPlan
from smtpdesk.domain.profile import Limits
from smtpdesk.domain.server_traits import AS_ANNOUNCED, ServerTraits


async def _forget(_traits: ServerTraits) -> None:
    """Nobody keeps it."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a lane works on: who is asked to send what, under which limits.

    ``traits``: what is known of the server; ``remember`` keeps what was learned since. ``slots`` counts
    the profile's connections over all runs. ``message_id`` gives the Message-ID of an address, the same on every
    attempt. ``renew`` reads profile and secret anew, after a person has fixed them.
    """

    run: str
    profile: str
    limits: Limits
    sender: str
    composer: Composer
    message_id: Callable[[str], str]
    retry: RetryPlan
    connect: Connector
    slots: ConnectionSlots
    renew: Callable[[], Awaitable[Assignment]]
    traits: ServerTraits = AS_ANNOUNCED
    remember: Callable[[ServerTraits], Awaitable[None]] = _forget
