"""Signing in to a mail server with an access token: OAUTHBEARER (RFC 7628), or XOAUTH2, which Google began with."""

from __future__ import annotations

import base64
import binascii
import json

import aiosmtplib

from smtpdesk.base.secret import Secret
from smtpdesk.domain.delivery import Stage
from smtpdesk.domain.oauth import Tokens
from smtpdesk.domain.profile import Profile
from smtpdesk.smtp.client import RecordingClient
from smtpdesk.smtp.failures import Failure, StageFailed, failed, outcome_of, refused
from smtpdesk.smtp.parser import make_reply, printable
from smtpdesk.smtp.replies import explain_failure

#: The standard first; both say the same.
MECHANISMS = ("oauthbearer", "xoauth2")
#: What an explanation by password words means when no password was sent.
_BY_PASSWORD = {"profile.password", "profile.gmail-app-password", "profile.microsoft-password"}


class Refused(Exception):
    """The server did not take the token. ``challenge``: why, as RFC 7628 section 3.2.2 lets it say; may be empty."""

    def __init__(self, error: aiosmtplib.SMTPAuthenticationError, challenge: str) -> None:
        super().__init__(challenge)
        self.code = error.code
        self.text = str(error.message)
        self.challenge = challenge


def initial_response(mechanism: str, profile: Profile, token: str) -> bytes:
    """The only thing that the client says (RFC 7628 section 3.1); not yet in base64."""
    if mechanism == "xoauth2":
        return f"user={profile.username}\x01auth=Bearer {token}\x01\x01".encode()
    # RFC 5801 section 4: "," and "=" are written as =2C and =3D in the name of who is acted for.
    name = profile.username.replace("=", "=3D").replace(",", "=2C")
    relay = profile.relay
    return f"n,a={name},\x01host={relay.host}\x01port={relay.port}\x01auth=Bearer {token}\x01\x01".encode()


async def sign_in(client: RecordingClient, profile: Profile, tokens: Tokens | Secret) -> str:
    """Sign in with a token and return the method. One that the server does not take is replaced once by a newer one.

    Raises:
        StageFailed: no such method, or the server refused. TokenError: there is no token.
        aiosmtplib.SMTPException, OSError: the connection failed.
    """
    mechanism = next((name for name in MECHANISMS if name in client.server_auth_methods), "")
    if not mechanism:
        offered = ", ".join(client.server_auth_methods) or "none"
        raise failed(Stage.AUTH, Failure("no-token-sign-in", f"sign-in methods offered: {offered}"))
    host = profile.relay.bare_host
    token = tokens if isinstance(tokens, Secret) else await tokens.token(host)
    try:
        await _attempt(client, profile, mechanism, token)
    except Refused as first:
        if isinstance(tokens, Secret) or first.code < 500:
            raise _explained(client, profile, first) from None
        newer = await tokens.token(host, refused=token)
        if not client.is_connected:  # some close after a refusal: the next connection has the newer token
            raise failed(Stage.AUTH, Failure("disconnected", "closed after the token was refused")) from None
        client.transcript.noticed("the token was refused; trying once more with a new one")
        try:
            await _attempt(client, profile, mechanism, newer)
        except Refused as again:
            raise _explained(client, profile, again) from None
    return mechanism


async def _attempt(client: RecordingClient, profile: Profile, mechanism: str, token: Secret) -> None:
    """One AUTH command. After a challenge of an error the client owes a word, and then hears the reply that counts."""
    response = initial_response(mechanism, profile, token.reveal())
    encoded = base64.b64encode(response)
    client.transcript.hide(token.reveal(), encoded.decode())
    reply = await client.execute_command(b"AUTH", mechanism.upper().encode(), encoded)
    challenge = ""
    if reply.code == 334:
        challenge = _challenge(reply.message)
        client.transcript.noticed(f"the server says of the token: {challenge or 'nothing'}")
        # RFC 7628 section 3.2.3: a single ^A; Google's XOAUTH2 has an empty line.
        reply = await client.execute_command(b"AQ==" if mechanism == "oauthbearer" else b"")
    if reply.code != 235:
        raise Refused(aiosmtplib.SMTPAuthenticationError(reply.code, reply.message), challenge)


def _challenge(text: str) -> str:
    """``{"status": "401", "scope": …}`` as ``status 401, scope …``; "" when it is nothing of the kind."""
    try:
        said = json.loads(base64.b64decode(text.strip(), validate=True))
    except (ValueError, binascii.Error):
        return ""
    if not isinstance(said, dict):
        return ""
    known = [(name, said.get(name)) for name in ("status", "schemes", "scope")]
    return printable(", ".join(f"{name} {value}" for name, value in known if isinstance(value, (str, int)) and value))


def _explained(client: RecordingClient, profile: Profile, refusal: Refused) -> StageFailed:
    """The server's own wording decides; where it speaks of a password there was none, and the token is meant."""
    text = client.transcript.masked(refusal.text)
    found = refused(Stage.AUTH, refusal.code, text, profile.provider)
    if refusal.code < 500 or found.meaning.cause not in _BY_PASSWORD:
        return found
    meaning = explain_failure(Stage.AUTH, "token-refused", refusal.challenge)
    reply = make_reply(refusal.code, f"{text} ({refusal.challenge})" if refusal.challenge else text)
    return StageFailed(Stage.AUTH, outcome_of(Stage.AUTH, reply, meaning), meaning)
