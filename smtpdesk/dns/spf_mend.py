"""One SPF record in place of what is published: with a relay in it, and never two."""

from __future__ import annotations

from collections.abc import Sequence

from smtpdesk.dns.spf_record import SpfSyntaxError, is_spf, read_spf

#: Ends a new record: what is not listed is suspicious. DMARC decides what becomes of it.
_END = "~all"
_ALL = {"all", "+all", "-all", "~all", "?all"}


def merged(records: Sequence[str], wanted: Sequence[str]) -> str:
    """The record to publish.

    What is published and can be read stays, each term once, in its order; what is wanted stands behind the last
    ``include``; the strictest ``all`` ends it, but never ``+all``, which lets everybody send. A ``redirect`` stays
    where there is no ``all``.

    Args:
        records: the SPF records of the domain, none to several.
        wanted: terms that must be in it, such as ``include:spf.example.net`` or ``ip4:192.0.2.1``.
    """
    terms: list[str] = []
    ends: list[str] = []
    modifiers: list[str] = []
    # Name servers give several records in any order; the answer is the same each time.
    for record in sorted(records, key=lambda one: (-len(one.split()), one)):
        for term in record.split()[1:] if is_spf(record) else ():
            low = term.lower()
            if low in _ALL:
                ends.append(low)
                break  # nobody looks at what stands behind
            if not _readable(term):
                continue
            (modifiers if "=" in low.partition(":")[0] else terms).append(term)
    terms = _once(terms)
    known = {_plain(term) for term in terms}
    fresh = [term for term in _once(wanted) if _plain(term) not in known]
    place = max((at + 1 for at, term in enumerate(terms) if _plain(term).startswith("include:")), default=len(terms))
    terms[place:place] = fresh
    return " ".join(["v=spf1", *terms, *_ending(ends, _once(modifiers))])


def unreadable(records: Sequence[str]) -> tuple[str, ...]:
    """The terms that no receiver understands; :func:`merged` leaves them out."""
    terms = [term for record in records if is_spf(record) for term in record.split()[1:]]
    return tuple(_once([term for term in terms if not _readable(term)]))


def _readable(term: str) -> bool:
    try:
        read_spf(f"v=spf1 {term}")
    except SpfSyntaxError:
        return False
    return True


def _ending(ends: Sequence[str], modifiers: Sequence[str]) -> list[str]:
    redirects = [one for one in modifiers if one.lower().startswith("redirect=")]
    others = [one for one in modifiers if one not in redirects]
    kept = [end for end in ("-all", _END, "?all") if end in ends]
    if ends or not redirects:
        return [*others, kept[0] if kept else _END]
    return [*others, redirects[0]]


def _once(terms: Sequence[str]) -> list[str]:
    """Each term once; a second ``include`` of the same domain costs a look-up for nothing."""
    kept: dict[str, str] = {}
    for term in terms:
        kept.setdefault(_plain(term), term)
    return list(kept.values())


def _plain(term: str) -> str:
    return term.lower().removeprefix("+")
