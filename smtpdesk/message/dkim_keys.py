"""Private keys that sign messages, and the DNS record that lets others check them (RFC 6376 section 3.6, RFC 8463).

RSA from 1024 to 4096 bits is what every verifier must be able to check (RFC 8301 section 3.2): shorter and longer keys
are refused. New RSA keys have 2048 bits; an imported one below that works and gets a finding.
"""

from __future__ import annotations

import binascii
import math
import re
from base64 import b64decode, b64encode

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.domain.finding import Finding, Severity

RSA, ED25519 = "rsa", "ed25519"
#: Bits of a new RSA key; RFC 8301 asks signers for at least that many.
NEW_BITS = 2048
_FEWEST, _MOST = 1024, 4096
_PADDING, _SHA256 = PKCS1v15(), Prehashed(hashes.SHA256())
_PEM = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----")


class DkimKey:
    """A private key. It shows itself in no ``repr`` and is never pickled; :meth:`secret` is for the vault alone."""

    __slots__ = ("_private",)

    def __init__(self, private: rsa.RSAPrivateKey | Ed25519PrivateKey) -> None:
        """Take a key of the library's.

        Raises:
            InputError: ``dkim.key-short`` or ``dkim.key-long``.
        """
        self._private = private
        if self.algorithm == RSA and self.bits < _FEWEST:
            raise InputError(
                "dkim.key-short",
                _("This RSA key has {bits} bits; receivers refuse fewer than 1024.").format(bits=self.bits),
                _("Make a new key here, it will have 2048."),
            )
        if self.bits > _MOST:
            raise InputError(
                "dkim.key-long",
                _("This RSA key has {bits} bits; many receivers check no more than 4096.").format(bits=self.bits),
                _("Make a new key here, it will have 2048."),
            )

    @classmethod
    def make(cls, algorithm: str = RSA) -> DkimKey:
        """A new key: ``"rsa"`` (2048 bits, takes up to a second) or ``"ed25519"``.

        Raises:
            InputError: ``dkim.algorithm``.
        """
        if algorithm == RSA:
            return cls(rsa.generate_private_key(65537, NEW_BITS))
        if algorithm == ED25519:
            return cls(Ed25519PrivateKey.generate())
        raise InputError(
            "dkim.algorithm",
            _("“{value}” is no kind of key that mail can be signed with.").format(value=algorithm),
            _("There are rsa, which every receiver checks, and ed25519."),
        )

    @classmethod
    def read(cls, text: Secret) -> DkimKey:
        """A key from the vault: as :meth:`secret` gives it, as PEM (PKCS#1 or PKCS#8), or the PEM's base64 alone.

        Raises:
            InputError: ``dkim.key-unreadable``, ``dkim.key-encrypted``, ``dkim.key-public``, ``dkim.key-kind``, or as
                the constructor.
        """
        value = text.reveal().strip()
        kept = value.split(":")
        try:
            if kept[0] == RSA and len(kept) == 4:
                return cls(_from_primes(*(int.from_bytes(b64decode(part)) for part in kept[1:])))
            if kept[0] == ED25519 and len(kept) == 2:
                return cls(Ed25519PrivateKey.from_private_bytes(b64decode(kept[1])))
            if "-----BEGIN" in value:
                return cls.from_pem(text)
            return cls(_supported(serialization.load_der_private_key(b64decode(value, validate=True), None)))
        except (ValueError, TypeError, ZeroDivisionError, binascii.Error, UnsupportedAlgorithm):
            raise _unreadable() from None

    @classmethod
    def from_pem(cls, text: Secret) -> DkimKey:
        """A key from the text of a PEM file, PKCS#1 or PKCS#8.

        Raises:
            InputError: as :meth:`read`.
        """
        value = text.reveal()
        kind = _PEM.search(value)
        if kind is not None and "PUBLIC KEY" in kind[1]:
            raise InputError(
                "dkim.key-public",
                _("This is the public half of a key."),
                _("Signing takes the private half, a file that says PRIVATE KEY."),
            )
        if (kind is not None and kind[1].startswith("ENCRYPTED")) or "Proc-Type: 4,ENCRYPTED" in value:
            raise InputError(
                "dkim.key-encrypted",
                _("This key is protected by a passphrase."),
                _("Take it off first: openssl pkey -in KEY.pem -out OPEN.pem. Here it is kept in the keyring."),
            )
        if kind is None or "OPENSSH" in kind[1]:
            raise _unreadable()
        try:
            return cls(_supported(serialization.load_pem_private_key(value.encode("utf-8", "replace"), None)))
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise _unreadable() from None

    @property
    def algorithm(self) -> str:
        """``"rsa"`` or ``"ed25519"``, as the record's ``k=`` has it."""
        return RSA if isinstance(self._private, rsa.RSAPrivateKey) else ED25519

    @property
    def bits(self) -> int:
        """The length of the key."""
        return self._private.key_size if isinstance(self._private, rsa.RSAPrivateKey) else 256

    @property
    def public(self) -> bytes:
        """The public half as the record's ``p=`` has it: SubjectPublicKeyInfo for RSA, 32 bare octets for Ed25519."""
        half = self._private.public_key()
        if isinstance(self._private, rsa.RSAPrivateKey):
            return half.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        return half.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)

    def secret(self) -> Secret:
        """The key for the vault, as short as can be: ``rsa:`` exponent and the two primes, ``ed25519:`` the seed.

        The Windows Credential Manager takes 2,560 octets and is given UTF-16, so 1,280 characters: PKCS#8 of RSA-2048
        does not fit (1,624 characters of base64), the primes do (356), even those of 4096 bits.
        """
        private = self._private
        if isinstance(private, rsa.RSAPrivateKey):
            numbers = private.private_numbers()
            parts = (numbers.public_numbers.e, numbers.p, numbers.q)
            return Secret(":".join((RSA, *(_base64(part) for part in parts))))
        raw = private.private_bytes(
            serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        )
        return Secret(f"{ED25519}:{b64encode(raw).decode()}")

    def sign(self, digest: bytes) -> bytes:
        """The signature over a SHA-256 digest (RFC 6376 section 3.3.1, RFC 8463 section 3); the same each time."""
        if isinstance(self._private, rsa.RSAPrivateKey):
            return self._private.sign(digest, _PADDING, _SHA256)
        return self._private.sign(digest)

    def findings(self) -> tuple[Finding, ...]:
        """What is good to know about this key."""
        if self.algorithm == ED25519:
            return (
                Finding(
                    "dkim.ed25519-alone",
                    Severity.WARNING,
                    _("Many receivers cannot check Ed25519 signatures."),
                    _("To them, the messages look unsigned."),
                    _("Use an RSA key unless you know that your receivers check Ed25519."),
                ),
            )
        if self.bits < NEW_BITS:
            return (
                Finding(
                    "dkim.key-weak",
                    Severity.WARNING,
                    _("The key that signs has {bits} bits.").format(bits=self.bits),
                    _("Some receivers trust fewer than 2048 bits less, or not at all."),
                    _("Make a new key and publish its record."),
                ),
            )
        return ()

    def __repr__(self) -> str:
        return f"DkimKey({self.algorithm}, {self.bits} bits)"

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a private key is never written down")


def _supported(private: object) -> rsa.RSAPrivateKey | Ed25519PrivateKey:
    if not isinstance(private, rsa.RSAPrivateKey | Ed25519PrivateKey):
        raise InputError(
            "dkim.key-kind",
            _("Mail is signed with RSA or Ed25519 keys; this is another kind."),
            _("Make a new key here, or import one of those."),
        )
    return private


def _from_primes(exponent: int, p: int, q: int) -> rsa.RSAPrivateKey:
    d = pow(exponent, -1, math.lcm(p - 1, q - 1))
    shortcuts = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *shortcuts, rsa.RSAPublicNumbers(exponent, p * q)).private_key()


def _base64(number: int) -> str:
    return b64encode(number.to_bytes((number.bit_length() + 7) // 8)).decode()


def _unreadable() -> InputError:
    return InputError(
        "dkim.key-unreadable",
        _("This is no private key that can be read."),
        _("It must be a PEM file of an RSA or Ed25519 key: a text that begins with “-----BEGIN PRIVATE KEY-----”."),
    )
