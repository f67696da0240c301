"""No regular expression of ours takes more than a time that grows with its text, whatever the text.

Measured in processor time of this thread, and only as a ratio: a pattern is bad when twice the text takes three times
as long, three times in a row. What the clock says in between does not matter.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import smtpdesk
from tests.architecture.attacks import attacks

_ROOT = Path(smtpdesk.__file__).parent
_METHODS = ("search", "match", "fullmatch", "finditer", "findall", "sub", "subn", "split")
#: Lengths that are tried, so that an exponential, then a cubic, then a quadratic pattern shows; and the seconds that no
#: linear one needs for any of them.
_LOOKS = (18, 400, 4_000)
_SUSPECT = 0.003
_ROWS = 3
#: Attacks on one pattern; the first ones are the likeliest.
_ATTACKS = 60


#: Patterns that are given short texts only: what holds the texts short, by the pattern's place.
_BOUNDED = {
    "smtpdesk.recipients.judge._ADDRESS_LIKE": "_LOOKED_AT",
    "smtpdesk.recipients.slips._REPAIRS": "_LONGEST",
}


@dataclass(frozen=True)
class Use:
    """A pattern, and a method it is used with."""

    place: str
    pattern: re.Pattern[Any]
    method: str


def _modules(package: str) -> Iterator[ModuleType]:
    for info in pkgutil.walk_packages([str(_ROOT / package)], f"smtpdesk.{package}."):
        if not info.name.endswith("__main__") and ".migrations.versions" not in info.name:
            yield importlib.import_module(info.name)


def _held(value: Any, depth: int = 0) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, tuple | list | set | frozenset) and depth < 3:
        for item in value:
            yield from _held(item, depth + 1)
    elif isinstance(value, dict) and depth < 3:
        for item in value.values():
            yield from _held(item, depth + 1)


def _uses(package: str) -> tuple[Use, ...]:
    found: dict[Use, None] = {}
    for module in _modules(package):
        tree = ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))
        named, inline = _called(tree)
        for name, value in list(vars(module).items()):
            if name.startswith("__") or getattr(sys.modules.get(name), "__name__", "") == name:
                continue
            for pattern in _held(value):
                for method in named.get(name) or (named.get("") or {"search"}):
                    found[Use(f"{module.__name__}.{name}", pattern, method)] = None
        for method, text, line in inline:
            found[Use(f"{module.__name__}:{line}", re.compile(text), method)] = None
    return tuple(found)


def _called(tree: ast.AST) -> tuple[dict[str, set[str]], list[tuple[str, Any, int]]]:
    """Methods by the name they are called on ("": on something else), and calls of ``re.…`` with a fixed pattern."""
    named: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _METHODS and _name(node.value) != "re":
            name = _name(node.value)
            if name.isupper():
                named.setdefault(name, set()).add(node.attr)
            elif node.attr != "split":  # texts have that method, too
                named.setdefault("", set()).add(node.attr)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    inline = [
        (call.func.attr, call.args[0].value, call.lineno)
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in _METHODS
        and _name(call.func.value) == "re"
        and isinstance(call.args[0], ast.Constant)
    ]
    return named, inline


def _name(node: ast.expr) -> str:
    held = node.value if isinstance(node, ast.Subscript) else node
    return held.id if isinstance(held, ast.Name) else ""


def _runner(use: Use) -> Callable[[Any], object]:
    method = getattr(use.pattern, use.method)
    if use.method in ("sub", "subn"):
        return lambda text: method(b"" if isinstance(text, bytes) else "", text)
    if use.method == "finditer":
        return lambda text: sum(1 for _match in method(text))
    return method  # type: ignore[no-any-return]


def _seconds(run: Callable[[Any], object], text: Any) -> float:
    began = time.thread_time()
    run(text)
    return time.thread_time() - began


def worse_than_linear(use: Use) -> str:
    """An attack under which the pattern takes more than in proportion, or ""."""
    run = _runner(use)
    for begin, repeated, end in islice(attacks(use.pattern), _ATTACKS):
        if _grows(run, begin, repeated, end, isinstance(use.pattern.pattern, bytes)):
            return f"{begin!r} + {repeated!r} * n + {end!r}"
    return ""


def _grows(run: Callable[[Any], object], begin: str, repeated: str, end: str, raw: bool) -> bool:
    def at(length: int) -> float:
        text = begin + repeated * (length // len(repeated) + 1) + end
        return _seconds(run, text.encode("latin-1", "replace") if raw else text)

    for length in _LOOKS:
        if at(length) > _SUSPECT:
            longer = length + 3 if length < 100 else 2 * length  # three more: eight times as much, if exponential
            return all(at(longer) > 2.9 * at(length) for _again in range(_ROWS))
    return False


@pytest.mark.timeout(400)
@pytest.mark.parametrize("package", sorted(file.name for file in _ROOT.iterdir() if (file / "__init__.py").is_file()))
def test_patterns_grow_with_their_text_and_no_faster(package: str) -> None:
    bad: list[str] = []
    for use in _uses(package):
        if use.place in _BOUNDED:
            module, _dot, _name = use.place.rpartition(".")
            assert getattr(sys.modules[module], _BOUNDED[use.place]) <= 2_000
            continue
        # A busy machine may disturb one look; a bad pattern is bad each time.
        found = worse_than_linear(use) and worse_than_linear(use)
        if found:
            bad.append(f"{use.place}.{use.method}: {use.pattern.pattern!r}: {found}")
    assert bad == []


@pytest.mark.parametrize("bad", [r"(a+)+\Z", r"url\(\s*([^)]*)\s*\)", r"<!--.*?-->", r"\s+\Z", r"(\w+\s*)+:"])
def test_the_search_finds_what_it_is_for(bad: str) -> None:
    assert worse_than_linear(Use("here", re.compile(bad, re.DOTALL), "search"))
