"""Bodies as they travel: 7bit when they already can, else quoted-printable or base64, whichever is shorter.

RFC 2045 section 6, RFC 5322 section 2.1.1 (lines of at most 998 octets), RFC 5321 section 4.5.3.1.6.

Most lines of a message are the same for everybody, and neither 7bit nor quoted-printable carries anything from one line
to the next: so encoded lines are remembered, and a message costs one look-up a line instead of a walk over its octets.
"""

from __future__ import annotations

import binascii
import re
from typing import TypeVar

_Encoded = TypeVar("_Encoded")
_LONGEST = 998
#: Octets that may stand in a 7bit body: printable ASCII and tab (line ends apart).
_PLAIN = bytes([9, *range(32, 127)])
#: Boundaries begin with this; a 7bit line that does so is encoded instead, so a boundary cannot occur in any body.
_BOUNDARY_MARK = b"--=_"
# A blank at the end of a line is written as three characters after the line was already filled up to 76.
_OVERFULL = re.compile(rb"([^\r\n]{74,})(=20|=09)\Z")
_LINES_KEPT = 8_192
_LINE_KEPT = 4_000


class _PlainLines(dict[str, bytes | None]):
    """ASCII lines as 7bit octets; None for a line that may not travel so."""

    def __missing__(self, line: str) -> bytes | None:
        raw = line.encode("ascii")
        plain = len(raw) <= _LONGEST and not raw.translate(None, _PLAIN) and not raw.startswith(_BOUNDARY_MARK)
        return _remembered(self, line, raw if plain else None)


class _QuotedLines(dict[str, bytes]):
    """Lines in quoted-printable."""

    def __missing__(self, line: str) -> bytes:
        return _remembered(self, line, quoted_line(line.encode("utf-8")))


class BodyEncoder:
    """Encodes the text parts of one campaign's messages."""

    def __init__(self) -> None:
        self._plain = _PlainLines()
        self._quoted = _QuotedLines()

    def encode(self, text: str) -> tuple[bytes, bytes]:
        """The Content-Transfer-Encoding and the encoded body, which ends with CRLF.

        Raises:
            UnicodeEncodeError: the text holds half a surrogate pair.
        """
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        lines = text.split("\n")
        if lines[-1]:
            lines.append("")
        if text.isascii():
            plain = self._plain
            pieces = [plain[line] for line in lines]
            if None not in pieces:
                return b"7bit", b"\r\n".join(pieces)  # type: ignore[arg-type]  # just looked for None
        quoted = self._quoted
        body = b"\r\n".join([quoted[line] for line in lines])
        # Each three octets are four in base64, and each line of 76 has two more.
        if len(body) * 76 * 3 > (len(text.encode("utf-8")) + len(lines)) * 78 * 4:
            return b"base64", base64_lines("\r\n".join(lines).encode("utf-8"))
        return b"quoted-printable", body


def quoted_line(raw: bytes) -> bytes:
    """Quoted-printable of one line without its end, in lines of at most 76 characters."""
    encoded = binascii.b2a_qp(raw + b"\r\n", istext=True)[:-2]
    return _OVERFULL.sub(rb"\1=\r\n\2", encoded) if len(encoded) > 76 else encoded


def base64_lines(raw: bytes) -> bytes:
    """Base64 in lines of 76 characters, ending with CRLF; nothing for nothing."""
    encoded = binascii.b2a_base64(raw, newline=False)
    lines = [encoded[start : start + 76] for start in range(0, len(encoded), 76)]
    return b"\r\n".join([*lines, b""])


def _remembered(known: dict[str, _Encoded], line: str, encoded: _Encoded) -> _Encoded:
    if len(line) <= _LINE_KEPT:
        if len(known) >= _LINES_KEPT:
            known.clear()
        known[line] = encoded
    return encoded
