"""The two consoles, and the one way in which foreign text comes on them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType
from rich.markup import escape
from rich.segment import Segment

from smtpdesk.base.visible import visible


def foreign(text: object) -> str:
    """Text that is not ours (a cell, a name, a file, a server's words) as it may stand in what is printed.

    Its square brackets are no mark-up, and what is not seen has a sign, line breaks as well.
    """
    return escape(visible(str(text)))


def foreign_lines(text: object, indent: str = "") -> str:
    """The same for several lines; each but the first begins with ``indent``, so that none passes for one of ours."""
    return f"\n{indent}".join(foreign(line) for line in str(text).replace("\r\n", "\n").split("\n"))


class DeskConsole(Console):
    """A console that never writes a control character of what it is given, nor a picture for ``:CD:``.

    The last line of defence: also for what came to it past :func:`foreign`.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(highlight=False, soft_wrap=True, emoji=False, **settings)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As rich does, with signs for what is not seen."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(visible(segment.text, lines=True), segment.style, segment.control)


#: What a person reads; data that a program reads goes to standard output.
notes = DeskConsole(stderr=True)
output = DeskConsole()


def write_data(text: str) -> None:
    """Data for a program or a file, as it is; a terminal gets signs for what is not seen."""
    sys.stdout.write(visible(text, lines=True) if sys.stdout.isatty() else text)
    sys.stdout.flush()


def write_octets(raw: bytes) -> None:
    """The same for octets."""
    if sys.stdout.isatty():
        write_data(raw.decode("utf-8", "replace").replace("\r\n", "\n"))
        return
    sys.stdout.buffer.write(raw)
    sys.stdout.buffer.flush()
