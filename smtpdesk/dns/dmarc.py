"""DMARC: what receivers shall do with mail that is not the domain's own, and where they report (RFC 7489, RFC 9989).

The record is looked for at the From domain and then upwards to the organisational domain, which comes from the public
suffix list (RFC 7489 section 3.2). RFC 9989 finds the same record by asking alone; older receivers pass over records
between the two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from smtpdesk.dns.answers import Lookup
from smtpdesk.dns.names import is_name, organisation, upwards
from smtpdesk.dns.tags import begins, read_tags

POLICIES = ("none", "quarantine", "reject")
_MAILTO = re.compile(r"mailto:[^@\s,!]+@([^@\s,!]+)(?:![0-9]+[kmgt]?)?\Z", re.IGNORECASE)


class DmarcState(StrEnum):
    """What became of looking for the record."""

    FOUND = "found"
    MISSING = "missing"
    #: Receivers ignore all of several.
    SEVERAL = "several"
    #: No policy in it that means anything.
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Dmarc:
    """The policy that holds for a From domain.

    Attributes:
        domain: the From domain. ``found_at``: whose record it is. ``organisation``: the organisational domain.
        policy: what holds for this very domain: ``p``, or ``sp`` where the record is that of a domain above it.
        subdomains: what holds below. ``percent``: ``pct`` (RFC 7489); RFC 9989 knows only ``t=y``, which is 0 here.
        reports: addresses of ``rua``. ``unasked``: domains among them that do not say that they want the reports.
        strict_spf, strict_dkim: ``aspf=s``, ``adkim=s``.
    """

    domain: str
    state: DmarcState
    organisation: str
    found_at: str = ""
    record: str = ""
    policy: str = ""
    subdomains: str = ""
    percent: int = 100
    reports: tuple[str, ...] = ()
    unasked: tuple[str, ...] = ()
    strict_spf: bool = False
    strict_dkim: bool = False

    @property
    def enforced(self) -> bool:
        """Whether forged mail is kept from people, all of it."""
        return self.policy in ("quarantine", "reject") and self.percent == 100


async def find_dmarc(lookup: Lookup, domain: str) -> Dmarc:
    """The policy for mail with this From domain."""
    top = organisation(domain)
    for place in upwards(domain, top):
        if not is_name(f"_dmarc.{place}"):
            continue
        answer = await lookup.ask(f"_dmarc.{place}", "TXT")
        if answer.unknown:
            return Dmarc(domain, DmarcState.UNKNOWN, top, place)
        records = [value for value in answer.values if begins(value, "DMARC1")]
        if len(records) > 1:
            return Dmarc(domain, DmarcState.SEVERAL, top, place, "\n".join(records))
        if records:
            return await _with_reports(lookup, read_dmarc(records[0], domain, place))
    return Dmarc(domain, DmarcState.MISSING, top)


def read_dmarc(text: str, domain: str, found_at: str) -> Dmarc:
    """What a record says for mail from ``domain`` (RFC 7489 section 6.3; unknown tags are ignored)."""
    tags = read_tags(text) or {}
    reports = tuple(part.strip() for part in tags.get("rua", "").split(",") if _MAILTO.match(part.strip()))
    policy = tags.get("p", "").lower()
    if policy not in POLICIES:
        if not reports:
            return Dmarc(domain, DmarcState.BROKEN, organisation(domain), found_at, text)
        policy = "none"  # RFC 7489 section 6.6.3: with somebody to report to, it counts as one that only watches
    below = tags.get("sp", "").lower()
    below = below if below in POLICIES else policy
    percent = tags.get("pct", "100")
    return Dmarc(
        domain,
        DmarcState.FOUND,
        organisation(domain),
        found_at,
        text,
        policy=policy if found_at == domain else below,
        subdomains=below,
        percent=0 if tags.get("t", "").lower() == "y" else _percent(percent),
        reports=reports,
        strict_spf=tags.get("aspf", "").lower() == "s",
        strict_dkim=tags.get("adkim", "").lower() == "s",
    )


def _percent(text: str) -> int:
    return int(text) if re.fullmatch(r"[0-9]{1,3}", text) and int(text) <= 100 else 100


async def _with_reports(lookup: Lookup, dmarc: Dmarc) -> Dmarc:
    """Whether other domains that shall get the reports agree (RFC 7489 section 7.1)."""
    unasked = []
    for uri in dmarc.reports:
        match = _MAILTO.match(uri)
        target = match[1].lower() if match else ""
        name = f"{dmarc.found_at}._report._dmarc.{target}"
        if not is_name(name) or organisation(target) == dmarc.organisation:
            continue
        answer = await lookup.ask(name, "TXT")
        if not answer.unknown and not any(begins(value, "DMARC1") for value in answer.values):
            unasked.append(target)
    if not unasked:
        return dmarc
    return replace(dmarc, unasked=tuple(dict.fromkeys(unasked)))


def aligned(sender: str, other: str, strict: bool = False) -> bool:
    """Whether a domain that was authenticated speaks for the From domain (RFC 7489 section 3.1)."""
    return sender == other if strict else bool(other) and organisation(sender) == organisation(other)
