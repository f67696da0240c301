"""A campaign compiled once, then one message a recipient: the exact bytes that are sent.

What is the same for everyone (fixed headers, attachments, templates) is worked out in :meth:`Composer.compile`;
a recipient costs the rendering and the encoding of what varies. The same row, Message-ID and date give the same bytes.
"""

from __future__ import annotations

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
from smtpdesk.message.errors import RowError
from smtpdesk.message.fixed import own_headers, reply_to_value, sender
from smtpdesk.message.headers import mailbox, refuse_control, unstructured
from smtpdesk.message.images import InlineImages
from smtpdesk.message.mime import Entity, multipart, text_entity
from smtpdesk.message.paths import CAMPAIGN_FILE
from smtpdesk.message.plaintext import html_to_text
from smtpdesk.message.templates import Piece, TemplateFolder
from smtpdesk.message.unsubscribe import Unsubscribe

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


class Composer:
    """Builds the messages of one campaign. Not for use by several threads at once."""

    def __init__(
        self, campaign: Campaign, folder: Path, *, from_header: str, fields: Sequence[str] | None = None
    ) -> None:
        self._blank = dict.fromkeys(fields or (), "")
        name, address = sender(from_header)
        self.from_address = address
        self._images = InlineImages(folder, domain_of(address))
        self._templates = templates = TemplateFolder(folder, self._images.prepare)
        if not campaign.html and not campaign.text:
            raise _nothing_to_send()
        self._html = templates.message_file(campaign.html, html=True, setting="html") if campaign.html else None
        self._text = templates.message_file(campaign.text, html=False, setting="text") if campaign.text else None
        self._subject = templates.setting("subject", campaign.subject)
        self._to_name = templates.setting("to_name", campaign.to_name)
        self._reply_to = templates.setting("reply_to", campaign.reply_to)
        self._unsubscribe = Unsubscribe(templates, campaign.unsubscribe)
        self._headers = own_headers(templates, campaign.headers)
        patterns = [templates.setting("attachments", name) for name in campaign.attachments]
        self._attachments = Attachments(folder, patterns, templates.where("attachments"))
        self._from = b"From: " + mailbox("From", name, address) + b"\r\n"
        seed = digest(*(piece.source for piece in self.pieces), *campaign.attachments)
        self._boundaries = [b"=_%s_%d" % (seed[:24].encode(), number) for number in range(3)]
        self._dated = (-1, b"")
        self._made_text = ("", "")

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
        return cls(campaign, folder, from_header=from_header, fields=fields)

    @property
    def pieces(self) -> list[Piece]:
        """Every source of the campaign that may hold fields."""
        own = [piece for piece in (self._html, self._text) if piece is not None]
        settings = [self._subject, self._to_name, self._reply_to, self._unsubscribe.piece]
        return [*own, *settings, *(piece for _name, piece in self._headers), *self._attachments.pieces]

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
            values = self._values(recipient)
            url = self._unsubscribe.render(values)
            if url:
                values.setdefault("unsubscribe_url", url)
            html = self._images.rewritten(self._html.render(values), self._html.file) if self._html else None
            return Rendered(
                subject=self._subject.render(values),
                html=html,
                text=self._text.render(values) if self._text else self._text_of(html or ""),
                to_name=self._to_name.render(values),
                reply_to=self._reply_to.render(values),
                unsubscribe=url,
                headers=tuple((name, piece.render(values)) for name, piece in self._headers),
                attachments=self._attachments.names(values),
            )
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

    def _values(self, recipient: Recipient) -> dict[str, Any]:
        values: dict[str, Any] = {**self._blank, **recipient.fields}
        values.setdefault("email", recipient.address)
        return values

    def _text_of(self, html: str) -> str:
        if self._made_text[0] != html:
            self._made_text = (html, html_to_text(html))
        return self._made_text[1]

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
        if rendered.reply_to.strip():
            pieces += [b"Reply-To: ", reply_to_value(rendered.reply_to, self._reply_to), b"\r\n"]
        if rendered.unsubscribe:
            pieces += [b"List-Unsubscribe: <", rendered.unsubscribe.encode("ascii"), b">\r\n"]
            if rendered.unsubscribe.startswith("https:"):
                pieces.append(_ONE_CLICK)
        for name, value in rendered.headers:
            if value.strip():
                pieces += [name.encode("ascii"), b": ", unstructured(name, value.strip(" ")), b"\r\n"]
        pieces.append(b"MIME-Version: 1.0\r\n")
        return pieces

    def _body(self, rendered: Rendered) -> Entity:
        mixed, alternative, related = self._boundaries
        entity = text_entity(b"plain", rendered.text or "")
        if rendered.html is not None:
            html = text_entity(b"html", rendered.html)
            images = self._images.shown(rendered.html)
            if images:
                html = multipart(b'related; type="text/html"', related, [html, *(image.entity for image in images)])
            entity = multipart(b"alternative", alternative, [entity, html]) if (rendered.text or "").strip() else html
        if rendered.attachments:
            entity = multipart(b"mixed", mixed, [entity, *self._attachments.entities(rendered.attachments)])
        return entity

    def _date(self, date: float) -> bytes:
        second = int(date)
        if self._dated[0] != second:
            self._dated = (second, format_datetime(datetime.fromtimestamp(second, UTC)).encode("ascii"))
        return self._dated[1]


def _nothing_to_send() -> InputError:
    return InputError(
        "message.empty",
        _("The campaign has no message."),
        _("Write one in message.html, message.md or message.txt."),
        CAMPAIGN_FILE,
    )
