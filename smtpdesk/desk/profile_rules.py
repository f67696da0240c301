"""What a profile must be before it is kept; and what a file of profiles may bring."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.desk.profile_file import Written
from smtpdesk.domain.address import AddressError, parse_address, split_mailbox
from smtpdesk.domain.limits import wrong_limit
from smtpdesk.domain.profile import SANDBOX, Profile
from smtpdesk.smtp.tls import context_for

_NAME = re.compile(r"[^\x00-\x1f\x7f/\\]{1,60}\Z")
_PIN = re.compile(r"[0-9a-f]{64}\Z")
_HOST = re.compile(r"[A-Za-z0-9.\-_:\[\]]{1,253}\Z")
#: A domain, or an address literal in brackets (RFC 5321 section 4.1.1.1).
_EHLO = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.\-]{0,251}[A-Za-z0-9])?|\[[A-Za-z0-9:.]{2,60}\])\Z")


def validate(profile: Profile) -> None:
    """Refuse a profile that cannot be right.

    Raises:
        InputError: ``profile.name``, ``profile.host``, ``profile.port``, ``profile.from``, ``profile.sender``,
            ``profile.ehlo``, ``profile.ca-file`` or ``profile.limits``.
    """
    if not _NAME.match(profile.name) or profile.name != profile.name.strip():
        raise InputError("profile.name", _("A profile needs a name of 1 to 60 characters, without slashes."))
    relay = profile.relay
    if profile.provider != SANDBOX:
        if not _is_host(relay.host):
            raise InputError(
                "profile.host",
                _('"{host}" is not the name of a server.').format(host=relay.host),
                _("It looks like smtp.example.com; your provider's help pages name it."),
            )
        if not 1 <= relay.port <= 65535:
            raise InputError("profile.port", _("The port is a number from 1 to 65535."), _("Usual ones: 587 and 465."))
    _validate_identity(profile)
    if relay.pinned_sha256 and not _PIN.match(relay.pinned_sha256):
        raise InputError(
            "profile.pin",
            _("A fingerprint is 64 hexadecimal digits (SHA-256)."),
            _("A failed test shows it, and offers to trust the certificate."),
        )
    if wrong_limit(profile.limits):
        raise InputError("profile.limits", _("A limit is a number of at least 1, or empty."))
    context_for(relay)


def _is_host(host: str) -> bool:
    """True for what can be looked up: no label is empty or longer than 63 characters (RFC 1035 section 2.3.4).

    An IPv6 address may stand in brackets.
    """
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if ":" in bare or bare != host:
        try:
            return ipaddress.ip_address(bare.partition("%")[0]).version == 6
        except ValueError:
            return False
    labels = host.removesuffix(".").split(".")
    return bool(_HOST.match(host)) and all(1 <= len(label) <= 63 for label in labels)


def _validate_identity(profile: Profile) -> None:
    identity = profile.identity
    try:
        if identity.from_header:
            split_mailbox(identity.from_header)
    except AddressError as error:
        if error.problem == "several":
            raise InputError(
                "profile.from",
                _('"{value}" holds more than one address.').format(value=identity.from_header),
                _("Mail has one sender here: keep the address that people should see."),
            ) from None
        raise InputError(
            "profile.from",
            _('"{value}" holds no address to send from.').format(value=identity.from_header),
            _('Write it as "Ana Pérez <ana@example.com>" or just "ana@example.com".'),
        ) from None
    if identity.ehlo_name and not _EHLO.match(identity.ehlo_name):
        raise InputError(
            "profile.ehlo",
            _("“{value}” is no name to greet a server with.").format(value=identity.ehlo_name),
            _("It looks like mail.example.com; leave it empty when you are not sure."),
        )
    try:
        if identity.envelope_sender:
            parse_address(identity.envelope_sender)
    except AddressError:
        raise InputError(
            "profile.sender", _('"{value}" is not an address.').format(value=identity.envelope_sender)
        ) from None


def check_import(one: Written, kept: Mapping[str, Profile], replaces: bool) -> None:
    """Refuse a profile of a file that cannot be right, or may not take a name."""
    name, before = one.profile.name, kept.get(one.profile.name)
    if one.profile.provider == SANDBOX or (before is not None and before.provider == SANDBOX):
        raise InputError("profile.built-in", _("The sandbox is built in and stays."), "", one.where)
    if before is not None and not replaces:
        raise InputError(
            "profile.exists",
            _("There is a profile “{name}” already. Nothing was imported.").format(name=name),
            _("Rename one of them, or replace it: on the command line with --replace."),
            one.where,
        )
    try:
        validate(one.profile)
    except InputError as error:
        raise InputError(error.code, error.sentence, error.hint, one.where) from None
