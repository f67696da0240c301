"""Which ports of a server answer, how they are protected, and which of them is the safest: asked all at once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace

from smtpdesk.domain.delivery import Meaning, Stage
from smtpdesk.domain.loopback import is_loopback
from smtpdesk.domain.profile import Profile, Relay, Security
from smtpdesk.smtp.certificate import Certificate, look, of_connection
from smtpdesk.smtp.dial import Resolver, look_up
from smtpdesk.smtp.failures import StageFailed
from smtpdesk.smtp.steps import Steps, Timeouts
from smtpdesk.smtp.transcript import Transcript, TranscriptLine

#: A survey is not patient: what answers later than this is no good to recommend.
HASTY = Timeouts(6.0, 10.0, 10.0, 10.0, knock=1.5)
#: Ports and how they are protected, the safest first (RFC 8314 section 3.3; 2525 and 2587 are relays' own).
USUAL = (
    (465, Security.TLS),
    (587, Security.STARTTLS),
    (2587, Security.STARTTLS),
    (2525, Security.STARTTLS),
    (25, Security.STARTTLS),
)
_REFUSED = {"tls-name", "tls-expired", "tls-untrusted", "tls-pin"}


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one combination; nobody signed in.

    Attributes:
        relay: host, port and security that were tried.
        ok: it answered, and is protected as asked.
        detail: TLS version and sign-in methods, or what went wrong; one line.
        seconds: from the first packet to the last answer.
        stage: where it ended; ``meaning`` why, None where it worked; ``failure`` its id.
        methods: sign-in methods offered, in capitals.
        certificate: the server's; also where it was refused.
    """

    relay: Relay
    ok: bool
    detail: str
    seconds: float
    stage: Stage = Stage.EHLO
    meaning: Meaning | None = None
    failure: str = ""
    methods: tuple[str, ...] = ()
    certificate: Certificate | None = None
    lines: tuple[TranscriptLine, ...] = ()


def combinations(profile: Profile, endpoints: Sequence[Relay] = ()) -> list[Relay]:
    """What is worth trying for a profile: its provider's own endpoints, then the usual ports of its host.

    Each keeps the profile's certificate authority; a pinned certificate is for its own host.
    """
    own = profile.relay
    usual = [replace(own, port=port, security=security) for port, security in USUAL]
    here = [replace(own, security=security) for security in (Security.TLS, Security.STARTTLS)]
    known = [replace(own, host=one.host, port=one.port, security=one.security) for one in endpoints]
    every = [own, *here, *known, *usual]
    kept: dict[tuple[str, int, Security], Relay] = {}
    for relay in every:
        if relay.bare_host and 1 <= relay.port <= 65535:
            pin = own.pinned_sha256 if relay.host == own.host else ""
            kept.setdefault((relay.host, relay.port, relay.security), replace(relay, pinned_sha256=pin))
    return list(kept.values())


async def survey(
    profile: Profile, relays: Sequence[Relay], *, timeouts: Timeouts = HASTY, resolve: Resolver = look_up
) -> AsyncIterator[Tried]:
    """Try all of them at once; yields each as it ends. Nobody signs in and nothing is sent."""
    tasks = [asyncio.ensure_future(_try(profile, relay, timeouts, resolve)) for relay in relays]
    try:
        for next_one in asyncio.as_completed(tasks):
            yield await next_one
    finally:
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


def best(profile: Profile, tried: Sequence[Tried]) -> Tried | None:
    """The safest that works: TLS from the first byte, then STARTTLS (RFC 8314); the profile's own port in between.

    Without encryption only where no password goes over the line, or it never leaves this computer.
    """
    order = {Security.TLS: 0, Security.STARTTLS: 1, Security.NONE: 2}
    ports = [port for port, _security in USUAL]

    def rank(one: Tried) -> tuple[int, bool, int]:
        place = ports.index(one.relay.port) if one.relay.port in ports else len(ports)
        return order[one.relay.security], one.relay.host != profile.relay.host, place

    fit = [one for one in tried if one.ok and (one.relay.security is not Security.NONE or _plain_will_do(profile))]
    fit = [one for one in fit if one.methods or not profile.username] or fit
    return min(fit, key=rank, default=None)


def _plain_will_do(profile: Profile) -> bool:
    relay = profile.relay
    return not profile.username or is_loopback(relay.host) or relay.allow_plain_password


async def _try(profile: Profile, relay: Relay, timeouts: Timeouts, resolve: Resolver) -> Tried:
    transcript = Transcript()
    began = time.monotonic()
    steps = Steps(replace(profile, relay=relay, username=""), None, transcript, timeouts, resolve=resolve)
    try:
        await steps.connect()
        await steps.ehlo()
        version = ""
        if relay.security is Security.STARTTLS:
            await steps.starttls()
        certificate = None
        if relay.security is not Security.NONE:
            inside = steps.client.get_transport_info("ssl_object")
            certificate = of_connection(inside, trusted=True)
            version = certificate.version if certificate else ""
        methods = tuple(name.upper() for name in steps.client.server_auth_methods)
        detail = ", ".join(filter(None, (version, " ".join(methods))))
        return Tried(
            *(relay, True, detail, time.monotonic() - began),
            methods=methods,
            certificate=certificate,
            lines=tuple(transcript.lines),
        )
    except StageFailed as error:
        seen = await look(relay, steps.places[0]) if error.failure in _REFUSED and steps.places else None
        seconds = time.monotonic() - began
        return Tried(
            *(relay, False, error.meaning.title, seconds, error.stage, error.meaning, error.failure, (), seen),
            lines=tuple(transcript.lines),
        )
    finally:
        await steps.close()
