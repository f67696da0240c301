"""What was noticed while a source was looked at, in a narrow column."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from smtpdesk.desktop.components import Glyph, box, hbox, text, vbox
from smtpdesk.domain.finding import Finding, Severity

#: Tone of a severity.
TONES = {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.INFO: "info"}


def finding_line(finding: Finding) -> QWidget:
    """Icon, what it is, what it means and what to do."""
    glyph = Glyph.status(TONES[finding.severity], 15)
    more = " ".join(part for part in (finding.consequence, finding.advice) if part)
    words = vbox(text(finding.title, "strong", wrap=True), gap=2)
    if more:
        words.addWidget(text(more, "caption", "2", wrap=True))
    row = hbox(glyph, (words, 1), gap=9)
    row.setAlignment(glyph, Qt.AlignmentFlag.AlignTop)
    line = box(row)
    line.setAccessibleName(f"{finding.title} {more}".strip())
    return line
