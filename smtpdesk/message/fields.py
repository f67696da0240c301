"""Which fields a campaign uses, where, and what people would read if one were empty."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from jinja2 import meta, nodes

from smtpdesk.message.filters import FILTERS
from smtpdesk.message.sources import Unit

#: Names a template may use that are no fields of the list.
BUILT_IN = frozenset(
    {
        "unsubscribe_url", "range", "dict", "cycler", "joiner", "namespace",
        "loop", "self", "super", "caller", "varargs", "kwargs",
    }
)  # fmt: skip
_FALLBACKS = frozenset({"fallback", "default", "d"})
_CHOICES: tuple[type[nodes.Or | nodes.CondExpr], ...] = (nodes.Or, nodes.CondExpr)
_INLINE_TAG = re.compile(r"</?(?:a|b|em|font|i|mark|small|span|strong|sub|sup|u)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")
_EXCERPT = 28


@dataclass(frozen=True, slots=True)
class FieldUse:
    """One place where a field is put into the message.

    Attributes:
        name: the field. ``where``: ``"message.html:12"``.
        guarded: the template says what to do when it is empty (a fallback, an ``if``).
        before, after: the words around it as a reader sees them; both "" where they cannot be told.
    """

    name: str
    where: str
    guarded: bool
    before: str = ""
    after: str = ""


def fields_of(units: Iterable[Unit]) -> frozenset[str]:
    """The fields that the sources need from a row."""
    return frozenset().union(*(_needed(unit) for unit in units))


def uses_of(units: Iterable[Unit]) -> tuple[FieldUse, ...]:
    """The places where fields are put out, in order."""
    return tuple(use for unit in units for use in _walk(unit.tree, unit, _needed(unit), frozenset()))


def word_start(text: str) -> int:
    """Where the word begins that a text ends with; its length where it ends with none."""
    place = len(text)
    while place and (text[place - 1].isalnum() or text[place - 1] == "_"):
        place -= 1
    return place


def complete(fields: Iterable[str], typed: str) -> list[str]:
    """Field and filter names that go on from what is typed in the editor after ``{{`` or ``|``.

    ``{{ fi`` offers fields (and ``unsubscribe_url``), ``{{ first_name | f`` offers filters; "" offers nothing.
    """
    opened = typed.rfind("{{")
    if opened < 0 or "}}" in typed[opened:]:
        return []
    expression = typed[opened + 2 :]
    begun = expression[word_start(expression) :].casefold()
    names = (
        FILTERS if expression[: len(expression) - len(begun)].rstrip().endswith("|") else [*fields, "unsubscribe_url"]
    )
    return sorted({name for name in names if name.casefold().startswith(begun)})


def _needed(unit: Unit) -> frozenset[str]:
    return frozenset(meta.find_undeclared_variables(unit.tree)) - BUILT_IN - unit.given


def _walk(node: nodes.Node, unit: Unit, names: frozenset[str], guards: frozenset[str]) -> Iterator[FieldUse]:
    if isinstance(node, nodes.Output):
        for position, expression in enumerate(node.nodes):
            used = _names(expression) & names
            before, after = _around(node.nodes, position) if used else ("", "")
            for name in sorted(used):
                guarded = name in guards or _has_choice(expression)
                yield FieldUse(name, unit.at(None, expression.lineno), guarded, before, after)
        return
    if isinstance(node, nodes.If):
        guards |= _names(node.test)
    for child in node.iter_child_nodes():
        yield from _walk(child, unit, names, guards)


def _has_choice(expression: nodes.Node) -> bool:
    """Whether an expression itself says what to put out instead of an empty field."""
    if isinstance(expression, _CHOICES) or any(expression.find_all(_CHOICES)):
        return True
    filters = {node.name for node in expression.find_all(nodes.Filter)}
    return bool((filters | ({expression.name} if isinstance(expression, nodes.Filter) else set())) & _FALLBACKS)


def _names(node: nodes.Node) -> frozenset[str]:
    found = {inner.name for inner in node.find_all(nodes.Name) if inner.ctx == "load"}
    return frozenset(found | ({node.name} if isinstance(node, nodes.Name) else set()))


def _around(siblings: list[nodes.Expr], position: int) -> tuple[str, str]:
    before = _data(siblings, position - 1)
    if before.rfind("<") > before.rfind(">"):
        return "", ""  # within a tag: nobody reads it
    before, after = _words(before).lstrip(), _words(_data(siblings, position + 1)).rstrip()
    if len(before) > _EXCERPT:
        before = before[-_EXCERPT:].partition(" ")[2]
    if len(after) > _EXCERPT:
        after = after[:_EXCERPT].rpartition(" ")[0]
    return before, after


def _data(siblings: list[nodes.Expr], position: int) -> str:
    node = siblings[position] if 0 <= position < len(siblings) else None
    return node.data if isinstance(node, nodes.TemplateData) else ""


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", _TAG.sub(" ", _INLINE_TAG.sub("", text)))
