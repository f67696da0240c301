"""A certificate authority for the tests, and servers' contexts that are right or wrong in one way each."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


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

    def client(self) -> ssl.SSLContext:
        """A client's context that trusts this authority alone."""
        return ssl.create_default_context(cafile=str(self.ca_file))


def _server(issued: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issued.configure_cert(context)
    return context
