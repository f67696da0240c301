"""Asks name servers (dnspython), with a time-out, a cache, and an answer in place of every failure.

A resolver lives for one look at a domain: what was answered is not asked again, what is looked at again is fresh.
"""

from __future__ import annotations

import asyncio
import logging
import os
from types import TracebackType
from typing import Any

import dns.asyncresolver
import dns.exception
import dns.name
import dns.rdata
import dns.rdatatype
import dns.resolver

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.dns.answers import NO_NAME, NOTHING, Answer, Kind, Trouble
from smtpdesk.dns.names import as_address, is_name

_log = logging.getLogger(__name__)
#: Names the name server to ask instead of the system's: ``127.0.0.1:5353``, ``[::1]:5353``, ``192.0.2.1``.
VARIABLE = "SMTPDESK_DNS"
#: Seconds for one question, over all name servers.
PATIENCE = 5.0
#: Questions under way at once; a name server in a home router drops more.
_AT_ONCE = 8
#: Questions without any answer, and never one with, after which the others are not asked: there is no network.
_IN_VAIN = 6


def name_server(text: str) -> tuple[str, int]:
    """``127.0.0.1:5353``, ``[::1]:5353`` or an address alone to (address, port).

    Raises:
        InputError: ``dns.server``.
    """
    host, port = text.strip(), "53"
    if host.startswith("["):
        host, _bracket, rest = host[1:].partition("]")
        port = rest.removeprefix(":") or port
    elif host.count(":") == 1:
        host, _colon, port = host.partition(":")
    if as_address(host) is None or not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
        raise InputError(
            "dns.server",
            _("{variable} is “{value}”, which is no name server.").format(variable=VARIABLE, value=text[:80]),
            _("It is an IP address, with a port where that is not 53: 127.0.0.1:5353."),
        )
    return host, int(port)


class Resolver:
    """``async with Resolver() as lookup: answer = await lookup.ask("example.com", "TXT")``."""

    def __init__(self, server: str = "", patience: float = PATIENCE) -> None:
        """Prepare; nobody is asked yet.

        Args:
            server: as :func:`name_server` reads it; else what ``SMTPDESK_DNS`` says, else the system's.
            patience: seconds for one question.

        Raises:
            InputError: ``dns.server``.
        """
        wanted = server or os.environ.get(VARIABLE, "")
        self._server = name_server(wanted) if wanted else None
        self._patience = patience
        self._asked: dict[tuple[str, str], asyncio.Task[Answer]] = {}
        self._gate = asyncio.Semaphore(_AT_ONCE)
        self._resolver: dns.asyncresolver.Resolver | None = None
        self._heard = False
        self._in_vain = 0

    async def __aenter__(self) -> Resolver:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Ask no more; what is under way is cancelled."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def ask(self, name: str, kind: str) -> Answer:
        """The records of a name; see :class:`~smtpdesk.dns.answers.Lookup`. The same question is asked once."""
        key = (name.lower().rstrip("."), kind)
        if key not in self._asked:
            self._asked[key] = asyncio.create_task(self._ask(*key))
        # Several may wait for one answer: none of them, cancelled, takes it from the others.
        return await asyncio.shield(self._asked[key])

    async def _ask(self, name: str, kind: str) -> Answer:
        if not is_name(name):
            return Answer(Kind.UNKNOWN, trouble=Trouble.NAME)
        async with self._gate:
            if not self._heard and self._in_vain >= _IN_VAIN:
                return Answer(Kind.UNKNOWN, trouble=Trouble.NETWORK)
            answer = await self._question(name, kind)
        if answer.trouble in (Trouble.TIMEOUT, Trouble.NETWORK):
            self._in_vain += 1
        else:
            self._heard = True
        return answer

    async def _question(self, name: str, kind: str) -> Answer:
        try:
            if self._resolver is None:
                self._resolver = await asyncio.to_thread(self._make)
            reply = await self._resolver.resolve(name + ".", kind, lifetime=self._patience, search=False)
        except dns.resolver.NXDOMAIN:
            return NO_NAME
        except dns.resolver.NoAnswer:
            return NOTHING
        except (dns.exception.Timeout, TimeoutError):
            return Answer(Kind.UNKNOWN, trouble=Trouble.TIMEOUT)
        except (dns.resolver.NoResolverConfiguration, OSError):
            return Answer(Kind.UNKNOWN, trouble=Trouble.NETWORK)
        except dns.resolver.NoNameservers as error:
            return Answer(Kind.UNKNOWN, trouble=_blamed(error))
        except dns.exception.DNSException as error:
            _log.info("no answer from DNS: %s", type(error).__name__)
            return Answer(Kind.UNKNOWN, trouble=Trouble.SERVER)
        return _answer(reply, name)

    def _make(self) -> dns.asyncresolver.Resolver:
        """Reads the system's settings, which may wait for a disk or a registry."""
        made = dns.asyncresolver.Resolver(configure=self._server is None)
        if self._server is not None:
            made.nameservers, made.port = [self._server[0]], self._server[1]
        made.timeout = min(2.0, self._patience / 2)
        return made


def _blamed(error: dns.resolver.NoNameservers) -> Trouble:
    """Whether the name servers were at fault, or none could be reached."""
    failures = [failure[3] for failure in error.kwargs.get("errors", ())]
    return Trouble.NETWORK if failures and all(isinstance(one, OSError) for one in failures) else Trouble.SERVER


def _answer(reply: dns.resolver.Answer, name: str) -> Answer:
    values = tuple(value for record in reply if (value := _text(record)) is not None)
    canonical = str(reply.canonical_name).rstrip(".").lower()
    return Answer(Kind.FOUND if values else Kind.NONE, values, alias="" if canonical == name else canonical)


def _text(record: Any) -> str | None:
    """A record as :class:`Answer` has it; None for a kind that nobody here asks for."""
    if record.rdtype == dns.rdatatype.TXT:
        return b"".join(record.strings).decode("utf-8", "replace")
    if record.rdtype == dns.rdatatype.MX:
        return f"{record.preference} {_name(record.exchange)}"
    if record.rdtype == dns.rdatatype.SRV:
        return f"{record.priority} {record.weight} {record.port} {_name(record.target)}"
    if record.rdtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
        return str(record.address)
    if record.rdtype in (dns.rdatatype.PTR, dns.rdatatype.NS, dns.rdatatype.CNAME):
        return _name(record.target)
    return None


def _name(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()
