"""Do the links lead somewhere, and safely?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.checks._context import CheckContext
from smtpdesk.checks._words import number
from smtpdesk.domain.finding import Finding, Severity
from smtpdesk.message.outline import Link, outline

ORDER = 70

_LOCAL = re.compile(r"(localhost|127\.\d+\.\d+\.\d+|10\.\d+\.\d+\.\d+|192\.168\.\d+\.\d+|\[::1\])\Z", re.IGNORECASE)
# Reserved for examples (RFC 2606 section 3): the starter messages use them where the person's own address belongs.
_SAMPLE = re.compile(r"(?:^|\.)example\.(?:com|net|org)\Z", re.IGNORECASE)
_SCHEMES = frozenset({"http", "https", "mailto", "tel", "sms", "cid", "webcal", "geo"})
_SHOWN = 3


def title() -> str:
    """What it looks at."""
    return _("Links")


def check(context: CheckContext) -> Iterator[Finding]:
    """Links without an address, to this computer, to nowhere, without encryption."""
    found: dict[str, dict[str, None]] = {}
    for sample in context.survey.samples:
        for link in outline(sample.rendered.html or "").links:
            kind = problem_of(link)
            if kind:
                found.setdefault(kind, {})[(link.href or "").strip() or link.label or "…"] = None
    for kind, links in found.items():
        yield _finding(kind, list(links), context)


def problem_of(link: Link) -> str:
    """``empty``, ``local``, ``nowhere``, ``sample`` or ``plain``; "" for a good link."""
    address = (link.href or "").strip()
    if address in ("", "#"):
        return "empty"
    if address.startswith("#"):
        return ""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return "nowhere"
    if parts.scheme not in _SCHEMES or (parts.scheme in ("http", "https") and not host):
        return "nowhere"
    if _LOCAL.match(host):
        return "local"
    if _SAMPLE.search(host):
        return "sample"
    return "plain" if parts.scheme == "http" else ""


def _finding(kind: str, links: list[str], context: CheckContext) -> Finding:
    count = len(links)
    sentence, consequence, advice = _words(kind, count)
    return Finding(
        f"message.link-{kind}",
        Severity.INFO if kind == "plain" else Severity.WARNING,
        sentence.format(n=number(count), links=", ".join(f"“{link[:60]}”" for link in links[:_SHOWN])),
        consequence,
        advice,
        context.campaign.html,
        (),
        count,
    )


def _words(kind: str, count: int) -> tuple[str, str, str]:
    if kind == "empty":
        return (
            ngettext("{n} link leads nowhere: {links}.", "{n} links lead nowhere: {links}.", count),
            _("A click does nothing."),
            _("Give it an address."),
        )
    if kind == "local":
        return (
            ngettext("{n} link leads to this computer: {links}.", "{n} links lead to this computer: {links}.", count),
            _("It works for you and for nobody else."),
            _("Use the public address."),
        )
    if kind == "sample":
        return (
            ngettext("{n} link is still an example: {links}.", "{n} links are still examples: {links}.", count),
            _("People would land on a page that is not yours."),
            _("Put your own address there."),
        )
    if kind == "nowhere":
        return (
            ngettext("{n} link is no full address: {links}.", "{n} links are no full addresses: {links}.", count),
            _("Mail programs cannot open it."),
            _("Write the whole address, with https://."),
        )
    return (
        ngettext("{n} link is not encrypted: {links}.", "{n} links are not encrypted: {links}.", count),
        _("Some mail programs warn about http://."),
        _("Use https:// where the site has it."),
    )
