"""The row about alignment: does what was proved speak for the address that people see? (RFC 7489 section 3.1)"""

from __future__ import annotations

from smtpdesk.base.i18n import _
from smtpdesk.desk.trust.dkim import Keys
from smtpdesk.desk.trust.report import Check, State, unasked
from smtpdesk.desk.trust.subject import Subject
from smtpdesk.dns import Dmarc, aligned


def title() -> str:
    """Its name."""
    return _("The sender people see")


def check(subject: Subject, dmarc: Dmarc, keys: Keys, spf: Check, dkim: Check) -> Check:
    """The row: one of the two has to align."""
    by_spf = spf.state is State.OK and not subject.foreign_envelope
    spf_aligned = by_spf and aligned(subject.domain, subject.envelope, dmarc.strict_spf)
    signers = [key.domain for key in keys.usable]
    dkim_aligned = dkim.state in (State.OK, State.ADVICE) and any(
        aligned(subject.domain, signer, dmarc.strict_dkim) for signer in signers
    )
    if spf_aligned or dkim_aligned:
        return _good(subject, spf_aligned, dkim_aligned)
    if State.UNKNOWN in (spf.state, dkim.state):
        return unasked("alignment", title())
    if dkim.state is State.OPEN or spf.state is State.OPEN:
        return Check(
            "alignment", title(), State.OPEN, "alignment.open",
            _("Whether SPF or DKIM speaks for {domain} cannot be said yet.").format(domain=subject.domain),
            "", _("It follows from the rows above."),
        )  # fmt: skip
    return _bad(subject, signers, by_spf)


def _good(subject: Subject, by_spf: bool, by_dkim: bool) -> Check:
    if by_spf and by_dkim:
        said = _("Both SPF and DKIM speak for {domain}.")
    elif by_dkim:
        said = _("DKIM speaks for {domain}.")
    else:
        said = _("SPF speaks for {domain}.")
    forwarded = () if by_dkim else (_("SPF alone does not survive forwarding: sign with DKIM as well."),)
    return Check(
        "alignment", title(), State.OK, "alignment.good", said.format(domain=subject.domain), details=forwarded
    )


def _bad(subject: Subject, signers: list[str], by_spf: bool) -> Check:
    if by_spf:
        said = _("People see {domain}, and the envelope says {other}.").format(
            domain=subject.domain, other=subject.envelope
        )
    elif signers:
        said = _("People see {domain}, and the signature says {other}.").format(domain=subject.domain, other=signers[0])
    else:
        said = _("Neither SPF nor DKIM speaks for {domain}.").format(domain=subject.domain)
    return Check(
        "alignment", title(), State.MEND, "alignment.none", said,
        _("DMARC then fails: Gmail answers 550 5.7.26 and Microsoft 550 5.7.515."),
        _("Mend SPF or DKIM above so that one of them is for {domain}.").format(domain=subject.domain),
    )  # fmt: skip
