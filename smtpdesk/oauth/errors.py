"""What can go wrong on the way to a token, each with its sentence."""

from __future__ import annotations

from smtpdesk.base.errors import Cancelled, DeskError, InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.oauth import OAuthServer, TokenError

#: RFC 6749 section 5.2 and OpenID Connect Core 3.1.2.6: only the person can mend it, by signing in again.
WITHDRAWN = {"invalid_grant", "interaction_required", "login_required", "consent_required"}
#: The client id or its secret is wrong, or not allowed to do this.
CLIENT = {"invalid_client", "unauthorized_client", "unsupported_grant_type", "invalid_scope"}
#: RFC 6749 section 4.1.2.1; passes by itself.
PASSING = {"server_error", "temporarily_unavailable"}
#: RFC 6749 section 4.1.2.1 and RFC 8628 section 3.5: the person, or a rule of the organisation, said no.
DENIED = {"access_denied", "authorization_declined"}


def withdrawn(detail: str = "") -> TokenError:
    """The refresh token is not taken any more."""
    return TokenError(
        "profile.consent-withdrawn",
        _("The provider does not let SMTPDesk send in this account's name any more."),
        _("The consent was withdrawn or has expired. Sign in again in the profile."),
        failure="consent-withdrawn",
        detail=detail,
    )


def not_signed_in(profile: str) -> TokenError:
    """There is no refresh token."""
    return TokenError(
        "profile.not-signed-in",
        _("Nobody is signed in for the profile “{name}”.").format(name=profile),
        _("Sign in once: in the profile, or with smtpdesk profile sign-in."),
        failure="not-signed-in",
    )


def not_taken() -> TokenError:
    """The authorization server gives tokens, and the mail server takes none of them."""
    return TokenError(
        "profile.token-refused",
        _("The mail server does not accept this sign-in."),
        _("Compare the user name with the account that signed in, and sign in again."),
        failure="token-refused",
    )


def foreign_host(server: OAuthServer, host: str) -> TokenError:
    """The mail server is none of the provider's: whoever wrote the profile would have the account."""
    return TokenError(
        "profile.token-host",
        _("{host} is not a mail server of {provider}, so it does not get its sign-in.").format(
            host=host, provider=server.title
        ),
        _("Choose the provider's own server in the profile, or sign in with a password."),
        failure="token-host",
        detail=f"{host} is no server of {server.title}",
    )


def client_refused(server: OAuthServer, detail: str) -> TokenError:
    """The authorization server does not know our client, or not like this."""
    return TokenError(
        "oauth.client",
        _("{provider} does not accept this client ID: {words}").format(provider=server.title, words=detail),
        _("Compare client ID and secret with the provider's page. The help topic “Signing in with OAuth2” shows how."),
        failure="token-client",
        detail=detail,
    )


def unreachable(server: OAuthServer, detail: str) -> TokenError:
    """The authorization server gives no answer, or none that is of use now."""
    return TokenError(
        "oauth.unreachable",
        _("{provider} cannot be asked for a sign-in just now: {words}").format(provider=server.title, words=detail),
        _("Check your internet connection and try again."),
        failure="token-unreachable",
        detail=detail,
    )


def refused(server: OAuthServer, detail: str) -> TokenError:
    """Any other refusal."""
    return TokenError(
        "oauth.refused",
        _("{provider} refused the sign-in: {words}").format(provider=server.title, words=detail),
        _("Try again. If it stays, compare the client ID with the provider's page, or ask your administrator."),
        failure="token-client",
        detail=detail,
    )


def said_no(server: OAuthServer, error: str, detail: str) -> TokenError:
    """The error for an answer of the token endpoint, by its code."""
    if error in WITHDRAWN:
        return withdrawn(detail)
    if error in CLIENT:
        return client_refused(server, detail)
    return unreachable(server, detail) if error in PASSING else refused(server, detail)


def denied(server: OAuthServer) -> DeskError:
    """The person said no on the provider's page."""
    return DeskError(
        "oauth.denied",
        _("The sign-in was declined at {provider}. Nothing was changed.").format(provider=server.title),
        _("Sign in again and allow it, or ask your administrator when your organisation does not."),
    )


def late(server: OAuthServer) -> DeskError:
    """Nobody signed in in time."""
    return DeskError(
        "oauth.timeout",
        _("Nobody signed in at {provider} in time. Nothing was changed.").format(provider=server.title),
        _("Try again; the page stays open for a few minutes."),
    )


def cancelled() -> Cancelled:
    """The person gave it up here."""
    return Cancelled("oauth.cancelled", _("The sign-in was cancelled. Nothing was changed."))


def no_refresh(server: OAuthServer) -> DeskError:
    """Only a token for an hour came: nothing to send a campaign with."""
    return DeskError(
        "oauth.no-refresh",
        _("{provider} gave a sign-in for an hour only.").format(provider=server.title),
        _("Remove SMTPDesk's access on the provider's security page, then sign in again."),
    )


def no_browser() -> DeskError:
    """No browser could be opened."""
    return DeskError(
        "oauth.browser",
        _("No browser could be opened on this computer."),
        _("Sign in with a code instead: smtpdesk profile sign-in NAME --device."),
    )


def no_device(server: OAuthServer) -> InputError:
    """This provider has no sign-in with a code."""
    return InputError(
        "oauth.no-device",
        _("{provider} has no sign-in with a code for mail.").format(provider=server.title),
        _("Sign in on a computer with a browser. SMTPDESK_OAUTH_PORT fixes the port for an ssh tunnel."),
    )


def port_taken(port: int) -> DeskError:
    """The port that the browser is to come back to is in use."""
    return DeskError(
        "oauth.port",
        _("Port {port} of this computer is taken; the browser could not come back to us.").format(port=port),
        _("Set SMTPDESK_OAUTH_PORT to another port, or take the variable away: then a free one is found."),
    )


def no_client(server: OAuthServer, variable: str) -> InputError:
    """SMTPDesk is not known to the provider: nobody has entered a client ID."""
    return InputError(
        "oauth.no-client",
        _("SMTPDesk has no client ID for {provider} yet.").format(provider=server.title),
        _(
            "Make one on the provider's page (the help topic “Signing in with OAuth2” shows how, in five minutes), "
            "then enter it in the profile, with --client-id, or as {variable}."
        ).format(variable=variable),
    )
