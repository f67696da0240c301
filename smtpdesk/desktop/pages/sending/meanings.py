"""The words for a cause: those of the reply book, and ours for what no server said."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from smtpdesk.base.i18n import _
from smtpdesk.domain.delivery import Blame, Meaning, OutcomeKind

if TYPE_CHECKING:
    from smtpdesk.desk import Desk


def _accepted(title: str, explanation: str) -> Meaning:
    return Meaning("", OutcomeKind.ACCEPTED, Blame.NONE, title, explanation, "")


def _rejected(title: str, explanation: str, advice: str = "") -> Meaning:
    return Meaning("", OutcomeKind.REJECTED, Blame.NONE, title, explanation, advice)


def _own() -> dict[str, Callable[[], Meaning]]:
    """Causes that the ledger writes by itself."""
    return {
        "": lambda: _accepted(_("Accepted"), _("The server took the message.")),
        "decided.accepted": lambda: _accepted(_("You said it arrived"), _("The server never answered; you decided.")),
        "decided.rejected": lambda: _rejected(
            _("You said it did not arrive"), _("The server never answered; you decided.")
        ),
        "recovered.accepted": lambda: _accepted(
            _("Accepted just before the cut"),
            _("The server had taken the message before sending was cut off; its words are lost."),
        ),
        "recovered.deferred": lambda: Meaning(
            "",
            OutcomeKind.DEFERRED,
            Blame.NONE,
            _("Deferred just before the cut"),
            _("The server asked to come back later, then sending was cut off; its words are lost."),
            _("It is tried again by itself."),
        ),
        "recovered.rejected": lambda: _rejected(
            _("Rejected just before the cut"),
            _("The server had refused the message before sending was cut off; its words are lost."),
            _("Try again to learn why."),
        ),
        "recovered.uncertain": lambda: Meaning(
            "",
            OutcomeKind.UNCERTAIN,
            Blame.NONE,
            _("Sending was cut off before the server answered"),
            _(
                "The message was on its way when the program ended. It may have arrived. "
                "Not sent again unless you say so."
            ),
            _("Ask the person, or look into the provider's own log. Then say below whether it arrived."),
        ),
        "suppressed": lambda: _rejected(_("Never to be mailed"), _("This address is on your suppression list.")),
        "sent-before": lambda: _rejected(_("Has it already"), _("An earlier run sent this very message.")),
        "invalid": lambda: _rejected(_("Not an address"), _("Set aside when the list was imported.")),
        "duplicate": lambda: _rejected(_("Twice in the list"), _("Set aside when the list was imported.")),
        "empty": lambda: _rejected(_("No address"), _("Set aside when the list was imported.")),
    }


class Meanings:
    """``meanings.of(cause)``, kept, since tables ask for every row they paint."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._own = _own()
        self._kept: dict[str, Meaning] = {}

    def of(self, cause: str) -> Meaning:
        """Title, explanation and advice of a cause."""
        known = self._kept.get(cause)
        if known is None:
            own = self._own.get(cause)
            known = own() if own else self._desk.reports.meaning(cause)
            self._kept[cause] = known
        return known

    def known(self, cause: str) -> Meaning | None:
        """The meaning of a cause that the book of replies has; None for "" and for what only this program says."""
        if not cause or cause in self._own or not self._desk.reports.knows(cause):
            return None
        return self.of(cause)
