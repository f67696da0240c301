"""SPF: may this address send for this domain? The whole evaluation of RFC 7208 (check_host, sections 4 and 5)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from smtpdesk.dns.answers import Answer, Kind, Lookup
from smtpdesk.dns.names import Address, as_address, below, is_name, nibbles
from smtpdesk.dns.spf_macros import MacroValues, expand, needs
from smtpdesk.dns.spf_record import ASKING, Mechanism, SpfRecord, SpfSyntaxError, is_spf, read_spf

#: Terms that ask, and questions without a record among their answers, in one evaluation (section 4.6.4).
LOOKUPS, VOIDS = 10, 2
#: Names of one MX or PTR answer that are looked at (section 4.6.4).
NAMES = 10


class Result(StrEnum):
    """The results of section 2.6."""

    NONE = "none"
    NEUTRAL = "neutral"
    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    TEMPERROR = "temperror"
    PERMERROR = "permerror"


_BY_QUALIFIER = {"+": Result.PASS, "-": Result.FAIL, "~": Result.SOFTFAIL, "?": Result.NEUTRAL}


class Problem(StrEnum):
    """What is wrong with a record, or with one that it includes."""

    MISSING = "missing"
    SEVERAL = "several"
    SYNTAX = "syntax"
    LOOP = "loop"
    LOOKUPS = "lookups"
    VOIDS = "voids"
    NAMES = "names"
    #: DNS did not answer.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How an evaluation ended: the result, the terms that led there from the outermost in, and why it is an error."""

    result: Result
    path: tuple[str, ...] = ()
    problem: Problem | None = None
    #: The domain or term that the problem is about.
    about: str = ""
    lookups: int = 0


class _Ended(Exception):
    def __init__(self, problem: Problem, about: str) -> None:
        super().__init__(about)
        self.problem, self.about = problem, about


async def published(lookup: Lookup, domain: str) -> tuple[Answer, tuple[str, ...]]:
    """The answer for a domain's TXT records, and the SPF records among them (section 4.5)."""
    answer = await lookup.ask(domain, "TXT")
    return answer, tuple(value for value in answer.values if is_spf(value))


async def check_host(
    lookup: Lookup, address: Address, domain: str, local: str = "postmaster", helo: str = ""
) -> Verdict:
    """The result for mail from ``local@domain`` that comes from ``address``.

    Args:
        lookup: whom to ask.
        address: of the relay, as receivers see it.
        domain: of the envelope sender, ASCII.
        local: the envelope sender's part before the @, for macros.
        helo: the name that the relay gives itself, for macros.
    """
    evaluation = _Evaluation(lookup, MacroValues(local, domain, address, helo))
    try:
        result, path = await evaluation.check(domain, ())
    except _Ended as ended:
        result = Result.TEMPERROR if ended.problem is Problem.UNKNOWN else Result.PERMERROR
        return Verdict(result, (), ended.problem, ended.about, evaluation.lookups)
    problem = Problem.MISSING if result is Result.NONE else None
    return Verdict(result, path, problem, domain if problem else "", evaluation.lookups)


class _Evaluation:
    """One evaluation with what it may still ask."""

    def __init__(self, lookup: Lookup, values: MacroValues) -> None:
        self._lookup = lookup
        self._values = values
        self.lookups = self.voids = 0

    async def check(self, domain: str, above: tuple[str, ...]) -> tuple[Result, tuple[str, ...]]:
        if not is_name(domain) or "." not in domain:
            return Result.NONE, ()
        if domain in above:
            raise _Ended(Problem.LOOP, domain)
        record = await self._record(domain)
        if record is None:
            return Result.NONE, ()
        above = (*above, domain)
        for mechanism in record.mechanisms:
            path = await self._matches(mechanism, domain, above)
            if path is not None:
                return _BY_QUALIFIER[mechanism.qualifier], (mechanism.text, *path)
        if record.redirect:
            return await self._redirected(record.redirect, domain, above)
        return Result.NEUTRAL, ()

    async def _record(self, domain: str) -> SpfRecord | None:
        answer, records = await published(self._lookup, domain)
        if answer.unknown:
            raise _Ended(Problem.UNKNOWN, domain)
        if len(records) > 1:
            raise _Ended(Problem.SEVERAL, domain)
        try:
            return read_spf(records[0]) if records else None
        except SpfSyntaxError as error:
            raise _Ended(Problem.SYNTAX, f"{domain}: {error.term}") from None

    async def _redirected(self, spec: str, domain: str, above: tuple[str, ...]) -> tuple[Result, tuple[str, ...]]:
        self._count(f"redirect={spec}")
        target = await self._target(spec, domain)
        result, path = await self.check(target, above)
        if result is Result.NONE:
            raise _Ended(Problem.MISSING, target)
        return result, (f"redirect={spec}", *path)

    async def _matches(self, mechanism: Mechanism, domain: str, above: tuple[str, ...]) -> tuple[str, ...] | None:
        """The path below a mechanism that matches; None when it does not."""
        if mechanism.name == "all":
            return ()
        if mechanism.network is not None:
            return () if self._values.address in mechanism.network else None
        assert mechanism.name in ASKING
        self._count(mechanism.text)
        target = await self._target(mechanism.spec, domain)
        if mechanism.name == "include":
            return await self._included(target, above)
        ask = {"a": self._a, "mx": self._mx, "ptr": self._ptr, "exists": self._exists}[mechanism.name]
        return () if await ask(mechanism, target) else None

    async def _included(self, target: str, above: tuple[str, ...]) -> tuple[str, ...] | None:
        result, path = await self.check(target, above)
        if result is Result.NONE:
            raise _Ended(Problem.MISSING, target)
        return path if result is Result.PASS else None

    async def _a(self, mechanism: Mechanism, target: str) -> bool:
        return self._within(await self._addresses(target), mechanism)

    async def _mx(self, mechanism: Mechanism, target: str) -> bool:
        answer = await self._ask(target, "MX")
        if len(answer.values) > NAMES:
            raise _Ended(Problem.NAMES, target)
        for value in answer.values:
            host = value.partition(" ")[2]
            if is_name(host) and self._within(await self._addresses(host), mechanism):
                return True
        return False

    async def _exists(self, _mechanism: Mechanism, target: str) -> bool:
        return (await self._ask(target, "A")).kind is Kind.FOUND

    async def _ptr(self, _mechanism: Mechanism, target: str) -> bool:
        return any(below(name, target) for name in await self._validated())

    # -- asking -------------------------------------------------------------------------------------------------

    def _count(self, term: str) -> None:
        self.lookups += 1
        if self.lookups > LOOKUPS:
            raise _Ended(Problem.LOOKUPS, term)

    async def _ask(self, name: str, kind: str) -> Answer:
        answer = await self._lookup.ask(name, kind)
        if answer.unknown:
            raise _Ended(Problem.UNKNOWN, name)
        if answer.kind is Kind.NONE:
            self.voids += 1
            if self.voids > VOIDS:
                raise _Ended(Problem.VOIDS, name)
        return answer

    async def _addresses(self, name: str) -> list[Address]:
        answer = await self._ask(name, "A" if self._values.address.version == 4 else "AAAA")
        return [found for value in answer.values if (found := as_address(value)) is not None]

    async def _validated(self) -> list[str]:
        """The relay's names that lead back to its address (section 5.5). What fails there is no match, no error."""
        zone = "in-addr.arpa" if self._values.address.version == 4 else "ip6.arpa"
        answer = await self._lookup.ask(f"{nibbles(self._values.address)}.{zone}", "PTR")
        kind, found = "A" if self._values.address.version == 4 else "AAAA", []
        for name in answer.values[:NAMES]:
            back = await self._lookup.ask(name, kind)
            if any(as_address(value) == self._values.address for value in back.values):
                found.append(name)
        return found

    async def _target(self, spec: str, domain: str) -> str:
        if not spec:
            return domain
        values = self._values
        if needs(spec, "p"):
            names = await self._validated()
            own = [name for name in names if below(name, domain)]
            values = replace(values, validated=next(iter(own or names), "unknown"))
        return expand(spec, domain, values)

    def _within(self, addresses: list[Address], mechanism: Mechanism) -> bool:
        bits = self._values.address.max_prefixlen - (
            mechanism.four if self._values.address.version == 4 else mechanism.six
        )
        return any(int(found) >> bits == int(self._values.address) >> bits for found in addresses)
