"""Signing in with OAuth2: what is known of a provider's authorization server, who we are there, and access tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from smtpdesk.base.errors import DeskError
from smtpdesk.base.secret import Secret


@dataclass(frozen=True, slots=True)
class OAuthServer:
    """A provider's authorization server (RFC 6749). All addresses are https; an optional one is "" where there is none.

    Attributes:
        service: whose clients are known there (``google``, ``microsoft``): several presets may share one.
        title: what people call it.
        authorization_url, token_url: RFC 6749 sections 3.1 and 3.2.
        device_url: RFC 8628 section 3.1. ``revocation_url``: RFC 7009.
        scopes: what is asked for.
        parameters: further ones of the authorization request, as (name, value).
        redirect_host: the host in the loopback redirect (RFC 8252 section 7.3); Microsoft lets only ``localhost``
            be registered on its page. We listen on 127.0.0.1 for both.
        client_secret: True where a desktop client has a secret besides its id, although it is none (RFC 8252 8.5).
        register_url: the page on which a client is registered. ``source``: where these facts are from.
    """

    service: str
    title: str
    authorization_url: str
    token_url: str
    device_url: str = ""
    revocation_url: str = ""
    scopes: tuple[str, ...] = ()
    parameters: tuple[tuple[str, str], ...] = ()
    redirect_host: str = "127.0.0.1"
    client_secret: bool = False
    register_url: str = ""
    source: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """Who this program is at an authorization server."""

    id: str
    secret: Secret | None = None


class TokenError(DeskError):
    """There is no access token. ``failure`` is the id by which ``smtpdesk.smtp.replies`` explains it."""

    def __init__(self, code: str, sentence: str, hint: str = "", *, failure: str, detail: str = "") -> None:
        super().__init__(code, sentence, hint)
        self.failure = failure
        #: What the authorization server said; never a token.
        self.detail = detail


class Tokens(Protocol):
    """Gives access tokens for as long as the person's consent lasts."""

    async def token(self, host: str, refused: Secret | None = None) -> Secret:
        """A token that is valid now, to be given to ``host`` and nobody else.

        Args:
            host: the mail server that is to have it.
            refused: one that a server did not take although it should still be valid: another one is wanted.

        Raises:
            TokenError: there is none, or none for this host.
        """
        ...
