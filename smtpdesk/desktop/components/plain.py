"""Words from elsewhere, shown as words: cells, file names, headings, server's answers, names of profiles and lists.

Qt takes a text for mark-up where it looks like mark-up (tool tips, labels that were told nothing), and loads what a tag
in it names. It takes ``&`` for a shortcut in buttons and menus, and ``[*]`` for a mark in window titles. And it lays
out all of a text before it cuts it, so a cell of a megabyte stops the window. Everything that shows words goes through
here; ``tests/architecture/test_plain_words.py`` holds that.
"""

from __future__ import annotations

import re
from typing import Protocol

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QToolTip, QWidget

from smtpdesk.desktop.theme import icon as make_icon

#: Characters that a cell, a tool tip or name, and a whole paragraph show at most.
CELL, TIP, PARAGRAPH = 500, 2_000, 20_000
_TIP_LINES = 40
#: Between ``<`` and what follows it: takes no room, and no HTML parser sees a tag there.
_JOINER = "\u2060"
#: Line breaks, tabs and other controls.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROL_BUT_BREAKS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
#: What turns the direction of all that follows; our own sentences use isolates, which end with the value.
_TURNS = re.compile(r"[\u202a-\u202e]")
_TAG_START = re.compile(r"<(?=[A-Za-z/!?])|&(?=#?[A-Za-z0-9]{1,32};)")


class _HasToolTip(Protocol):
    def setToolTip(self, tip: str, /) -> None: ...


def cut(words: str, most: int = PARAGRAPH) -> str:
    """At most this many characters, the last one an ellipsis where something is missing."""
    return words if len(words) <= most else f"{words[: most - 1]}…"


def one_line(words: str, most: int = CELL) -> str:
    """Words for one line of a table, a list or a label: bounded, without controls."""
    return _CONTROL.sub(" ", _TURNS.sub("\ufffd", cut(words, most)))


def paragraph(words: str, most: int = PARAGRAPH) -> str:
    """Words for several lines: bounded, without controls but line breaks and tabs."""
    return _CONTROL_BUT_BREAKS.sub(" ", _TURNS.sub("\ufffd", cut(words.replace("\r\n", "\n"), most)))


def unmarked(words: str, most: int = TIP) -> str:
    """Words that neither Qt nor a desktop's notifications take for mark-up; they look the same."""
    lines = paragraph(words, most).split("\n")
    if len(lines) > _TIP_LINES:
        lines = [*lines[: _TIP_LINES - 1], "…"]
    return _TAG_START.sub(lambda found: found[0] + _JOINER, "\n".join(lines))


def set_tip(target: _HasToolTip, words: str) -> None:
    """The tool tip of a widget, an action or the tray's icon."""
    target.setToolTip(unmarked(words))


def show_tip(where: QPoint, words: str, over: QWidget) -> None:
    """Show a tool tip at once, at a point of the screen."""
    QToolTip.showText(where, unmarked(words), over)


def set_title(window: QWidget, words: str) -> None:
    """The title of a window; ``[*]`` in it is no mark for unsaved changes."""
    window.setWindowTitle(one_line(words).replace("[*]", "[*][*]"))


def no_shortcut(words: str) -> str:
    """Words for a button or a menu, in which ``&`` is an ampersand."""
    return one_line(words).replace("&", "&&")


def entry(menu: QMenu, words: str, picture: str = "", behind: str = "") -> QAction:
    """Put an entry into a menu: ``entry(menu, _("Rename…"), "pencil")``; ``behind``: words at the far side."""
    shown = no_shortcut(words) + (f"\t{no_shortcut(behind)}" if behind else "")
    action = QAction(make_icon(picture), shown, menu) if picture else QAction(shown, menu)
    menu.addAction(action)
    return action


#: How every label of ours is told to read its text.
PLAIN = Qt.TextFormat.PlainText
