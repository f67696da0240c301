"""The test of a profile with everything around it: the one real message, other ports, and what to recommend."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.desk.mends import Mend, security_words, to_relay
from smtpdesk.domain.address import AddressError, parse_address, split_mailbox
from smtpdesk.domain.oauth import Tokens
from smtpdesk.domain.profile import SANDBOX, Profile, Relay
from smtpdesk.message import message_id
from smtpdesk.providers import Provider, providers
from smtpdesk.smtp.dial import Resolver, look_up
from smtpdesk.smtp.probe import ProbeStep, StepKey, probe
from smtpdesk.smtp.steps import Timeouts
from smtpdesk.smtp.survey import Tried, best, combinations, survey
from smtpdesk.store import Workspace

#: The step whose success says that the account works, too.
_SIGNED_IN = "auth"


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What *try everything* comes to.

    Attributes:
        tried: the safest combination that works; None when none does.
        mend: changes the profile to it; None when it is what the profile has already.
        step: the sign-in on it (or where the test of it ended); None when there was nothing to sign in with.
        sentence: all of that in words.
    """

    tried: Tried | None
    mend: Mend | None
    step: ProbeStep | None
    sentence: str


def provider_of(profile: Profile) -> Provider | None:
    """The preset of a profile: the one it was made from, else the one whose server it names."""
    host = profile.relay.host.lower().rstrip(".")
    for one in providers():
        if one.id == profile.provider and one.kind != "other":
            return one
    for one in providers():
        every = (*one.endpoints, *(relay for region in one.regions for relay in region.endpoints))
        if host in {relay.host for relay in every if relay.host} and one.kind in {"mailbox", "relay"}:
            return one
    return None


def endpoints_for(profile: Profile) -> tuple[Relay, ...]:
    """The provider's own servers, those on the profile's host (its region) first, and only those where there are."""
    one = provider_of(profile)
    if one is None or one.kind == SANDBOX:
        return ()
    every = (*one.endpoints, *(relay for region in one.regions for relay in region.endpoints))
    same = tuple(relay for relay in every if relay.host == profile.relay.host)
    return same or one.endpoints


def test_message(profile: Profile, to: str) -> bytes:
    """The one message that a test may send.

    Raises:
        InputError: ``profile.from``: the profile names no sender.
    """
    if not profile.identity.from_header:
        raise InputError("profile.from", _("The profile names no sender, so no message can be sent."))
    name, sender = split_mailbox(profile.identity.from_header)
    now = datetime.now(UTC)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(name, *sender.rsplit("@", 1))
    message["To"] = Address("", *to.rsplit("@", 1))
    message["Subject"] = _("Test of the profile {name}").format(name=profile.name)
    message["Date"] = now
    message["Message-ID"] = message_id(f"profile-test-{now.timestamp()}", to, sender)
    message["Auto-Submitted"] = "auto-generated"
    words = _("This message was sent by SMTPDesk to try the profile “{name}” ({host}, port {port}, {security}).")
    relay = profile.relay
    text = words.format(name=profile.name, host=relay.host, port=relay.port, security=security_words(relay.security))
    message.set_content(text + "\n\n" + _("It arrived, so the profile works.") + "\n", cte="quoted-printable")
    return bytes(message)


def recipient(to: str) -> str:
    """The address to try, checked.

    Raises:
        InputError: ``test.address``.
    """
    try:
        return parse_address(to) if to else ""
    except AddressError:
        raise InputError("test.address", _("“{value}” is not an address.").format(value=to)) from None


async def run_test(
    profile: Profile,
    secret: Secret | Tokens | None,
    to: str,
    *,
    send: bool,
    timeouts: Timeouts | None = None,
    resolve: Resolver = look_up,
) -> AsyncIterator[ProbeStep]:
    """The steps of the test of a profile that can be connected to; see :meth:`Profiles.test`."""
    address = recipient(to)
    if send and not address:
        raise InputError("test.address", _("Nobody is named to whom the test message goes."))
    message = test_message(profile, address) if send else None
    known = provider_of(profile)
    if known is not None and not profile.provider:
        profile = replace(profile, provider=known.id)  # its wordings are understood, then
    around = () if profile.provider == SANDBOX else combinations(profile, endpoints_for(profile))
    steps = probe(profile, secret, to=address, message=message, around=around, timeouts=timeouts, resolve=resolve)
    async for step in steps:
        yield step


async def try_all(profile: Profile, *, resolve: Resolver = look_up) -> AsyncIterator[Tried]:
    """Every likely combination of host, port and security, at once and without signing in."""
    async for one in survey(profile, combinations(profile, endpoints_for(profile)), resolve=resolve):
        yield one


async def recommend(
    profile: Profile, tried: Sequence[Tried], secret: Secret | Tokens | None, *, resolve: Resolver = look_up
) -> Recommendation:
    """The safest that works; only there the account signs in, and only over an encrypted connection."""
    found = best(profile, tried)
    if found is None:
        return Recommendation(None, None, None, _("None of these works from here."))
    own = profile.relay
    same = (found.relay.host, found.relay.port, found.relay.security) == (own.host, own.port, own.security)
    why = _("This is the safest that works.")
    mend = None if same else to_relay(profile, found.relay, why)
    last: ProbeStep | None = None
    if profile.username and secret is not None:
        chosen = replace(profile, relay=found.relay)
        steps = probe(chosen, secret, resolve=resolve)
        try:
            async for step in steps:
                last = step
                if step.step == _SIGNED_IN or step.state == "failed":
                    break
        finally:
            await steps.aclose()  # type: ignore[attr-defined]  # an async generator, as its annotation does not say
    return Recommendation(found, mend, last, _sentence(found, last, same=same))


def _sentence(found: Tried, last: ProbeStep | None, *, same: bool) -> str:
    relay = found.relay
    words = (
        _("The profile has the safest that works: {host}, port {port}, {security}.")
        if same
        else _("The safest that works: {host}, port {port}, {security}.")
    )
    told = words.format(host=relay.host, port=relay.port, security=security_words(relay.security))
    if last is None:
        return told
    if last.state == "failed" and last.meaning is not None:
        return told + " " + last.meaning.title + "."
    return told + " " + _("The sign-in works there.")


def remember_server(store: Workspace, relay: Relay, told: Sequence[ProbeStep]) -> None:
    """Whether the server can do with several commands a packet, as the test has seen."""
    reset = next((step for step in told if step.step == StepKey.RSET and step.state in {"ok", "warn"}), None)
    if reset is None:
        return
    known = store.server_traits.get(relay)
    seen = replace(known, pipelining=not reset.one_at_a_time)
    if seen != known:
        store.server_traits.keep(relay, seen)
