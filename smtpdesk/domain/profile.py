"""A profile: how to reach one relay and who we are there. Never the secret itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

#: ``provider`` of the built-in sandbox profile; its port is found when it is used.
SANDBOX = "sandbox"
#: ``sign_in`` of a profile: with user name and password, or with tokens (RFC 6749, RFC 7628).
PASSWORD, OAUTH2 = "password", "oauth2"
#: The largest figure of a limit; more is a slip of the finger, and more than the ledger can keep.
MOST = 1_000_000_000


class Security(StrEnum):
    """How a connection is protected (RFC 8314)."""

    NONE = "none"
    STARTTLS = "starttls"
    TLS = "tls"


@dataclass(frozen=True, slots=True)
class Relay:
    """The server that takes our mail: host name or address, TCP port, and how the connection is protected."""

    host: str
    port: int
    security: Security = Security.STARTTLS
    #: PEM file with extra trusted certificate authorities; None means the system's.
    ca_file: str | None = None
    #: The person's explicit leave to send the password over an unencrypted connection (loopback needs none).
    allow_plain_password: bool = False
    #: SHA-256 of the one certificate that is trusted here instead of any authority (64 hexadecimal digits); "" means
    #: the chain is verified as usual.
    pinned_sha256: str = ""

    @property
    def bare_host(self) -> str:
        """The host as it is looked up: an IPv6 address without the brackets that people write around it."""
        return self.host[1:-1] if self.host.startswith("[") and self.host.endswith("]") else self.host


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we say we are. ``from_header`` is a full From value, ``envelope_sender`` empty means the From address."""

    from_header: str = ""
    envelope_sender: str = ""
    ehlo_name: str = ""


@dataclass(frozen=True, slots=True)
class DomainLimit:
    """At most ``count`` messages in ``seconds`` to addresses of one domain; ``"*"`` is every domain not named."""

    domain: str
    count: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Limits:
    """What the provider allows; None means no limit known.

    Attributes:
        max_connections: open at once.
        rate: messages each ``rate_seconds``, spread evenly over that time.
        per_minute, hourly, daily: messages in any 60 seconds, hour, 24 hours; counted from the ledger, over all runs.
        per_connection: messages after which a connection is closed in order and opened anew.
        max_size: octets of one message, where the server does not say it itself (SIZE, RFC 1870).
        per_domain: limits towards single recipient domains.
        weight: the share of a run's rows that this profile takes beside others with free capacity.
    """

    max_connections: int = 2
    rate: int | None = None
    rate_seconds: float = 1.0
    daily: int | None = None
    per_minute: int | None = None
    hourly: int | None = None
    per_connection: int | None = None
    max_size: int | None = None
    per_domain: tuple[DomainLimit, ...] = ()
    weight: int = 1

    @property
    def windows(self) -> tuple[tuple[int, float], ...]:
        """The limits that are counted from the ledger, as (messages, seconds), the shortest window first."""
        known = ((self.per_minute, 60.0), (self.hourly, 3600.0), (self.daily, 86400.0))
        return tuple((count, seconds) for count, seconds in known if count is not None)


@dataclass(frozen=True, slots=True)
class Dkim:
    """Sign messages in the name of ``domain`` with the key published at ``selector._domainkey.domain`` (RFC 6376)."""

    domain: str
    selector: str

    @property
    def secret_ref(self) -> str:
        """The name under which the vault keeps the private key."""
        return f"dkim:{self.domain}:{self.selector}"


@dataclass(frozen=True, slots=True)
class Profile:
    """One SMTP account, under a name unique in the workspace. ``username`` empty means no sign-in."""

    name: str
    relay: Relay
    identity: Identity = field(default_factory=Identity)
    username: str = ""
    limits: Limits = field(default_factory=Limits)
    #: Id of the preset it was made from, ``"sandbox"``, or "" when made by hand.
    provider: str = ""
    #: Signs in the program, for a relay that does not; None leaves it to the relay.
    dkim: Dkim | None = None
    #: How it signs in: :data:`PASSWORD` or :data:`OAUTH2`.
    sign_in: str = PASSWORD
    #: The account that signed in at the provider, as the provider calls it; "" where it does not say.
    account: str = ""

    @property
    def uses_tokens(self) -> bool:
        """True when it signs in with OAuth2: its secret is then a refresh token."""
        return self.sign_in == OAUTH2

    @property
    def secret_ref(self) -> str:
        """The name under which the vault keeps this profile's secret: the password, or the refresh token."""
        return f"oauth:{self.name}" if self.uses_tokens else f"profile:{self.name}"


def parse_rate(text: str) -> tuple[int, float]:
    """``"14/s"``, ``"30/min"``, ``"500/h"``, ``"14"`` (a second) to (messages, seconds).

    Raises:
        ValueError: the text is no rate.
    """
    units = {"": 1.0, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "hour": 3600.0, "d": 86400.0}
    count, _slash, unit = text.strip().lower().partition("/")
    number = int(count)
    if not 0 < number <= MOST or unit.strip() not in units:
        raise ValueError(text)
    return number, units[unit.strip()]


def format_rate(rate: int | None, seconds: float) -> str:
    """The inverse of :func:`parse_rate`; "" when there is no limit."""
    if rate is None:
        return ""
    unit = {1.0: "s", 60.0: "min", 3600.0: "h", 86400.0: "d"}.get(seconds)
    return f"{rate}/{unit}" if unit else f"{rate}/{seconds:g}s"
