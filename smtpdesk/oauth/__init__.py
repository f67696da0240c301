"""Signing in on the provider's own page (OAuth2): the only package that speaks to an authorization server."""

from smtpdesk.oauth.clients import find_client, keep_client, variable_names
from smtpdesk.oauth.errors import no_client, not_signed_in
from smtpdesk.oauth.flow import DeviceCode, sign_in_by_code, sign_in_in_browser, sign_out
from smtpdesk.oauth.grant import Grant
from smtpdesk.oauth.guarded import GuardedTokens
from smtpdesk.oauth.source import TokenSource

__all__ = [
    "DeviceCode",
    "Grant",
    "GuardedTokens",
    "TokenSource",
    "find_client",
    "keep_client",
    "no_client",
    "not_signed_in",
    "sign_in_by_code",
    "sign_in_in_browser",
    "sign_out",
    "variable_names",
]
