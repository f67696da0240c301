"""A plain-text template made from the HTML template, for somebody who goes on from there."""

from __future__ import annotations

import re

from smtpdesk.message.plaintext import html_to_text

_COMMENT = re.compile(r"\{#.*?#\}", re.S)
_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
#: Letters that no message holds (Unicode's private use area); a marked number stands for a piece of Jinja meanwhile.
_OPEN, _CLOSE = "\ue0f0", "\ue0f1"
_MARK = re.compile(f"{_OPEN}(\\d+){_CLOSE}")


def text_template(source: str, name: str) -> str:
    """The text with all its fields; Markdown reads well as it is."""
    if name.endswith(".md"):
        return source
    pieces: list[str] = []

    def keep(found: re.Match[str]) -> str:
        pieces.append(found[0])
        return f"{_OPEN}{len(pieces) - 1}{_CLOSE}"

    text = html_to_text(_JINJA.sub(keep, _COMMENT.sub("", source)))
    return _MARK.sub(lambda found: pieces[int(found[1])], text)
