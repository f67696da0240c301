"""TLS as we insist on it: certificates verified, TLS 1.2 at least (RFC 8314, RFC 8997)."""

from __future__ import annotations

import hashlib
import hmac
import ssl
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

from smtpdesk.base import files
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.profile import Relay, Security


def context_for(relay: Relay) -> ssl.SSLContext | None:
    """A verifying client context; the relay's own authorities are trusted besides the system's. None without TLS.

    A relay with a pinned certificate is trusted by that certificate alone, whatever its name, dates and issuer.

    Connections share it as long as the file of authorities is the same: reading the system's takes 20 ms.

    Raises:
        InputError: ``profile.ca-file``: the file of extra authorities cannot be read.
    """
    if relay.security is Security.NONE and not relay.ca_file:
        return None
    if relay.pinned_sha256:
        return _pinned(relay.pinned_sha256)
    try:
        if relay.ca_file:
            files.check(Path(relay.ca_file), files.TEXT_LIMIT)
        return _context(relay.ca_file, Path(relay.ca_file).stat().st_mtime_ns if relay.ca_file else 0)
    except (OSError, ssl.SSLError, InputError) as error:
        raise InputError(
            "profile.ca-file",
            _("The file of trusted certificates cannot be read."),
            _("Choose a file with certificates in PEM form, or leave the field empty."),
            where=relay.ca_file or "",
        ) from error


@lru_cache(maxsize=8)
def _context(ca_file: str | None, _changed: int) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(Path(ca_file))
    return context


class PinMismatch(ssl.SSLError):
    """The server showed another certificate than the one that a person chose to trust."""

    def __init__(self, shown: str) -> None:
        super().__init__(1, f"the certificate has the SHA-256 {shown or 'of none'}")
        self.shown = shown


def fingerprint(certificate: bytes | None) -> str:
    """SHA-256 of a certificate in DER form, in hexadecimal; "" where there is none."""
    return hashlib.sha256(certificate).hexdigest() if certificate else ""


def normal_pin(text: str) -> str:
    """A fingerprint as people paste it (``AB:CD:…``, spaces) in the form that is kept."""
    return "".join(text.replace(":", " ").split()).lower()


@lru_cache(maxsize=8)
def _pinned(pin: str) -> ssl.SSLContext:
    """A context whose handshake ends only with this certificate: the check is a part of the handshake itself."""

    class Pinned(ssl.SSLObject):
        wanted: ClassVar[str] = normal_pin(pin)

        def do_handshake(self) -> None:
            super().do_handshake()
            shown = fingerprint(self.getpeercert(binary_form=True))
            if not hmac.compare_digest(shown, self.wanted):
                raise PinMismatch(shown)

    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # the fingerprint takes its place
    context.sslobject_class = Pinned
    return context
