"""Providers side by side: a quiet table of what each is known to allow."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QItemSelection, QModelIndex, Signal
from PySide6.QtWidgets import QAbstractItemView, QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import Column, PagedModel, button, hbox, table_view, text, vbox
from smtpdesk.providers import Provider
from smtpdesk.providers.words import UNKNOWN, facts

_WIDTHS = {"connections": 106, "size": 88, "ports": 128, "password": 126, "marketing": 92}


def columns() -> list[Column]:
    """The name, then the facts that differ; sign-in methods are told by a tool tip."""
    made = [Column("name", _("Provider"), 172, lambda one: one.name)]
    titles = {"messages": _("Messages"), "connections": _("Connections"), "size": _("Max. size")}
    titles |= {"ports": _("Ports"), "password": _("Signs in with"), "marketing": _("Marketing")}
    for id, title in titles.items():
        made.append(
            Column(
                id,
                title,
                _WIDTHS.get(id, 150),
                partial(_fact, id=id),
                tone=partial(_tone, id=id),
                tip=partial(_tip, id=id),
                stretch=id == "messages",
            )
        )
    return made


def _fact(one: Provider, id: str) -> str:
    return next(fact.value for fact in facts(one) if fact.id == id)


def _tone(one: Provider, id: str) -> str | None:
    value = _fact(one, id)
    return "text3" if value == UNKNOWN else "bad" if id == "marketing" and one.marketing == "forbidden" else None


def _tip(one: Provider, id: str) -> str:
    if id == "password":
        return ", ".join(one.sign_in)
    if id == "marketing" and one.marketing_note:
        return f"{one.marketing_note}\n{one.marketing_source}"
    if id == "messages" and one.messages_by:
        return f"{_fact(one, id)}\n{one.summary}"
    return _fact(one, id)


class CompareView(QWidget):
    """``chosen(str)`` gives the id of the provider to use."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._providers: list[Provider] = []
        self._model = PagedModel(columns(), lambda ids: [self._providers[id] for id in ids])
        self.table = table_view(self._model, _("Providers side by side"))
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.table.activated.connect(self._activate)
        self.table.selectionModel().selectionChanged.connect(self._selected)
        self._model.modelReset.connect(self._say)
        self._said = text("", "caption", "3")
        self._only = button(_("Only the selected"), "", clicked=self.show_selected)
        self._all = button(_("Show all"), "quiet", clicked=self.show_all)
        self._use = button(_("Use this provider"), "primary", clicked=self._use_selected)
        foot = hbox(self._said, None, self._all, self._only, self._use, gap=8)
        self.setLayout(vbox((self.table, 1), foot, gap=10, margins=(0, 0, 8, 0)))

    def show_providers(self, providers: Sequence[Provider]) -> None:
        """Show these."""
        self._providers = list(providers)
        self.show_all()

    def show_all(self) -> None:
        """All that were given."""
        self._model.set_ids(range(len(self._providers)))

    def show_selected(self) -> None:
        """Only the rows that are selected."""
        ids = self._model.ids()
        self._model.set_ids([ids[row] for row in self._rows()])

    def _rows(self) -> list[int]:
        return sorted(index.row() for index in self.table.selectionModel().selectedRows())

    def _selected(self, _on: QItemSelection, _off: QItemSelection) -> None:
        self._say()

    def _say(self) -> None:
        chosen, shown = len(self._rows()), len(self._model.ids())
        self._use.setEnabled(chosen == 1)
        self._only.setEnabled(1 < chosen < shown)
        self._all.setVisible(shown < len(self._providers))
        words = ngettext("{n} selected", "{n} selected", chosen).format(n=chosen)
        self._said.set_text(
            words if chosen else _("Select several rows to see only these. {sign}: not known.").format(sign=UNKNOWN)
        )

    def _activate(self, index: QModelIndex) -> None:
        self.chosen.emit(self._providers[self._model.ids()[index.row()]].id)

    def _use_selected(self) -> None:
        rows = self._rows()
        if len(rows) == 1:
            self.chosen.emit(self._providers[self._model.ids()[rows[0]]].id)

    def names(self) -> list[str]:
        """The providers on show, in order."""
        return [self._providers[id].name for id in self._model.ids()]
