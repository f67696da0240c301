"""A campaign compiled once, then one message a recipient: the exact bytes that are sent.

What is the same for everyone (fixed headers, attachments, templates) is worked out in :meth:`Composer.compile`;
a recipient costs the rendering and the encoding of what varies. The same row, Message-ID and date give the same bytes.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.ids import digest
from smtpdesk.domain.address import domain_of
from smtpdesk.domain.campaign import Campaign
from smtpdesk.domain.recipient import Recipient
from smtpdesk.message.attachments import Attachments
from smtpdesk.message.encode import BodyEncoder
from smtpdesk.message.errors import RowError
from smtpdesk.message.fields import FieldUse, fields_of, uses_of
from smtpdesk.message.fixed import reply_to_value, sender
from smtpdesk.message.headers import mailbox, refuse_control, unstructured
from smtpdesk.message.mime import Entity, multipart, text_entity
from smtpdesk.message.sources import Sources
from smtpdesk.message.textmaker import TextMaker

#: The one-click form of List-Unsubscribe (RFC 8058 section 3.1).
_ONE_CLICK = b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"


@dataclass(frozen=True, slots=True)
class Rendered:
    """What the templates made of one row, before it is put into bytes."""

    subject: str
    html: str | None
    text: str | None
    to_name: str
    reply_to: str
    unsubscribe: str
    headers: tuple[tuple[str, str], ...]
    attachments: tuple[str, ...]
    #: HTML and text in pieces; those that are the same for everybody are the same objects each time.
    html_pieces: Sequence[str]
    text_pieces: Sequence[str]


class Composer:
    """Builds the messages of one campaign. Not for use by several threads at once."""

    def __init__(self, sources: Sources, folder: Path, from_header: str, fields: Sequence[str]) -> None:
        name, address = sender(from_header)
        self.from_address = address
        self._sources = sources
        self._blank = dict.fromkeys(fields, "")
        self._attachments = Attachments(folder, sources.attachments, sources.templates.where("attachments"))
        self._from = b"From: " + mailbox("From", name, address) + b"\r\n"
        seed = digest(*(piece.source for piece in sources.pieces))
        self._boundaries = [b"=_%s_%d" % (seed[:24].encode(), number) for number in range(3)]
        self._encoder = BodyEncoder()
        self._dated = (-1, b"")
        self._text_maker = TextMaker()

    @classmethod
    def compile(
        cls, campaign: Campaign, folder: Path, *, from_header: str, fields: Sequence[str] | None = None
    ) -> Composer:
        """Read and compile everything the campaign's messages are made of.

        Args:
            campaign: as :func:`~smtpdesk.message.folder.load_campaign` reads it; ``folder``: where its files are.
            from_header: the full From value, from the campaign or the profile.
            fields: names that every row has; one that a row lacks is taken as empty.

        Raises:
            InputError: a file is missing or outside of the folder, a template has a mistake, the From is no address;
                ``where`` holds file and line.
        """
        _name, address = sender(from_header)
        return cls(Sources(campaign, folder, domain_of(address)), folder, from_header, fields or ())

    @functools.cached_property
    def fields_used(self) -> frozenset[str]:
        """The fields that the message needs from a row, in whatever place."""
        return fields_of(self._sources.units)

    @functools.cached_property
    def field_uses(self) -> tuple[FieldUse, ...]:
        """The places where fields are put into the message, with the words around them.

        The name in To is not among them: without one there is the bare address, which nobody misses.
        """
        return uses_of(unit for unit in self._sources.units if unit.tree is not self._sources.to_name.tree)

    @property
    def files_used(self) -> frozenset[str]:
        """Message files, what they include, and images, relative to the folder; attachments are not among them."""
        return self._sources.template_files | self._sources.images.names

    def build(self, recipient: Recipient, *, message_id: str, date: float) -> bytes:
        """The message for one recipient: RFC 5322 with CRLF line ends, not dot-stuffed.

        Args:
            recipient: the row. ``message_id``: with its angle brackets. ``date``: seconds since the epoch.

        Raises:
            RowError: the message cannot be built for this row.
        """
        return self.assemble(recipient, self.render(recipient), message_id=message_id, date=date)

    def render(self, recipient: Recipient) -> Rendered:
        """What the templates make of one row.

        Raises:
            RowError: a field is missing, a template fails or would never end.
        """
        try:
            return self._rendered(recipient)
        except InputError as error:
            raise RowError.of(error, recipient.line, recipient.address) from error

    def assemble(self, recipient: Recipient, rendered: Rendered, *, message_id: str, date: float) -> bytes:
        """The bytes for what :meth:`render` made.

        Raises:
            RowError: a value cannot stand in a header, an attachment is missing, an address is none.
        """
        try:
            pieces = self._head(recipient, rendered, message_id, date)
            pieces += self._body(rendered)
            return b"".join(pieces)
        except InputError as error:
            raise RowError.of(error, recipient.line, recipient.address) from error
        except UnicodeEncodeError as error:
            code = ord(error.object[error.start])
            problem = InputError(
                "message.not-text",
                _("A value in this row holds half a character (U+{code:04X}).").format(code=code),
                _("Type the text of that cell anew."),
            )
            raise RowError.of(problem, recipient.line, recipient.address) from error

    def _rendered(self, recipient: Recipient) -> Rendered:
        sources = self._sources
        values: dict[str, Any] = {**self._blank, **recipient.fields}
        values.setdefault("email", recipient.address)
        leave = sources.unsubscribe.render(values)
        if leave:
            values.setdefault("unsubscribe_url", leave)
        pieces = shown = sources.html.pieces(values) if sources.html else []
        html = "".join(pieces) if sources.html else None
        if sources.html and sources.images.dynamic:
            html = sources.images.rewritten("".join(pieces), sources.html.file)
            shown = [html]
        text = sources.text.pieces(values) if sources.text else self._text_maker.pieces(pieces)
        return Rendered(
            subject=sources.subject.render(values),
            html=html,
            text="".join(text),
            to_name=sources.to_name.render(values),
            reply_to=sources.reply_to.render(values),
            unsubscribe=leave,
            headers=tuple((name, piece.render(values)) for name, piece in sources.headers),
            attachments=self._attachments.names(values),
            html_pieces=shown,
            text_pieces=text,
        )

    def _head(self, recipient: Recipient, rendered: Rendered, message_id: str, date: float) -> Entity:
        refuse_control(message_id, "Message-ID")
        pieces = [
            self._from,
            b"To: ",
            mailbox("To", rendered.to_name, recipient.address),
            b"\r\nSubject: ",
            unstructured("Subject", rendered.subject.strip(" ")),
            b"\r\nDate: ",
            self._date(date),
            b"\r\nMessage-ID: ",
            message_id.encode("ascii"),
            b"\r\n",
        ]
        if rendered.reply_to.strip(" "):
            pieces += [b"Reply-To: ", reply_to_value(rendered.reply_to, self._sources.reply_to), b"\r\n"]
        if rendered.unsubscribe:
            pieces += [b"List-Unsubscribe: <", rendered.unsubscribe.encode("ascii"), b">\r\n"]
            if rendered.unsubscribe.startswith("https:"):
                pieces.append(_ONE_CLICK)
        for name, value in rendered.headers:
            value = value.strip(" ")
            if value:
                pieces += [name.encode("ascii"), b": ", unstructured(name, value), b"\r\n"]
        pieces.append(b"MIME-Version: 1.0\r\n")
        return pieces

    def _body(self, rendered: Rendered) -> Entity:
        mixed, alternative, related = self._boundaries
        entity = text_entity(b"plain", *self._encoder.encode_pieces(rendered.text_pieces))
        if rendered.html is not None:
            html = text_entity(b"html", *self._encoder.encode_pieces(rendered.html_pieces))
            images = self._sources.images.shown(rendered.html)
            if images:
                html = multipart(b'related; type="text/html"', related, [html, *(image.entity for image in images)])
            blank = not rendered.text or rendered.text.isspace()
            entity = html if blank else multipart(b"alternative", alternative, [entity, html])
        if rendered.attachments:
            entity = multipart(b"mixed", mixed, [entity, *self._attachments.entities(rendered.attachments)])
        return entity

    def _date(self, date: float) -> bytes:
        second = int(date)
        if self._dated[0] != second:
            self._dated = (second, format_datetime(datetime.fromtimestamp(second, UTC)).encode("ascii"))
        return self._dated[1]
