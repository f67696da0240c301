"""HTML in tokens, each character looked at once or twice, whatever it holds.

The standard library's parser takes minutes for ``<a `` or ``<!--`` ten thousand times. This one follows the tokenizer
of the HTML standard (section 13.2.5) as far as a display needs it; the cleaner writes anew whatever it understood, so
where a browser would read something differently, it never sees it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from html import unescape

_NAME = re.compile(r"[^\s/>]++")
_SPACE = re.compile(r"[\s/]*+")
_BLANKS = re.compile(r"\s*+")
_ATTRIBUTE = re.compile(r"=?[^\s/>=]*+")
_UNQUOTED = re.compile(r"[^\s>]*+")
_COMMENT_END = re.compile(r"--!?>")
_NUMBER = re.compile(r"&#(0*+)([0-9]*+);?")
#: Elements whose content is text up to their end tag.
_RAW = frozenset({"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"})


class Kind(Enum):
    """What a token is."""

    TEXT = auto()
    START = auto()
    END = auto()
    DECLARATION = auto()


@dataclass(slots=True)
class Token:
    """``words``: the text, the tag's name in lower case, or what stands in ``<!…>``."""

    kind: Kind
    words: str
    attributes: list[tuple[str, str | None]] = field(default_factory=list)
    closes_itself: bool = False


def tokens(html: str) -> Iterator[Token]:
    """The tokens of a document, in order; comments are left out."""
    return _Reader(html).read()


class _Reader:
    def __init__(self, html: str) -> None:
        self._html = html
        self._at = 0

    def read(self) -> Iterator[Token]:
        html = self._html
        while self._at < len(html):
            begin = html.find("<", self._at)
            if begin < 0:
                begin = len(html)
            if begin > self._at:
                yield Token(Kind.TEXT, characters(html[self._at : begin]))
            self._at = begin
            if begin < len(html):
                yield from self._markup()

    def _markup(self) -> Iterator[Token]:
        html, at = self._html, self._at
        following = html[at + 1 : at + 2]
        if following.isascii() and following.isalpha():
            yield from self._start_tag()
        elif following == "/":
            yield from self._end_tag()
        elif following in ("!", "?"):
            yield from self._declaration()
        else:
            self._at = at + 1
            yield Token(Kind.TEXT, "<")

    def _start_tag(self) -> Iterator[Token]:
        name = self._take(_NAME, self._at + 1).lower()
        token = Token(Kind.START, name)
        if not self._attributes(token):
            self._at = len(self._html)  # the document ends within the tag: a browser shows nothing of it
            return
        yield token
        if name in _RAW and not token.closes_itself:
            yield from self._raw(name)

    def _end_tag(self) -> Iterator[Token]:
        html, at = self._html, self._at
        following = html[at + 2 : at + 3]
        if not (following.isascii() and following.isalpha()):
            end = html.find(">", at)
            self._at = len(html) if end < 0 else end + 1  # "</>" and "</ x>" are nothing
            return
        token = Token(Kind.END, self._take(_NAME, at + 2).lower())
        if self._attributes(token):
            yield token
        else:
            self._at = len(html)

    def _attributes(self, token: Token) -> bool:
        """Read up to the end of the tag; False when there is none."""
        html = self._html
        known: set[str] = set()
        while True:
            blank = self._take(_SPACE, self._at)
            if self._at >= len(html):
                return False
            if html[self._at] == ">":
                token.closes_itself = blank.endswith("/")
                self._at += 1
                return True
            name = self._take(_ATTRIBUTE, self._at).lower()
            after = self._at
            self._take(_BLANKS, self._at)
            value: str | None = None
            if html[self._at : self._at + 1] == "=":
                value = self._value(self._at + 1)
                if value is None:
                    return False
            else:
                self._at = after
            if name not in known:
                known.add(name)
                token.attributes.append((name, value))

    def _value(self, at: int) -> str | None:
        html = self._html
        self._take(_BLANKS, at)
        quote = html[self._at : self._at + 1]
        if quote not in ("'", '"') or not quote:
            return characters(self._take(_UNQUOTED, self._at))
        begin = self._at + 1
        end = html.find(quote, begin)
        if end < 0:
            return None
        self._at = end + 1
        return characters(html[begin:end])

    def _raw(self, name: str) -> Iterator[Token]:
        html, begin = self._html, self._at
        found = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(html, begin)
        self._at = end = found.start() if found else len(html)
        if end > begin:
            words = html[begin:end]
            yield Token(Kind.TEXT, characters(words) if name in ("title", "textarea") else words)

    def _declaration(self) -> Iterator[Token]:
        html, at = self._html, self._at
        if html.startswith(("<!-->", "<!--->"), at):
            self._at = html.index(">", at) + 1
        elif html.startswith("<!--", at):
            found = _COMMENT_END.search(html, at + 4)
            self._at = found.end() if found else len(html)
        else:
            end = html.find(">", at)
            self._at = len(html) if end < 0 else end + 1
            if html[at + 1] == "!" and end >= 0:
                yield Token(Kind.DECLARATION, html[at + 2 : end])

    def _take(self, pattern: re.Pattern[str], at: int) -> str:
        """What the pattern takes here, which may be nothing; the place moves behind it."""
        found = pattern.match(self._html, at)
        self._at = found.end() if found else at
        return found[0] if found else ""


def characters(words: str) -> str:
    """The text with its character references resolved."""
    return unescape(_NUMBER.sub(_in_bounds, words)) if "&" in words else words


def _in_bounds(found: re.Match[str]) -> str:
    # Python refuses to read a number of thousands of digits; there are no characters beyond seven.
    if not found[1] and len(found[2]) < 8:
        return found[0]
    return f"&#{found[2] or 0};" if len(found[2]) < 8 else "\ufffd"
