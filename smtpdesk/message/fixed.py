"""Headers that the campaign sets: From, Reply-To, and its own."""

from __future__ import annotations

from collections.abc import Mapping
from email.utils import getaddresses

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.address import AddressError, split_mailbox
from smtpdesk.message import keys
from smtpdesk.message.headers import is_field_name, mailbox, refuse_control
from smtpdesk.message.templates import Piece, TemplateFolder

#: Set from other settings, or by servers on the way; two of them would contradict each other or hide something.
_RESERVED = frozenset(
    {
        "from", "sender", "to", "cc", "bcc", "reply-to", "subject", "date", "message-id", "mime-version",
        "list-unsubscribe", "list-unsubscribe-post", "return-path", "received", "dkim-signature",
        "resent-to", "resent-cc", "resent-bcc",
    }
)  # fmt: skip


def sender(from_header: str) -> tuple[str, str]:
    """Display name and address of a From value.

    Raises:
        InputError: ``message.bad-from``.
    """
    try:
        return split_mailbox(from_header)
    except AddressError:
        raise InputError(
            "message.bad-from",
            _("“{value}” is no sender address.").format(value=from_header[:80])
            if from_header.strip()
            else _("The sender address is missing."),
            _("Write it like Ana Pérez <ana@example.com>, in the campaign or in the SMTP profile."),
        ) from None


def own_headers(templates: TemplateFolder, headers: Mapping[str, str]) -> list[tuple[str, Piece]]:
    """The ``[headers]`` of the campaign, compiled.

    Raises:
        InputError: ``message.header-name``, ``message.header-reserved``, ``message.header-twice`` or a template's.
    """
    seen: set[str] = set()
    made = []
    for name, value in headers.items():
        where = templates.where(name, keys.HEADERS)
        lower = name.lower()
        if not is_field_name(name):
            raise InputError(
                "message.header-name",
                _("“{name}” cannot be the name of a header.").format(name=name),
                _("Use letters, digits and hyphens, for example X-Campaign."),
                where,
            )
        if lower in _RESERVED or lower.startswith("content-"):
            raise InputError(
                "message.header-reserved",
                _("The header {name} is set by SMTPDesk itself.").format(name=name),
                _("Take it out of [headers]; From, Reply-To and the unsubscribe address have settings of their own."),
                where,
            )
        if lower in seen:
            raise InputError(
                "message.header-twice", _("The header {name} is there twice.").format(name=name), "", where
            )
        seen.add(lower)
        made.append((name, templates.setting(name, value, keys.HEADERS)))
    return made


def reply_to_value(rendered: str, piece: Piece) -> bytes:
    """The value of Reply-To: one address, or several when they do not depend on the row.

    Raises:
        InputError: ``message.bad-address``, ``message.control-character``.
    """
    refuse_control(rendered, "Reply-To")
    pairs = getaddresses([rendered])
    if not pairs or (piece.dynamic and len(pairs) > 1) or not all(address for _name, address in pairs):
        raise InputError(
            "message.bad-address",
            _("“{address}” in {header} is not an e-mail address.").format(address=rendered[:80], header="Reply-To"),
            _("It should look like name@example.com."),
            piece.at(None, 1),
        )
    return b",\r\n ".join(mailbox("Reply-To", name, address) for name, address in pairs)
