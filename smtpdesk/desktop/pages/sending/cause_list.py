"""The error log by cause: one group for each, the newest line below."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from smtpdesk.base.clock import local_time
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import Elide, EmptyState, Glyph, box, button, hbox, rule, scroll, text, vbox
from smtpdesk.desktop.pages.sending import words
from smtpdesk.desktop.pages.sending.cause_group import Act, CausePanel, Key, key_of, urgency
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.theme import look
from smtpdesk.domain.delivery import CauseGroup, LogRow

#: Groups that get widgets at once; more come when they are asked for.
FIRST, MORE = 50, 50
#: Panels made in one turn of the event loop.
_AT_ONCE = 3


class CauseList(QWidget):
    """``set_groups(groups)`` and ``set_latest(row)`` as they come; open groups stay where they are."""

    def __init__(self, meanings: Meanings, act: Act) -> None:
        super().__init__()
        self._meanings, self._act = meanings, act
        self._groups: list[CauseGroup] = []
        self._panels: dict[Key, CausePanel] = {}
        self._order: list[Key] = []
        self._limit = FIRST
        self._steerable = False
        self._column: QVBoxLayout = vbox(gap=0)
        self._more = button("", "quiet", "chevron-down", "small", tip=_("Show more causes"), clicked=self._show_more)
        self._more_row = box(hbox(None, self._more, None, margins=(0, 6, 0, 6)))
        self._column.addWidget(self._more_row)
        self._column.addStretch(1)
        self._area = scroll(box(self._column), _("Error log, by cause"))
        self._empty = EmptyState(_("No errors so far"), _("When one comes, it is explained here."), "shield-check")
        self._stack = QStackedWidget()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self._area)
        self._latest = Latest(meanings)
        self.setLayout(vbox((self._stack, 1), rule(), self._latest, gap=0))
        self._more_row.hide()
        self._rest = QTimer(self, singleShot=True, interval=0)
        self._rest.timeout.connect(lambda: self.set_groups(self._groups))

    def reset(self) -> None:
        """Another run."""
        self._limit = FIRST
        self._rest.stop()
        self.set_groups([])
        self._latest.set(None)

    def set_steerable(self, steerable: bool) -> None:
        """Whether one of several profiles can be paused while the others carry on."""
        if steerable != self._steerable:
            self._steerable = steerable
            for panel in self._panels.values():
                panel.set_steerable(steerable)

    def set_finished(self, finished: bool, all_accepted: bool) -> None:
        """What the list says while it is empty."""
        if not finished:
            self._empty.set(_("No errors so far"), _("When one comes, it is explained here."))
        elif all_accepted:
            self._empty.set(_("No errors"), _("Every server took its message."))
        else:
            self._empty.set(_("Nothing to explain"), _("No server refused anything."))

    def set_groups(self, groups: Sequence[CauseGroup]) -> None:
        """Show these causes, the urgent ones first; the order holds still while a person reads."""
        self._groups = groups = sorted(groups, key=urgency)
        self._stack.setCurrentIndex(1 if groups else 0)
        by_key = {key_of(group): group for group in groups}
        for key in [key for key in self._panels if key not in by_key]:
            self._drop(key)
        for key, panel in self._panels.items():
            panel.update_group(by_key[key])
        wanted = self._wanted(list(by_key))
        made = self._make([by_key[key] for key in wanted if key not in self._panels])
        shown = [key for key in wanted if key in self._panels]
        if shown != self._order:
            self._arrange(shown)
        self._tell_more(len(groups) - len(wanted))
        if made:
            self._rest.start()

    def _make(self, groups: Sequence[CauseGroup]) -> bool:
        """Make a few panels; True when there are more to make. Fifty at once would be felt."""
        for group in groups[:_AT_ONCE]:
            panel = CausePanel(group, self._meanings.of(group.cause), self._act)
            panel.set_steerable(self._steerable)
            self._panels[key_of(group)] = panel
        return len(groups) > _AT_ONCE

    def _wanted(self, keys: list[Key]) -> list[Key]:
        """The order to show: by urgency, but what is on show does not move under somebody's eyes."""
        if not self._is_read():
            return keys[: self._limit]
        kept = [key for key in self._order if key in set(keys)]
        new = [key for key in keys if key not in set(kept)]
        return (kept + new)[: max(self._limit, len(kept))]

    def _is_read(self) -> bool:
        opened = any(panel.is_open() for panel in self._panels.values())
        return opened or self._area.underMouse() or self._area.verticalScrollBar().value() > 0

    def _arrange(self, wanted: list[Key]) -> None:
        """Put the panels in order; those that stand right already are not touched."""
        same = 0
        while same < min(len(wanted), len(self._order)) and wanted[same] == self._order[same]:
            same += 1
        for key in self._order[same:]:
            if key in self._panels:
                self._column.removeWidget(self._panels[key])
        for place, key in enumerate(wanted[same:], start=same):
            panel = self._panels[key]
            self._column.insertWidget(place, panel)
            panel.show()
        self._order = wanted

    def _drop(self, key: Key) -> None:
        panel = self._panels.pop(key)
        if key in self._order:
            self._order.remove(key)
        panel.hide()
        self._column.removeWidget(panel)
        panel.deleteLater()

    def _tell_more(self, hidden: int) -> None:
        self._more_row.setVisible(hidden > 0)
        if hidden > 0:
            label = ngettext("Show {n} more cause", "Show {n} more causes", hidden)
            self._more.set_label(label.format(n=words.number(hidden)))

    def _show_more(self) -> None:
        self._limit += MORE
        self.set_groups(self._groups)

    def set_latest(self, row: LogRow | None) -> None:
        """The newest line of the log."""
        self._latest.set(row)

    def open_first(self) -> None:
        """Open the first group and show it."""
        if self._order:
            panel = self._panels[self._order[0]]
            panel.open_up()
            self._area.ensureWidgetVisible(panel)

    def panels(self) -> list[CausePanel]:
        """The groups on show, from top to bottom."""
        return [self._panels[key] for key in self._order]


class Latest(QWidget):
    """The newest answer, as a single line."""

    def __init__(self, meanings: Meanings) -> None:
        super().__init__()
        self._meanings = meanings
        self._glyph = Glyph("circle-dashed", "text3", 14)
        self._line = Elide("", "caption", "3")
        self._line.setFont(look.mono())
        self._line.setProperty("mono", "true")
        self._label = text(_("Latest"), "caption", "3")
        self.setLayout(hbox(self._glyph, self._label, (self._line, 1), gap=8, margins=(15, 8, 14, 8)))
        self._shown = -1
        self.set(None)

    def set(self, row: LogRow | None) -> None:
        """Show a line; None when there is none yet."""
        if (row.id if row else 0) == self._shown:
            return
        self._shown = row.id if row else 0
        if row is None:
            self._glyph.set_icon("circle-dashed", "text3")
            self._line.set_text(_("nothing yet"))
            return
        self._glyph.set_status(words.TONES[row.kind.value])
        reply = words.said(row.code, row.enhanced, row.text, one_line=True) or self._meanings.of(row.cause).title
        self._line.set_text(f"{local_time(row.at)}   {words.isolated(row.address)}   {words.isolated(reply)}")
