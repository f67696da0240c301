"""TLS as we insist on it: certificates verified, TLS 1.2 at least (RFC 8314, RFC 8997)."""

from __future__ import annotations

import ssl
from pathlib import Path

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.profile import Relay


def context_for(relay: Relay) -> ssl.SSLContext:
    """A verifying client context; the relay's own authorities are trusted besides the system's.

    Raises:
        InputError: ``profile.ca-file``: the file of extra authorities cannot be read.
    """
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if relay.ca_file:
        try:
            context.load_verify_locations(Path(relay.ca_file))
        except (OSError, ssl.SSLError) as error:
            raise InputError(
                "profile.ca-file",
                _("The file of trusted certificates cannot be read."),
                _("Choose a file with certificates in PEM form, or leave the field empty."),
                where=relay.ca_file,
            ) from error
    return context


def is_loopback(host: str) -> bool:
    """True when a connection to ``host`` never leaves this computer."""
    return host == "localhost" or host.startswith("127.") or host in {"::1", "[::1]"}
