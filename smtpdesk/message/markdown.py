"""message.md: Markdown to HTML first, Jinja afterwards.

In this order a value from the spreadsheet is only ever escaped text: ``*`` or ``<`` in somebody's name is neither
emphasis nor a tag. The Jinja parts are taken out before Markdown sees the text, and put back as they were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

_OPENING = re.compile(r"\{[{%#]")
_RAW = re.compile(r"\{%[-+]?\s*raw\s*-?%\}")
_RAW_END = re.compile(r"\{%[-+]?\s*endraw\s*[-+]?%\}")
_ENDS = {"{{": re.compile(r"\}\}|[\"']"), "{%": re.compile(r"%\}|[\"']"), "{#": re.compile(r"#\}")}
_QUOTED = {
    '"': re.compile(r"\"(?:\\.|[^\"\\])*+\"", re.DOTALL),
    "'": re.compile(r"'(?:\\.|[^'\\])*+'", re.DOTALL),
}
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
    protected = _protected(text, kept)
    html = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(protected)
    if whole:
        html = _SHELL + html + _SHELL_END
    return _restore(html, kept)


def _protected(text: str, kept: list[tuple[str, int]]) -> str:
    """The text with a mark in place of each Jinja part; the parts, with their lines, go into ``kept``."""
    made: list[str] = []
    position = 0
    for start, end in _jinja_parts(text):
        made += [text[position:start], _mark(text, start, end, len(kept))]
        kept.append((text[start:end], text.count("\n", 0, start) + 1))
        position = end
    return "".join([*made, text[position:]])


def _jinja_parts(text: str) -> Iterator[tuple[int, int]]:
    """Where the Jinja parts are; what is never closed is no part (compiling says so)."""
    found = _OPENING.search(text)
    while found:
        end = _end(text, found)
        if end is None:
            return
        yield found.start(), end
        found = _OPENING.search(text, end)


def _end(text: str, opening: re.Match[str]) -> int | None:
    if _RAW.match(text, opening.start()):
        closing = _RAW_END.search(text, opening.end())
        return closing.end() if closing else None
    return _unquoted(text, _ENDS[opening[0]], opening.end())


def _unquoted(text: str, ends: re.Pattern[str], position: int) -> int | None:
    """Where the first end behind ``position`` is over that does not stand within a quoted text."""
    open_for_ever: set[str] = set()
    while found := ends.search(text, position):
        position = found.end()
        if found[0] not in _QUOTED:
            return position
        if found[0] not in open_for_ever:
            quoted = _QUOTED[found[0]].match(text, found.start())
            if quoted:
                position = quoted.end()
            else:
                open_for_ever.add(found[0])  # no need to look through the whole text for each of them
    return None


def _mark(text: str, start: int, end: int, number: int) -> str:
    mark = f"{_OPEN}{number}{_CLOSE}"
    before = text[text.rfind("\n", 0, start) + 1 : start]
    line_end = text.find("\n", end)
    after = text[end : line_end if line_end >= 0 else len(text)]
    alone = not before.strip() and not after.strip()
    # A statement on a line of its own belongs to no paragraph: a comment keeps Markdown from making one of it.
    shown = text.startswith("{{", start) or _RAW.match(text, start)
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
