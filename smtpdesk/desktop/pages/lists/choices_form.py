"""How a source is read, as it was found, and what the person chooses differently."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Field, vbox
from smtpdesk.desktop.components.plain import one_line
from smtpdesk.recipients import Choices, Shape

_TEXT_KINDS = ("csv", "tsv")


def _encodings() -> list[tuple[str, str]]:
    return [
        ("utf-8", _("UTF-8")),
        ("cp1252", _("Western European (Windows)")),
        ("iso-8859-15", _("Western European (ISO)")),
        ("mac-roman", _("Western European (Mac)")),
        ("cp1250", _("Central European (Windows)")),
        ("iso-8859-2", _("Central European (ISO)")),
        ("cp1251", _("Cyrillic (Windows)")),
        ("koi8-r", _("Cyrillic (KOI8)")),
        ("cp1253", _("Greek (Windows)")),
        ("cp1254", _("Turkish (Windows)")),
        ("cp1255", _("Hebrew (Windows)")),
        ("cp1256", _("Arabic (Windows)")),
        ("cp1257", _("Baltic (Windows)")),
        ("utf-16", _("UTF-16")),
        ("gb18030", _("Chinese, simplified")),
        ("big5", _("Chinese, traditional")),
        ("shift_jis", _("Japanese (Shift JIS)")),
        ("euc-kr", _("Korean")),
    ]


def _delimiters() -> list[tuple[str, str]]:
    return [
        (",", _("Comma")),
        (";", _("Semicolon")),
        ("\t", _("Tab")),
        ("|", _("Vertical bar")),
        ("", _("Nothing, a single column")),
    ]


class ChoicesForm(QWidget):
    """``form.show_shape(shape)``; ``changed(Choices)`` when the person decides something."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.choices = Choices()
        self.sheet, self.address = QComboBox(), QComboBox()
        self.encoding, self.delimiter = QComboBox(), QComboBox()
        self.header = QCheckBox(_("The first row holds the headings"))
        self.header.setAccessibleName(self.header.text())
        self._fields = {
            "sheet": Field(_("Sheet"), self.sheet),
            "address": Field(_("Column with the addresses"), self.address),
            "encoding": Field(_("Letters are encoded as"), self.encoding),
            "delimiter": Field(_("Between two cells stands"), self.delimiter),
        }
        for combo in (self.sheet, self.address, self.encoding, self.delimiter):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(12)
        self.setLayout(
            vbox(
                self._fields["sheet"],
                self._fields["address"],
                self.header,
                self._fields["encoding"],
                self._fields["delimiter"],
                gap=12,
            )
        )
        self.sheet.activated.connect(self._sheet_picked)
        self.address.activated.connect(lambda _i: self._decide(address_column=self.address.currentData()))
        self.encoding.activated.connect(lambda _i: self._decide(encoding=self.encoding.currentData()))
        self.delimiter.activated.connect(lambda _i: self._decide(delimiter=self.delimiter.currentData()))
        self.header.clicked.connect(lambda on: self._decide(has_header=on, address_column=None))

    def reset(self) -> None:
        """Another source: nothing is decided."""
        self.choices = Choices()

    def _decide(self, **decided: object) -> None:
        self.choices = replace(self.choices, **decided)  # type: ignore[arg-type]
        self.changed.emit(self.choices)

    def _sheet_picked(self, _index: int) -> None:
        # What was decided about another sheet need not hold for this one.
        self._decide(sheet=self.sheet.currentData(), has_header=None, address_column=None)

    def show_shape(self, shape: Shape) -> None:
        """Show how the source is read now."""
        text_file, pasted = shape.kind in _TEXT_KINDS, shape.kind == "pasted"
        self._fields["sheet"].setVisible(len(shape.sheets) > 1)
        self._fields["encoding"].setVisible(text_file)
        self._fields["delimiter"].setVisible(text_file or pasted)
        _fill(self.sheet, [(name, name) for name in shape.sheets], shape.sheet)
        _fill(self.address, list(zip(shape.columns, shape.labels, strict=False)), shape.address_column)
        self._fields["address"].set_error("" if shape.address_column else _("Choose the column."))
        _fill(self.encoding, _with(_encodings(), shape.encoding), shape.encoding)
        _fill(self.delimiter, _with(_delimiters(), shape.delimiter), shape.delimiter)
        with QSignalBlocker(self.header):
            self.header.setChecked(shape.has_header)


def _with(known: list[tuple[str, str]], value: str) -> list[tuple[str, str]]:
    """The known values, and the one that was found if it is none of them."""
    return known if value in {key for key, _words in known} else [(value, value), *known]


def _fill(combo: QComboBox, items: list[tuple[str, str]], current: str) -> None:
    combo.clear()
    for key, words in items:
        combo.addItem(one_line(words), key)
    combo.setCurrentIndex(combo.findData(current))
