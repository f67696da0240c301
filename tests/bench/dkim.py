"""Signing, ours and dkimpy's: the same message, the same key, the same fields, relaxed/relaxed."""

from __future__ import annotations

import base64

import dkim

from smtpdesk.base.secret import Secret
from smtpdesk.message import DkimKey, Signer, dkim_name, record
from smtpdesk.message.dkim import SIGNED
from tests.bench.rivals import timed

NAME = dkim_name("example.com", "desk1")


def message(size: int = 12_000) -> bytes:
    """A message of about ``size`` bytes, with every field that is signed."""
    head = (
        b"From: Ana <ana@example.com>\r\nTo: Bo <bo@example.net>\r\nSubject: Spring is here\r\n"
        b"Date: Tue, 14 Nov 2023 22:13:20 +0000\r\nMessage-ID: <1.2@example.com>\r\nReply-To: shop@example.com\r\n"
        b"List-Unsubscribe: <https://example.com/leave/1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
    )
    line = b"Our spring offers, and many greetings: see what is new in the shop.\r\n"
    return head + line * (size // len(line))


def compare(algorithm: str = "rsa", count: int = 200) -> tuple[float, float]:
    """Microseconds a signature: ours, dkimpy's. ``algorithm``: ``"rsa"`` (2048 bits) or ``"ed25519"``."""
    key, raw = DkimKey.make(algorithm), message()
    signer = Signer(key, NAME)
    private = _for_dkimpy(key)
    kind = algorithm.encode() + b"-sha256"

    def theirs() -> bytes:
        return dkim.sign(
            raw,
            NAME.selector.encode(),
            NAME.domain.encode(),
            private,
            signature_algorithm=kind,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=[b"from", *SIGNED],
        )

    published = record(key, NAME.domain, NAME.selector).value.encode()
    for signed in (signer.sign(raw, 1_700_000_000.0), theirs() + raw):
        assert dkim.verify(signed, dnsfunc=lambda name, timeout=5: published)
    few = max(count // 10, 10)
    slow = timed(lambda: [theirs() for _ in range(few)], few)
    return timed(lambda: [signer.sign(raw, 1_700_000_000.0) for _ in range(count)], count), slow


def _for_dkimpy(key: DkimKey) -> bytes:
    """The private key in the form that dkimpy takes: PEM for RSA, the seed for Ed25519."""
    kept = key.secret().reveal()
    if kept.startswith("ed25519:"):
        return kept.partition(":")[2].encode()
    return _pem(key)


def _pem(key: DkimKey) -> bytes:
    from cryptography.hazmat.primitives import serialization

    raw = key._private.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    assert DkimKey.read(Secret(base64.b64encode(raw).decode())).public == key.public
    return b"-----BEGIN PRIVATE KEY-----\n" + base64.encodebytes(raw) + b"-----END PRIVATE KEY-----\n"
