"""What a server's certificate says, in the words that a person can compare; also where it was refused."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID, NameOID

from smtpdesk.domain.profile import Relay, Security
from smtpdesk.smtp.dial import Place
from smtpdesk.smtp.tls import fingerprint

#: Seconds for the second look at a certificate that was refused.
LOOK_TIMEOUT = 6.0
#: More certificates than any honest chain has.
_MOST = 10


@dataclass(frozen=True, slots=True)
class Certificate:
    """A server's certificate.

    Attributes:
        names: host names and addresses it is for (RFC 9525: subject alternative names; the common name where none).
        subject, issuer: in one line each, the organisation or common name.
        not_before, not_after: when it is valid, seconds since 1970.
        sha256: fingerprint, 64 hexadecimal digits.
        chain: the subjects that the server sent along, its own first.
        self_signed: nobody but itself vouches for it.
        version: of TLS, as agreed on ("TLSv1.3").
        trusted: whether it was accepted; ``seen_at`` by the clock of this computer, seconds since 1970.
    """

    names: tuple[str, ...]
    subject: str
    issuer: str
    not_before: float
    not_after: float
    sha256: str
    chain: tuple[str, ...]
    self_signed: bool
    version: str
    trusted: bool
    seen_at: float

    @property
    def expired(self) -> bool:
        """Whether its time is over, by this computer's clock."""
        return self.seen_at > self.not_after

    @property
    def too_new(self) -> bool:
        """Whether its time has not begun, by this computer's clock."""
        return self.seen_at < self.not_before

    def covers(self, host: str) -> bool:
        """Whether it is for this host (RFC 9525 section 6.3: one ``*`` as the whole first label)."""
        wanted = host.lower().rstrip(".")
        return any(_same(name.lower().rstrip("."), wanted) for name in self.names)


def _same(pattern: str, host: str) -> bool:
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:] and not host.startswith(".")
    return pattern == host


def of_connection(transport_info: Any, *, trusted: bool) -> Certificate | None:
    """The certificate of an encrypted connection.

    Args:
        transport_info: the ``ssl.SSLObject`` of the transport; None without TLS.
    """
    if transport_info is None:
        return None
    return describe(_chain(transport_info), str(transport_info.version() or ""), trusted=trusted)


def describe(chain: Sequence[bytes], version: str, *, trusted: bool) -> Certificate | None:
    """What the first of these certificates (DER) says; None where there is none or it cannot be read."""
    try:
        read = [x509.load_der_x509_certificate(one) for one in chain[:_MOST]]
    except ValueError:
        return None
    if not read:
        return None
    own = read[0]
    return Certificate(
        names=_names(own),
        subject=_short(own.subject),
        issuer=_short(own.issuer),
        not_before=own.not_valid_before_utc.timestamp(),
        not_after=own.not_valid_after_utc.timestamp(),
        sha256=fingerprint(own.public_bytes(Encoding.DER)),
        chain=tuple(_short(one.subject) for one in read),
        self_signed=own.subject == own.issuer,
        version=version,
        trusted=trusted,
        seen_at=time.time(),
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        extension = certificate.extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    except (x509.ExtensionNotFound, ValueError):
        return _attribute(certificate.subject, NameOID.COMMON_NAME)
    assert isinstance(extension, x509.SubjectAlternativeName)
    hosts = extension.get_values_for_type(x509.DNSName)
    return (*hosts, *(str(address) for address in extension.get_values_for_type(x509.IPAddress)))


def _short(name: x509.Name) -> str:
    words = (*_attribute(name, NameOID.COMMON_NAME), *_attribute(name, NameOID.ORGANIZATION_NAME))
    return ", ".join(dict.fromkeys(words)) or name.rfc4514_string()


def _attribute(name: x509.Name, oid: x509.ObjectIdentifier) -> tuple[str, ...]:
    return tuple(str(one.value) for one in name.get_attributes_for_oid(oid))


def _chain(connection: Any) -> list[bytes]:
    """What the server sent, DER; Python tells all of it from 3.13 on, and in its inner object before."""
    teller = getattr(connection, "get_unverified_chain", None)
    if teller is None:
        teller = getattr(getattr(connection, "_sslobj", None), "get_unverified_chain", None)
    if teller is not None:
        with contextlib.suppress(ssl.SSLError, ValueError):
            found = [one if isinstance(one, bytes) else _der(one) for one in teller() or ()]
            if found:
                return found
    own = connection.getpeercert(binary_form=True)
    return [own] if own else []


def _der(one: Any) -> bytes:
    return ssl.PEM_cert_to_DER_cert(one.public_bytes())


def _any_context() -> ssl.SSLContext:
    """Takes every certificate and every version: nothing is sent over it, it only looks."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with contextlib.suppress(ValueError, ssl.SSLError):
        context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    return context


async def look(relay: Relay, place: Place) -> Certificate | None:
    """Look at a certificate that was refused, over a connection of its own; no user name and no mail goes over it.

    Args:
        place: the address to ask.

    Returns:
        None where none could be seen.
    """
    try:
        async with asyncio.timeout(LOOK_TIMEOUT):
            return await _look(relay, place)
    except (OSError, EOFError, ValueError, TimeoutError):
        return None


async def _look(relay: Relay, place: Place) -> Certificate | None:
    host, port = place[1][:2]
    context, name = _any_context(), _server_name(relay.bare_host)
    if relay.security is Security.TLS:
        # An address is no name to ask for (RFC 6066 section 3); with the check off Python wants one all the same.
        _reader, writer = await asyncio.open_connection(host, port, ssl=context, server_hostname=name)
    else:
        reader, writer = await asyncio.open_connection(host, port)
        try:
            await _until_ready(reader, writer)
            await writer.start_tls(context, server_hostname=name)
        except BaseException:
            writer.transport.abort()
            raise
    try:
        return of_connection(writer.get_extra_info("ssl_object"), trusted=False)
    finally:
        writer.transport.abort()


async def _until_ready(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _reply(reader)
    for command in (b"EHLO [127.0.0.1]\r\n", b"STARTTLS\r\n"):
        writer.write(command)
        await _reply(reader)


async def _reply(reader: asyncio.StreamReader) -> None:
    while True:
        line = await reader.readuntil(b"\n")
        if not line[:1].isdigit():
            raise ValueError("no SMTP")
        if line[3:4] != b"-":
            return


def _server_name(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host
