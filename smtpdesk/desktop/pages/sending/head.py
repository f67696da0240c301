"""The bar at the top: whose run it is, how far the campaign has come, and the buttons that steer it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.desktop.components import Chip, Stepper, TopBar, button, vbox
from smtpdesk.desktop.components.plain import set_tip
from smtpdesk.desktop.pages.profiles.words import shown_name
from smtpdesk.desktop.pages.sending import situation, words
from smtpdesk.desktop.pages.sending.situation import LIVE, OVER, Phase

if TYPE_CHECKING:
    from smtpdesk.desk.sending import RunView


#: So many profiles are named one by one.
_NAMED = 2


class Head(QWidget):
    """``set(view, phase)``; ``act(deed)`` is called with what is to be done.

    That is "pause", "resume", "stop", "change-time", "cancel", "delete" or "new".
    """

    def __init__(self, act: Callable[[str], object]) -> None:
        super().__init__()
        self.stepper = Stepper([_("Recipients"), _("Message"), _("Check"), _("Send")], 3)
        self.chip = Chip("")
        self.pause = button(_("Pause"), "", "pause", clicked=lambda: act("pause"))
        self.resume = button(_("Continue"), "primary", "play", clicked=lambda: act("resume"))
        self.stop = button(_("Stop"), "danger", "square", clicked=lambda: act("stop"))
        self.change = button(_("Change time…"), "", "clock", clicked=lambda: act("change-time"))
        self.cancel = button(_("Cancel"), "danger", "x", clicked=lambda: act("cancel"))
        set_tip(self.cancel, _("Takes this back: nobody is sent to."))
        set_tip(self.pause, _("Begins no further message. You can go on whenever you like."))
        set_tip(self.stop, _("Ends this run for good. To go on later, pause instead."))
        self.delete = button("", "quiet", "trash", tip=_("Delete this run…"), clicked=lambda: act("delete"))
        self.new = button(_("New campaign"), "", "plus", clicked=lambda: act("new"))
        parts: list[QWidget] = [
            self.chip,
            self.change,
            self.pause,
            self.resume,
            self.stop,
            self.cancel,
            self.delete,
            self.new,
        ]
        self._bar = TopBar("", middle=self.stepper, right=parts)
        self.setLayout(vbox(self._bar))
        for part in parts:
            part.hide()

    def set_title(self, campaign: str) -> None:
        """The campaign's name."""
        self._bar.set_title(campaign)

    def set(self, view: RunView, phase: Phase) -> None:
        """Offer what can be done in this phase."""
        began = view.run.started_at or view.run.created_at
        names = [shown_name(name) for name in view.run.profiles]
        many = ngettext("{n} profile", "{n} profiles", len(names)).format(n=len(names))
        profiles = ", ".join(names) if len(names) <= _NAMED else many
        started = _("{profiles} · started {time}").format(profiles=profiles, time=words.moment(began))
        waits = phase in (Phase.SCHEDULED, Phase.MISSED)
        self._bar.set_sub(profiles if waits else started)
        self.chip.set(*_chip(phase, view.counts.rejected + view.counts.uncertain))
        self.chip.setVisible(phase in OVER)  # before, figures and banner say it, and the steps need the room
        self.pause.setVisible(phase in LIVE)
        self.pause.setEnabled(phase not in (Phase.PAUSING, Phase.STOPPING))
        self.resume.setVisible(phase is Phase.PAUSED)
        self.stop.setVisible(phase not in OVER and not waits)
        self.change.setVisible(phase is Phase.SCHEDULED)
        self.cancel.setVisible(waits)
        self.stop.setEnabled(phase is not Phase.STOPPING)
        self.delete.setVisible(phase not in LIVE and not waits)
        self.new.setVisible(phase in OVER)
        self.stepper.setVisible(phase not in OVER)


def _chip(phase: Phase, look: int) -> tuple[str, str, str]:
    """The phase; a campaign that is done is no fault, so what needs a look is a number in a calm tone."""
    said, tone, icon = situation.title(phase, not look)
    if phase is Phase.DONE and look:
        said = ngettext("Done, {n} needs a look", "Done, {n} need a look", look).format(n=words.number(look))
    return said, tone, icon
