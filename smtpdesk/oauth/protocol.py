"""What is said to an authorization server and what its answers mean: oauthlib forms and reads, `base.https` carries."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from oauthlib.oauth2 import DeviceClient, OAuth2Error, WebApplicationClient

from smtpdesk.base.https import Answer, Unreachable, post
from smtpdesk.base.secret import Secret
from smtpdesk.domain.oauth import OAuthClient, OAuthServer
from smtpdesk.oauth import errors
from smtpdesk.oauth.grant import USUAL_LIFE, Grant, account_in

#: Octets of randomness in a state; a code verifier has the 43 to 128 characters of RFC 7636 section 4.1.
_STATE, _VERIFIER = 32, 64
#: No sentence of a server is longer than this on screen.
_WORDS = 300


class Again(Exception):
    """RFC 8628 section 3.5: nobody has signed in yet; ``slower`` when we asked too often."""

    def __init__(self, *, slower: bool) -> None:
        super().__init__("slow_down" if slower else "authorization_pending")
        self.slower = slower


class CodeExpired(Exception):
    """RFC 8628 section 3.5: the code has run out."""


@dataclass(frozen=True, slots=True)
class Request:
    """A sign-in that was begun in a browser. ``url`` is what to open; state and verifier are this attempt's own."""

    url: str
    redirect: str
    state: Secret
    verifier: Secret


@dataclass(frozen=True, slots=True)
class Device:
    """RFC 8628 section 3.2: what to show, what to ask with, how often (seconds) and for how long."""

    user_code: str
    verification_uri: str
    complete_uri: str
    device_code: Secret
    interval: float
    lifetime: float


def authorization_request(server: OAuthServer, client: OAuthClient, redirect: str, login: str) -> Request:
    """Begin a sign-in in a browser (RFC 6749 section 4.1.1) with PKCE S256 (RFC 7636).

    Args:
        redirect: where the browser is sent afterwards.
        login: the account that the person means, if known; saves typing it once more.
    """
    formed = WebApplicationClient(client.id)
    state, verifier = secrets.token_urlsafe(_STATE), formed.create_code_verifier(_VERIFIER)
    further = dict(server.parameters) | ({"login_hint": login} if login else {})
    url = formed.prepare_request_uri(
        server.authorization_url,
        redirect_uri=redirect,
        scope=list(server.scopes),
        state=state,
        code_challenge=formed.create_code_challenge(verifier, "S256"),
        code_challenge_method="S256",
        **further,
    )
    return Request(url, redirect, Secret(state), Secret(verifier))


def is_ours(request: Request, query: str) -> bool:
    """Whether what a browser brings back belongs to this request: its state is the one that we made up."""
    states = parse_qs(query).get("state", [])
    return len(states) == 1 and secrets.compare_digest(states[0].encode(), request.state.reveal().encode())


def code_in(server: OAuthServer, request: Request, query: str) -> Secret:
    """The authorization code that the browser brought (RFC 6749 section 4.1.2).

    Raises:
        DeskError: the person or the server said no.
    """
    formed = WebApplicationClient("")
    try:
        # oauthlib insists on https here; a loopback redirect is plain http (RFC 8252 section 7.3).
        found = formed.parse_request_uri_response(f"https://127.0.0.1/?{query}", state=request.state.reveal())
    except OAuth2Error as error:
        if error.error in errors.DENIED:
            raise errors.denied(server) from None
        raise errors.said_no(server, str(error.error), _words(error.error, error.description)) from None
    return Secret(found["code"])


async def redeem(server: OAuthServer, client: OAuthClient, request: Request, code: Secret) -> Grant:
    """Exchange the code for tokens (RFC 6749 section 4.1.3).

    Raises:
        TokenError: refused, or no answer.
    """
    body = WebApplicationClient(client.id).prepare_request_body(
        code=code.reveal(),
        redirect_uri=request.redirect,
        code_verifier=request.verifier.reveal(),
        **_secret(client),
    )
    return _grant(server, await _post(server, server.token_url, body), hidden=(code, request.verifier))


async def refresh(server: OAuthServer, client: OAuthClient, token: Secret) -> Grant:
    """A new access token (RFC 6749 section 6), and a new refresh token where the server changes it.

    Raises:
        TokenError: ``profile.consent-withdrawn``, or no answer.
    """
    formed = WebApplicationClient(client.id)
    body = formed.prepare_refresh_body(refresh_token=token.reveal(), client_id=client.id, **_secret(client))
    return _grant(server, await _post(server, server.token_url, body), hidden=(token,))


async def device(server: OAuthServer, client: OAuthClient) -> Device:
    """Ask for a code to show (RFC 8628 section 3.1).

    Raises:
        TokenError: refused, or no answer.
    """
    body = urlencode({"client_id": client.id, "scope": " ".join(server.scopes), **_secret(client)})
    answer = await _post(server, server.device_url, body)
    said = _object(answer)
    if answer.status != 200 or not said.get("device_code"):
        raise errors.said_no(
            server, str(said.get("error", "")), _words(said.get("error"), said.get("error_description"))
        )
    uri = str(said.get("verification_uri") or said.get("verification_url") or "")
    return Device(
        str(said.get("user_code", "")),
        uri,
        str(said.get("verification_uri_complete") or uri),
        Secret(str(said["device_code"])),
        _number(said.get("interval"), 5.0),
        _number(said.get("expires_in"), 900.0),
    )


async def device_grant(server: OAuthServer, client: OAuthClient, shown: Device) -> Grant:
    """Ask once whether the person has signed in with the code (RFC 8628 section 3.4).

    Raises:
        Again: not yet. CodeExpired. DeskError: declined. TokenError: refused, or no answer.
    """
    formed = DeviceClient(client.id)
    body = formed.prepare_request_body(shown.device_code.reveal(), include_client_id=True, **_secret(client))
    answer = await _post(server, server.token_url, body)
    error = str(_object(answer).get("error", ""))
    if error in {"authorization_pending", "slow_down"}:
        raise Again(slower=error == "slow_down")
    if error == "expired_token":
        raise CodeExpired
    if error in errors.DENIED:
        raise errors.denied(server)
    return _grant(server, answer, hidden=(shown.device_code,))


async def revoke(server: OAuthServer, client: OAuthClient, token: Secret) -> None:
    """Tell the server that the refresh token is not needed any more (RFC 7009).

    Raises:
        TokenError: refused, or no answer.
    """
    _url, _headers, body = WebApplicationClient(client.id).prepare_token_revocation_request(
        server.revocation_url, token.reveal(), "refresh_token", client_id=client.id, **_secret(client)
    )
    answer = await _post(server, server.revocation_url, body)
    said = _object(answer)
    if answer.status >= 400 and said.get("error") not in errors.WITHDRAWN | {"invalid_token"}:
        raise errors.said_no(server, str(said.get("error", "")), _words(said.get("error"), f"status {answer.status}"))


async def _post(server: OAuthServer, url: str, body: str) -> Answer:
    try:
        answer = await post(url, body)
    except Unreachable as error:
        host = urlsplit(url).hostname or url
        raise errors.unreachable(server, f"{host}: {error}") from None
    if answer.status == 429 or answer.status >= 500:
        raise errors.unreachable(server, f"HTTP {answer.status}")
    return answer


def _grant(server: OAuthServer, answer: Answer, hidden: tuple[Secret, ...]) -> Grant:
    """The tokens in an answer of the token endpoint (RFC 6749 section 5).

    ``hidden`` is what we sent: a server that repeats it in its words must not bring it on screen.
    """
    try:
        found = WebApplicationClient("").parse_request_body_response(answer.text)
    except OAuth2Error as error:
        words = _words(error.error, error.description)
        for one in hidden:
            words = words.replace(one.reveal(), "********")
        raise errors.said_no(server, str(error.error), words) from None
    except (ValueError, TypeError):
        raise errors.unreachable(server, f"HTTP {answer.status}, not understood") from None
    refreshed = found.get("refresh_token")
    return Grant(
        access=Secret(str(found["access_token"])),
        lifetime=_number(found.get("expires_in"), USUAL_LIFE),
        refresh=Secret(str(refreshed)) if refreshed else None,
        account=account_in(str(found.get("id_token", ""))),
    )


def _secret(client: OAuthClient) -> dict[str, Any]:
    return {"client_secret": client.secret.reveal()} if client.secret else {}


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = json.loads(answer.text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _words(error: object, description: object) -> str:
    """What a server says of a refusal, on one line."""
    said = " ".join(f"{description or ''}".split())[:_WORDS]
    return f"{error}: {said}" if said and error else said or f"{error or 'no reason given'}"


def _number(value: object, usual: float) -> float:
    try:
        return max(0.0, float(str(value)))
    except ValueError:
        return usual
