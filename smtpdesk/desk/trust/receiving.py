"""The rows about mail to the domain: MX, MTA-STS, reports on TLS; and BIMI, the logo beside the mail."""

from __future__ import annotations

from smtpdesk.base.i18n import _
from smtpdesk.desk.trust.report import Check, State, unasked
from smtpdesk.desk.trust.subject import Subject
from smtpdesk.dns import Dmarc, Extra, ExtraState, MailHosts, MxState


def check_mx(subject: Subject, mail: MailHosts) -> Check:
    """Whether replies and bounces arrive."""
    title = _("Replies arrive (MX)")
    if mail.state is MxState.UNKNOWN:
        return unasked("mx", title)
    domain = subject.envelope if subject.envelope != subject.domain and not subject.foreign_envelope else subject.domain
    if mail.state is MxState.GOOD:
        said = _("Mail to {domain} goes to {host}.").format(domain=domain, host=mail.hosts[0])
        return Check("mx", title, State.OK, "mx.good", said, details=mail.hosts if len(mail.hosts) > 1 else ())
    if mail.state is MxState.ADDRESS_ONLY:
        return Check(
            "mx", title, State.ADVICE, "mx.address-only",
            _("{domain} has no MX record; mail goes to its web address.").format(domain=domain),
            _("Replies and bounces get lost where no mail server runs there."),
            _("Publish an MX record that names your mail server."),
        )  # fmt: skip
    said = {
        MxState.NULL: _("{domain} says that it takes no mail."),
        MxState.MISSING: _("Nothing takes mail for {domain}."),
        MxState.BROKEN: _("The mail servers of {domain} do not exist."),
    }[mail.state].format(domain=domain)
    return Check(
        "mx", title, State.MEND, f"mx.{mail.state}", said,
        _("Replies and bounces are lost, and some receivers refuse mail from such a domain."),
        _("Publish an MX record that names your mail server, or send from a domain that takes mail."),
    )  # fmt: skip


def check_mta_sts(extra: Extra) -> Check:
    """Whether those who deliver to the domain are told to insist on TLS."""
    title = _("Encrypted replies (MTA-STS)")
    good = _("Who delivers to you is told to insist on encryption. The policy on the web was not fetched.")
    return _optional("mta-sts", title, extra, good, _("Not set up; it concerns only mail to you."))


def check_tls_reports(extra: Extra) -> Check:
    """Whether failures of TLS are reported."""
    good = _("Reports go to {address}.").format(address=extra.tag("rua"))
    title = _("Reports on encryption (TLS-RPT)")
    return _optional("tls-rpt", title, extra, good, _("Not set up; it concerns only mail to you."))


def check_bimi(extra: Extra, dmarc: Dmarc) -> Check:
    """Whether a logo may be shown."""
    title = _("Your logo (BIMI)")
    if extra.state is ExtraState.FOUND and not dmarc.enforced and extra.tag("l"):
        return Check(
            "bimi", title, State.ADVICE, "bimi.no-policy",
            _("There is a logo, but DMARC does not ask for quarantine or reject."),
            _("No mail program shows it then."), _("Tighten the DMARC policy first."),
        )  # fmt: skip
    good = _("Mail programs may show {url}. Gmail wants a certificate for it, too.").format(url=extra.tag("l"))
    if extra.tag("a"):
        good = _("Mail programs may show {url}.").format(url=extra.tag("l"))
    return _optional("bimi", title, extra, good, _("Not set up; nobody expects it."))


def _optional(id: str, title: str, extra: Extra, good: str, missing: str) -> Check:
    if extra.state is ExtraState.UNKNOWN:
        return Check(id, title, State.SKIPPED, f"{id}.unasked", _("This could not be asked."))
    if extra.state is ExtraState.MISSING:
        return Check(id, title, State.SKIPPED, f"{id}.missing", missing)
    if extra.state is ExtraState.FOUND:
        return Check(id, title, State.OK, f"{id}.good", good, details=(extra.record,))
    return Check(
        id, title, State.ADVICE, f"{id}.broken", _("The record at {host} cannot be read.").format(host=extra.host),
        _("Receivers pass over it."), _("Publish one valid record there, or none."),
        details=tuple(extra.record.split("\n")),
    )  # fmt: skip
