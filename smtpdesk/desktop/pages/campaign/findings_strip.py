"""What the check found, in a strip below editor and preview, kept up to date while the message is written."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.campaigns import CheckResult
from smtpdesk.desktop.components import Chip, Elide, Glyph, box, button, clear, hbox, text, vbox
from smtpdesk.desktop.pages.lists.words import people
from smtpdesk.desktop.preview.problem import place_of
from smtpdesk.domain.finding import Finding, Severity

_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
_TONES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.INFO: "info"}
_LINES = 3
#: Lower than this there is no room for more than the heading.
_ROOMY = 640


class FindingsStrip(QWidget):
    """``strip.show_result(result)``; ``jump(file, line)`` to a place, ``show_all()`` to the step "Check"."""

    jump = Signal(str, int)
    show_all = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._chips = hbox(gap=6)
        self._when = text("", "caption", "3")
        self._all = button(_("Show all"), "link", size="small", clicked=self.show_all.emit)
        self._title = text(_("Findings"), "section")
        head = hbox(self._title, self._chips, None, self._when, self._all, gap=12)
        self._lines = vbox(gap=6)
        self._lines_box = box(self._lines)
        self.setLayout(vbox(head, self._lines_box, gap=7, margins=(24, 10, 16, 11)))

    def show_result(self, result: CheckResult, when: str) -> None:
        """Show what was found; ``when``: in words."""
        findings = sorted(result.findings, key=lambda finding: _ORDER[finding.severity])
        counts = [sum(1 for f in findings if f.severity is severity) for severity in _ORDER]
        clear(self._chips)
        labels = (
            (ngettext("{n} to fix", "{n} to fix", counts[0]), "bad"),
            (ngettext("{n} to consider", "{n} to consider", counts[1]), "warn"),
            (ngettext("{n} good to know", "{n} good to know", counts[2]), ""),
        )
        for count, (label, tone) in zip(counts, labels, strict=True):
            if count:
                self._chips.addWidget(Chip(label.format(n=count), tone))
        if not findings:
            self._chips.addWidget(Chip(_("Nothing to mend"), "ok", "check"))
        self._when.set_text(_("Checked for all {people}, {when}").format(people=people(result.ready), when=when))
        self._all.setVisible(bool(findings))
        self._fill(findings)

    def stale(self) -> None:
        """Something changed since the check."""
        self._when.set_text(_("Changed since the last check"))

    def _fill(self, findings: Sequence[Finding]) -> None:
        clear(self._lines)
        for finding in findings[:_LINES]:
            self._lines.addWidget(self._line(finding))

    def _line(self, finding: Finding) -> QWidget:
        more = " ".join(part for part in (finding.consequence, finding.advice) if part)
        title = Elide(finding.title, "strong", hug=True)
        row = hbox(Glyph.status(_TONES[finding.severity]), title, (Elide(more, "body", "2"), 1), gap=9)
        file, line = place_of(finding.where)
        if file and line:
            words = _("Line {n}").format(n=line)
            row.addWidget(button(words, "link", size="small", clicked=lambda: self.jump.emit(file, line)))
        made = box(row)
        made.setAccessibleName(f"{finding.title} {more}".strip())
        return made

    def make_room(self, height: int) -> None:
        """Fit into a page of this height."""
        self._lines_box.setVisible(height >= _ROOMY and self._lines.count() > 0)
