"""What an authorization server grants."""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass

from smtpdesk.base.secret import Secret

#: Seconds that a token lives where the server does not say (RFC 6749 section 5.1 only recommends that it does).
USUAL_LIFE = 3600.0


@dataclass(frozen=True, slots=True)
class Grant:
    """Tokens, and whose they are.

    Attributes:
        access: the access token. ``lifetime``: seconds for which it is valid.
        refresh: the refresh token; None when the one that was used stays.
        account: the account's address or name, "" where the server does not say.
    """

    access: Secret
    lifetime: float
    refresh: Secret | None = None
    account: str = ""


def account_in(id_token: str) -> str:
    """The account that an ID token names; "" for one that names none or is no token.

    Its signature is not checked: it came straight from the token endpoint over TLS (OpenID Connect Core 3.1.3.7, 6),
    and the name is only shown.
    """
    parts = id_token.split(".")
    if len(parts) != 3:
        return ""
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return ""
    if not isinstance(claims, dict):
        return ""
    named = next((claims[key] for key in ("email", "preferred_username", "upn") if claims.get(key)), "")
    return named[:254] if isinstance(named, str) and named.isprintable() else ""
