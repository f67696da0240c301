"""Which rows of a list to show: by state, by words, in an order. Synchronous; called on a thread."""

from __future__ import annotations

from array import array
from dataclasses import dataclass

from smtpdesk.domain.recipient import RowState
from smtpdesk.store import ListView

ALL, ASIDE = "all", "aside"
#: Filters by state; ``ASIDE`` is all of these but READY.
STATES = {state.value: state for state in RowState}


@dataclass(frozen=True, slots=True)
class Query:
    """What the person wants to see. ``filter``: ``all``, ``aside`` or the value of a :class:`RowState`."""

    filter: str = ALL
    search: str = ""
    sort: str = ""


def find(view: ListView, query: Query) -> array[int]:
    """The ids of the rows to show, in order.

    Raises:
        InputError: the list has no column to sort by.
    """
    words, sort = query.search.strip(), query.sort or None
    if query.filter == ALL:
        return view.ids(search=words, sort=sort)
    if query.filter in STATES:
        return view.ids(state=STATES[query.filter], search=words, sort=sort)
    found = [view.ids(state=state, search=words) for state in (RowState.INVALID, RowState.DUPLICATE, RowState.EMPTY)]
    aside = array("q", sorted(row for ids in found for row in ids))
    if sort is None:
        return aside
    wanted = set(aside)
    return array("q", (row for row in view.ids(search=words, sort=sort) if row in wanted))
