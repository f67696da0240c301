"""What was found for an address: servers to send through, each with who named it, and who was asked in vain."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from smtpdesk.base.i18n import _
from smtpdesk.domain.profile import PASSWORD, Identity, Profile, Relay, Security
from smtpdesk.providers import provider

#: The preset of a mailbox at nobody known: how a name and a password usually look there.
UNKNOWN_PROVIDER = "my-web-host"


class Origin(StrEnum):
    """Who names a server, in the order in which they are believed."""

    #: Our own preset for the domain; asks nobody.
    PRESET = "preset"
    #: A preset for the hosts that take the domain's mail.
    MX = "mx"
    #: The domain's records (RFC 6186, RFC 8314).
    SRV = "srv"
    #: The domain's own file.
    AUTOCONFIG = "autoconfig"
    #: A server that answered on a usual port.
    PROBE = "probe"


class State(StrEnum):
    """What became of asking."""

    FOUND = "found"
    NOTHING = "nothing"
    #: It could not be asked: there is no network, or no useful answer.
    UNKNOWN = "unknown"
    #: Not needed any more.
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Asked:
    """One that was asked, and what it said, in a sentence."""

    origin: Origin
    state: State
    sentence: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A server to send through.

    Attributes:
        origin: who names it. ``where``: the record, file or host in which it stands. ``sentence``: both, for people.
        relay: host, port and encryption.
        username: as far as it follows from the address.
        provider: id of the preset that knows this server, else of the one for nobody known; ``region`` of it, or "".
        sign_in: PASSWORD or OAUTH2.
        compare: nothing but DNS, which anybody on the way could change, says that this foreign server is the right one
            (RFC 6186 section 6): a person should know its name.
    """

    origin: Origin
    where: str
    sentence: str
    relay: Relay
    username: str = ""
    provider: str = UNKNOWN_PROVIDER
    region: str = ""
    sign_in: str = PASSWORD
    compare: bool = False

    @property
    def encrypted(self) -> bool:
        """Whether the connection is protected."""
        return self.relay.security is not Security.NONE

    def profile(self, name: str, address: str) -> Profile:
        """A new profile with it, and with what its provider is known to want."""
        made = provider(self.provider).profile(name, address, self.region)
        return replace(made, relay=self.relay, identity=Identity(address), username=self.username, sign_in=self.sign_in)


@dataclass(frozen=True, slots=True)
class Findings:
    """All of it: ``candidates`` the best first, ``asked`` in the order of :class:`Origin`."""

    address: str
    domain: str
    candidates: tuple[Candidate, ...]
    asked: tuple[Asked, ...]

    @property
    def best(self) -> Candidate | None:
        """The first that is encrypted, None when there is none."""
        return next((one for one in self.candidates if one.encrypted), None)

    @property
    def sentence(self) -> str:
        """What it comes to."""
        if self.best is not None:
            return _("Found: {host}, port {port}.").format(host=self.best.relay.host, port=self.best.relay.port)
        if self.candidates:
            return _("Only a server without encryption was found; a password would be readable on the way.")
        if any(one.state is State.UNKNOWN for one in self.asked):
            return _("Nothing was found for {domain}, but not everybody could be asked.").format(domain=self.domain)
        return _("Nothing was found for {domain}.").format(domain=self.domain)


def ranked(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """Each server once, by the first who named it; those without encryption last."""
    kept: dict[tuple[str, int, Security], Candidate] = {}
    for one in candidates:
        kept.setdefault((one.relay.host, one.relay.port, one.relay.security), one)
    return tuple(sorted(kept.values(), key=lambda one: (not one.encrypted, list(Origin).index(one.origin))))
