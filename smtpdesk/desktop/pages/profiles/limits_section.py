"""The folded part of the form that says what the provider allows: a line a limit, with its unit and a sentence."""

from __future__ import annotations

from urllib.parse import urlsplit

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QWidget

from smtpdesk.base.i18n import _
from smtpdesk.desktop.components import Field, box, button, hbox, text, vbox
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.pages.lists.words import number
from smtpdesk.desktop.pages.profiles import rules
from smtpdesk.domain.limits import limit_texts
from smtpdesk.domain.profile import Limits
from smtpdesk.providers import Provider
from smtpdesk.providers.words import connection_words, rate_words, size_words


def limit_rows() -> list[tuple[str, str, str, str]]:
    """Name, label, unit ("" for none) and the sentence below, in the order of the form."""
    messages = _("messages")
    return [
        ("max_connections", _("Connections"), _("at once"), _("More are faster, until the provider refuses them.")),
        ("rate", _("Rate"), _("evenly"), _("Spread over the time: 14/s, 30/min, 500/h.")),
        ("per_minute", _("Per minute"), messages, _("In any 60 seconds, over all runs.")),
        ("hourly", _("Per hour"), messages, _("In any hour, over all runs.")),
        ("daily", _("Per day"), messages, _("In any 24 hours, over all runs.")),
        ("per_connection", _("Per connection"), messages, _("Then it is closed in order and opened anew.")),
        ("max_size", _("Largest message"), _("in all"), _("10MB, with attachments. Empty: what the server says.")),
        ("per_domain", _("Per domain"), "", _("Towards single domains: gmail.com=20/min, *=60/min for all others.")),
        ("weight", _("Weight"), _("parts"), _("Its share of a run beside other profiles.")),
    ]


class LimitsSection(QWidget):
    """``fields`` by name of the limit. ``edited()`` after every change by the person."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._fold = button(_("Limits"), "link", "chevron-down", clicked=self._toggle)
        self._summary = text("", "caption", "3", wrap=True)
        self.fields: dict[str, Field] = {}
        self._help: dict[str, str] = {}
        rows = vbox(gap=8)
        for name, label, unit, sentence in limit_rows():
            line = QLineEdit()
            line.textEdited.connect(self._changed)
            if name not in ("max_connections", "weight"):
                line.setPlaceholderText(_("none"))
            self.fields[name] = Field(label, line, sentence, unit=unit)
            self._help[name] = sentence
            rows.addWidget(self.fields[name])
        self._body = box(rows)
        self._body.hide()
        self.setLayout(vbox(hbox(self._fold, None), self._summary, self._body, gap=4))

    # --- values ------------------------------------------------------------------------------------------------
    def line(self, name: str) -> QLineEdit:
        """The line of a limit."""
        control = self.fields[name].control
        assert isinstance(control, QLineEdit)
        return control

    def texts(self) -> dict[str, str]:
        """What stands in the lines, by name of the limit."""
        return {name: self.line(name).text() for name in self.fields}

    def value(self) -> Limits:
        """The limits that the lines say."""
        return rules.limits_from(self.texts())

    def load(self, limits: Limits, provider: Provider | None) -> None:
        """Show limits; what a provider is known to allow stands below its line, with the source."""
        for name, words in {**limit_words(limits), "weight": str(limits.weight)}.items():
            self.line(name).setText(words)
            self.line(name).setCursorPosition(0)
            self.fields[name].set_help("\n".join(filter(None, (self._help[name], known_words(provider, name)))))
            set_tip(self.fields[name], _source(provider, name))
        self.set_open(False)

    # --- folding -----------------------------------------------------------------------------------------------
    def _toggle(self) -> None:
        self.set_open(self._body.isHidden())

    def set_open(self, opened: bool) -> None:
        """Unfold or fold; folded, one line sums the limits up."""
        self._body.setVisible(opened)
        self._fold.set_glyph("chevron-up" if opened else "chevron-down", "accentText")
        self._summary.set_text(summary(self.value()))
        self._summary.setVisible(not opened)

    def is_open(self) -> bool:
        """Whether the lines are on show."""
        return not self._body.isHidden()

    def _changed(self) -> None:
        self.edited.emit()


def summary(limits: Limits) -> str:
    """The limits in one line."""
    size = _("messages up to {size}").format(size=size_words(limits.max_size)) if limits.max_size else ""
    domains = ", ".join(one.domain for one in limits.per_domain if one.domain != "*")
    towards = _("own limits for {domains}").format(domains=domains) if domains else ""
    return ", ".join(filter(None, (rate_words(limits), connection_words(limits), size, towards))) + "."


def limit_words(limits: Limits) -> dict[str, str]:
    """The limits by name as a person of this locale writes them: ``10,000``; "" where there is none."""
    counts = {name: getattr(limits, name) for name in rules.COUNTS}
    return limit_texts(limits) | {name: number(count) for name, count in counts.items() if count is not None}


def known_words(provider: Provider | None, name: str) -> str:
    """What a provider is known to allow, and who says so; "" when nothing is known, or the line above says it."""
    source = provider.source_of(name) if provider is not None else ""
    if provider is None or not source or provider.kind == "sandbox":
        return ""
    known = provider.limits
    if name == "per_minute" and (known.rate, known.rate_seconds) == (known.per_minute, 60.0):
        return ""
    where = urlsplit(source.split(" ")[0]).hostname or source
    return _("{provider}: {figure} ({source})").format(
        provider=provider.name, figure=limit_words(known)[name], source=where.removeprefix("www.")
    )


def _source(provider: Provider | None, name: str) -> str:
    """The whole source with the day it was read, for the tool tip."""
    source = provider.source_of(name) if provider is not None else ""
    return _("{source}, read {day}").format(source=source, day=provider.checked) if provider and source else ""
