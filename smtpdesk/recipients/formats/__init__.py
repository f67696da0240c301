"""The formats recipients come in, one file each; the folder is walked, there is no list of them.

A format states ``KIND`` (its name), ``ENDINGS`` of file names, ``recognises(source) -> bool`` by content, and
``open_table(source, choices, watch, whole) -> Table``; ``whole`` says whether all of the source will be read.
"""

from __future__ import annotations

from typing import Protocol, cast

from smtpdesk.base.registry import members
from smtpdesk.recipients.probe import Probe
from smtpdesk.recipients.shape import Choices, Pasted
from smtpdesk.recipients.table import Table
from smtpdesk.recipients.watch import Watch

#: What a format looks at to say whether a source is its own.
Candidate = Probe | Pasted


class Format(Protocol):
    """A module of this folder."""

    KIND: str
    ENDINGS: tuple[str, ...]

    def recognises(self, source: Candidate) -> bool:
        """The source is in this format, by its content. At most one format says yes."""
        ...

    def open_table(self, source: Candidate, choices: Choices, watch: Watch, whole: bool) -> Table:
        """Open a recognised source; raises InputError when it cannot be read."""
        ...


def formats() -> list[Format]:
    """Every format there is."""
    return [cast("Format", module) for module in members(__name__)]


def endings() -> tuple[str, ...]:
    """Endings of file names that can be imported, for a dialog that chooses files."""
    return tuple(ending for member in formats() for ending in member.ENDINGS)
