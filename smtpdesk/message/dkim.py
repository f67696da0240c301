"""Signs messages in the name of a domain (DKIM, RFC 6376), for people whose relay does not.

RSA and Ed25519 over SHA-256, relaxed/relaxed: blanks that a relay changes on the way do no harm. The bytes are the
composer's: CRLF line ends and a head that is ASCII, so most of the canonicalisation is ``bytes.replace``.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.address import AddressError, domain_of, parse_address
from smtpdesk.domain.profile import Dkim
from smtpdesk.domain.recipient import Recipient
from smtpdesk.message.dkim_keys import DkimKey

#: What is signed where it is there, in this order (RFC 6376 section 5.4.1; RFC 8058 section 4 wants the last two).
#: "from" once more than there are such fields: then nobody can add another one (RFC 6376 section 8.15).
SIGNED = (
    b"from", b"to", b"subject", b"date", b"message-id", b"reply-to", b"mime-version", b"content-type",
    b"content-transfer-encoding", b"list-unsubscribe", b"list-unsubscribe-post",
)  # fmt: skip
#: Octets of one string in a TXT record (RFC 1035 section 3.3).
_STRING = 255
_WIDTH = 76
_FIELD_START = re.compile(rb"\r\n(?![ \t])")
_FOLD = re.compile(rb"\r\n(?=[ \t])")
_BLANKS = re.compile(rb"[ \t]+")
_SELECTOR = re.compile(r"[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9_-]{0,61}[a-z0-9])?)*\Z")


class Builder(Protocol):
    """Builds the bytes of one message, as the composer does."""

    def build(self, recipient: Recipient, *, message_id: str, date: float) -> bytes:
        """RFC 5322 with CRLF line ends."""
        ...


@dataclass(frozen=True, slots=True)
class DnsRecord:
    """The TXT record that publishes a key: its host name without a dot at the end, and its value in one piece."""

    host: str
    value: str

    @property
    def zone(self) -> str:
        """The record as text of a zone file (RFC 1035 section 5.1), in strings of at most 255 octets."""
        pieces = [self.value[at : at + _STRING] for at in range(0, len(self.value), _STRING)]
        strings = "\n".join(f'  "{piece}"' for piece in pieces)
        return f"{self.host}. IN TXT (\n{strings} )"


def dkim_name(domain: str, selector: str) -> Dkim:
    """Domain and selector as they are used: lower case, and ASCII (IDNA) for a domain with other letters.

    Raises:
        InputError: ``dkim.domain`` or ``dkim.selector``.
    """
    try:
        ascii_domain = domain_of(parse_address(f"x@{domain.strip()}"))
    except AddressError:
        raise InputError(
            "dkim.domain",
            _("“{value}” is no domain to sign for.").format(value=domain[:80]),
            _("It is the part after the @ of your sender address, for example example.com."),
        ) from None
    name = selector.strip().lower()
    if not _SELECTOR.match(name) or len(f"{name}._domainkey.{ascii_domain}") > 253:
        raise InputError(
            "dkim.selector",
            _("“{value}” is no selector.").format(value=selector[:80]),
            _("It is one short word of letters and digits, for example desk1."),
        )
    return Dkim(ascii_domain, name)


def record(key: DkimKey, domain: str, selector: str) -> DnsRecord:
    """What must stand in the domain's DNS for the signatures of a key to be checked (RFC 6376 section 3.6.1)."""
    public = b64encode(key.public).decode("ascii")
    return DnsRecord(f"{selector}._domainkey.{domain}", f"v=DKIM1; k={key.algorithm}; p={public}")


class Signer:
    """Puts a DKIM-Signature on top of messages. May be used by several threads."""

    def __init__(self, key: DkimKey, dkim: Dkim) -> None:
        self._key = key
        who = b"d=%s; s=%s;" % (dkim.domain.encode("ascii"), dkim.selector.encode("ascii"))
        start = b"DKIM-Signature: v=1; a=%s-sha256; c=relaxed/relaxed;" % key.algorithm.encode("ascii")
        self._start = start + b"\r\n " + who + b"\r\n t="

    def sign(self, raw: bytes, at: float) -> bytes:
        """The message with its signature; the same message, key and second give the same bytes.

        Args:
            raw: RFC 5322 with CRLF line ends, as it will be sent.
            at: when it is signed, in seconds since the epoch.
        """
        head, _blank, body = raw.partition(b"\r\n\r\n")
        signed = list(_signed_fields(head))
        names = _folded_names([b"from", *(name for name, _value in signed)])
        bodyhash = b64encode(hashlib.sha256(relaxed_body(body)).digest())
        value = b"%s%d; h=%s;\r\n bh=%s;\r\n b=" % (self._start, max(int(at), 0), names, bodyhash)
        lines = [name + b":" + relaxed_value(text) + b"\r\n" for name, text in signed]
        lines.append(b"dkim-signature:" + relaxed_value(value.partition(b":")[2]))
        signature = b64encode(self._key.sign(hashlib.sha256(b"".join(lines)).digest()))
        return b"".join((value, _folded_text(signature), b"\r\n", raw))


class SignedComposer:
    """A composer whose messages are signed, at the second that their Date says."""

    def __init__(self, composer: Builder, signer: Signer) -> None:
        self._composer = composer
        self._signer = signer

    def build(self, recipient: Recipient, *, message_id: str, date: float) -> bytes:
        """The signed message for one recipient; raises what the composer raises."""
        return self._signer.sign(self._composer.build(recipient, message_id=message_id, date=date), date)


def relaxed_body(body: bytes) -> bytes:
    """The body as it is hashed (RFC 6376 section 3.4.4)."""
    if b"\t" in body:
        body = body.replace(b"\t", b" ")
    while b"  " in body:  # each pass halves the longest run; most bodies have none, which takes no time
        body = body.replace(b"  ", b" ")
    body = (body if body.endswith(b"\r\n") else body + b"\r\n").replace(b" \r\n", b"\r\n")
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    return body[:end] + b"\r\n" if end else b""


def relaxed_value(value: bytes) -> bytes:
    """A header's value as it is hashed (RFC 6376 section 3.4.2)."""
    return _BLANKS.sub(b" ", _FOLD.sub(b"", value)).strip(b" ")


def _signed_fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Names and values in the order of signing; of several fields of one name the last comes first (section 5.4.2)."""
    found: dict[bytes, list[bytes]] = {}
    for line in _FIELD_START.split(head):
        name, _colon, value = line.partition(b":")
        found.setdefault(name.strip(b" \t").lower(), []).append(value)
    for name in SIGNED:
        for value in reversed(found.get(name, ())):
            yield name, value


def _folded_names(names: Iterable[bytes]) -> bytes:
    lines = [b""]
    for name in names:
        if len(lines[-1]) + len(name) > _WIDTH - 24:  # the first line begins with "t=…; h="
            lines.append(b"")
        lines[-1] += name + b":"
    return b"\r\n  ".join(lines)[:-1]


def _folded_text(text: bytes) -> bytes:
    return b"\r\n  ".join(text[at : at + _WIDTH - 4] for at in range(0, len(text), _WIDTH - 4))
