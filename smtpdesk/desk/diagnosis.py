"""Why a test failed, in words, and the one mend that may help. Pure: profile and steps in, diagnosis out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from smtpdesk.base.i18n import _
from smtpdesk.desk import diagnosis_sign_in as sign_in
from smtpdesk.desk import diagnosis_tls as tls
from smtpdesk.desk.case import Case, Diagnosis
from smtpdesk.desk.mends import Mend, to_host, to_relay
from smtpdesk.domain.profile import Profile, Relay, Security
from smtpdesk.providers import Provider
from smtpdesk.smtp.probe import ProbeStep

__all__ = ["Diagnosis", "Mend", "diagnose"]

Rule = Callable[[Case], Diagnosis | None]
#: Ports of other languages than SMTP (IANA service names).
_READING = {110, 143, 993, 995}
_WEB = {80, 443, 8080, 8443}


def diagnose(profile: Profile, provider: Provider | None, steps: Sequence[ProbeStep]) -> Diagnosis | None:
    """What stopped a test; None when nothing did.

    Args:
        profile: that was tested.
        provider: the preset it was made from, or whose server it names; None when none is known.
        steps: of the test, in order.
    """
    broken = next((step for step in steps if step.state == "failed"), None)
    if broken is None or broken.meaning is None:
        return None
    case = Case(profile, provider, broken, broken.meaning, {step.step: step for step in steps})
    for rule in _RULES:
        found = rule(case)
        if found is not None:
            return found
    return case.said()


# --- finding and reaching the server ---------------------------------------------------------------------------
def _name(case: Case) -> Diagnosis | None:
    if case.failure != "dns":
        return None
    host = case.provider_host()
    if host:
        why = _("{provider} names this server.").format(provider=case.provider_name())
        return case.said(mend=to_host(case.profile, host, why))
    return case.said()


def _reach(case: Case) -> Diagnosis | None:
    if case.key != "connect" or case.failure not in {"refused", "timeout", "unreachable"}:
        return None
    port, other = case.profile.relay.port, case.elsewhere()
    if case.failure == "timeout" and port == 25 and other is not None:
        return replace(
            case.said(mend=to_relay(case.profile, other, _("This port answers from here."))),
            cause="network.port-25-blocked",
            title=_("Port 25 is blocked between here and the server"),
            explanation=_(
                "The server answers on port {port}, but not on 25. Most internet providers block port 25 to keep "
                "infected computers from sending."
            ).format(port=other.port),
            advice=_("Use port {port}. It is made for sending, and is not blocked.").format(port=other.port),
        )
    if other is not None:
        words = _("Port {port} of this server answers.").format(port=other.port)
        return replace(case.said(mend=to_relay(case.profile, other, words)), advice=words)
    if port in _READING:
        return _reading(case)
    host = case.provider_host()
    if host:
        why = _("{provider} names this server.").format(provider=case.provider_name())
        return case.said(mend=to_host(case.profile, host, why))
    return case.said()


def _language(case: Case) -> Diagnosis | None:
    """Something answers, but not SMTP; or it waits for us to speak first, as a web server does."""
    silent = case.key == "greeting" and case.failure == "timeout"
    port = case.profile.relay.port
    if case.failure in {"imap", "pop3"} or (silent and port in _READING):
        return _reading(case)
    if case.failure in {"http", "not-smtp"} or (silent and port in _WEB):
        other = case.elsewhere()
        why = _("A mail server answers there.")
        return case.said(mend=to_relay(case.profile, other, why) if other else None)
    return None


def _reading(case: Case) -> Diagnosis:
    other = case.elsewhere() or case.provider_relay()
    if other is None:
        first, dot, rest = case.profile.relay.bare_host.partition(".")
        if dot and first.lower() in {"imap", "pop", "pop3"}:
            other = Relay(f"smtp.{rest}", 465, Security.TLS)
    why = _("This is where mail is sent.")
    said = case.said(mend=to_relay(case.profile, other, why) if other else None)
    return case.as_meaning(said, "profile.mail-reading-port")


# --- port and encryption -----------------------------------------------------------------------------------------
def _mismatch(case: Case) -> Diagnosis | None:
    if case.failure != "tls-mismatch":
        return None
    relay = case.profile.relay
    other = case.elsewhere(same_port=True) or case.elsewhere()
    if other is None:
        fits = {465: Security.TLS, 587: Security.STARTTLS, 25: Security.STARTTLS, 2525: Security.STARTTLS}
        wanted = Security.STARTTLS if relay.security is Security.TLS else Security.TLS
        if fits.get(relay.port, wanted) is not wanted:
            return case.said()
        other = replace(relay, security=wanted)
    if relay.security is Security.TLS:
        words = _("This port begins in the clear; it is not encrypted from the first byte.")
    else:
        words = _("This port is encrypted from the first byte; the profile waited for words in the clear.")
    return case.said(mend=to_relay(case.profile, other, words), evidence=words)


def _no_starttls(case: Case) -> Diagnosis | None:
    if case.failure != "no-starttls":
        return None
    other = case.elsewhere()
    why = _("It is encrypted there from the first byte, where nobody on the way can take it out.")
    said = case.said(mend=to_relay(case.profile, other, why) if other is not None else None)
    masked = [one.keyword for one in case.extensions() if set(one.keyword) <= {"X", "A"} and len(one.keyword) >= 6]
    if masked:
        return replace(
            said,
            cause="network.starttls-stripped",
            title=_("Something on the way takes the encryption out"),
            explanation=_(
                "Where the server says that it can encrypt, a firewall has written “{word}”. It wants to read along. "
                "We stopped before sending the password."
            ).format(word=masked[0]),
            advice=_("Use TLS with port 465, or ask whoever runs the network to switch SMTP inspection off."),
        )
    return replace(
        said,
        explanation=said.explanation
        + " "
        + _("Either this is not the port for sending, or a firewall or virus scanner takes the offer out."),
    )


def _injected(case: Case) -> Diagnosis | None:
    if case.failure != "injected":
        return None
    other = case.elsewhere(security=Security.TLS)
    why = _("It is encrypted there from the first byte.")
    return case.said(mend=to_relay(case.profile, other, why) if other is not None else None)


_RULES: tuple[Rule, ...] = (
    _name,
    _reach,
    _language,
    _mismatch,
    _no_starttls,
    _injected,
    *tls.RULES,
    *sign_in.RULES,
)
