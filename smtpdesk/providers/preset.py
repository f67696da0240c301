"""A provider as a preset for profiles: where its servers are, what it asks for, what it allows."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from smtpdesk.domain.oauth import OAuthServer
from smtpdesk.domain.profile import OAUTH2, PASSWORD, Identity, Limits, Profile, Relay


class UserName(StrEnum):
    """How the user name is formed."""

    #: The provider gives one out.
    GIVEN = "given"
    #: The mailbox's own address.
    ADDRESS = "address"
    #: What stands before the @.
    LOCAL_PART = "local-part"
    #: The same word for everybody: ``username_fixed``.
    FIXED = "fixed"
    #: No sign-in.
    NONE = "none"


class PasswordKind(StrEnum):
    """What goes where a password is asked for."""

    PASSWORD = "password"
    APP_PASSWORD = "app-password"
    API_KEY = "api-key"
    SMTP_PASSWORD = "smtp-password"
    #: No password is taken at all, only a token (RFC 7628).
    OAUTH2 = "oauth2"
    NONE = "none"


class MessagesBy(StrEnum):
    """What decides how many messages an account may send, where it is known not to be the same for everybody."""

    PLAN = "plan"
    #: Its age, standing or what was agreed.
    ACCOUNT = "account"
    #: The same for all, or not known.
    NOTHING = ""


class Marketing(StrEnum):
    """Whether marketing mail to people who agreed to it may go through here."""

    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"
    #: Not said where we looked.
    UNKNOWN = ""


@dataclass(frozen=True, slots=True)
class Region:
    """A choice that changes the host: a data centre, or a kind of mail. ``endpoints`` in order of preference.

    ``domains`` are the mail domains whose accounts live there; patterns as for :func:`serves`. ``mx``: as a
    provider has them.
    """

    id: str
    name: str
    endpoints: tuple[Relay, ...]
    domains: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the provider's own help."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Header:
    """A header of the provider's own that a message may carry, and what it is for."""

    name: str
    note: str


@dataclass(frozen=True, slots=True)
class Provider:
    """One preset. Only figures that a source backs are here; an unknown one is absent.

    Attributes:
        kind: ``mailbox`` (a person's account), ``relay`` (a sending service), ``sandbox`` or ``other``.
        summary: the one line that matters when choosing.
        endpoints: in order of preference, those of the first region where there are regions; empty for ``other``.
        suggested: port and encryption to begin with where the host is the person's to type.
        username_fixed: the user name when it is the same for everybody (``apikey``), else "".
        sign_in: the SASL mechanisms that the server is known to offer.
        oauth: its authorization server, where mail programs may sign in with OAuth2. ``oauth_first``: what a new
            profile begins with.
        limits: what to put into a new profile; a figure is None where nothing is known.
        messages_by: what the number of messages depends on, beyond or instead of those figures.
        limit_sources: (name of the limit, where its figure is from), one for each figure of ``limits``.
        ehlo: the extensions seen in its EHLO reply, as it writes them.
        domains: mail domains whose accounts are here, as patterns for :func:`serves`; regions may name more.
        mx: the hosts that take mail for domains of its customers are these or below them; regions may name more.
            ``mx_source``: who says so.
        aliases: other words by which people look for it.
        marketing: whether marketing mail is allowed; ``marketing_note`` a sentence, ``marketing_source`` who says so.
        spf_include: the domain that an SPF record includes so that this provider's servers pass; "" when not known.
        dkim_selectors: the selectors under which it usually publishes keys in its customers' domains.
        own_return_path: it sends with an envelope sender of its own unless told otherwise, so SPF is its own matter.
        domain_source: where these three are from.
        quirks: what its server does otherwise than others. ``headers``: those of its own.
        notices: what changes soon and may stop this from working; to be shown where the preset is chosen.
        notes: good to know. ``source``: where the facts are from; ``checked``: ISO date on which they were read.
    """

    id: str
    name: str
    kind: str
    summary: str
    endpoints: tuple[Relay, ...]
    regions: tuple[Region, ...] = ()
    suggested: Relay | None = None
    username_form: UserName = UserName.GIVEN
    username_label: str = ""
    username_help: str = ""
    username_fixed: str = ""
    password_kind: PasswordKind = PasswordKind.PASSWORD
    password_label: str = ""
    password_help: str = ""
    sign_in: tuple[str, ...] = ()
    oauth: OAuthServer | None = None
    oauth_first: bool = False
    limits: Limits = field(default_factory=Limits)
    messages_by: MessagesBy = MessagesBy.NOTHING
    limit_sources: tuple[tuple[str, str], ...] = ()
    ehlo: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    mx_source: str = ""
    aliases: tuple[str, ...] = ()
    marketing: Marketing = Marketing.UNKNOWN
    marketing_note: str = ""
    marketing_source: str = ""
    spf_include: str = ""
    dkim_selectors: tuple[str, ...] = ()
    own_return_path: bool = False
    domain_source: str = ""
    quirks: tuple[str, ...] = ()
    headers: tuple[Header, ...] = ()
    notices: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    help: tuple[Link, ...] = ()
    source: tuple[str, ...] = ()
    checked: str = ""

    @property
    def size_limit(self) -> int | None:
        """The largest message in octets: what is documented, else what EHLO announced (RFC 1870); None: unknown."""
        if self.limits.max_size is not None:
            return self.limits.max_size
        sizes = [word.split() for word in self.ehlo if word.startswith("SIZE ")]
        return int(sizes[0][1]) if sizes else None

    @property
    def hosts(self) -> frozenset[str]:
        """The servers of every region, as :func:`plain_host` writes them; none where each customer has an own one."""
        every = [*self.endpoints, *(relay for region in self.regions for relay in region.endpoints)]
        return frozenset(plain_host(relay.host) for relay in every if relay.host)

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports of every region, in order of preference."""
        every = [*self.endpoints, *(relay for region in self.regions for relay in region.endpoints)]
        return tuple(dict.fromkeys(relay.port for relay in every if relay.port))

    def in_region(self, region: str) -> tuple[Relay, ...]:
        """The endpoints in a region; those of the first one when there is none of that id."""
        return next((one.endpoints for one in self.regions if one.id == region), self.endpoints)

    def region_of(self, address: str) -> str:
        """The id of the region whose accounts have such addresses, "" when none is known."""
        domain = domain_of(address)
        return next((one.id for one in self.regions if serves(one.domains, domain)), "")

    def takes_mail_at(self, host: str) -> bool:
        """Whether this host takes the mail of this provider's customers."""
        return _below(host, (*self.mx, *(suffix for region in self.regions for suffix in region.mx)))

    def region_at(self, host: str) -> str:
        """The id of the region whose customers' mail this host takes, "" when none is known."""
        return next((one.id for one in self.regions if _below(host, one.mx)), "")

    def source_of(self, limit: str) -> str:
        """Where the figure of a limit is from, "" when there is none."""
        return dict(self.limit_sources).get(limit, "")

    def user_name(self, address: str = "") -> str:
        """The user name as far as it follows from the provider and the mailbox's address."""
        if self.username_form is UserName.FIXED:
            return self.username_fixed
        if self.username_form is UserName.ADDRESS:
            return address
        if self.username_form is UserName.LOCAL_PART:
            return address.rpartition("@")[0]
        return ""

    def matches(self, words: str) -> bool:
        """True when every word is found in its name, domains, aliases or summary."""
        held = " ".join((self.name, self.id, self.summary, *self.aliases, *self.domains)).casefold()
        held = " ".join((held, *(domain for region in self.regions for domain in region.domains)))
        return all(word in held for word in words.casefold().split())

    def profile(self, name: str, address: str = "", region: str = "") -> Profile:
        """A new profile with what this provider is known to want.

        Args:
            name: of the profile.
            address: the mailbox's, if known: gives user name, sender and region.
            region: overrides the region that the address tells.
        """
        endpoints = self.in_region(region or self.region_of(address))
        relay = endpoints[0] if endpoints else self.suggested or Relay("", 587)
        return Profile(
            name=name,
            relay=relay,
            identity=Identity(from_header=address),
            username=self.user_name(address),
            limits=self.limits,
            provider=self.id,
            sign_in=OAUTH2 if self.oauth_first else PASSWORD,
        )


def domain_of(address: str) -> str:
    """The domain of an address in lower case; "" when there is none yet."""
    return address.strip().rpartition("@")[2].lower().rstrip(".>") if "@" in address else ""


def _below(host: str, suffixes: tuple[str, ...]) -> bool:
    name = host.lower().rstrip(".")
    return any(name == suffix or name.endswith(f".{suffix}") for suffix in suffixes)


def serves(patterns: tuple[str, ...], domain: str) -> bool:
    """Whether one of the patterns stands for this domain.

    A pattern is a domain, ``gmx.*`` (any country's ending: gmx.de, gmx.co.uk) or ``*.example.com`` (what is below).
    """
    return any(_pattern(pattern).fullmatch(domain) is not None for pattern in patterns)


def _pattern(pattern: str) -> re.Pattern[str]:
    wanted = re.escape(pattern.removeprefix("*.")).replace(r"\*", r"(?:com|net|org|(?:com?\.)?[a-z]{2})")
    return re.compile(f"(?:[a-z0-9-]+\\.)+{wanted}" if pattern.startswith("*.") else wanted)


def plain_host(host: str) -> str:
    """A host as it is compared: names know neither capitals nor a dot at the end, addresses no brackets."""
    return host.strip().lower().rstrip(".").removeprefix("[").removesuffix("]")
