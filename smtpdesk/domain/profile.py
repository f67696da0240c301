"""A profile: how to reach one relay and who we are there. Never the secret itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

#: ``provider`` of the built-in sandbox profile; its port is found when it is used.
SANDBOX = "sandbox"


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


@dataclass(frozen=True, slots=True)
class Identity:
    """Who we say we are. ``from_header`` is a full From value, ``envelope_sender`` empty means the From address."""

    from_header: str = ""
    envelope_sender: str = ""
    ehlo_name: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the provider allows. ``rate`` messages each ``rate_seconds``; None means no limit known."""

    max_connections: int = 2
    rate: int | None = None
    rate_seconds: float = 1.0
    daily: int | None = None


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

    @property
    def secret_ref(self) -> str:
        """The name under which the vault keeps this profile's secret."""
        return f"profile:{self.name}"


def parse_rate(text: str) -> tuple[int, float]:
    """``"14/s"``, ``"30/min"``, ``"500/h"``, ``"14"`` (a second) to (messages, seconds).

    Raises:
        ValueError: the text is no rate.
    """
    units = {"": 1.0, "s": 1.0, "sec": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0, "hour": 3600.0, "d": 86400.0}
    count, _slash, unit = text.strip().lower().partition("/")
    number = int(count)
    if number <= 0 or unit.strip() not in units:
        raise ValueError(text)
    return number, units[unit.strip()]


def format_rate(rate: int | None, seconds: float) -> str:
    """The inverse of :func:`parse_rate`; "" when there is no limit."""
    if rate is None:
        return ""
    unit = {1.0: "s", 60.0: "min", 3600.0: "h", 86400.0: "d"}.get(seconds)
    return f"{rate}/{unit}" if unit else f"{rate}/{seconds:g}s"
