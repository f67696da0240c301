"""The row about DMARC: what receivers shall do with mail that is not the domain's own (RFC 7489, RFC 9989)."""

from __future__ import annotations

from smtpdesk.base.i18n import _
from smtpdesk.desk.trust.report import Check, Record, State, unasked
from smtpdesk.desk.trust.subject import Subject
from smtpdesk.dns import Dmarc, DmarcState


def title() -> str:
    """Its name."""
    return _("DMARC: your policy")


def check(subject: Subject, dmarc: Dmarc) -> Check:
    """The row."""
    if dmarc.state is DmarcState.UNKNOWN:
        return unasked("dmarc", title())
    if dmarc.state is not DmarcState.FOUND:
        return _lacking(subject, dmarc)
    if dmarc.unasked:
        return _unasked_reports(dmarc)
    if dmarc.policy == "none":
        return _watching(subject, dmarc)
    words = {
        "quarantine": _("Mail that is not yours goes to the spam folder."),
        "reject": _("Mail that is not yours is refused."),
    }[dmarc.policy]
    return Check("dmarc", title(), State.OK, "dmarc.enforced", words, details=_details(dmarc))


def _lacking(subject: Subject, dmarc: Dmarc) -> Check:
    said = {
        DmarcState.MISSING: _("{domain} has no DMARC record."),
        DmarcState.SEVERAL: _("{domain} has more than one DMARC record; receivers then pass over all of them."),
        DmarcState.BROKEN: _("The DMARC record of {domain} names no policy, so receivers pass over it."),
    }[dmarc.state].format(domain=dmarc.found_at or dmarc.domain)
    place = dmarc.found_at or dmarc.organisation
    replaces = tuple(filter(None, dmarc.record.split("\n")))
    value = f"v=DMARC1; p=none; rua=mailto:dmarc@{place}"
    records = (Record(f"_dmarc.{place}", value, replaces=replaces),) if subject.editable else ()
    return Check(
        "dmarc", title(), State.MEND, f"dmarc.{dmarc.state}", said,
        _("Gmail, Yahoo and Microsoft refuse or sort out mail to many people from a domain without DMARC."),
        _("Publish this record. Reports go to the address behind rua: make that mailbox, or leave the part out.")
        if records
        else "",
        records,
    )  # fmt: skip


def _watching(subject: Subject, dmarc: Dmarc) -> Check:
    stricter = dmarc.record.replace("p=none", "p=quarantine", 1)
    changed = subject.editable and dmarc.found_at == dmarc.domain and stricter != dmarc.record
    records = (Record(f"_dmarc.{dmarc.found_at}", stricter, replaces=(dmarc.record,)),) if changed else ()
    return Check(
        "dmarc", title(), State.ADVICE, "dmarc.watching", _("There is a policy, and it only watches (p=none)."),
        _("That is enough for Gmail, Yahoo and Microsoft, but others can still send in your name."),
        _("When the reports show nothing but your own mail, ask for quarantine."), records, _details(dmarc),
    )  # fmt: skip


def _unasked_reports(dmarc: Dmarc) -> Check:
    target = dmarc.unasked[0]
    return Check(
        "dmarc", title(), State.ADVICE, "dmarc.reports-refused",
        _("The policy is fine, but {target} has not said that it wants the reports.").format(target=target),
        _("Receivers then send none there."), _("The owner of {target} has to publish this.").format(target=target),
        (Record(f"{dmarc.found_at}._report._dmarc.{target}", "v=DMARC1"),), _details(dmarc),
    )  # fmt: skip


def _details(dmarc: Dmarc) -> tuple[str, ...]:
    lines = [dmarc.record]
    if dmarc.found_at != dmarc.domain:
        lines.append(_("It is the record of {domain}.").format(domain=dmarc.found_at))
    if dmarc.found_at not in (dmarc.domain, dmarc.organisation):
        lines.append(_("Older receivers look at {domain} only.").format(domain=dmarc.organisation))
    if dmarc.percent < 100:
        lines.append(_("It holds for {n} % of the mail.").format(n=dmarc.percent))
    if not dmarc.reports:
        lines.append(_("Nobody gets reports: there is no rua."))
    return tuple(lines)
