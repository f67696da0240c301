"""No code of the window gives Qt a text that Qt could take for mark-up or a shortcut: that goes through one file."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

_WINDOW = Path(__file__).parents[2] / "smtpdesk" / "desktop"
_HELPER = _WINDOW / "components" / "plain.py"

#: Methods that guess, and what to call instead.
_CALLS = {
    "setToolTip": "set_tip(widget, words)",
    "setWindowTitle": "set_title(window, words)",
    "showText": "show_tip(where, words, over)",
    "setWhatsThis": "nothing: the window has no such help",
    "setStatusTip": "nothing: the window has no status bar",
    "setTabText": "Tabs",
    "setInformativeText": "Dialog",
    "setDetailedText": "Dialog",
    "insertHtml": "Text, or a view that escapes each value",
    "setMarkdown": "Text, or a view that escapes each value",
    "appendHtml": "Text, or a view that escapes each value",
}
#: Classes whose texts are mark-up or have shortcuts, and what to make instead.
_CLASSES = {
    "QMessageBox": "confirm or choose",
    "QErrorMessage": "a banner",
    "QWhatsThis": "nothing",
    "QSplashScreen": "nothing",
    "QGroupBox": "Card with a Text",
    "QTabBar": "Tabs",
    "QTabWidget": "Tabs",
    "QPushButton": "button",
    "QCommandLinkButton": "button",
    "QAction": "entry(menu, words)",
    "QStandardItem": "a model that reads its words with one_line",
    "QListWidgetItem": "a model that reads its words with one_line",
    "QTableWidgetItem": "a model that reads its words with one_line",
    "QTreeWidgetItem": "a model that reads its words with one_line",
    "QLabel": "text or Elide",
}
#: Who may make them: each tells its labels and buttons to read plain text.
_MAKERS = {"text.py": {"QLabel"}, "server_words.py": {"QLabel"}, "buttons.py": {"QPushButton"}}
#: What gives Qt mark-up on purpose, and escapes every value in it.
_MARK_UP = {
    "transcript.py", "headers_view.py", "pages/help/page.py", "preview/engine.py",
}  # fmt: skip


def _files() -> list[Path]:
    return sorted(file for file in _WINDOW.rglob("*.py") if file != _HELPER)


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _complaints(file: Path) -> Iterator[str]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            made = [_name(base) for base in node.bases]
        elif isinstance(node, ast.Call):
            made = [_name(node.func)]
            yield from _call(file, node, made[0])
        else:
            continue
        for name in made:
            if name in _CLASSES and name not in _MAKERS.get(file.name, set()):
                yield f"{file.name}:{node.lineno}: {name}: use {_CLASSES[name]}"


def _call(file: Path, node: ast.Call, name: str) -> Iterator[str]:
    if name in _CALLS:
        yield f"{file.name}:{node.lineno}: {name}: use {_CALLS[name]}"
    if name == "setHtml" and not any(file.as_posix().endswith(known) for known in _MARK_UP):
        yield f"{file.name}:{node.lineno}: setHtml: use text, or escape every value and say so in this test"
    if name == "addAction" and node.args and not _is_icon(node.args[0]):
        yield f"{file.name}:{node.lineno}: addAction: use entry(menu, words)"
    if name == "setTextFormat" and _MAKERS.get(file.name) is None:
        yield f"{file.name}:{node.lineno}: setTextFormat: use text or Elide"
    if name in ("QCheckBox", "QRadioButton") and node.args and not _is_own_words(node.args[0]):
        yield f"{file.name}:{node.lineno}: {name}: its words must be ours, or go through no_shortcut"


def _is_icon(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and _name(node.func) == "icon"


def _is_own_words(node: ast.expr) -> bool:
    """``_("…")`` or ``no_shortcut(…)``, and nothing put into it."""
    return isinstance(node, ast.Call) and _name(node.func) in ("_", "no_shortcut")


@pytest.mark.parametrize("file", _files(), ids=lambda file: file.relative_to(_WINDOW).as_posix())
def test_words_go_through_the_helper(file: Path) -> None:
    assert list(_complaints(file)) == []


def test_every_label_of_ours_says_how_it_reads_its_text() -> None:
    for file, classes in _MAKERS.items():
        if "QLabel" in classes:
            source = (_WINDOW / "components" / file).read_text(encoding="utf-8")
            assert source.count("setTextFormat") >= source.count("(QLabel)") + source.count("= QLabel()"), file


def test_the_search_finds_what_it_is_for(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text(
        "x.setToolTip(cell)\ny = QLabel(cell)\nmenu.addAction(name)\nclass A(QMessageBox): ...\nQCheckBox(name)\n"
        "view.setHtml(cell)\nwindow.setWindowTitle(name)\n"
    )
    assert len(list(_complaints(bad))) == 7
