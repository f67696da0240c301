"""A self-signed certificate for the sandbox, made once and kept in its folder."""

from __future__ import annotations

import ipaddress
import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from filelock import FileLock

#: What a profile names as its certificate file to trust this sandbox.
CERTIFICATE_FILE = "certificate.pem"
_KEY_FILE = "certificate.key"
#: Apple's and the browsers' limit for a certificate that is not a root.
_LIFE = timedelta(days=397)


def server_context(folder: Path, host: str = "127.0.0.1") -> ssl.SSLContext:
    """A TLS context with the folder's certificate, for ``localhost``, the loopback addresses and ``host``.

    It is made when there is none, when it is nearly out of date, or when it does not name ``host``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(str(folder / "certificate.lock"), timeout=30):
        if not _serves(folder / CERTIFICATE_FILE, folder / _KEY_FILE, host):
            _make(folder, host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / CERTIFICATE_FILE, folder / _KEY_FILE)
    return context


def _serves(certificate: Path, key: Path, host: str) -> bool:
    if not certificate.exists() or not key.exists():
        return False
    kept = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = kept.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return kept.not_valid_after_utc > datetime.now(UTC) + timedelta(days=7) and _name(host) in list(names)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _make(folder: Path, host: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "SMTPDesk sandbox")])
    names = list(dict.fromkeys(map(_name, ("localhost", "127.0.0.1", "::1", host))))
    now = datetime.now(UTC)
    own_key = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    usage = dict.fromkeys(
        (
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _LIFE)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        # Its own authority: a client that is told to trust this file needs no other.
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, key_cert_sign=True, **usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(own_key, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own_key), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(folder / _KEY_FILE, secret, 0o600)
    _write(folder / CERTIFICATE_FILE, certificate.public_bytes(serialization.Encoding.PEM), 0o644)


def _write(path: Path, content: bytes, mode: int) -> None:
    half = path.with_name(f".{path.name}.tmp")
    half.unlink(missing_ok=True)
    with os.fdopen(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
    half.replace(path)
