"""Bodies as they travel: 7bit when they already can, else quoted-printable or base64, whichever is shorter.

RFC 2045 section 6, RFC 5322 section 2.1.1 (lines of at most 998 octets), RFC 5321 section 4.5.3.1.6. Not every server
lets them be that long: Haraka breaks what is longer than 990.

Most lines of a message are the same for everybody, and neither 7bit nor quoted-printable carries anything from one line
to the next: so encoded lines are remembered, and a message costs one look-up a line instead of a walk over its octets.
Where a text comes in pieces, as templates put it out, the lines within a piece cost one look-up together.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

_Encoded = TypeVar("_Encoded")
#: Octets of a line that may travel as it is.
_LONGEST = 900
#: Octets that may stand in a 7bit body: printable ASCII and tab (line ends apart).
_PLAIN = bytes([9, *range(32, 127)])
#: Boundaries begin with this; a 7bit line that does so is encoded instead, so a boundary cannot occur in any body.
_BOUNDARY_MARK = b"--=_"
# A blank at the end of a line is written as three characters after the line was already filled up to 76.
#: Octets that are put into base64 at once: whole lines of it.
BLOCK = 57 * 16_384
_LINES_KEPT = 8_192
_LINE_KEPT = 4_000
#: Characters in all pieces that are remembered.
_PIECES_KEPT = 2_000_000


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


class _Block:
    """The lines of a piece of text, but for its first and its last one: those go on in what stands around it."""

    __slots__ = ("ends", "head", "plain", "quoted", "size", "tail")

    def __init__(self, piece: str, plain: _PlainLines, quoted: _QuotedLines) -> None:
        self.head, *whole, self.tail = piece.split("\n")
        #: How many line ends there are, and how many octets the whole lines and all line ends are in UTF-8.
        self.ends = len(whole) + 1
        self.size = sum(len(line.encode("utf-8")) for line in whole) + self.ends
        self.quoted = b"".join([quoted[line] + b"\r\n" for line in whole])
        plains = [plain[line] if line.isascii() else None for line in whole]
        #: As 7bit; None when that cannot be.
        self.plain = None if None in plains else b"".join([octets + b"\r\n" for octets in plains if octets is not None])


class _Blocks(dict[str, _Block]):
    """Pieces of text as blocks."""

    def __init__(self, plain: _PlainLines, quoted: _QuotedLines) -> None:
        self._lines = plain, quoted
        self._kept = 0

    def __missing__(self, piece: str) -> _Block:
        text = str(piece)
        block = _Block(text, *self._lines)
        self._kept += len(text)
        if self._kept > _PIECES_KEPT:
            self.clear()
            self._kept = len(text)
        self[text] = block
        return block


class BodyEncoder:
    """Encodes the text parts of one campaign's messages."""

    def __init__(self) -> None:
        self._plain = _PlainLines()
        self._quoted = _QuotedLines()
        self._blocks = _Blocks(self._plain, self._quoted)

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
        if _is_longer(body, len(text.encode("utf-8")) + len(lines)):
            return b"base64", base64_lines("\r\n".join(lines).encode("utf-8"))
        return b"quoted-printable", body

    def encode_pieces(self, pieces: Sequence[str]) -> tuple[bytes, bytes]:
        """As :meth:`encode` for the text that these are together. Quick where they are the same objects each time.

        Raises:
            UnicodeEncodeError: the text holds half a surrogate pair.
        """
        lines: list[str] = []
        blocks: list[_Block] = []
        line: list[str] = []
        for piece in pieces:
            if "\r" in piece:
                return self.encode("".join(pieces))
            if "\n" in piece:
                block = self._blocks[piece]
                line.append(block.head)
                lines.append("".join(line))  # not by "+": Markup would escape what it is added to
                blocks.append(block)
                line = [block.tail]
            else:
                line.append(piece)
        lines.append("".join(line))
        return self._plainly(lines, blocks) or self._quotedly(lines, blocks) or self.encode("".join(pieces))

    def _plainly(self, lines: list[str], blocks: list[_Block]) -> tuple[bytes, bytes] | None:
        """7bit, where that can be. The lines stand before the blocks, the last one behind them."""
        octets = []
        for line in lines:
            plain = self._plain[line] if line.isascii() else None
            if plain is None:
                return None
            octets.append(plain)
        made: list[bytes] = []
        for plain, block in zip(octets, blocks, strict=False):
            if block.plain is None:
                return None
            made += (plain, b"\r\n", block.plain)
        return b"7bit", b"".join([*made, octets[-1], b"\r\n" if lines[-1] else b""])

    def _quotedly(self, lines: list[str], blocks: list[_Block]) -> tuple[bytes, bytes] | None:
        """Quoted-printable, unless base64 is shorter."""
        quoted = self._quoted
        made: list[bytes] = []
        size = sum([len(line) if line.isascii() else len(line.encode("utf-8")) for line in lines])
        ends = 2 if lines[-1] else 1
        for line, block in zip(lines, blocks, strict=False):
            made += (quoted[line], b"\r\n", block.quoted)
            size += block.size
            ends += block.ends
        body = b"".join([*made, quoted[lines[-1]], b"\r\n" if lines[-1] else b""])
        return None if _is_longer(body, size + ends) else (b"quoted-printable", body)


def _is_longer(body: bytes, octets: int) -> bool:
    """Whether base64 of so many octets is shorter: each three are four in it, each line of 76 has two more."""
    return len(body) * 76 * 3 > octets * 78 * 4


def quoted_line(raw: bytes) -> bytes:
    """Quoted-printable of one line without its end, in lines of at most 76 characters."""
    encoded = binascii.b2a_qp(raw + b"\r\n", istext=True)[:-2]
    last = len(encoded) - encoded.rfind(b"\n") - 1
    if last > 76 and encoded.endswith((b"=20", b"=09")):
        return encoded[:-3] + b"=\r\n" + encoded[-3:]
    return encoded


def base64_lines(raw: bytes) -> bytes:
    """Base64 in lines of 76 characters, ending with CRLF; nothing for nothing."""
    return b"".join(base64_blocks(raw[start : start + BLOCK] for start in range(0, len(raw), BLOCK)))


def base64_blocks(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Base64 in lines of 76 characters, block by block; each block but the last has :data:`BLOCK` octets."""
    for block in blocks:
        encoded = binascii.b2a_base64(block, newline=False)
        lines = [encoded[start : start + 76] for start in range(0, len(encoded), 76)]
        yield b"\r\n".join([*lines, b""])


def _remembered(known: dict[str, _Encoded], line: str, encoded: _Encoded) -> _Encoded:
    if len(line) <= _LINE_KEPT:
        if len(known) >= _LINES_KEPT:
            known.clear()
        known[line] = encoded
    return encoded
