"""What stands below a step of the test: why it failed and the mend, or what the server offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desk.diagnosis import Diagnosis, Mend
from smtpdesk.desk.diagnosis_tls import day_words, spelled
from smtpdesk.desktop.components import Button, Card, ServerWords, button, hbox, text, vbox
from smtpdesk.domain.delivery import Meaning
from smtpdesk.smtp.certificate import Certificate
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


def diagnosis_card(
    found: Diagnosis, step: ProbeStep, mend: Callable[[Mend], None], everything: Button
) -> tuple[Card, Button]:
    """Cause, what speaks for it, advice, and the one button that mends it; below it *try everything*.

    Returns:
        The card, and the button that a person will want next.
    """
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
    if step.certificate is not None:
        column.addWidget(certificate_details(step.certificate))
    column.addSpacing(2)
    if found.mend is None:
        column.addLayout(hbox(everything, None))
        return Card(column, "bad"), everything
    chosen = found.mend
    kind = "" if chosen.risky else "primary"
    label = _("{what} and test again").format(what=chosen.label)
    remedy = button(label, kind, clicked=lambda: mend(chosen))
    if found.mend.why and found.mend.why != found.evidence:
        column.addWidget(text(found.mend.why, "caption", "2", wrap=True))
    column.addLayout(hbox(remedy, None))
    column.addLayout(hbox(everything, None))
    return Card(column, "bad"), remedy


def _add_words(column: object, meaning: Meaning) -> None:
    add = column.addWidget  # type: ignore[attr-defined]  # a layout
    add(text(meaning.explanation, "body", "2", wrap=True))
    if meaning.advice:
        add(text(meaning.advice, "strong", wrap=True))


class Folded(QFrame):
    """Lines of (word, sentence) behind one link."""

    def __init__(self, label: str, lines: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        self._fold = button(label, "link", "chevron-down", clicked=self._toggle)
        grid = QGridLayout()
        grid.setContentsMargins(0, 2, 0, 2)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, (word, sentence) in enumerate(lines):
            grid.addWidget(text(word, "caption"), row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(text(sentence, "caption", "2", wrap=True), row, 1)
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


def offered(step: ProbeStep) -> Folded:
    """What the server offers in EHLO, a line each."""
    count = len(step.extensions)
    label = ngettext("{n} extension explained", "{n} extensions explained", count).format(n=count)
    return Folded(label, [(one.keyword, one.sentence) for one in step.extensions])


def certificate_details(one: Certificate) -> Folded:
    """Names, issuer, dates, chain and fingerprint of a certificate."""
    dates = _("from {start} to {end}").format(start=day_words(one.not_before), end=day_words(one.not_after))
    lines = [
        (_("For"), ", ".join(one.names)),
        (_("Issued by"), one.issuer),
        (_("Valid"), dates),
        (_("Chain"), " ← ".join(one.chain)),
        ("SHA-256", spelled(one.sha256)),
        ("TLS", one.version),
    ]
    return Folded(_("Details of the certificate"), lines)
