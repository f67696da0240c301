"""What has to be known of and done to the style sheets of a message."""

from __future__ import annotations

import re
from collections.abc import Iterator

_ASKS_DARK = re.compile(r"\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)", re.I)
_BOTH_SCHEMES = re.compile(r"(color-scheme\s*:\s*)(?:light\s+dark|dark\s+light)(?:\s+only)?", re.I)
#: ``<`` that an HTML parser could take for a tag. ``width <= 600px`` is none.
_TAG_OPEN = re.compile(r"<(?=[A-Za-z/!?])")
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.S)
#: What may load, but is no picture: other style sheets and fonts.
_NO_PICTURE = re.compile(r"@import\b[^;]*+;?|@font-face\s*+\{[^}]*+\}?", re.I)
_URL = re.compile(r"url\(\s*+", re.I)

#: Always true, and never: what a media feature that no view can set by itself is replaced with.
_TRUE, _FALSE = "(min-width: 0px)", "(max-width: 0px)"


def for_scheme(css: str, dark: bool) -> str:
    """The style sheet as a reader in dark (or light) mode gets it.

    A web view takes ``prefers-color-scheme`` from the whole application, so the media feature is answered here.
    """
    css = _ASKS_DARK.sub(lambda found: _TRUE if (found[1].lower() == "dark") == dark else _FALSE, css)
    return _BOTH_SCHEMES.sub(lambda found: found[1] + ("dark" if dark else "light"), css)


def defused(css: str) -> str:
    """A style sheet in which no HTML parser can find a tag, and which means the same.

    Inside ``<svg>`` a browser reads the text of ``<style>`` as elements, so a hidden ``<link>`` could open a
    connection there. ``\\3c`` is CSS for "<" (CSS Syntax 3, section 4.3.7).
    """
    return _TAG_OPEN.sub(r"\\3c ", css.replace("<!--", " ").replace("-->", " "))


def pictures(css: str) -> list[str]:
    """The addresses of pictures a style sheet (or style attribute) would load."""
    bare = _NO_PICTURE.sub(" ", _COMMENT.sub(" ", css))
    return list(_addresses(bare))


def _addresses(css: str) -> Iterator[str]:
    """What stands in ``url(…)``, with or without quotes; each character is looked at once or twice."""
    position = 0
    never: set[str] = set()
    while found := _URL.search(css, position):
        position = found.end()
        mark = css[position : position + 1]
        begin, closing = (position + 1, mark) if mark in ("'", '"') else (position, ")")
        end = -1 if closing in never else css.find(closing, begin)
        if end < 0:
            never.add(closing)  # nor does it close any that follows
            continue
        position = end + 1
        yield css[begin:end].strip()


def knows_dark(css: str) -> bool:
    """Whether it has colours of its own for dark mode."""
    bare = _COMMENT.sub(" ", css)
    found = _ASKS_DARK.search(bare)
    return bool(found and found[1].lower() == "dark") or bool(_BOTH_SCHEMES.search(bare))
