"""message.md: Markdown to HTML first, Jinja afterwards.

In this order a value from the spreadsheet is only ever escaped text: ``*`` or ``<`` in somebody's name is neither
emphasis nor a tag. The Jinja parts are taken out before Markdown sees the text, and put back as they were.
"""

from __future__ import annotations

import re

from markdown_it import MarkdownIt

_QUOTED = r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'"""
_JINJA = re.compile(
    r"\{%-?\s*raw\s*-?%\}.*?\{%-?\s*endraw\s*-?%\}"
    rf"|\{{\{{(?:{_QUOTED}|(?!\}}\}}).)*\}}\}}"
    rf"|\{{%(?:{_QUOTED}|(?!%\}}).)*%\}}"
    r"|\{#.*?#\}",
    re.DOTALL,
)
# Noncharacters, which no text has (Unicode 16, section 23.7).
_OPEN, _CLOSE = "\ufdd3", "\ufdd4"
_MARK = re.compile(rf"<!--{_OPEN}(\d+){_CLOSE}-->|{_OPEN}(\d+){_CLOSE}|%EF%B7%93(\d+)%EF%B7%94")
_SHELL = (
    '<!doctype html>\n<html>\n<head>\n<meta charset="utf-8">\n'
    '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    '<meta name="color-scheme" content="light dark">\n</head>\n'
    '<body style="margin:0 auto;padding:24px;max-width:640px;'
    "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;font-size:16px;line-height:1.5\">\n"
)
_SHELL_END = "</body>\n</html>\n"


def is_markdown(name: str) -> bool:
    """Whether a message file is written in Markdown."""
    return name.lower().endswith((".md", ".markdown"))


class Converted:
    """The Jinja source in HTML, and where each of its lines comes from."""

    def __init__(self, source: str, lines: dict[int, int]) -> None:
        self.source = source
        self._lines = lines

    def line(self, number: int) -> int:
        """The line of the Markdown file that a line of the HTML was made from (the nearest Jinja part's)."""
        return self._lines.get(number, 0)


def to_html(text: str, *, whole: bool) -> Converted:
    """Markdown with Jinja to HTML with Jinja; ``whole`` adds the frame of a complete document."""
    kept: list[tuple[str, int]] = []
    for mark in (_OPEN, _CLOSE):
        text = text.replace(mark, "")
    protected = _JINJA.sub(lambda found: _protect(found, kept), text)
    html = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(protected)
    if whole:
        html = _SHELL + html + _SHELL_END
    return _restore(html, kept)


def _protect(found: re.Match[str], kept: list[tuple[str, int]]) -> str:
    text = found.string
    number = len(kept)
    kept.append((found[0], text.count("\n", 0, found.start()) + 1))
    mark = f"{_OPEN}{number}{_CLOSE}"
    before = text[text.rfind("\n", 0, found.start()) + 1 : found.start()]
    end = text.find("\n", found.end())
    after = text[found.end() : end if end >= 0 else len(text)]
    alone = not before.strip() and not after.strip()
    # A statement on a line of its own belongs to no paragraph: a comment keeps Markdown from making one of it.
    shown = found[0].startswith("{{") or "endraw" in found[0]
    return f"<!--{mark}-->" if alone and not shown else mark


def _restore(html: str, kept: list[tuple[str, int]]) -> Converted:
    lines: dict[int, int] = {}
    made: list[str] = []
    line = 1
    position = 0
    for found in _MARK.finditer(html):
        between = html[position : found.start()]
        original, source_line = kept[int(found[1] or found[2] or found[3])]
        line += between.count("\n")
        lines.setdefault(line, source_line)
        made += [between, original]
        line += original.count("\n")
        position = found.end()
    made.append(html[position:])
    return Converted("".join(made), lines)
