"""The rules of the diagnosis about certificates and versions of TLS."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache

from smtpdesk.base.i18n import _
from smtpdesk.desk.case import Case, Diagnosis
from smtpdesk.desk.mends import to_host, to_pin, to_relay
from smtpdesk.providers import providers
from smtpdesk.smtp.certificate import Certificate

_DAY = 86400.0
#: Exim, Sendmail and Exchange greet with their clock's time (RFC 5322 section 3.3).
_DATE = re.compile(r"(?:[A-Z][a-z]{2}, )?\d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:[+-]\d{4}|GMT|UT)")


def _other_name(case: Case) -> Diagnosis | None:
    """Shared hosting: the server is known by its owner's name, not by the customer's domain."""
    if case.failure != "tls-name":
        return None
    certificate = case.certificate()
    if certificate is None or not certificate.names:
        return case.said()
    names = ", ".join(certificate.names[:4])
    host = _name_to_use(case.profile.relay.bare_host, certificate)
    explanation = _("The certificate is for {names}; this profile says {host}. We stopped before sending the password.")
    said = replace(
        case.said(),
        explanation=explanation.format(names=names, host=case.profile.relay.host),
        advice=_("If {name} is your provider, use that name: many web hosts are known by their own.").format(
            name=host or names
        ),
    )
    if not host:
        return said
    why = _("Only if you know that this name belongs to your provider.")
    return replace(said, mend=to_host(case.profile, host, why, risky=True))


def _name_to_use(host: str, certificate: Certificate) -> str:
    """A name of the certificate that can be a host; with ``*.web.example`` the first label of ours stays."""
    names = [name for name in certificate.names if not name.replace(".", "").isdigit() and ":" not in name]
    plain = [name for name in names if not name.startswith("*.")]
    mail = [name for name in plain if name.split(".")[0] in {"mail", "smtp", "mx"}]
    if mail or plain:
        return (mail or plain)[0]
    return host.partition(".")[0] + names[0][1:] if names else ""


def _untrusted(case: Case) -> Diagnosis | None:
    if case.failure not in {"tls-untrusted", "tls-pin"}:
        return None
    certificate = case.certificate()
    if certificate is None:
        return case.said()
    shown = _("SHA-256 of the certificate: {fingerprint}").format(fingerprint=spelled(certificate.sha256))
    if case.failure == "tls-pin":
        why = _("Only if whoever runs the server names the same fingerprint.")
        mend = to_pin(case.profile, certificate.sha256, why, _("Trust the new certificate"))
        return case.said(mend, shown)
    who = (
        _("The server vouches for itself (self-signed). It names {names}, valid until {day}.")
        if certificate.self_signed
        else _("It was issued by “{issuer}”, whom this computer does not know. It names {names}, valid until {day}.")
    )
    facts = who.format(
        issuer=certificate.issuer, names=", ".join(certificate.names[:3]), day=day_words(certificate.not_after)
    )
    why = _("Only if the fingerprint is that of your own server: then this certificate is trusted, and no other.")
    said = case.said(to_pin(case.profile, certificate.sha256, why), shown)
    return replace(
        said,
        cause="profile.certificate-self-signed" if certificate.self_signed else said.cause,
        explanation=facts + " " + _("We stopped before sending the password."),
        advice=_("If it is your own server or your company's, trust this certificate. Otherwise do not go on."),
    )


def spelled(sha256: str) -> str:
    """A fingerprint in pairs, as ``openssl x509 -fingerprint`` shows it; a blank after eight lets the line break."""
    pairs = [sha256[at : at + 2].upper() for at in range(0, len(sha256), 2)]
    return " ".join(":".join(pairs[at : at + 8]) for at in range(0, len(pairs), 8))


def day_words(stamp: float) -> str:
    """A day, as in ISO 8601."""
    return datetime.fromtimestamp(stamp, UTC).date().isoformat()


def _out_of_date(case: Case) -> Diagnosis | None:
    """Expired or not valid yet: is it the certificate, or this computer's clock?"""
    certificate = case.certificate()
    if case.failure != "tls-expired" or certificate is None:
        return None
    dates = _("The certificate is valid from {start} to {end}; this computer says it is {now}.").format(
        start=day_words(certificate.not_before),
        end=day_words(certificate.not_after),
        now=day_words(certificate.seen_at),
    )
    witness = _clock_witness(case.greeting(), certificate)
    if witness:
        return replace(
            case.said(evidence=dates),
            cause="profile.clock-wrong",
            title=_("The clock of this computer is probably wrong"),
            explanation=witness,
            advice=_("Set date and time of this computer, best automatically, then test again."),
        )
    return replace(
        case.said(evidence=dates),
        title=_("The server's certificate has expired")
        if certificate.expired
        else _("The server's certificate is not valid yet"),
        explanation=_("Nothing speaks for a wrong clock here, so it is the server. We stopped before the password."),
        advice=_("Ask whoever runs the server to renew the certificate. It takes them minutes."),
    )


def _clock_witness(greeting: str, certificate: Certificate) -> str:
    """Why the clock is likelier to be wrong than the certificate; "" when nothing says so."""
    now = certificate.seen_at
    theirs = server_time(greeting)
    if theirs is not None:
        if abs(theirs - now) < _DAY:
            return ""  # two clocks agree
        if certificate.not_before <= theirs <= certificate.not_after:
            return _("The server's own clock says {day}, and by that the certificate is valid.").format(
                day=day_words(theirs)
            )
    if now < _known_time():
        return _("This computer's date lies before the day on which this version of SMTPDesk was made.")
    if certificate.too_new:
        return _("Certificates are used from the day they are made, so a date before it is hardly right.")
    return ""


def server_time(greeting: str) -> float | None:
    """The time in a greeting (``220 mail.example.com ESMTP Exim 4.96 Tue, 24 Nov 2026 09:00:00 +0000``), or None."""
    found = _DATE.search(greeting)
    if found is None:
        return None
    try:
        return parsedate_to_datetime(found[0]).timestamp()
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=1)
def _known_time() -> float:
    """A moment that has passed for certain: the youngest fact that is shipped with this version."""
    days = [one.checked for one in providers() if one.checked]
    return max((datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() for day in days), default=0.0)


def _too_old(case: Case) -> Diagnosis | None:
    if case.failure != "tls-too-old":
        return None
    certificate, other = case.certificate(), case.elsewhere()
    why = _("It speaks a safe version there.")
    said = case.said(to_relay(case.profile, other, why) if other is not None else None)
    if certificate is None or not certificate.version:
        return said
    words = _("The server speaks {version} at most; we insist on TLS 1.2 or newer.")
    return replace(said, evidence=words.format(version=certificate.version.replace("TLSv1", "TLS 1")))


RULES: tuple[Callable[[Case], Diagnosis | None], ...] = (_other_name, _untrusted, _out_of_date, _too_old)
