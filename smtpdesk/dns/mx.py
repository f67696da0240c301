"""Where mail to a domain goes: MX records (RFC 5321 section 5.1), and the one that says "nowhere" (RFC 7505)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from smtpdesk.dns.answers import Kind, Lookup
from smtpdesk.dns.names import is_name


class MxState(StrEnum):
    """What became of asking."""

    GOOD = "good"
    #: None, but the domain has an address, to which mail is then delivered.
    ADDRESS_ONLY = "address-only"
    #: ``0 .``: takes no mail.
    NULL = "null"
    #: Nothing takes mail.
    MISSING = "missing"
    #: There are MX records, and none of their hosts has an address.
    BROKEN = "broken"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class MailHosts:
    """The hosts in order of preference."""

    state: MxState
    hosts: tuple[str, ...] = ()


async def mail_hosts(lookup: Lookup, domain: str) -> MailHosts:
    """Where mail to the domain goes."""
    answer = await lookup.ask(domain, "MX")
    if answer.unknown:
        return MailHosts(MxState.UNKNOWN)
    if answer.kind is Kind.NONE:
        return await _by_address(lookup, domain)
    pairs = sorted((int(value.partition(" ")[0]), value.partition(" ")[2]) for value in answer.values)
    hosts = tuple(host for _preference, host in pairs)
    if hosts == (".",):
        return MailHosts(MxState.NULL)
    unsure = False
    for host in hosts:
        for kind in ("A", "AAAA"):
            found = await lookup.ask(host, kind) if is_name(host) else answer
            if found.kind is Kind.FOUND:
                return MailHosts(MxState.GOOD, hosts)
            unsure = unsure or found.unknown
    return MailHosts(MxState.UNKNOWN if unsure else MxState.BROKEN, hosts)


async def _by_address(lookup: Lookup, domain: str) -> MailHosts:
    answers = [await lookup.ask(domain, kind) for kind in ("A", "AAAA")]
    if any(answer.kind is Kind.FOUND for answer in answers):
        return MailHosts(MxState.ADDRESS_ONLY, (domain,))
    return MailHosts(MxState.UNKNOWN if any(answer.unknown for answer in answers) else MxState.MISSING)
