"""MIME entities as lists of byte strings, joined once at the end (RFC 2045, RFC 2046, RFC 2183, RFC 2387)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache

from smtpdesk.base.errors import InputError
from smtpdesk.base.files import size_words
from smtpdesk.base.i18n import _
from smtpdesk.message.encode import base64_blocks
from smtpdesk.message.headers import parameter
from smtpdesk.message.kinds import mime_type

#: Bytes of all files that travel with one message, far above what any server takes; and of the same in base64.
ATTACHED_LIMIT = 150_000_000
ENCODED_LIMIT = ATTACHED_LIMIT * 78 // 57 + 1_000_000

#: The headers of an entity, an empty line, and its content, which ends with CRLF.
Entity = list[bytes]


def text_entity(subtype: bytes, encoding: bytes, body: bytes) -> Entity:
    """A text/plain or text/html entity, encoded as :class:`~smtpdesk.message.encode.BodyEncoder` does it."""
    return [_text_head(subtype, encoding), body]


@cache
def _text_head(subtype: bytes, encoding: bytes) -> bytes:
    charset = b"us-ascii" if encoding == b"7bit" else b"utf-8"
    return b"Content-Type: text/%s; charset=%s\r\nContent-Transfer-Encoding: %s\r\n\r\n" % (subtype, charset, encoding)


def multipart(subtype: bytes, boundary: bytes, entities: Sequence[Entity]) -> Entity:
    """Several entities as one; ``subtype`` may carry parameters."""
    pieces = [b'Content-Type: multipart/%s;\r\n boundary="%s"\r\n\r\n' % (subtype, boundary)]
    delimiter = b"--" + boundary + b"\r\n"
    for entity in entities:
        pieces.append(delimiter)
        pieces += entity
        pieces.append(b"\r\n")
    pieces.append(b"--" + boundary + b"--\r\n")
    return pieces


def attachment_entity(name: str, data: Iterable[bytes]) -> Entity:
    """A file that is attached, under the name the recipient sees; ``data`` in blocks as :func:`base64_blocks` takes it.

    Raises:
        InputError: ``message.control-character`` in the name.
    """
    head = b"Content-Type: " + mime_type(name).encode("ascii") + b"\r\nContent-Transfer-Encoding: base64\r\n"
    disposition = b"Content-Disposition: attachment" + parameter("filename", name) + b"\r\n\r\n"
    return [head + disposition, *base64_blocks(data)]


def inline_entity(cid: str, name: str, data: Iterable[bytes]) -> Entity:
    """An image that the HTML shows by ``cid:``."""
    head = b"Content-Type: " + mime_type(name).encode("ascii") + b"\r\nContent-Transfer-Encoding: base64\r\n"
    head += b"Content-ID: <" + cid.encode("ascii") + b">\r\n"
    return [head + b"Content-Disposition: inline" + parameter("filename", name) + b"\r\n\r\n", *base64_blocks(data)]


def weight(entity: Entity) -> int:
    """The octets of an entity."""
    return sum(map(len, entity))


def too_heavy(where: str) -> InputError:
    """The error for more attached files than any server takes."""
    return InputError(
        "message.too-large",
        _("The files attached to one message are larger than {limit} together.").format(
            limit=size_words(ATTACHED_LIMIT)
        ),
        _("Mail servers take 10 to 50 MB. Put large files on a website and link to them."),
        where,
    )
