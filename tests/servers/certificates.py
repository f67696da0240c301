"""A certificate authority for the tests, and servers' contexts that are right or wrong in one way each."""

from __future__ import annotations

import ssl
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


class Authority:
    """One throw-away authority; ``ca_file`` is what a client must trust."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._ca = trustme.CA(organization_name="SMTPDesk tests")
        self.ca_file = folder / "ca.pem"
        self._ca.cert_pem.write_to_path(str(self.ca_file))

    def write_server_pair(self, folder: Path) -> tuple[Path, Path]:
        """Write ``chain.pem`` and ``key.pem`` for localhost into ``folder``; returns both paths."""
        issued = self._ca.issue_cert("localhost", "127.0.0.1")
        chain, key = folder / "chain.pem", folder / "key.pem"
        chain.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        issued.private_key_pem.write_to_path(str(key))
        key.chmod(0o600)
        return chain, key

    def trusted(self) -> ssl.SSLContext:
        """A server's context whose certificate is right for ``localhost`` and ``127.0.0.1``."""
        return _server(self._ca.issue_cert("localhost", "127.0.0.1"))

    def wrong_name(self) -> ssl.SSLContext:
        """Signed by the trusted authority, for another host."""
        return _server(self._ca.issue_cert("mail.elsewhere.example"))

    def expired(self) -> ssl.SSLContext:
        """Right in all but its date: it ended yesterday."""
        yesterday = datetime.now(UTC) - timedelta(days=1)
        return _server(
            self._ca.issue_cert(
                "localhost", "127.0.0.1", not_before=yesterday - timedelta(days=30), not_after=yesterday
            )
        )

    def unknown(self) -> ssl.SSLContext:
        """Right name and date, signed by an authority nobody trusts."""
        return _server(trustme.CA().issue_cert("localhost", "127.0.0.1"))

    def for_names(
        self, *names: str, not_before: datetime | None = None, not_after: datetime | None = None
    ) -> ssl.SSLContext:
        """Signed by the trusted authority, for these names and this time."""
        return _server(self._ca.issue_cert(*names, not_before=not_before, not_after=not_after))

    def too_old(self, *names: str) -> ssl.SSLContext:
        """Right in all but the protocol: it speaks TLS 1.1 and nothing newer (RFC 8996)."""
        context = _server(self._ca.issue_cert(*names))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            context.minimum_version = ssl.TLSVersion.TLSv1
            context.maximum_version = ssl.TLSVersion.TLSv1_1
        context.set_ciphers("ALL:@SECLEVEL=0")
        return context

    def self_signed(self, name: str) -> ssl.SSLContext:
        """A certificate that vouches for itself, as an installer makes it."""
        key = ec.generate_private_key(ec.SECP256R1())
        who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(who, who, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=300))
        names = x509.SubjectAlternativeName([x509.DNSName(name)])
        made = builder.add_extension(names, critical=False).sign(key, hashes.SHA256())
        file = self._folder / f"self-signed-{name}.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file.write_bytes(secret + made.public_bytes(Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context

    def client(self) -> ssl.SSLContext:
        """A client's context that trusts this authority alone."""
        return ssl.create_default_context(cafile=str(self.ca_file))


def _server(issued: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    return context
