"""TLS as we insist on it: certificates verified, TLS 1.2 at least (RFC 8314, RFC 8997)."""

from __future__ import annotations

import ssl
from functools import lru_cache
from pathlib import Path

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.profile import Relay, Security


def context_for(relay: Relay) -> ssl.SSLContext | None:
    """A verifying client context; the relay's own authorities are trusted besides the system's. None without TLS.

    Connections share it as long as the file of authorities is the same: reading the system's takes 20 ms.

    Raises:
        InputError: ``profile.ca-file``: the file of extra authorities cannot be read.
    """
    if relay.security is Security.NONE and not relay.ca_file:
        return None
    try:
        return _context(relay.ca_file, Path(relay.ca_file).stat().st_mtime_ns if relay.ca_file else 0)
    except (OSError, ssl.SSLError) as error:
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


def is_loopback(host: str) -> bool:
    """True when a connection to ``host`` never leaves this computer."""
    return host == "localhost" or host.startswith("127.") or host in {"::1", "[::1]"}
