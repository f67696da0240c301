"""Header values as they travel: folded, encoded where they are not ASCII, and never able to become another header.

RFC 5322 (folding, phrases), RFC 2047 (encoded-words), RFC 2231 (parameters), RFC 6532 (UTF-8 local parts).
Lines stay within 78 characters where the value allows it, and always within 998.
"""

from __future__ import annotations

import binascii
import re
from urllib.parse import quote

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.address import AddressError, parse_address

#: What can end a header line, for some reader or other, or cannot be encoded at all (RFC 5322 section 2.2).
_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029\ud800-\udfff]")
#: A name that stands as it is. RFC 5322 would allow more than these; but what it allows, servers on the way put into
#: quotes all the same (Sendmail every name with an apostrophe), and a signature of the header is broken then.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_-]+(?: [A-Za-z0-9_-]+)*\Z")
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]{1,64}@[a-z0-9.\-_]{1,253}\Z")
_FIELD_NAME = re.compile(r"[!-9;-~]{1,70}\Z")
_WIDTH = 78
#: RFC 2047 section 2: a line with an encoded-word is at most 76 characters long.
_WORD_WIDTH = 76
_WORD_FRAME = len("=?utf-8?b??=")
#: A piece of ASCII without a blank longer than this is encoded, which can be folded.
_UNFOLDABLE = 900


def needs_smtputf8(address: str) -> bool:
    """Whether mail to or from this address needs the SMTPUTF8 extension (RFC 6531): its local part is not ASCII."""
    return not address.isascii()


def is_field_name(name: str) -> bool:
    """Whether it can be the name of a header (RFC 5322 section 2.2: printable ASCII without the colon)."""
    return _FIELD_NAME.match(name) is not None


def refuse_control(value: str, header: str) -> str:
    """The value unchanged, if it cannot end the header line.

    Raises:
        InputError: ``message.control-character``.
    """
    found = _CONTROL.search(value)
    if found is None:
        return value
    raise InputError(
        "message.control-character",
        _("The value for {header} holds a line break or another control character (U+{code:04X}).").format(
            header=header, code=ord(found[0])
        ),
        _("Take it out of the cell. It could otherwise end the header and begin another one."),
    )


def encoded_words(text: str, column: int) -> bytes:
    """RFC 2047 encoded-words (UTF-8, B), split between characters, the first fitting after ``column`` characters."""
    raw = text.encode("utf-8")
    words = []
    start = 0
    while start < len(raw):
        room = max((_WORD_WIDTH - column - _WORD_FRAME) // 4 * 3, 4)
        end = min(start + room, len(raw))
        while end < len(raw) and raw[end] & 0xC0 == 0x80:
            end -= 1
        words.append(b"=?utf-8?b?" + binascii.b2a_base64(raw[start:end], newline=False) + b"?=")
        start, column = end, 1
    return b"\r\n ".join(words)


def unstructured(header: str, value: str) -> bytes:
    """The value of a header such as Subject, folded, without the name and the line end.

    Raises:
        InputError: ``message.control-character``.
    """
    refuse_control(value, header)
    column = len(header) + 2
    if value.isascii() and "=?" not in value and value.strip() == value:
        if column + len(value) <= _WIDTH:
            return value.encode("ascii")
        folded = _folded(value, column)
        if folded is not None:
            return folded.encode("ascii")
    return encoded_words(value, column)


def mailbox(header: str, name: str, address: str) -> bytes:
    """``Ana <ana@example.com>`` for From, To and Reply-To, without the header's name.

    Raises:
        InputError: ``message.control-character`` or ``message.bad-address``.
    """
    refuse_control(name, header)
    angle = b"<" + _checked(header, address) + b">"
    name = name.strip()
    if not name:
        return angle[1:-1]
    column = len(header) + 2
    phrase = _phrase(name, column)
    last_line = phrase.rpartition(b"\r\n")[2]
    used = len(last_line) + (0 if last_line is not phrase and b"\r\n" in phrase else column)
    separator = b" " if used + 1 + len(angle) <= _WORD_WIDTH else b"\r\n "
    return phrase + separator + angle


def parameter(name: str, value: str) -> bytes:
    """A parameter of Content-Type or Content-Disposition, each on lines of its own: ``;\\r\\n name=…``.

    Anything but plain ASCII is written as RFC 2231 says; long values are continued in sections.

    Raises:
        InputError: ``message.control-character``.
    """
    refuse_control(value, name)
    if value.isascii() and len(value) <= 60:
        plain = value.replace("\\", "\\\\").replace('"', '\\"')
        return f';\r\n {name}="{plain}"'.encode("ascii")
    encoded = quote(value, safe="!#$&+-.^_`{}~")
    if len(encoded) <= 60:
        return f";\r\n {name}*=utf-8''{encoded}".encode("ascii")
    sections = re.findall(r"(?:%[0-9A-F]{2}|[^%]){1,18}", encoded)
    sections[0] = "utf-8''" + sections[0]
    return "".join(f";\r\n {name}*{n}*={section}" for n, section in enumerate(sections)).encode("ascii")


def _phrase(name: str, column: int) -> bytes:
    if name.isascii() and column + len(name) <= 60 and "=?" not in name:
        if _PLAIN_NAME.match(name):
            return name.encode("ascii")
        quoted = name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}"'.encode("ascii")
    return encoded_words(name, column)


def _checked(header: str, address: str) -> bytes:
    if _ADDRESS.match(address):
        return address.encode("ascii")
    try:
        return parse_address(address).encode("utf-8")
    except (AddressError, UnicodeEncodeError):
        raise InputError(
            "message.bad-address",
            _("“{address}” in {header} is not an e-mail address.").format(address=address[:80], header=header),
            _("It should look like name@example.com."),
        ) from None


def _folded(value: str, column: int) -> str | None:
    """Folded before blanks; None when that cannot be done well (runs of blanks, very long words)."""
    if "  " in value:
        return None
    lines = []
    while column + len(value) > _WIDTH:
        cut = value.rfind(" ", 1, _WIDTH - column + 1)
        if cut <= 0:
            cut = value.find(" ", 1)
        if cut < 0:
            break
        lines.append(value[:cut])
        value, column = value[cut:], 0
    lines.append(value)
    return "\r\n".join(lines) if max(map(len, lines)) <= _UNFOLDABLE else None
