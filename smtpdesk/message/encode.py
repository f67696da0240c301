"""Bodies as they travel: 7bit when they already can, else quoted-printable or base64, whichever is shorter.

RFC 2045 section 6, RFC 5322 section 2.1.1 (lines of at most 998 octets), RFC 5321 section 4.5.3.1.6.
The scans below run in C (``translate``, ``count``, ``split``); a regular expression over the body would cost more
than everything else together.
"""

from __future__ import annotations

import binascii
import re

#: Octets that may stand in a 7bit body: printable ASCII, tab, CR and LF.
_PLAIN = bytes([9, 10, 13, *range(32, 127)])
_LONGEST = 998
#: Boundaries begin with this; a 7bit body that has it is encoded instead, so a boundary cannot occur in any body.
BOUNDARY_MARK = b"--=_"
# A blank at the end of a line is written as three characters after the line was already filled up to 76.
_OVERFULL = re.compile(rb"(?m)^([^\r\n]{74,})(=20|=09)\r$")


def with_crlf(text: str) -> bytes:
    """UTF-8 with CRLF line ends, ending with one.

    Raises:
        UnicodeEncodeError: the text holds half a surrogate pair.
    """
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.endswith("\n"):
        text += "\n"
    return text.replace("\n", "\r\n").encode("utf-8")


def encode_text(text: str) -> tuple[bytes, bytes]:
    """The Content-Transfer-Encoding and the encoded body, which ends with CRLF.

    Raises:
        UnicodeEncodeError: the text holds half a surrogate pair.
    """
    raw = with_crlf(text)
    odd = len(raw.translate(None, _PLAIN))
    if not odd and max(map(len, raw.split(b"\r\n"))) <= _LONGEST and BOUNDARY_MARK not in raw:
        return b"7bit", raw
    # Quoted-printable turns one octet into three, base64 three into four; soft line breaks cost about the same in both.
    if 2 * (odd + raw.count(b"=")) < len(raw) // 3:
        return b"quoted-printable", quoted_printable(raw)
    return b"base64", base64_lines(raw)


def quoted_printable(raw: bytes) -> bytes:
    """Quoted-printable of CRLF text that ends with CRLF, in lines of at most 76 characters."""
    encoded = binascii.b2a_qp(raw, istext=True)
    if b" \r\n" in raw or b"\t\r\n" in raw:
        encoded = _OVERFULL.sub(rb"\1=\r\n\2\r", encoded)
    return encoded


def base64_lines(raw: bytes) -> bytes:
    """Base64 in lines of 76 characters, ending with CRLF; nothing for nothing."""
    encoded = binascii.b2a_base64(raw, newline=False)
    lines = [encoded[start : start + 76] for start in range(0, len(encoded), 76)]
    return b"\r\n".join([*lines, b""])
