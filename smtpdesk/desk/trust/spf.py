"""The row about SPF: is there one good record, and does it let this relay send? (RFC 7208)"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.trust.report import Check, Record, State, unasked
from smtpdesk.desk.trust.subject import Subject
from smtpdesk.dns import (
    LOOKUPS,
    VOIDS,
    Address,
    Lookup,
    Problem,
    Result,
    SpfNode,
    Verdict,
    as_address,
    check_host,
    merged,
    survey,
    unreadable,
)


@dataclass(frozen=True, slots=True)
class Spf:
    """What was found out: the record's tree, the relay's addresses, and what each of them gets."""

    tree: SpfNode
    addresses: tuple[Address, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    #: The relay's name could not be looked up.
    addresses_unknown: bool = False

    @property
    def public(self) -> tuple[Address, ...]:
        """Those that receivers can see."""
        return tuple(one for one in self.addresses if one.is_global or _documentation(one))


def _documentation(address: Address) -> bool:
    """Addresses of examples are not global either, and stand for such as are (RFC 5737, RFC 3849)."""
    text = str(address)
    return text.startswith(("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:"))


async def look(lookup: Lookup, subject: Subject) -> Spf:
    """Ask for the record and all that it includes, and for the relay's addresses where these count."""
    tree = await survey(lookup, subject.envelope)
    addresses, unknown = list(subject.addresses), False
    if not addresses and subject.host and not _has_include(subject):
        addresses, unknown = await _addresses(lookup, subject.host)
    found = Spf(tree, tuple(addresses), addresses_unknown=unknown)
    verdicts = [await check_host(lookup, one, subject.envelope, subject.sender) for one in found.public]
    return Spf(tree, tuple(addresses), tuple(verdicts), unknown)


async def _addresses(lookup: Lookup, host: str) -> tuple[list[Address], bool]:
    given = as_address(host)
    if given is not None:
        return [given], False
    answers = [await lookup.ask(host, kind) for kind in ("A", "AAAA")]
    found = [one for answer in answers for value in answer.values if (one := as_address(value)) is not None]
    return found, not found and any(answer.unknown for answer in answers)


def _has_include(subject: Subject) -> bool:
    return subject.provider is not None and bool(subject.provider.spf_include)


def title() -> str:
    """Its name."""
    return _("SPF: who may send")


def check(subject: Subject, spf: Spf) -> Check:
    """The row."""
    tree = spf.tree
    if tree.problem is Problem.UNKNOWN:
        return unasked("spf", title())
    if subject.foreign_envelope and not subject.addresses:
        return _foreign(subject, tree)
    if tree.problem is Problem.MISSING:
        return _missing(subject, spf)
    problem = (tree.problem, tree.about) if tree.problem else tree.first_problem()
    if problem is not None and problem[0] is not Problem.UNKNOWN:
        return _broken(subject, spf, *problem)
    if _lets_everybody(tree):
        return _everybody(subject, spf)
    passes = _passes(subject, spf)
    if passes is None:
        return (
            unasked("spf", title())
            if problem or spf.addresses_unknown or _temporary(spf)
            else _cannot_say(subject, spf)
        )
    if passes:
        return _good(subject, spf)
    if problem:
        return unasked("spf", title())
    certain = _has_include(subject) or subject.own_server or subject.addresses
    return _not_included(subject, spf) if certain else _perhaps_not(subject, spf)


def _temporary(spf: Spf) -> bool:
    return any(one.result is Result.TEMPERROR for one in spf.verdicts)


def _passes(subject: Subject, spf: Spf) -> bool | None:
    """Whether the relay's mail passes; None when that cannot be said."""
    if subject.addresses or not _has_include(subject):
        if not spf.verdicts or _temporary(spf):
            return None
        return all(one.result is Result.PASS for one in spf.verdicts)
    assert subject.provider is not None
    return spf.tree.includes(subject.provider.spf_include)


def wanted(subject: Subject, spf: Spf) -> tuple[str, ...]:
    """The terms that let the relay send."""
    if subject.provider is not None and subject.provider.spf_include and not subject.addresses:
        return (f"include:{subject.provider.spf_include}",)
    if subject.own_server or subject.addresses:
        return tuple(f"ip{one.version}:{one}" for one in spf.public)
    return ()


def _record(subject: Subject, spf: Spf) -> tuple[Record, ...]:
    """The one record to publish, in place of what is there."""
    if not subject.editable:
        return ()
    published = tuple(filter(None, spf.tree.record.split("\n")))
    value = merged(published, wanted(subject, spf))
    return () if published == (value,) else (Record(subject.envelope, value, replaces=published),)


def _refused() -> str:
    return _(
        "Gmail, Yahoo and Microsoft want SPF of everybody who sends to many; without it, mail is refused or sorted out."
    )


def _missing(subject: Subject, spf: Spf) -> Check:
    advice = _("Publish this record.") if wanted(subject, spf) else _unknown_relay(subject)
    if not subject.editable:
        advice = ""
    return Check(
        "spf", title(), State.MEND, "spf.missing",
        _("{domain} has no SPF record.").format(domain=subject.envelope), _refused(), advice, _record(subject, spf),
    )  # fmt: skip


def _not_included(subject: Subject, spf: Spf) -> Check:
    if subject.own_server or subject.addresses:
        said = _("The SPF record does not let {addresses} send.").format(addresses=_list(spf.public))
    else:
        said = _("The SPF record does not let {relay} send.").format(relay=subject.relay)
    advice = _("Publish this record in place of the present one.") if wanted(subject, spf) else _unknown_relay(subject)
    return Check(
        "spf", title(), State.MEND, "spf.relay-missing", said, _refused(), advice,
        _record(subject, spf) if wanted(subject, spf) else (), _details(spf),
    )  # fmt: skip


def _unknown_relay(subject: Subject) -> str:
    if not subject.relay:
        return _("Add what your mail provider names: an include, or the addresses of its servers.")
    return _("Ask {relay} for its SPF include, and add it.").format(relay=subject.relay)


def _broken(subject: Subject, spf: Spf, problem: Problem, about: str) -> Check:
    tree = spf.tree
    count = len(tree.record.split("\n"))
    said = {
        Problem.SEVERAL: ngettext(
            "There is {n} SPF record; only one is allowed.", "There are {n} SPF records; only one is allowed.", count
        ).format(n=count)
        if tree.problem is Problem.SEVERAL
        else _("An SPF record that is included is there more than once: {about}."),
        Problem.SYNTAX: _("A part of the SPF record cannot be read: {about}."),
        Problem.LOOP: _("The SPF record includes itself, through {about}."),
        Problem.LOOKUPS: ngettext(
            "The SPF record takes {n} look-up; {most} are allowed.",
            "The SPF record takes {n} look-ups; {most} are allowed.",
            tree.lookups,
        ).format(n=tree.lookups, most=LOOKUPS),
        Problem.VOIDS: ngettext(
            "The SPF record asks {n} time for what does not exist; {most} are allowed.",
            "The SPF record asks {n} times for what does not exist; {most} are allowed.",
            tree.voids,
        ).format(n=tree.voids, most=VOIDS),
        Problem.NAMES: _("The SPF record names a domain with more than ten mail servers: {about}."),
        Problem.MISSING: _("The SPF record includes a domain that has none: {about}."),
    }[problem].format(about=about)
    advice, records = _mend(subject, spf, problem)
    consequence = _("For receivers that is a permanent error: nobody passes, as if there were no record.")
    return Check("spf", title(), State.MEND, f"spf.{problem}", said, consequence, advice, records, _details(spf))


def _mend(subject: Subject, spf: Spf, problem: Problem) -> tuple[str, tuple[Record, ...]]:
    own = problem is spf.tree.problem
    if own and problem is Problem.SEVERAL:
        return _("Publish this one in place of all of them."), _record(subject, spf)
    if own and problem is Problem.SYNTAX:
        left_out = _list(unreadable([spf.tree.record]))
        words = _("Publish this one in its place. Left out, since nobody understands it: {terms}.")
        return words.format(terms=left_out), _record(subject, spf)
    if problem is Problem.LOOKUPS:
        return _("Take out what you no longer send through; each include costs the look-ups below it, too."), ()
    if problem in (Problem.VOIDS, Problem.MISSING, Problem.LOOP, Problem.NAMES):
        return _("Take that part out of the record."), ()
    return _("Tell whoever keeps that domain, or take the part that includes it out."), ()


def _cannot_say(subject: Subject, spf: Spf) -> Check:
    if subject.profile is None and not subject.addresses:
        said = _("There is one valid SPF record.")
        return Check("spf", title(), State.OK, "spf.valid", said, details=_details(spf))
    advice = _("Give that address, and look again.") if subject.own_server else _unknown_relay(subject)
    return Check(
        "spf", title(), State.OPEN, "spf.relay-unknown",
        _("There is one valid SPF record; whether it lets {relay} send cannot be said from here.").format(
            relay=subject.relay
        ),
        _("Its address towards the internet is not known."), advice, details=_details(spf),
    )  # fmt: skip


def _perhaps_not(subject: Subject, spf: Spf) -> Check:
    """The address that takes our mail does not pass; whether that is also the one it leaves from is not known."""
    fixed = merged([spf.tree.record], [f"ip{one.version}:{one}" for one in spf.public])
    records = (Record(subject.envelope, fixed, replaces=(spf.tree.record,)),) if subject.editable else ()
    return Check(
        "spf", title(), State.OPEN, "spf.relay-perhaps-missing",
        _("The SPF record does not name the address of {relay}.").format(relay=subject.relay),
        _("Many servers pass mail on from other addresses, so that may be right or wrong."),
        _("Ask {relay} for its SPF include. If mail leaves from this very address, publish this record.").format(
            relay=subject.relay
        ),
        records, _details(spf),
    )  # fmt: skip


def _foreign(subject: Subject, tree: SpfNode) -> Check:
    said = _("{relay} sends with a return address of its own and answers for it: your SPF record is not asked.")
    return Check(
        "spf", title(), State.OK, "spf.foreign", said.format(relay=subject.relay),
        _("The signature (DKIM) then has to show that the mail is yours."),
        _("If you set a return address at your own domain there, enter it as the envelope sender of the profile."),
        details=_details(Spf(tree)) if tree.record else (),
    )  # fmt: skip


def _lets_everybody(tree: SpfNode) -> bool:
    return any(term.text.lower() in ("all", "+all") for term in tree.terms)


def _everybody(subject: Subject, spf: Spf) -> Check:
    fixed = merged([spf.tree.record], wanted(subject, spf))
    records = (Record(subject.envelope, fixed, replaces=(spf.tree.record,)),) if subject.editable else ()
    return Check(
        "spf", title(), State.MEND, "spf.everybody", _("The SPF record lets everybody send: it ends with +all."),
        _("Spammers use such domains; receivers trust them less."), _("Publish this one in its place."), records,
        _details(spf),
    )  # fmt: skip


def _good(subject: Subject, spf: Spf) -> Check:
    who = _list(spf.public) if spf.verdicts else subject.relay
    said = _("The SPF record lets {relay} send.").format(relay=who)
    if not subject.own_server and not subject.addresses and not _has_include(subject):
        said = _("The SPF record lets the address of {host} send.").format(host=subject.host)
    return Check("spf", title(), State.OK, "spf.good", said, details=_details(spf))


def _details(spf: Spf) -> tuple[str, ...]:
    lines = []
    if spf.tree.record and spf.tree.problem is None:
        used = spf.tree.lookups
        words = ngettext("{n} of {most} look-ups is used.", "{n} of {most} look-ups are used.", used)
        lines.append(words.format(n=used, most=LOOKUPS))
    if any(term.text.lstrip("+-~?").lower().startswith("ptr") for node in spf.tree.nodes() for term in node.terms):
        lines.append(_("The record uses ptr, which receivers may pass over."))
    for address, verdict in zip(spf.public, spf.verdicts, strict=True):
        path = " → ".join(verdict.path)
        lines.append(f"{address}: {verdict.result}" + (f" ({path})" if path else ""))
    return tuple(lines)


def _list(values: Sequence[object]) -> str:
    return ", ".join(str(value) for value in values)
