"""How much one rendering may do: steps, seconds and characters. A template beyond it is stopped, whatever it tries.

Steps are counted in loops, macros, blocks and includes (see :mod:`smtpdesk.message.instrument`); characters wherever
an operator, a filter or a method can make much out of little (see :mod:`smtpdesk.message.guards`). A template without
loops pays for none of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from time import perf_counter
from typing import Any

from jinja2.exceptions import TemplateRuntimeError

MAX_STEPS = 100_000
MAX_SECONDS = 5.0
#: Characters (or items) in one value.
MAX_VALUE = 1_000_000
#: Items in one container, with all that its items hold.
MAX_ITEMS = 200_000
#: Characters that one rendering may produce in all.
MAX_OUTPUT = 10_000_000


class TooMuch(TemplateRuntimeError):
    """A template runs for too long or makes too much text."""


class Budget:
    """What is left of one rendering; :meth:`start` fills it up again."""

    __slots__ = ("_characters", "_deadline", "_steps")

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        """Begin a new rendering."""
        self._steps = MAX_STEPS
        self._characters = MAX_OUTPUT
        self._deadline = perf_counter() + MAX_SECONDS

    def step(self) -> bool:
        """One turn of a loop, one call of a macro. True, so that it can stand in a condition.

        Raises:
            TooMuch: there were too many, or they took too long.
        """
        self._steps -= 1
        if self._steps < 0 or perf_counter() > self._deadline:
            raise TooMuch("the template runs without end")
        return True

    def spend(self, characters: int) -> None:
        """Characters that go into the output or into a buffer.

        Raises:
            TooMuch: the rendering makes too much text.
        """
        self._characters -= characters
        if self._characters < 0:
            raise TooMuch("the template makes too much text")


def allow(size: float) -> None:
    """Stop before something of this size is made.

    Raises:
        TooMuch: it is larger than a value may be.
    """
    if size > MAX_VALUE:
        raise TooMuch("the template makes too much text")


def weigh(value: Any) -> int:
    """Characters and items in a value, containers with all they hold; stops counting where it is too much.

    A list that holds itself twice over and over is small in memory but endless when printed: that is what this finds.

    Raises:
        TooMuch: it weighs more than a value may.
    """
    total = items = 0
    waiting = [value]
    while waiting:
        item = waiting.pop()
        items += 1
        if items + len(waiting) > MAX_ITEMS:
            raise TooMuch("the template makes too long a list")
        if isinstance(item, str | bytes):
            total += len(item)
        elif isinstance(item, int):
            total += 1 + item.bit_length() // 3
        elif isinstance(item, Mapping):
            allow(2 * len(item))
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list | tuple | set | frozenset):
            allow(len(item))
            waiting += item
        else:
            total += 1
        allow(total)
    return total


def bounded(values: Iterable[str], budget: Budget) -> str:
    """``"".join``, after a look at what it would make.

    Raises:
        TooMuch: it would be larger than a message may be.
    """
    pieces = values if isinstance(values, list) else list(values)
    size = sum(map(len, pieces))
    if size > MAX_VALUE:
        budget.spend(size)
    return "".join(pieces)
