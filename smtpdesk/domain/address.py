"""E-mail addresses: reading, refusing and comparing them (RFC 5321 section 4.1.2, RFC 6531, RFC 5891)."""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from email.utils import getaddresses, parseaddr

_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+"
_LOCAL = re.compile(rf"{_ATOM}(?:\.{_ATOM})*\Z")
_LOCAL_UTF8 = re.compile(r"[^\s\x00-\x20\x7f()<>\[\]:;@\\,\".]+(?:\.[^\s\x00-\x20\x7f()<>\[\]:;@\\,\".]+)*\Z")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)\Z")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class AddressError(ValueError):
    """An address that cannot be mailed. ``problem`` is a stable word; the sentence is made where it is shown."""

    def __init__(self, problem: str, text: str) -> None:
        super().__init__(f"{problem}: {text!r}")
        self.problem = problem
        self.text = text


def parse_address(text: str) -> str:
    """The address in the form used in RCPT TO: trimmed, domain in lower-case ASCII (IDNA), local part untouched.

    Raises:
        AddressError: with problem ``empty``, ``no-at``, ``two-at``, ``control``, ``space``, ``no-local``,
            ``local``, ``local-long``, ``no-domain``, ``domain``, ``no-dot``, ``long`` or ``several``.
    """
    raw = unicodedata.normalize("NFC", text).strip().strip("\u200b\ufeff\u00a0").strip()
    if raw.lower().startswith("mailto:"):
        raw = raw[7:]
    if raw.startswith("<") and raw.endswith(">"):
        raw = raw[1:-1].strip()
    _refuse_shape(raw, text)
    local, _at, domain = raw.rpartition("@")
    _refuse_local(local, text)
    ascii_domain = _domain(domain, text)
    address = f"{local}@{ascii_domain}"
    if len(address.encode()) > 254:
        raise AddressError("long", text)
    return address


def _refuse_shape(raw: str, text: str) -> None:
    if not raw:
        raise AddressError("empty", text)
    if _CONTROL.search(raw):
        raise AddressError("control", text)
    if "@" not in raw:
        raise AddressError("no-at", text)
    if any("," in part or ";" in part for part in raw.split("@")[1:-1]):
        raise AddressError("several", text)
    if raw.count("@") > 1:
        raise AddressError("two-at", text)
    if re.search(r"\s", raw):
        raise AddressError("space", text)


def _refuse_local(local: str, text: str) -> None:
    if not local:
        raise AddressError("no-local", text)
    if len(local.encode()) > 64:
        raise AddressError("local-long", text)
    if not (_LOCAL if local.isascii() else _LOCAL_UTF8).match(local):
        raise AddressError("local", text)


def _domain(domain: str, text: str) -> str:
    domain = domain.rstrip(".").lower()
    if not domain:
        raise AddressError("no-domain", text)
    if "." not in domain:
        raise AddressError("no-dot", text)
    if not domain.isascii():
        try:
            domain = _idna(domain)
        except UnicodeError:
            raise AddressError("domain", text) from None
    labels = domain.split(".")
    if not all(_LABEL.match(label) for label in labels) or labels[-1].isdigit() or len(domain) > 253:
        raise AddressError("domain", text)
    return domain


def _idna(domain: str) -> str:
    import idna  # loaded only for the rare address that needs it

    return idna.encode(domain, uts46=True).decode("ascii")


def address_key(address: str) -> str:
    """What makes two addresses the same person: compared without regard to case."""
    return address.casefold()


def mark_of(key: str, address_key: str) -> str:
    """The mark of somebody who was erased: a keyed hash. No address has a ``~`` first and no ``@``."""
    return "~" + hmac.new(key.encode(), address_key.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:32]


def domain_of(address: str) -> str:
    """The part after the @, lower case."""
    return address.rpartition("@")[2].lower()


def split_mailbox(value: str) -> tuple[str, str]:
    """``"Ana Pérez <ana@example.com>"`` to ``("Ana Pérez", "ana@example.com")``; the address is checked.

    Raises:
        AddressError: there is no valid address in it, or there are ``several``.
    """
    if _CONTROL.search(value):
        raise AddressError("control", value)
    if value.count("@") > 1 and sum("@" in address for _name, address in getaddresses([value])) > 1:
        raise AddressError("several", value)
    name, address = parseaddr(value)
    if not address and "@" in value:
        raise AddressError("local", value)
    return name.strip(), parse_address(address)
