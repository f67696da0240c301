"""What is looked at: a From domain, who sends for it, and what is known of how."""

from __future__ import annotations

from dataclasses import dataclass

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.dns import Address, Headers, Signature, as_address, as_domain
from smtpdesk.domain.address import AddressError, domain_of, parse_address, split_mailbox
from smtpdesk.domain.profile import SANDBOX, Profile
from smtpdesk.message import DnsRecord
from smtpdesk.providers import Provider, provider
from smtpdesk.providers.catalogue import for_address

#: The preset of a server of one's own, whose address is the one that receivers see.
_OWN = "local-postfix"


@dataclass(frozen=True, slots=True)
class Subject:
    """All that the evaluations need to know.

    Attributes:
        domain: of the From address. ``envelope``: of the envelope sender. ``sender``: the envelope sender's local part.
        profile: None where only a domain is given. ``provider``: its preset.
        host: the relay's host name, "" where there is none to ask for.
        addresses: the relay's as receivers see them, where a person gave them.
        keys: selectors that are known to be used, by domain. ``guesses``: those that the provider usually takes.
        signing: the record of the key with which the program signs, "" as its value where the key is not here.
        mailbox: the mailbox provider whose own domain this is, where nobody else can change DNS.
    """

    domain: str
    envelope: str
    sender: str = "postmaster"
    profile: Profile | None = None
    provider: Provider | None = None
    host: str = ""
    addresses: tuple[Address, ...] = ()
    keys: tuple[Signature, ...] = ()
    guesses: tuple[Signature, ...] = ()
    signing: DnsRecord | None = None
    mailbox: Provider | None = None

    @property
    def own_server(self) -> bool:
        """Whether the relay itself talks to receivers, as far as that can be told."""
        return bool(self.profile and self.profile.provider == _OWN)

    @property
    def foreign_envelope(self) -> bool:
        """Whether the provider puts an envelope sender of its own in place of ours."""
        return self.provider is not None and self.provider.own_return_path and self.envelope == self.domain

    @property
    def relay(self) -> str:
        """Through whom it sends, in words."""
        if self.provider is not None and self.provider.endpoints:
            return self.provider.name
        return self.host

    @property
    def editable(self) -> bool:
        """Whether the person can publish records for the domain."""
        return self.mailbox is None


def of_domain(text: str, selectors: tuple[str, ...], headers: Headers, addresses: tuple[Address, ...]) -> Subject:
    """A domain, or an address at one, without a profile.

    Raises:
        InputError: ``domain.name``.
    """
    domain = as_domain(text.rpartition("@")[2])
    return Subject(
        domain,
        headers.envelope or domain,
        addresses=addresses,
        keys=_keys(domain, selectors, headers, None),
        mailbox=_mailbox(domain),
    )


def of_profile(
    profile: Profile,
    selectors: tuple[str, ...],
    headers: Headers,
    addresses: tuple[Address, ...],
    signing: DnsRecord | None,
) -> Subject:
    """The From domain of a profile.

    Raises:
        InputError: ``domain.no-sender``, ``domain.sandbox``.
    """
    if profile.provider == SANDBOX:
        raise InputError("domain.sandbox", _("The sandbox delivers nothing, so no domain is asked about it."))
    try:
        domain = domain_of(split_mailbox(profile.identity.from_header)[1])
    except AddressError:
        raise InputError(
            "domain.no-sender",
            _("The profile “{name}” names no sender, so there is no domain to look at.").format(name=profile.name),
            _("Fill in its From address."),
        ) from None
    preset = _preset(profile.provider)
    envelope = profile.identity.envelope_sender
    try:
        local, _at, envelope_domain = parse_address(envelope).rpartition("@") if envelope else ("", "", domain)
    except AddressError:
        local, envelope_domain = "", domain  # the form says so where it is typed
    return Subject(
        domain,
        headers.envelope or envelope_domain.lower(),
        local or "postmaster",
        profile,
        preset,
        profile.relay.host,
        addresses,
        _keys(domain, selectors, headers, profile),
        tuple(Signature(domain, one) for one in preset.dkim_selectors) if preset else (),
        signing,
        _mailbox(domain),
    )


def addresses_of(texts: tuple[str, ...]) -> tuple[Address, ...]:
    """IP addresses that a person typed.

    Raises:
        InputError: ``domain.address``.
    """
    found = []
    for text in texts:
        address = as_address(text)
        if address is None:
            raise InputError(
                "domain.address",
                _("“{value}” is no IP address.").format(value=text[:80]),
                _("Give the address that your server has towards the internet, such as 192.0.2.1."),
            )
        found.append(address)
    return tuple(dict.fromkeys(found))


def _keys(domain: str, selectors: tuple[str, ...], headers: Headers, profile: Profile | None) -> tuple[Signature, ...]:
    own = [Signature(profile.dkim.domain, profile.dkim.selector)] if profile and profile.dkim else []
    given = [Signature(domain, selector.strip().lower()) for selector in selectors if selector.strip()]
    return tuple(dict.fromkeys([*own, *given, *headers.signatures]))


def _preset(id: str) -> Provider | None:
    try:
        return provider(id) if id else None
    except InputError:
        return None  # a preset of another version of the program


def _mailbox(domain: str) -> Provider | None:
    known = for_address(f"x@{domain}")
    return known if known is not None and known.kind == "mailbox" else None
