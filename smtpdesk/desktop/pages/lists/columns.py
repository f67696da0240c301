"""The columns of a list's table: line, address, state, and the person's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtGui import QFont, QFontMetrics

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Badge, Column
from smtpdesk.desktop.pages.lists.kinds import kind_of
from smtpdesk.desktop.pages.lists.words import label, number
from smtpdesk.desktop.theme import look
from smtpdesk.domain.recipient import Recipient, RowState

_TONES = {RowState.INVALID: "bad", RowState.DUPLICATE: "warn", RowState.EMPTY: ""}
#: With more columns than this the state stands next to the address, where it is always in sight.
MANY = 5
_NARROWEST, _WIDEST = 76, 240

Suppressed = Callable[[str], bool]


def nobody(_address: str) -> bool:
    """No address is suppressed."""
    return False


def list_columns(
    fields: Sequence[str],
    address_column: str,
    sample: Sequence[Recipient],
    suppressed: Suppressed = nobody,
    many: int = MANY,
) -> list[Column]:
    """Columns for a list (or the preview of one) with these fields, as wide as the sample needs.

    With more than ``many`` of the person's own, the state stands next to the address.
    """
    own = [_own(name, sample) for name in fields if name != address_column]
    address = _address(address_column, sample)
    state = _state(suppressed)
    line = Column("@line", _("Line"), 64, _line, right=True, tone=lambda _row: "text3")
    return [line, address, state, *own] if len(own) > many else [line, address, *own, state]


def _line(row: Recipient) -> str:
    return number(row.line)


def _address(name: str, sample: Sequence[Recipient]) -> Column:
    return Column(
        "@address",
        label(name) if name else _("Address"),
        _width(label(name), "", [row.address for row in sample], 190, 250),
        _address_cell,
        _("address"),
        "at-sign",
        tone=lambda row: "bad" if row.state is RowState.INVALID else _tone(row, _address_cell(row)),
        tip=lambda row: f"{row.address}\n{row.reason}".strip(),
    )


def _address_cell(row: Recipient) -> str:
    return row.address or _("empty")


def _own(name: str, sample: Sequence[Recipient]) -> Column:
    values = [row.fields.get(name, "") for row in sample]
    kind = kind_of(values)

    def cell(row: Recipient) -> str:
        return " ".join(row.fields.get(name, "").split()) or _("empty")

    return Column(
        name,
        label(name),
        _width(label(name), kind.words, values, _NARROWEST, _WIDEST),
        cell,
        kind.words,
        kind.icon,
        right=kind.right,
        tone=lambda row: "text3" if not row.fields.get(name, "").strip() else _tone(row, "x"),
        tip=lambda row: row.fields.get(name, ""),
    )


def _tone(row: Recipient, words: str) -> str | None:
    return "text3" if row.state is not RowState.READY or not words else None


def _state(suppressed: Suppressed) -> Column:
    def badge(row: Recipient) -> Badge:
        if row.state is not RowState.READY:
            return Badge(row.reason.rstrip("."), _TONES[row.state])
        if suppressed(row.address):
            return Badge(_("Never mail"), "", "ban")
        return Badge(_("Ready"), "ok", "check", plain=True)

    def tip(row: Recipient) -> str:
        if row.state is RowState.READY and suppressed(row.address):
            return _("This address is on your “Never mail” list.")
        return row.reason

    return Column("@state", _("State"), 190, lambda _row: "", _("our check"), "shield-check", badge=badge, tip=tip)


def _width(title: str, kind: str, values: Sequence[str], least: int, most: int) -> int:
    """Room for nine of ten values, and for the heading and its kind."""
    body, caption = QFontMetrics(look.font("body")), QFontMetrics(look.font("caption"))
    bold = QFontMetrics(look.font("body", QFont.Weight.DemiBold))
    lengths = sorted(body.horizontalAdvance(value[:80]) for value in values if value)
    usual = lengths[int(len(lengths) * 0.9)] if lengths else 0
    head = max(bold.horizontalAdvance(title), caption.horizontalAdvance(kind) + 18)
    return max(head + 28, min(most, max(least, usual + 28)))
