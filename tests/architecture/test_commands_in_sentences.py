"""Every command in a sentence can be copied: it exists, its options do, and what is filled in is quoted for a shell."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from typing import Any

from smtpdesk.cli.main import command
from tests.servers.proc import ROOT

#: Words that a sentence fills in and that never need a quotation mark.
PLAIN = {"run", "kind", "n", "variable", "options", "command"}
#: Words of the shell that a person replaces: ``NAME``, ``FILE``.
_PLACE = re.compile(r"[A-Z][A-Z|]*\Z|\{\w+\}\Z|\d+\Z|true\Z")
_COMMAND = re.compile(r"smtpdesk((?: (?:[\w\-{}|/]+|“[^”]*”?|…))+)")


@functools.cache
def sentences() -> list[tuple[str, str, ast.AST]]:
    """Where, what, and the function or module around it."""
    return list(_sentences())


def _sentences() -> Iterator[tuple[str, str, ast.AST]]:
    for file in sorted((ROOT / "smtpdesk").rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for scope in ast.walk(tree):
            if not isinstance(scope, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(scope):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"_", "ngettext"}:
                    for one in node.args:
                        if isinstance(one, ast.Constant) and isinstance(one.value, str):
                            yield f"{file.relative_to(ROOT)}:{node.lineno}", one.value, scope


def command_at(words: list[str]) -> tuple[Any, list[str]]:
    """The command that these words call, and the words behind it."""
    found: Any = command()
    while words and words[0] in getattr(found, "commands", {}):
        found, words = found.commands[words[0]], words[1:]
    return found, words


def wrong_in(sentence: str) -> list[str]:
    problems = []
    for match in _COMMAND.finditer(sentence):
        words = match[1].split()
        if re.search("[“”‘’…]", match[1]):
            problems.append("quotation marks of print, or an ellipsis")
        found, rest = command_at(words)
        if len(rest) == len(words) and not words[0].startswith("-"):
            continue  # prose: "smtpdesk is"
        if getattr(found, "commands", None) and rest != ["--help"]:
            problems.append(f"no command: {match[0]}")
        known = {name for option in found.params for name in option.opts} | {"--help"}
        known |= {name for option in found.params for name in getattr(option, "secondary_opts", ())}
        problems += [f"no option {word}" for word in rest if word.startswith("--") and word not in known]
    return problems


def filled_in(scope: ast.AST, sentence: str) -> Iterator[tuple[str, ast.expr]]:
    """What ``format`` puts into this sentence, written there or by the name that it was given in this function."""
    names = {
        target.id
        for node in ast.walk(scope)
        if isinstance(node, ast.Assign) and sentence in map(_constant, ast.walk(node.value))
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(scope):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            on = node.func.value
            if (isinstance(on, ast.Name) and on.id in names) or sentence in map(_constant, ast.walk(on)):
                yield from ((word.arg, word.value) for word in node.keywords if word.arg)


def _constant(node: ast.AST) -> object:
    return node.value if isinstance(node, ast.Constant) else None


def is_quoted(scope: ast.AST, value: ast.expr) -> bool:
    """Whether ``quoted`` was called for it: there, or where the name got its value."""
    if isinstance(value, ast.Name):
        given = [
            node.value
            for node in ast.walk(scope)
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == value.id for target in node.targets)
        ]
        return bool(given) and all(is_quoted(scope, one) for one in given)
    calls = [node.func for node in ast.walk(value) if isinstance(node, ast.Call)]
    return any(isinstance(call, ast.Name) and call.id == "quoted" for call in calls)


def test_a_command_in_a_sentence_exists_and_has_its_options() -> None:
    wrong = [f"{where}: {problem}: {text}" for where, text, _scope in sentences() for problem in wrong_in(text)]
    assert wrong == []


def test_what_is_filled_into_a_command_is_quoted_for_a_shell() -> None:
    wrong, seen = [], 0
    for where, text, scope in sentences():
        for match in _COMMAND.finditer(text):
            needed = set(re.findall(r"\{(\w+)\}", match[1])) - PLAIN
            for name, value in filled_in(scope, text):
                if name in needed:
                    seen += 1
                    if not is_quoted(scope, value):
                        wrong.append(f"{where}: {name} in {text}")
    assert wrong == []
    assert seen > 8


def test_an_option_in_a_sentence_exists_somewhere() -> None:
    def options(of: Any) -> Iterator[str]:
        for option in of.params:
            yield from (*option.opts, *getattr(option, "secondary_opts", ()))
        for one in getattr(of, "commands", {}).values():
            yield from options(one)

    known = {*options(command()), "--help"}
    named = [
        (where, option) for where, text, _ in sentences() for option in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text)
    ]
    assert [one for one in named if one[1] not in known] == []
    assert len(named) > 20


def test_the_check_sees_what_is_wrong() -> None:
    assert wrong_in("Try it: smtpdesk profile test “office”") and wrong_in("smtpdesk profile try office")
    assert wrong_in("Go on: smtpdesk report {run} --cvs FILE")
    assert not wrong_in("Go on: smtpdesk report {run} --csv FILE")
