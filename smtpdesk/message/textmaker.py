"""Plain text for every row's HTML at the price of a few look-ups.

Laying out a newsletter takes milliseconds, but two rows usually differ in a few words only. The HTML is laid out once
with marks in place of those words; after that, rows of the same shape only fill in their own. Whatever might change the
layout itself (markup, line breaks or blanks in a value, a value in a real table) is laid out in full.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from typing import Any

from smtpdesk.message.plaintext import XML_ILLEGAL, html_to_text, parse_html, shaped, tree_to_text

# Noncharacters, which no text has (Unicode 16, section 23.7).
_OPEN, _CLOSE = "\ufdd1", "\ufdd2"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")
# One line of words with single blanks between them, no markup, and no entities but those that escaping makes.
_SIMPLE = re.compile(
    rf"(?!mailto:|#)(?:(?!&(?!(?:amp|lt|gt|#39|#34);))[^\s<{XML_ILLEGAL}{_OPEN}{_CLOSE}])+"
    rf"(?: (?:(?!&(?!(?:amp|lt|gt|#39|#34);))[^\s<{XML_ILLEGAL}{_OPEN}{_CLOSE}])+)*\Z"
)
_PART = re.compile(rf"(?:</?|&#?\w*){_OPEN}")
_SHAPES_KEPT = 256

#: What rows of the same shape share: static pieces, the numbers of simple values, and values that are not simple.
_Shape = tuple[str | int, ...]


class TextMaker:
    """Makes the plain text out of rendered HTML, remembering the shapes it has seen."""

    def __init__(self) -> None:
        self._known: dict[_Shape, list[str] | None] = {}

    def text(self, pieces: Sequence[str]) -> str:
        """The text for HTML in pieces, as Jinja puts them out: static ones are ``str``, escaped values ``Markup``."""
        return "".join(self.pieces(pieces))

    def pieces(self, pieces: Sequence[str]) -> list[str]:
        """As :meth:`text`, in pieces: what rows of the same shape share are the same objects each time."""
        shape, values = _shape_of(pieces)
        if shape not in self._known:
            if len(self._known) >= _SHAPES_KEPT:
                self._known.clear()
            self._known[shape] = _laid_out(shape, values, "".join(pieces))
        skeleton = self._known[shape]
        if skeleton is None:
            return [html_to_text("".join(pieces))]
        return _filled(skeleton, values)


def _shape_of(pieces: Sequence[str]) -> tuple[_Shape, list[str]]:
    shape: list[str | int] = []
    numbers: dict[str, int] = {}
    for piece in pieces:
        if type(piece) is str or not _SIMPLE.match(piece):
            shape.append(str(piece))
        else:
            # The same value twice gets the same number, so that a link whose label is its own address stays one.
            shape.append(numbers.setdefault(str(piece), len(numbers)))
    return tuple(shape), list(numbers)


def _laid_out(shape: _Shape, values: list[str], html: str) -> list[str] | None:
    """Text, mark, text, mark, …, text; None when the values could change the layout."""
    marked = "".join(piece if isinstance(piece, str) else f"{_OPEN}{piece}{_CLOSE}" for piece in shape)
    if _OPEN in html or _CLOSE in html or _PART.search(marked):
        return None  # a value that looks like a mark, or that becomes part of a tag or an entity
    tree = parse_html(marked)
    if tree is None or _matters(tree):
        return None
    skeleton = _MARK.split(tree_to_text(shaped(tree)))
    if any(_OPEN in piece or _CLOSE in piece for piece in skeleton[::2]):
        return None
    return skeleton if "".join(_filled(skeleton, values)) == html_to_text(html) else None


def _filled(skeleton: list[str], values: list[str]) -> list[str]:
    made = skeleton.copy()
    for position in range(1, len(made), 2):
        made[position] = unescape(values[int(made[position])])
    return made


def _matters(tree: Any) -> bool:
    """Whether a mark stands where its value decides about the layout: a style, a table's cell, a link about itself."""
    for element in tree.iter():
        if _OPEN in (element.get("style") or "") or any(_OPEN in str(name) for name in (element.tag, *element.attrib)):
            return True
    for table in tree.iter("table"):
        if table.get("role") != "presentation" and _OPEN in table.text_content():
            return True
    return any(
        _OPEN in (link.get("href") or "") and _OPEN in link.text_content() and link.get("href") != link.text_content()
        for link in tree.iter("a")
    )
