"""Operators, methods and filters that make much out of little, each looked at before it does.

``'x' * 10**9``, ``9 ** 9 ** 9``, ``'%1000000000d' % 1`` and ``name.center(10**9)`` are single operations: no count of
steps can stop them once they run, so their size is worked out first.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable, Sized
from typing import Any

from jinja2 import Environment, pass_environment
from jinja2.filters import make_attrgetter

from smtpdesk.message.budget import TooMuch, allow, weigh

#: Operators that :func:`binary` looks at.
OPERATORS = frozenset({"*", "**", "+", "%"})
#: The longest width, indentation or precision anybody needs.
_MAX_WIDTH = 1_000
_MAX_BITS = 4_096
#: Filters and methods whose cost grows with the square of their input.
_MAX_SLOW = 100_000
_FORMAT_WIDTH = re.compile(r"\d{4,}|\*")
_SLOW_FILTERS = ("striptags", "urlize", "wordwrap", "title", "wordcount", "xmlattr", "tojson", "pprint")
_GROWING_FILTERS = (
    "batch", "center", "dictsort", "groupby", "indent", "items", "list", "map", "round", "slice", "sort", "string",
    "sum", "truncate", "unique",
)  # fmt: skip
_WIDE_METHODS = frozenset({"center", "ljust", "rjust", "zfill", "expandtabs"})
#: Methods no message needs, and which lead to values that the checks below do not know.
UNWANTED = frozenset({"encode", "to_bytes", "as_integer_ratio", "maketrans", "translate"})
Function = Callable[..., Any]


def binary(operator: str, left: Any, right: Any) -> None:
    """Look at ``left operator right`` before it is worked out.

    Raises:
        TooMuch: the result would be too large.
    """
    if operator == "**":
        _power(left, right)
    elif operator == "*":
        _product(left, right)
    elif operator == "+":
        if isinstance(left, Sized) and isinstance(right, Sized):
            allow(weigh(left) + weigh(right))
    elif isinstance(left, str):
        formatted(left, right)


def formatted(pattern: str, values: Any) -> None:
    """Look at ``pattern % values``, or ``pattern.format(…)``.

    Raises:
        TooMuch: the pattern asks for very wide fields, or repeats large values.
    """
    if _FORMAT_WIDTH.search(pattern):
        raise TooMuch("the width in a format is too large")
    allow(len(pattern) + (pattern.count("%") + pattern.count("{")) * (weigh(values) + _MAX_WIDTH))


def method(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """Look at the call of a method of a text before it is made.

    Raises:
        TooMuch: the result would be too large.
    """
    owner = getattr(function, "__self__", None)
    if owner is None:
        owner = getattr(getattr(function, "__wrapped__", None), "__self__", None)
    if not isinstance(owner, str):
        return
    name = function.__name__
    if name in _WIDE_METHODS:
        _narrow(args, kwargs)
        if name == "expandtabs":
            allow(len(owner) + owner.count("\t") * _MAX_WIDTH)
    elif name in ("format", "format_map"):
        formatted(owner, [*args, kwargs])
        if re.search(r"\{[^{}:]*+:[^{}]*+\{", owner):
            raise TooMuch("the width in a format is not known")
    elif name == "replace":
        _replacement(owner, *args[:2])
    elif name == "join":
        _joined(args[0] if args else (), owner)


def guard_filters(filters: dict[str, Function], step: Callable[[], object]) -> None:
    """Wrap the filters that can make much out of little; take away the one that is different each time.

    ``step``: counts each call of one of them, which may itself take as long as a loop.
    """
    filters.pop("random", None)
    filters["sum"] = total
    for name in _SLOW_FILTERS:
        filters[name] = _with_check(filters[name], _slow, step)
    for name in _GROWING_FILTERS:
        filters[name] = _with_check(filters[name], _narrow_input, step)
    filters["format"] = _with_check(
        filters["format"], lambda value, *args, **kw: formatted(str(value), [*args, kw]), step
    )
    filters["replace"] = _with_check(filters["replace"], _replacing, step)
    filters["join"] = _joining(filters["join"])


def _with_check(function: Function, check: Callable[..., None], step: Callable[[], object]) -> Function:
    # Filters that ask for the environment or the evaluation context get it in front of the value.
    skip = 1 if getattr(function, "jinja_pass_arg", None) is not None else 0

    @functools.wraps(function)
    def checked(*args: Any, **kwargs: Any) -> Any:
        step()
        check(*args[skip:], **kwargs)
        result = function(*args, **kwargs)
        weigh(result)
        step()
        return result

    return checked


@pass_environment
def total(environment: Environment, iterable: Iterable[Any], attribute: str | int | None = None, start: Any = 0) -> Any:
    """The filter ``sum``. Lists are put together in one go: added one by one, each would be copied again and again."""
    values = iterable if attribute is None else map(make_attrgetter(environment, attribute), iterable)
    if not isinstance(start, list | tuple):
        return sum(values, start)
    made = list(start)
    for value in values:
        if not isinstance(value, type(start)):
            return start + value  # says what is wrong, in Python's words
        allow(len(made) + len(value))
        made.extend(value)
    return made if isinstance(start, list) else tuple(made)


def _joining(function: Function) -> Function:
    @functools.wraps(function)
    def checked(context: Any, value: Iterable[Any], d: str = "", attribute: Any = None) -> Any:
        items = list(value)
        _joined(items, str(d))
        return function(context, items, d, attribute)

    return checked


def _slow(value: Any, *args: Any, **kwargs: Any) -> None:
    if weigh(value) > _MAX_SLOW:
        raise TooMuch("the text is too long for this filter")
    _narrow(args, kwargs)


def _narrow_input(value: Any, *args: Any, **kwargs: Any) -> None:
    _narrow(args, kwargs)
    width = max((_width(item) for item in (*args, *kwargs.values())), default=0)
    if isinstance(value, str):
        allow(len(value) + width * (1 + value.count("\n")))


def _width(value: Any) -> int:
    if isinstance(value, bool) or value is None:
        return 0
    if isinstance(value, int):
        return abs(value)
    return len(value) if isinstance(value, str) else 0


def _narrow(args: Iterable[Any], kwargs: dict[str, Any]) -> None:
    for value in (*args, *kwargs.values()):
        if _width(value) > _MAX_WIDTH:
            raise TooMuch("a width is too large")


def _power(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int) and left.bit_length() * max(right, 1) > _MAX_BITS:
        raise TooMuch("the number is too large")


def _product(left: Any, right: Any) -> None:
    if isinstance(left, int) and isinstance(right, int):
        if left.bit_length() + right.bit_length() > _MAX_BITS:
            raise TooMuch("the number is too large")
        return
    count, sequence = (left, right) if isinstance(left, int) else (right, left)
    if isinstance(count, int) and isinstance(sequence, Sized):
        allow(max(count, 0) * weigh(sequence))


def _replacement(text: str, old: Any = "", new: Any = "") -> None:
    found = text.count(str(old)) if old else len(text) + 1
    allow(len(text) + found * weigh(str(new)))


def _replacing(value: Any, *args: Any, **kwargs: Any) -> None:
    _replacement(str(value), *args[:2], **{key: kwargs[key] for key in ("old", "new") if key in kwargs})


def _formatting(value: Any, *args: Any, **kwargs: Any) -> None:
    formatted(str(value), [*args, kwargs])


def _joined(items: Any, separator: str) -> None:
    if isinstance(items, Sized):
        allow(weigh(items) + len(items) * len(separator))
