"""A plain-text template made from the HTML template, for somebody who goes on from there."""

from __future__ import annotations

import re
from collections.abc import Iterator

from smtpdesk.message.plaintext import html_to_text

_OPENING = re.compile(r"\{[{%#]")
_ENDS = {"{{": "}}", "{%": "%}", "{#": "#}"}
#: Letters that no message holds (Unicode's private use area); a marked number stands for a piece of Jinja meanwhile.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")


def text_template(source: str, name: str) -> str:
    """The text with all its fields; Markdown reads well as it is."""
    if name.endswith(".md"):
        return source
    pieces: list[str] = []

    marked: list[str] = []
    done = 0
    for begin, end in _jinja(source):
        marked.append(source[done:begin])
        if not source.startswith("{#", begin):
            marked.append(f"{_OPEN}{len(pieces)}{_CLOSE}")
            pieces.append(source[begin:end])
        done = end
    text = html_to_text("".join([*marked, source[done:]]))
    return _MARK.sub(lambda found: pieces[int(found[1])], text)


def _jinja(source: str) -> Iterator[tuple[int, int]]:
    """Where pieces of Jinja begin and end; what is never closed is none."""
    position = 0
    never: set[str] = set()
    while found := _OPENING.search(source, position):
        position = found.end()
        end = -1 if found[0] in never else source.find(_ENDS[found[0]], position)
        if end < 0:
            never.add(found[0])  # nor will it be for those that follow
        else:
            position = end + 2
            yield found.start(), position
