"""The rules of the diagnosis about signing in, and about who may send."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from smtpdesk.base.i18n import _
from smtpdesk.desk.case import Case, Diagnosis
from smtpdesk.desk.mends import Mend, to_relay, to_sender, to_username
from smtpdesk.domain.address import AddressError, split_mailbox
from smtpdesk.domain.delivery import Blame
from smtpdesk.domain.loopback import is_loopback
from smtpdesk.domain.profile import Security
from smtpdesk.providers import UserName

_PASSWORD_METHODS = {"PLAIN", "LOGIN", "CRAM-MD5"}
_SENDER = {
    "profile.sender-not-owned",
    "profile.sender-refused",
    "profile.sender-unverified",
    "profile.microsoft-send-as",
    "profile.ses-unverified",
}


def _unprotected(case: Case) -> Diagnosis | None:
    """The password would go in the clear, or the server wants encryption first."""
    if case.failure != "auth-over-plain" and case.meaning.cause != "profile.encryption-needed":
        return None
    return case.said(_encrypted(case))


def _encrypted(case: Case) -> Mend | None:
    """The same port with STARTTLS where it is offered, else another port."""
    relay = case.profile.relay
    if relay.security is Security.NONE and case.offers_starttls():
        why = _("The server offers encryption on this port.")
        return to_relay(case.profile, replace(relay, security=Security.STARTTLS), why)
    other = case.elsewhere()
    if other is None or other.security is Security.NONE:
        return None
    return to_relay(case.profile, other, _("It is encrypted there."))


def _no_method(case: Case) -> Diagnosis | None:
    if case.failure != "no-auth-offered":
        return None
    mend = _encrypted(case)
    if mend is not None:
        advice = _("The server takes passwords only over an encrypted connection.")
        return replace(case.said(mend), advice=advice)
    methods = set(case.methods())
    if methods and not methods & _PASSWORD_METHODS:
        words = _("It offers {methods}, and no sign-in with a password.").format(methods=", ".join(sorted(methods)))
        return replace(
            case.said(evidence=words),
            advice=_(
                "Choose the sign-in with the browser (OAuth2) if your provider has it, or ask it for SMTP access."
            ),
        )
    why = _("The server offers no sign-in at all; it may know you by your internet address.")
    return case.said(to_username(case.profile, "", why))


def _user_name(case: Case) -> Diagnosis | None:
    """The password was refused: is the user name in the form that this provider wants?"""
    if case.key != "auth" or not case.reply.code:
        return None
    name, provider = case.profile.username, case.provider
    own = _own_address(case)
    if provider is not None and provider.username_fixed and name != provider.username_fixed:
        why = _("At {provider} the user name is the same for everybody.").format(provider=provider.name)
        return case.said(to_username(case.profile, provider.username_fixed, why))
    form = provider.username_form if provider is not None else UserName.GIVEN
    if form is UserName.LOCAL_PART and "@" in name:
        why = _("At {provider} the user name is what stands before the @.").format(provider=case.provider_name())
        return case.said(to_username(case.profile, name.partition("@")[0], why))
    wants_address = form is UserName.ADDRESS or own.partition("@")[0].lower() == name.lower()
    if form is not UserName.LOCAL_PART and wants_address and "@" not in name and own:
        why = _("The user name is usually the full address.")
        return case.said(to_username(case.profile, own, why))
    if case.meaning.cause == "profile.ses-credentials":
        region = case.profile.relay.host.removeprefix("email-smtp.").removesuffix(".amazonaws.com")
        words = _("This profile uses the region {region}; credentials made in another one are refused like this.")
        return case.said(evidence=words.format(region=region))
    return case.said()


def _own_address(case: Case) -> str:
    try:
        return split_mailbox(case.profile.identity.from_header)[1]
    except AddressError:
        return ""


def _sender(case: Case) -> Diagnosis | None:
    """The account may not send in this name."""
    if case.key not in {"mail", "rcpt", "message"}:
        return None
    ours = case.meaning.blame is Blame.PROFILE and case.reply.enhanced.startswith("5.7.")
    if case.meaning.cause not in _SENDER and not (ours and case.profile.username):
        return None
    if case.meaning.cause in {"profile.sign-in-needed", "profile.relay-denied"}:
        return None
    return case.said(to_sender(case.profile, _("An account may always send in its own name.")))


def _open_relay_only(case: Case) -> Diagnosis | None:
    """The server wants a sign-in and the profile has none."""
    if case.meaning.cause != "profile.sign-in-needed" or case.profile.username:
        return None
    own = _own_address(case)
    words = _("Your user name there is probably {name}; the password comes from your provider.").format(name=own)
    return case.said(evidence=words if own and not is_loopback(case.profile.relay.host) else "")


RULES: tuple[Callable[[Case], Diagnosis | None], ...] = (
    _unprotected,
    _no_method,
    _user_name,
    _sender,
    _open_relay_only,
)
