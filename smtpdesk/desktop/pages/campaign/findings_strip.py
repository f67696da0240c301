"""What the check found, in a strip below editor and preview, kept up to date while the message is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.campaigns import CheckResult
from smtpdesk.desktop.components import Chip, Elide, Glyph, box, button, clear, hbox, text, vbox
from smtpdesk.desktop.pages.campaign.mending import place_to_mend
from smtpdesk.desktop.pages.lists.words import people
from smtpdesk.domain.finding import Finding, Severity

#: The worst first.
ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}
_TONES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.INFO: "info"}
_LINES = 3
#: Lower than this there is no room for more than the heading.
_ROOMY = 640


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The worst first; what can be mended in the message before what is so with the list."""
    return sorted(findings, key=lambda one: (ORDER[one.severity], one.code.startswith("recipients."), -one.count))


class FindingsStrip(QWidget):
    """``strip.show_result(result)``; ``mend(Place)`` to a place, ``show_all()`` to the step "Check"."""

    mend = Signal(object)
    show_all = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._chips = hbox(gap=6)
        self._when = text("", "caption", "3")
        self._all = button(_("Check now"), "link", size="small", clicked=self.show_all.emit)
        self._title = text(_("Findings"), "section")
        head = hbox(self._title, self._chips, None, self._when, self._all, gap=12)
        self._lines = vbox(gap=6)
        self._lines_box = box(self._lines)
        self.setLayout(vbox(head, self._lines_box, gap=7, margins=(24, 10, 16, 11)))
        self.clear()

    def show_result(self, result: CheckResult, when: str) -> None:
        """Show what was found; ``when``: in words."""
        findings = in_order(result.findings)
        counts = [sum(1 for f in findings if f.severity is severity) for severity in ORDER]
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
        self._all.set_label(_("Show all"))
        self._when.set_text(_("Checked for all {people}, {when}").format(people=people(result.ready), when=when))
        self._all.setVisible(bool(findings))
        self._fill(findings)

    def stale(self) -> None:
        """Something changed since the check."""
        self._when.set_text(_("Changed since the last check"))

    def clear(self) -> None:
        """Nothing was checked yet."""
        clear(self._chips)
        clear(self._lines)
        self._lines_box.hide()
        self._when.set_text(_("Not checked yet"))
        self._all.set_label(_("Check now"))
        self._all.show()

    def _fill(self, findings: Sequence[Finding]) -> None:
        clear(self._lines)
        for finding in findings[:_LINES]:
            self._lines.addWidget(self._line(finding))

    def _line(self, finding: Finding) -> QWidget:
        more = " ".join(part for part in (finding.consequence, finding.advice) if part)
        title = Elide(finding.title, "strong", hug=True)
        row = hbox(Glyph.status(_TONES[finding.severity]), title, (Elide(more, "body", "2"), 1), gap=9)
        place = place_to_mend(finding)
        if place is not None:
            words = _("Line {n}").format(n=place.line) if place.line else _("Go there")
            row.addWidget(button(words, "link", size="small", clicked=lambda: self.mend.emit(place)))
        made = box(row)
        made.setAccessibleName(f"{finding.title} {more}".strip())
        return made

    def make_room(self, height: int) -> None:
        """Fit into a page of this height."""
        self._lines_box.setVisible(height >= _ROOMY and self._lines.count() > 0)
