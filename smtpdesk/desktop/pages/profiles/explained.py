"""What stands below a step of the test: why it failed and the mend, or what the server offers."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.diagnosis import Diagnosis, Mend
from smtpdesk.desktop.components import Button, Card, ServerWords, box, button, hbox, text, vbox
from smtpdesk.domain.delivery import Meaning
from smtpdesk.smtp.probe import ProbeStep


def server_words(step: ProbeStep) -> ServerWords | None:
    """The server's own words, verbatim; None where it said nothing."""
    return ServerWords(step.reply.said) if step.reply is not None and step.reply.code else None


def failure_card(step: ProbeStep) -> Card:
    """What the failure means, as soon as it is there; the diagnosis follows when the test has ended."""
    column = vbox(gap=6, margins=(14, 11, 14, 12))
    if step.meaning is not None:
        _add_words(column, step.meaning)
    words = server_words(step)
    if words is not None:
        column.addWidget(words)
    return Card(column, "bad")


def diagnosis_card(found: Diagnosis, step: ProbeStep, mend: Callable[[Mend], None], everything: Button) -> Card:
    """Cause, what speaks for it, advice, and the one button that mends it; beside it *try everything*."""
    column = vbox(gap=6, margins=(14, 11, 14, 12))
    column.addWidget(text(found.title, "strong", wrap=True))
    column.addWidget(text(found.explanation, "body", "2", wrap=True))
    if found.evidence:
        evidence = text(found.evidence, "caption", "2", wrap=True)
        evidence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        column.addWidget(evidence)
    if found.advice:
        column.addWidget(text(found.advice, "strong", wrap=True))
    words = server_words(step)
    if words is not None:
        column.addWidget(words)
    column.addSpacing(2)
    if found.mend is None:
        column.addLayout(hbox(everything, None))
        return Card(column, "bad")
    chosen = found.mend
    kind = "" if chosen.risky else "primary"
    label = _("{what} and test again").format(what=chosen.label)
    remedy = button(label, kind, clicked=lambda: mend(chosen))
    if found.mend.why and found.mend.why != found.evidence:
        column.addWidget(text(found.mend.why, "caption", "2", wrap=True))
    column.addLayout(hbox(remedy, None))
    column.addLayout(hbox(everything, None))
    return Card(column, "bad")


def _add_words(column: object, meaning: Meaning) -> None:
    add = column.addWidget  # type: ignore[attr-defined]  # a layout
    add(text(meaning.explanation, "body", "2", wrap=True))
    if meaning.advice:
        add(text(meaning.advice, "strong", wrap=True))


class Offered(QFrame):
    """What the server offers in EHLO, a line each, folded behind one link."""

    def __init__(self, step: ProbeStep) -> None:
        super().__init__()
        count = len(step.extensions)
        label = ngettext("{n} extension explained", "{n} extensions explained", count).format(n=count)
        self._fold = button(label, "link", "chevron-down", clicked=self._toggle)
        grid = QGridLayout()
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, one in enumerate(step.extensions):
            grid.addWidget(text(one.keyword, "caption"), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text(one.sentence, "caption", "2", wrap=True), row, 1)
        self._rows = QWidget()
        self._rows.setLayout(grid)
        self._rows.hide()
        self.setLayout(vbox(hbox(self._fold, None), self._rows, gap=2))

    def _toggle(self) -> None:
        self.unfold(self._rows.isHidden())

    def unfold(self, shown: bool = True) -> None:
        """Show or hide the lines."""
        self._rows.setVisible(shown)
        self._fold.set_glyph("chevron-up" if shown else "chevron-down", "accentText")


def certificate_card(step: ProbeStep) -> QWidget | None:
    """Names, issuer, dates and chain of a certificate, in small words; None where there is none."""
    one = step.certificate
    if one is None:
        return None
    from smtpdesk.desk.diagnosis_tls import day_words, spelled

    lines = [
        _("For {names}").format(names=", ".join(one.names)),
        _("Issued by {issuer}; valid from {start} to {end}").format(
            issuer=one.issuer, start=day_words(one.not_before), end=day_words(one.not_after)
        ),
        _("Chain: {chain}").format(chain=" ← ".join(one.chain)),
        "SHA-256 " + spelled(one.sha256),
    ]
    return box(vbox(*[text(line, "caption", "3", wrap=True) for line in lines], gap=1))
