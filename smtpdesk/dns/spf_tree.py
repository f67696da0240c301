"""An SPF record with everything that it includes, and what an evaluation costs at most (RFC 7208 section 4.6.4).

An evaluation ends at the first term that matches, so one relay may pass where another one's mail is a permanent error.
The tree counts every term, as for an address that none of them matches.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from smtpdesk.dns.answers import Kind, Lookup
from smtpdesk.dns.names import is_name
from smtpdesk.dns.spf import LOOKUPS, NAMES, VOIDS, Problem, published
from smtpdesk.dns.spf_macros import MacroValues, expand
from smtpdesk.dns.spf_record import ASKING, Mechanism, SpfSyntaxError, read_spf

#: Records of one tree that are read; far more than any evaluation may reach.
_MOST = 40


@dataclass(frozen=True, slots=True)
class SpfTerm:
    """A term as written, the look-ups that it costs with all below, what it includes, and what is wrong with it."""

    text: str
    lookups: int = 0
    node: SpfNode | None = None
    problem: Problem | None = None
    voids: int = 0


@dataclass(frozen=True, slots=True)
class SpfNode:
    """The record of one domain. ``problem`` is its own; ``about`` the term where it is in one."""

    domain: str
    record: str = ""
    terms: tuple[SpfTerm, ...] = ()
    problem: Problem | None = None
    about: str = ""

    @property
    def lookups(self) -> int:
        """What evaluating it costs at most."""
        return sum(term.lookups for term in self.terms)

    @property
    def voids(self) -> int:
        """Questions below that have no record for an answer."""
        return sum(term.voids for term in self.terms)

    def nodes(self) -> Iterator[SpfNode]:
        """This one and all below."""
        yield self
        for term in self.terms:
            if term.node is not None:
                yield from term.node.nodes()

    def includes(self, domain: str) -> bool:
        """Whether the record of ``domain`` is part of it, at any depth, so that what passes there passes here."""
        return any(
            term.node is not None and (term.node.domain == domain or term.node.includes(domain))
            for term in self.terms
            if term.text[:1] not in "-~?"
        )

    def first_problem(self) -> tuple[Problem, str] | None:
        """What makes the whole a permanent error to somebody, and the domain or term it is about."""
        for node in self.nodes():
            if node.problem is not None and (node is not self or node.problem is not Problem.MISSING):
                return node.problem, f"{node.domain}: {node.about}" if node.about else node.domain
            for term in node.terms:
                if term.problem is not None:
                    return term.problem, term.text
        if self.lookups > LOOKUPS:
            return Problem.LOOKUPS, self.domain
        return (Problem.VOIDS, self.domain) if self.voids > VOIDS else None


async def survey(lookup: Lookup, domain: str, values: MacroValues | None = None) -> SpfNode:
    """Read the record of a domain and everything that it includes.

    Args:
        lookup: whom to ask.
        domain: ASCII.
        values: what macros stand for; without them, terms with macros are counted and not followed.
    """
    return await _Survey(lookup, values).node(domain, ())


class _Survey:
    def __init__(self, lookup: Lookup, values: MacroValues | None) -> None:
        self._lookup = lookup
        self._values = values
        self._left = _MOST

    async def node(self, domain: str, above: tuple[str, ...]) -> SpfNode:
        if domain in above:
            return SpfNode(domain, problem=Problem.LOOP)
        self._left -= 1
        if self._left < 0:
            return SpfNode(domain, problem=Problem.LOOKUPS)
        answer, records = await published(self._lookup, domain)
        if answer.unknown:
            return SpfNode(domain, problem=Problem.UNKNOWN)
        if len(records) != 1:
            return SpfNode(domain, "\n".join(records), problem=Problem.SEVERAL if records else Problem.MISSING)
        try:
            record = read_spf(records[0])
        except SpfSyntaxError as error:
            return SpfNode(domain, records[0], problem=Problem.SYNTAX, about=error.term)
        above = (*above, domain)
        terms = []
        for mechanism in record.mechanisms:
            terms.append(await self._term(mechanism, domain, above))
            if mechanism.name == "all":
                return SpfNode(domain, records[0], tuple(terms))
        if record.redirect:
            redirect = Mechanism(f"redirect={record.redirect}", "+", "redirect", record.redirect)
            terms.append(await self._term(redirect, domain, above))
        return SpfNode(domain, records[0], tuple(terms))

    async def _term(self, mechanism: Mechanism, domain: str, above: tuple[str, ...]) -> SpfTerm:
        term = SpfTerm(mechanism.text, int(mechanism.name in ASKING))
        target = self._target(mechanism.spec, domain)
        if not target or mechanism.name not in ASKING or mechanism.name == "ptr":
            return term
        if mechanism.name in ("include", "redirect"):
            node = await self.node(target, above)
            return replace(term, lookups=1 + node.lookups, node=node, voids=node.voids)
        return await self._asked(term, mechanism, target)

    async def _asked(self, term: SpfTerm, mechanism: Mechanism, target: str) -> SpfTerm:
        if mechanism.name == "exists" and "%" in mechanism.spec:
            return term  # depends on who sends to whom: its answer here says nothing
        answer = await self._lookup.ask(target, "MX" if mechanism.name == "mx" else "A")
        if answer.unknown:
            return replace(term, problem=Problem.UNKNOWN)
        if mechanism.name == "mx" and len(answer.values) > NAMES:
            return replace(term, problem=Problem.NAMES)
        if answer.kind is Kind.NONE and mechanism.name == "a":  # an address of the other kind is a void one for some
            answer = await self._lookup.ask(target, "AAAA")
        return replace(term, voids=int(answer.kind is Kind.NONE))

    def _target(self, spec: str, domain: str) -> str:
        """What a domain-spec means; "" when that cannot be said or asked for."""
        if "%" not in spec:
            target = (spec or domain).lower().rstrip(".")
        elif self._values is None:
            return ""
        else:
            target = expand(spec, domain, self._values)
        return target if is_name(target) else ""
