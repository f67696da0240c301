"""One cause in the error log, with what a person can do about it."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from smtpdesk.base.clock import local_time
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import Button, LogGroup, button
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.pages.sending import words
from smtpdesk.desktop.theme import look
from smtpdesk.domain.delivery import Blame, CauseGroup, Meaning, OutcomeKind

#: What identifies a group while its numbers change.
Key = tuple[str, str, str]
#: (deed, group): "people", "again", "suppress", "arrived", "profile", "pause", "message", "leave".
Act = Callable[[str, CauseGroup], object]


def key_of(group: CauseGroup) -> Key:
    """The identity of a group."""
    return group.cause, group.kind.value, group.blame.value


class CausePanel(LogGroup):
    """A :class:`LogGroup` that follows a :class:`CauseGroup`; pressed buttons call ``act``."""

    def __init__(self, group: CauseGroup, meaning: Meaning, act: Act) -> None:
        super().__init__(words.TONES[group.kind.value], meaning.title)
        self._meaning = meaning
        self._act = act
        self.group = group
        self._buttons: dict[str, Button] = {}
        self._steerable = False
        self._shown: CauseGroup | None = None
        self.toggled.connect(self._opened)
        self.update_group(group)

    def update_group(self, group: CauseGroup) -> None:
        """Newer numbers of the same cause; nothing is touched when nothing changed."""
        self.group = group
        if group == self._shown:
            return
        self._shown = group
        reply = group.example
        self.set(
            words.people(group.people),
            local_time(group.last_at),
            self._meaning.explanation,
            "\n".join(part for part in (self._meaning.explanation, self._meaning.advice, _choice(group)) if part),
            words.said(reply.code, reply.enhanced, reply.text),
            words.who_said(reply.code, group.stage, group.people),
        )
        self._label()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A hairline below, as between the rows of a table."""
        super().paintEvent(event)
        QPainter(self).fillRect(0, self.height() - 1, self.width(), 1, look.color("line"))

    def open_up(self) -> None:
        """Show the details, as a press on the head does."""
        self._opened(True)
        self.set_open(True)

    def _opened(self, opened: bool) -> None:
        if opened and not self._buttons:
            deeds = deeds_of(self.group)
            self._buttons = {deed: self._button(deed, place) for place, deed in enumerate(deeds)}
            parts: list[QWidget] = list(self._buttons.values())
            self.set_actions(parts)
            self._label()
            self.set_steerable(self._steerable)

    def set_steerable(self, steerable: bool) -> None:
        """Whether the profile that is to blame can be paused: others carry on meanwhile."""
        self._steerable = steerable
        if "pause" in self._buttons:
            self._buttons["pause"].setVisible(steerable)

    def _button(self, deed: str, place: int) -> Button:
        kind = "quiet" if place > 1 else ""
        return button("-", kind, _ICONS[deed], "small", clicked=lambda: self._act(deed, self.group))

    def _label(self) -> None:
        for deed, made in self._buttons.items():
            made.set_label(label_of(deed, self.group.people))
            set_tip(made, _tip_of(deed))
            made.setAccessibleDescription(self._meaning.title)

    def deed(self, name: str) -> Button | None:
        """The button of a deed, once the group was opened."""
        return self._buttons.get(name)


_ICONS = {
    "people": "users",
    "again": "rotate-cw",
    "suppress": "ban",
    "arrived": "check",
    "profile": "server",
    "pause": "pause",
    "message": "pencil",
    "leave": "user-x",
}


def urgency(group: CauseGroup) -> tuple[int, int]:
    """Sorts groups: what a profile is to blame for, what needs a look, what mends itself; the larger ones first."""
    needs_nobody = group.kind is OutcomeKind.DEFERRED
    rank = 0 if group.blame is Blame.PROFILE else 2 if needs_nobody else 1
    return rank, -group.people


def _choice(group: CauseGroup) -> str:
    """What the two buttons mean, where a person has to decide."""
    if group.kind is not OutcomeKind.UNCERTAIN:
        return ""
    return ngettext(
        "“It arrived” counts as accepted and sends nothing. “Send again” may deliver it twice.",
        "“They got it” counts as accepted and sends nothing. “Send again” may deliver it twice.",
        group.people,
    )


def deeds_of(group: CauseGroup) -> tuple[str, ...]:
    """What can be done about a group, the usual first."""
    if group.kind is OutcomeKind.UNCERTAIN:
        return "arrived", "again", "people"
    if group.blame is Blame.PROFILE:
        return ("profile", "pause", "again", "people", *_leave(group))
    if group.blame is Blame.MESSAGE:
        return "message", "people", "again"
    if group.kind is OutcomeKind.REJECTED and group.blame is Blame.RECIPIENT:
        return "suppress", "people", "again"
    return ("people", "again", *_leave(group))


def _leave(group: CauseGroup) -> tuple[str, ...]:
    """Whoever waits for another try can be left out."""
    return ("leave",) if group.kind is OutcomeKind.DEFERRED else ()


def label_of(deed: str, count: int) -> str:
    """The words on a button, for that many people."""
    figure = words.number(count)
    labels = {
        "people": ngettext("Show the person", "Show the {n} people", count),
        "again": ngettext("Send again", "Send again to these {n}", count),
        "suppress": ngettext("Never mail this one again", "Never mail these {n} again", count),
        "arrived": ngettext("It arrived", "They got it", count),
        "profile": _("Open the profile"),
        "pause": _("Pause the profile"),
        "message": _("Open the message"),
        "leave": ngettext("Leave this one out", "Leave them out", count),
    }
    return labels[deed].format(n=figure)


def _tip_of(deed: str) -> str:
    tips = {
        "again": _("They become due at once; sending goes on by itself."),
        "suppress": _("Their addresses go onto the suppression list. You can undo that."),
        "pause": _("Its people move to the other profiles, until you let it go on."),
        "message": _("A changed message is sent as a new run; who has this one keeps it."),
        "leave": _("Sending goes on without everyone who waits for this. You can send to them later."),
        "arrived": _("Counts as accepted from now on. Nothing is sent."),
    }
    return tips.get(deed, "")
