from __future__ import annotations

import ast
import importlib.util
import string
from collections.abc import Iterator
from types import ModuleType

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from tests.servers.proc import ROOT

TEMPLATE = ROOT / "resources" / "i18n" / "smtpdesk.pot"

#: Modules that translate what they read from ``resources/``; ``packaging/catalogue.py`` collects from those files.
READERS = (
    "smtpdesk/smtp/replies.py",
    "smtpdesk/smtp/status_codes.py",
    "smtpdesk/desk/campaigns.py",
    "smtpdesk/providers/",
    "smtpdesk/base/i18n.py",
)


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    for file in sorted((ROOT / "smtpdesk").rglob("*.py")):
        where = file.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext"):
                yield f"{where}:{node.lineno}", node, node.func.id


def literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def collector() -> ModuleType:
    spec = importlib.util.spec_from_file_location("catalogue", ROOT / "packaging" / "catalogue.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ids(catalogue: Catalog) -> set[str | tuple[str, ...]]:
    return {tuple(m.id) if isinstance(m.id, list | tuple) else m.id for m in catalogue if m.id}


def test_every_translated_sentence_is_a_literal() -> None:
    wrong = []
    for where, call, name in calls():
        sentences = call.args[: 2 if name == "ngettext" else 1]
        if not where.startswith(READERS) and not all(literal(sentence) for sentence in sentences):
            wrong.append(where)
    assert wrong == []


def test_no_sentence_stands_in_a_formatted_string() -> None:
    """Before Python 3.12 such a string is one piece: what is in it is not collected, or on some Pythons only."""
    wrong = [
        f"{file.relative_to(ROOT)}:{call.lineno}"
        for file in sorted((ROOT / "smtpdesk").rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.JoinedStr)
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("_", "ngettext")
    ]
    assert wrong == []


def test_no_sentence_is_translated_while_modules_are_imported() -> None:
    """The language is chosen when the program starts, which is after the imports."""
    wrong = []
    for file in sorted((ROOT / "smtpdesk").rglob("*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        wrong += [f"{file.relative_to(ROOT)}:{call.lineno}" for call in _run_on_import(tree)]
    assert wrong == []


def _run_on_import(node: ast.AST) -> Iterator[ast.Call]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            defaults: list[ast.expr | None] = [*child.args.defaults, *child.args.kw_defaults]
            yield from (call for default in defaults if default is not None for call in _run_on_import_in(default))
            continue
        yield from _run_on_import_in(child)


def _run_on_import_in(node: ast.AST) -> Iterator[ast.Call]:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext"):
        yield node
    yield from _run_on_import(node)


def test_the_catalogue_holds_every_sentence() -> None:
    with TEMPLATE.open("rb") as file:
        written = ids(read_po(file))
    found = ids(collector().sentences())
    assert found - written == set(), "run: make i18n"
    assert written - found == set(), "run: make i18n"


def fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_a_translation_names_only_fields_that_its_sentence_has() -> None:
    wrong = []
    for file in sorted((ROOT / "resources" / "i18n").glob("*/LC_MESSAGES/smtpdesk.po")):
        with file.open("rb") as source:
            catalogue = read_po(source)
        wrong += [f"{file}: {message.id}" for message in catalogue if message.id and not _same_fields(message)]
    assert wrong == []


def _same_fields(message: Message) -> bool:
    if not message.string or "python-brace-format" not in message.flags:
        return True
    originals = message.id if isinstance(message.id, list | tuple) else (message.id,)
    translations = message.string if isinstance(message.string, list | tuple) else (message.string,)
    allowed = set().union(*(fields(text) for text in originals))
    return all(fields(text) <= allowed for text in translations if text)
