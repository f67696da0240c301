"""Records that go with a well-kept mail domain: MTA-STS (RFC 8461), TLS reports (RFC 8460) and BIMI.

The first two are about mail that the domain gets. The policy of MTA-STS stands on a web server (RFC 8461 section 3.2),
which is not asked here: only its TXT record is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smtpdesk.dns.answers import Lookup
from smtpdesk.dns.names import is_name
from smtpdesk.dns.tags import begins, read_tags


class ExtraState(StrEnum):
    """What became of asking."""

    FOUND = "found"
    MISSING = "missing"
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Extra:
    """One such record: where it stands, what it says."""

    host: str
    state: ExtraState
    record: str = ""
    tags: tuple[tuple[str, str], ...] = ()

    def tag(self, name: str) -> str:
        """The value of a tag, "" when it is not there."""
        return dict(self.tags).get(name, "")


async def mta_sts(lookup: Lookup, domain: str) -> Extra:
    """``_mta-sts``: who delivers to the domain shall insist on TLS (section 3.1)."""
    return await _extra(lookup, f"_mta-sts.{domain}", "STSv1", "id")


async def tls_reports(lookup: Lookup, domain: str) -> Extra:
    """``_smtp._tls``: where failures of TLS are reported (RFC 8460 section 3)."""
    return await _extra(lookup, f"_smtp._tls.{domain}", "TLSRPTv1", "rua")


async def bimi(lookup: Lookup, domain: str) -> Extra:
    """``default._bimi``: the logo that some mail programs show beside mail that passes an enforced DMARC policy."""
    return await _extra(lookup, f"default._bimi.{domain}", "BIMI1", "l")


async def _extra(lookup: Lookup, host: str, version: str, needed: str) -> Extra:
    if not is_name(host):
        return Extra(host, ExtraState.MISSING)
    answer = await lookup.ask(host, "TXT")
    if answer.unknown:
        return Extra(host, ExtraState.UNKNOWN)
    records = [value for value in answer.values if begins(value, version)]
    if not records:
        return Extra(host, ExtraState.MISSING)
    tags = read_tags(records[0]) or {}
    good = len(records) == 1 and needed in tags
    return Extra(host, ExtraState.FOUND if good else ExtraState.BROKEN, "\n".join(records), tuple(tags.items()))
