"""The row about DKIM: is there a key that receivers can check signatures with? (RFC 6376)"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from smtpdesk.base.i18n import _
from smtpdesk.desk.trust.report import Check, Record, State, unasked
from smtpdesk.desk.trust.subject import Subject
from smtpdesk.dns import KeyState, Lookup, PublishedKey, Signature, aligned, published_key


@dataclass(frozen=True, slots=True)
class Keys:
    """What stands at the selectors that are known to be used, and at those that were only guessed."""

    known: tuple[PublishedKey, ...] = ()
    guessed: tuple[PublishedKey, ...] = ()

    @property
    def usable(self) -> tuple[PublishedKey, ...]:
        """Keys with which signatures can be checked."""
        return tuple(one for one in (*self.known, *self.guessed) if one.usable)


async def look(lookup: Lookup, subject: Subject) -> Keys:
    """Ask for every selector."""

    async def ask(signatures: Sequence[Signature]) -> tuple[PublishedKey, ...]:
        return tuple(await asyncio.gather(*(published_key(lookup, one.domain, one.selector) for one in signatures)))

    guesses = [one for one in subject.guesses if one not in subject.keys]
    return Keys(*await asyncio.gather(ask(subject.keys), ask(guesses)))


def title() -> str:
    """Its name."""
    return _("DKIM: signed by you")


def check(subject: Subject, keys: Keys) -> Check:
    """The row: the worst of the keys in use, or what the guesses gave."""
    own = _own(subject, keys)
    if own is not None and own.state is not State.OK:
        return own
    # Another domain's key, seen in headers, is that domain's affair.
    bad = [_problem(subject, key) for key in keys.known if not key.usable and aligned(subject.domain, key.domain)]
    if bad:
        return next((one for one in bad if one.state is State.MEND), bad[0])
    if keys.usable:
        return _good(subject, keys)
    return _none_found(subject, keys)


def _own(subject: Subject, keys: Keys) -> Check | None:
    """About the key with which the program signs itself."""
    dkim = subject.profile.dkim if subject.profile else None
    if dkim is None:
        return None
    key = next(one for one in keys.known if (one.domain, one.selector) == (dkim.domain, dkim.selector))
    if key.state is KeyState.UNKNOWN:
        return unasked("dkim", title())
    expected = subject.signing.value.partition("p=")[2] if subject.signing else ""
    if key.usable and (not expected or expected == key.public):
        return _good(subject, keys)
    records = (_own_record(subject, key),) if subject.signing else ()
    if key.usable:
        said = _("Another key is published at {host} than the one that signs here.").format(host=key.host)
        code, advice = "dkim.other-key", _("Publish this record in place of the present one.")
    else:
        said, code, advice = _said(key), f"dkim.{key.state}", _("Publish this record.")
    return Check("dkim", title(), State.MEND, code, said, _refused(), advice if records else "", records)


def _own_record(subject: Subject, key: PublishedKey) -> Record:
    assert subject.signing is not None
    replaces = tuple(filter(None, key.record.split("\n")))
    return Record(subject.signing.host, subject.signing.value, replaces=replaces)


def _said(key: PublishedKey) -> str:
    return {
        KeyState.MISSING: _("There is no key at {host}."),
        KeyState.REVOKED: _("The key at {host} was taken back: its record is empty."),
        KeyState.SHORT: _("The key at {host} has {bits} bits; receivers refuse fewer than 1024."),
        KeyState.BROKEN: _("What stands at {host} is no key that receivers can read."),
    }[key.state].format(host=key.host, bits=key.bits)


def _refused() -> str:
    return _(
        "Gmail, Yahoo and Microsoft want DKIM of everybody who sends to many; unsigned mail is refused or sorted out."
    )


def _problem(subject: Subject, key: PublishedKey) -> Check:
    if key.state is KeyState.UNKNOWN:
        return unasked("dkim", title())
    who = subject.relay or _("your mail provider")
    advice = {
        KeyState.SHORT: _("Have {who} make a key of 2048 bits, and publish its record."),
        KeyState.REVOKED: _("Have {who} make a new key, and publish its record."),
    }.get(key.state, _("Publish the record that {who} shows in its settings for this domain."))
    details = (_("An alias leads to {alias}.").format(alias=key.alias),) if key.alias else ()
    return Check(
        "dkim", title(), State.MEND, f"dkim.{key.state}", _said(key), _refused(), advice.format(who=who),
        details=details,
    )  # fmt: skip


def _good(subject: Subject, keys: Keys) -> Check:
    key = next((one for one in keys.usable if aligned(subject.domain, one.domain)), keys.usable[0])
    details = tuple(_describe(one) for one in keys.usable)
    if key.testing:
        return Check(
            "dkim", title(), State.MEND, "dkim.testing",
            _("The key at {host} says that it is only being tested (t=y).").format(host=key.host),
            _("Receivers may treat such mail as if it were unsigned."), _("Take “t=y” out of its record."),
            details=details,
        )  # fmt: skip
    if all(one.state is KeyState.WEAK for one in keys.usable):
        return Check(
            "dkim", title(), State.ADVICE, "dkim.weak",
            _("A key of {bits} bits is published as “{selector}”.").format(bits=key.bits, selector=key.selector),
            _("Some receivers trust fewer than 2048 bits less."), _("Make a longer key when you next can."),
            details=details,
        )  # fmt: skip
    said = _("A key is published as “{selector}”.").format(selector=key.selector)
    if not aligned(subject.domain, key.domain):
        said = _("Messages are signed in the name of {domain}.").format(domain=key.domain)
    return Check("dkim", title(), State.OK, "dkim.good", said, details=details)


def _describe(key: PublishedKey) -> str:
    words = _("{host}: {algorithm}, {bits} bits").format(
        host=key.host, algorithm="RSA" if key.algorithm == "rsa" else "Ed25519", bits=key.bits
    )
    return f"{words} → {key.alias}" if key.alias else words


def _none_found(subject: Subject, keys: Keys) -> Check:
    if any(key.state is KeyState.UNKNOWN for key in keys.guessed):
        return unasked("dkim", title())
    tried = ", ".join(key.selector for key in keys.guessed)
    if tried:
        said = _("No key was found under the names that {relay} usually takes ({tried}).").format(
            relay=subject.relay, tried=tried
        )
    else:
        said = _("Under which name the key is published (the selector) cannot be seen from outside.")
    return Check(
        "dkim", title(), State.OPEN, "dkim.selector-unknown", said, "",
        _("Send yourself a message, and paste its headers here; or give the selector."),
    )  # fmt: skip
