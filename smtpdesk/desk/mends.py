"""What one click can change in a profile after a test: data, made by pure functions, applied by whoever asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from smtpdesk.base.i18n import _
from smtpdesk.base.shell import quoted
from smtpdesk.domain.address import AddressError, parse_address, split_mailbox
from smtpdesk.domain.limits import format_size
from smtpdesk.domain.profile import Profile, Relay, Security
from smtpdesk.smtp.extensions import megabytes
from smtpdesk.smtp.probe import ProbeStep


@dataclass(frozen=True, slots=True)
class Mend:
    """A remedy.

    Attributes:
        label: the words on the button.
        why: one sentence: why this should help, or what to be sure of first.
        profile: the profile as it is after the mend.
        risky: the person should compare something first (a fingerprint, a name); never applied unasked.
    """

    label: str
    why: str
    profile: Profile
    risky: bool = False

    def changes(self, before: Profile) -> dict[str, object]:
        """What is different, by dotted name: ``{"relay.port": 465}``."""
        found: dict[str, object] = {}
        for part in ("relay", "identity", "limits"):
            old, new = getattr(before, part), getattr(self.profile, part)
            for name in type(old).__dataclass_fields__:
                if getattr(old, name) != getattr(new, name):
                    found[f"{part}.{name}"] = getattr(new, name)
        if before.username != self.profile.username:
            found["username"] = self.profile.username
        return found


def security_words(security: Security) -> str:
    """``TLS``, ``STARTTLS``, or that there is none."""
    return {Security.TLS: "TLS", Security.STARTTLS: "STARTTLS"}.get(security) or _("no encryption")


def to_relay(profile: Profile, relay: Relay, why: str) -> Mend:
    """Another host, port or encryption."""
    own = profile.relay
    pin = own.pinned_sha256 if relay.host == own.host else ""
    changed = replace(own, host=relay.host, port=relay.port, security=relay.security, pinned_sha256=pin)
    words = security_words(relay.security)
    if relay.host != own.host:
        label = _("Use {host}, port {port}, {security}").format(host=relay.host, port=relay.port, security=words)
    elif relay.port != own.port:
        label = _("Use port {port} with {security}").format(port=relay.port, security=words)
    else:
        label = _("Use {security}").format(security=words)
    return Mend(label, why, replace(profile, relay=changed))


def to_host(profile: Profile, host: str, why: str, *, risky: bool = False) -> Mend:
    """The same port on another host."""
    changed = replace(profile.relay, host=host, pinned_sha256="")
    return Mend(_("Use {host} as the server").format(host=host), why, replace(profile, relay=changed), risky)


def to_pin(profile: Profile, sha256: str, why: str, label: str = "") -> Mend:
    """Trust this one certificate."""
    changed = replace(profile.relay, pinned_sha256=sha256)
    return Mend(label or _("Trust this certificate"), why, replace(profile, relay=changed), risky=True)


def to_username(profile: Profile, username: str, why: str) -> Mend:
    """Another user name."""
    label = _("Use “{name}” as user name").format(name=username) if username else _("Use no sign-in")
    return Mend(label, why, replace(profile, username=username))


def to_sender(profile: Profile, why: str) -> Mend | None:
    """The account's own address as the sender; None where the user name is none, or is the sender already."""
    identity = profile.identity
    try:
        account = parse_address(profile.username)
        name, sender = split_mailbox(identity.from_header) if identity.from_header else ("", "")
    except AddressError:
        return None
    if identity.envelope_sender and identity.envelope_sender.lower() != account.lower():
        if sender.lower() == account.lower():
            changed = replace(identity, envelope_sender="")
            return Mend(_("Let bounces go to the sender’s address"), why, replace(profile, identity=changed))
    elif sender.lower() == account.lower():
        return None
    header = f"{_quoted(name)} <{account}>" if name else account
    changed = replace(identity, from_header=header, envelope_sender="")
    return Mend(_("Send as {address}").format(address=account), why, replace(profile, identity=changed))


def _quoted(name: str) -> str:
    """A display name that holds more than words is quoted (RFC 5322 section 3.2.4)."""
    if all(char.isalnum() or char in " -_'" for char in name):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def offer(profile: Profile, steps: Sequence[ProbeStep]) -> Mend | None:
    """The limits that the server states in EHLO and the profile does not keep yet; None when there are none."""
    found = [step.stated for step in steps if step.extensions and step.state == "ok"]
    if not found:
        return None
    said, limits, words = found[-1], profile.limits, []
    if said.max_size and (limits.max_size is None or limits.max_size > said.max_size):
        limits = replace(limits, max_size=said.max_size)
        words.append(_("messages up to {size}").format(size=megabytes(said.max_size)))
    if said.per_connection and (limits.per_connection is None or limits.per_connection > said.per_connection):
        limits = replace(limits, per_connection=said.per_connection)
        words.append(_("{n} messages a connection").format(n=said.per_connection))
    if not words:
        return None
    why = _("The server says: {limits}.").format(limits=", ".join(words))
    return Mend(_("Keep to these limits"), why, replace(profile, limits=limits))


def command(name: str, mend: Mend, before: Profile) -> str:
    """The mend of limits as a command line."""
    options = {"limits.max_size": "--max-size", "limits.per_connection": "--per-connection"}
    words = []
    for key, value in mend.changes(before).items():
        if key in options:
            text = format_size(value) if key == "limits.max_size" and isinstance(value, int) else str(value)
            words.append(f"{options[key]} {text}")
    return f"smtpdesk profile change {quoted(name)} " + " ".join(words)
