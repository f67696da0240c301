"""The published half of a DKIM key: is it there, is it readable and strong enough (RFC 6376 section 3.6, RFC 8301)."""

from __future__ import annotations

import binascii
import re
from base64 import b64decode
from dataclasses import dataclass
from enum import StrEnum

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from smtpdesk.dns.answers import Lookup
from smtpdesk.dns.names import is_name
from smtpdesk.dns.tags import read_tags

#: Bits of an RSA key: receivers refuse fewer than the first, signers should have the second (RFC 8301 section 3.2).
FEWEST, ADVISED = 1024, 2048


class KeyState(StrEnum):
    """What became of looking a selector up."""

    GOOD = "good"
    #: Valid, shorter than what RFC 8301 advises.
    WEAK = "weak"
    #: So short that receivers must not accept it.
    SHORT = "short"
    MISSING = "missing"
    #: An empty ``p=``: the owner took the key back.
    REVOKED = "revoked"
    #: It cannot be read, or there are several.
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class PublishedKey:
    """What stands at ``selector._domainkey.domain``.

    Attributes:
        algorithm: ``"rsa"`` or ``"ed25519"``, as far as known. ``bits``: its length, 0 when there is none.
        testing: ``t=y``: receivers treat signatures as if there were none. ``public``: the ``p=`` without blanks.
        alias: where a CNAME leads, usually to the provider, who then keeps the key. ``record``: as published.
    """

    selector: str
    domain: str
    state: KeyState
    algorithm: str = ""
    bits: int = 0
    testing: bool = False
    public: str = ""
    alias: str = ""
    record: str = ""

    @property
    def host(self) -> str:
        """The name of its record."""
        return f"{self.selector}._domainkey.{self.domain}"

    @property
    def usable(self) -> bool:
        """Whether receivers can check signatures with it."""
        return self.state in (KeyState.GOOD, KeyState.WEAK)


async def published_key(lookup: Lookup, domain: str, selector: str) -> PublishedKey:
    """Look one selector up."""
    host = f"{selector}._domainkey.{domain}"
    if not is_name(host):
        return PublishedKey(selector, domain, KeyState.MISSING)
    answer = await lookup.ask(host, "TXT")
    if answer.unknown:
        return PublishedKey(selector, domain, KeyState.UNKNOWN)
    keys = [value for value in answer.values if looks_like_key(value)]
    if len(keys) == 1:
        return read_key(keys[0], domain, selector, answer.alias)
    state = KeyState.BROKEN if answer.values else KeyState.MISSING
    return PublishedKey(selector, domain, state, alias=answer.alias, record="\n".join(answer.values))


def looks_like_key(text: str) -> bool:
    """Whether a TXT record is meant to be a key: others may stand there through a wildcard."""
    return re.search(r"(?:\A|;)\s*(?:v\s*=\s*DKIM1|p\s*=)", text) is not None


def read_key(text: str, domain: str = "", selector: str = "", alias: str = "") -> PublishedKey:
    """The key in a record (section 3.6.1)."""
    tags = read_tags(text)
    if tags is None or "p" not in tags or ("v" in tags and (next(iter(tags)) != "v" or tags["v"] != "DKIM1")):
        return PublishedKey(selector, domain, KeyState.BROKEN, alias=alias, record=text)
    algorithm = tags.get("k", "rsa").lower()
    public = re.sub(r"\s+", "", tags["p"])
    testing = "y" in _words(tags.get("t", ""))
    state, bits = _measure(algorithm, public, tags)
    return PublishedKey(selector, domain, state, algorithm, bits, testing, public, alias, text)


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(":")]


def _measure(algorithm: str, public: str, tags: dict[str, str]) -> tuple[KeyState, int]:
    if not public:
        return KeyState.REVOKED, 0
    services = _words(tags.get("s", "*"))
    hashes = _words(tags.get("h", "sha256"))
    if not {"*", "email"} & set(services) or "sha256" not in hashes:
        return KeyState.BROKEN, 0
    try:
        raw = b64decode(public, validate=True)
        if algorithm == "ed25519":
            return (KeyState.GOOD, 256) if len(raw) == 32 else (KeyState.BROKEN, 0)
        key = serialization.load_der_public_key(raw)
    except (ValueError, TypeError, binascii.Error, UnsupportedAlgorithm):
        return KeyState.BROKEN, 0
    if algorithm != "rsa" or not isinstance(key, RSAPublicKey):
        return KeyState.BROKEN, 0
    bits = key.key_size
    if bits < FEWEST:
        return KeyState.SHORT, bits
    return (KeyState.GOOD if bits >= ADVISED else KeyState.WEAK), bits
