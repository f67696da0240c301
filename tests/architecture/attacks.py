"""Texts that make a careless regular expression try over and over: made from the pattern itself."""

from __future__ import annotations

import re
import re._constants as _op  # type: ignore[import-not-found]
import re._parser as _parser  # type: ignore[import-not-found]
from collections.abc import Iterator
from itertools import islice
from typing import Any

#: What no pattern takes at the end.
_TAILS = ("", "\x00", "\n")
_BLANKS = (" ", "\t", "\n")


def attacks(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str, str]]:
    """(begin, repeated, end): ``begin + repeated * n + end`` may be slow."""
    tree = _parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG)
    pieces = [("", piece) for piece in dict.fromkeys(islice(_pieces(tree, ""), 40))]
    seen: set[tuple[str, str, str]] = set()
    for begin, repeated in [*pieces, *islice(_loops(tree, ""), 40)]:
        for each in (repeated, f"{repeated} "):
            for end in _TAILS:
                attack = (begin, each, end)
                if repeated and attack not in seen:
                    seen.add(attack)
                    yield attack


def _pieces(tree: Any, before: str) -> Iterator[str]:
    """Examples of the first 1, 2, 3 … items of the pattern, through its branches and groups, and of single items."""
    for item in tree:
        for inner in _inside(item):
            yield from _pieces(inner, before)
        example = _example(item)
        if example:
            yield before + example
            yield example
        before += example


def _loops(tree: Any, before: str) -> Iterator[tuple[str, str]]:
    """What stands before a repeated part, and an example of that part."""
    for place, item in enumerate(tree):
        kind, value = item
        if kind in (_op.MAX_REPEAT, _op.MIN_REPEAT, _op.POSSESSIVE_REPEAT):
            body = "".join(map(_example, value[2]))
            yield before, body
            for after in tree[place + 1 : place + 3]:  # what ends the repetition, and may be a part of it
                yield before, _example(after)
            for other in _others(value[2]):
                yield before, other
        for inner in _inside(item):
            yield from _loops(inner, before)
        before += _example(item)


def _others(tree: Any) -> Iterator[str]:
    """Further members of a class that is repeated: blanks are what neighbours share most."""
    for kind, value in tree:
        if kind is _op.IN:
            for other in (*_BLANKS, "a", "0", "-", "."):
                if _member(value, other):
                    yield other
        elif kind in (_op.ANY, _op.NOT_LITERAL):
            yield from _BLANKS


def _inside(item: Any) -> list[Any]:
    kind, value = item
    if kind in (_op.MAX_REPEAT, _op.MIN_REPEAT, _op.POSSESSIVE_REPEAT):
        return [value[2]]
    if kind is _op.SUBPATTERN:
        return [value[3]]
    if kind is _op.BRANCH:
        return list(value[1])
    if kind in (_op.ASSERT, _op.ASSERT_NOT):
        return [value[1]]
    if kind is _op.ATOMIC_GROUP:
        return [value]
    return []


def _example(item: Any) -> str:
    """A short text that this part of a pattern takes."""
    kind, value = item
    if kind is _op.LITERAL:
        return chr(value)
    if kind in (_op.NOT_LITERAL, _op.ANY):
        return "x" if kind is _op.ANY or value != ord("x") else "y"
    if kind is _op.IN:
        return _one_of(value)
    if kind in (_op.MAX_REPEAT, _op.MIN_REPEAT, _op.POSSESSIVE_REPEAT):
        return "".join(map(_example, value[2])) * max(1, value[0])
    inner = _inside(item)
    if kind in (_op.ASSERT_NOT,) or not inner:
        return ""
    return "".join(map(_example, inner[0]))


def _one_of(members: Any) -> str:
    for candidate in "ax0A9 \t\n-._/\"'<>&#@:;,{}[]()":
        if _member(members, candidate):
            return candidate
    return next((chr(value) for kind, value in members if kind is _op.LITERAL), "\u00e9")


def _member(members: Any, candidate: str) -> bool:
    tests = []
    negated = False
    for kind, value in members:
        if kind is _op.NEGATE:
            negated = True
        elif kind is _op.LITERAL:
            tests.append(ord(candidate) == value)
        elif kind is _op.RANGE:
            tests.append(value[0] <= ord(candidate) <= value[1])
        elif kind is _op.CATEGORY:
            tests.append(_category(value, candidate))
    return any(tests) != negated


def _category(value: Any, candidate: str) -> bool:
    name = str(value)
    if "DIGIT" in name:
        found = candidate.isdigit()
    elif "SPACE" in name:
        found = candidate.isspace()
    else:
        found = candidate.isalnum() or candidate == "_"
    return found != ("NOT" in name)
