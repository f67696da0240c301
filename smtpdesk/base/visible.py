"""Foreign text made visible: nothing in it moves the cursor, hides, or turns the line around.

Cells, headings, names, subjects, file names, server replies and fields of certificates are written by strangers. On a
terminal an escape sequence may change what was said before; a mark for the direction of writing makes
``gpj.exe`` of ``exe.jpg``; a mark without width makes two equal names of different ones.
"""

from __future__ import annotations

import re

#: Line separators beside LF, marks of direction, what has no width, tags, and halves of a pair.
_HIDDEN = "\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
_UNSEEN = re.compile(f"[\x00-\x1f\x7f-\x9f{_HIDDEN}\ud800-\udfff]")
_UNSEEN_BUT_LINES = re.compile(f"[\x00-\x09\x0b-\x1f\x7f-\x9f{_HIDDEN}\ud800-\udfff]")
#: What JSON leaves as it is, although a terminal does not.
_UNSEEN_IN_JSON = re.compile(f"[\x7f-\x9f{_HIDDEN}\ud800-\udfff]")


def visible(text: str, *, lines: bool = False) -> str:
    """The text with a sign for everything that is not seen: ``\\x1b`` as ``␛``, a mark of direction as ``<U+202E>``.

    Args:
        lines: line breaks stay; else they are signs, too, so that a name cannot write a line of its own.
    """
    return (_UNSEEN_BUT_LINES if lines else _UNSEEN).sub(_sign, text)


def visible_json(text: str) -> str:
    """JSON with the same characters escaped in its own way; it means the same."""
    return _UNSEEN_IN_JSON.sub(_escaped, text)


def _sign(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return f"<U+{code:04X}>"


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
