"""Where a domain says that its people submit mail: SRV records (RFC 6186; RFC 8314 section 5.1; RFC 2782)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from smtpdesk.dns.answers import Lookup
from smtpdesk.dns.names import as_address, is_name

#: TLS from the first byte (RFC 8314), and STARTTLS.
SUBMISSIONS, SUBMISSION = "_submissions._tcp", "_submission._tcp"


@dataclass(frozen=True, slots=True)
class Service:
    """One server that a record names.

    Attributes:
        name: the whole name of the record.
        host, port: of the server.
        tls: TLS from the first byte; else STARTTLS.
        priority, weight: as in the record; the lowest priority first, then the greatest weight.
    """

    name: str
    host: str
    port: int
    tls: bool
    priority: int = 0
    weight: int = 0


@dataclass(frozen=True, slots=True)
class Services:
    """The servers in the order in which to use them; ``unknown`` when a question could not be answered."""

    servers: tuple[Service, ...] = ()
    unknown: bool = False


async def submission_servers(lookup: Lookup, domain: str) -> Services:
    """What the domain publishes. A target of ``.`` says that there is no such service (RFC 2782).

    Among equals the greatest weight comes first instead of a random choice: a person is shown one, not a load shared.
    TLS from the first byte comes before STARTTLS, as RFC 8314 section 5.1 wants where both are offered.
    """
    kinds = ((SUBMISSIONS, True), (SUBMISSION, False))
    answers = await asyncio.gather(*(lookup.ask(f"{kind}.{domain}", "SRV") for kind, _tls in kinds))
    found = [
        service
        for (kind, tls), answer in zip(kinds, answers, strict=True)
        for value in answer.values
        if (service := _service(f"{kind}.{domain}", value, tls)) is not None
    ]
    found.sort(key=lambda one: (not one.tls, one.priority, -one.weight, one.host))
    return Services(tuple(found), any(answer.unknown for answer in answers))


def _service(name: str, value: str, tls: bool) -> Service | None:
    priority, weight, port, host = value.split(" ", 3)
    if host == "." or not int(port) or not is_name(host) or as_address(host) is not None:
        return None
    return Service(name, host, int(port), tls, int(priority), int(weight))
