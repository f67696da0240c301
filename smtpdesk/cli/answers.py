"""Who gets it: what ``--again`` and ``--only-new`` say, and the question before a campaign is sent."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.prompt import Confirm, Prompt

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.cli.console import foreign
from smtpdesk.cli.running import notes
from smtpdesk.desk import Desk
from smtpdesk.desk.schedule_words import sentence
from smtpdesk.desk.sent_before import had_words
from smtpdesk.domain.schedule import Schedule


class Answer:
    """Whether those who have the campaign get it again: ``again`` is None as long as nobody has said.

    Raises:
        InputError: ``send.again-or-only-new``: both options are given.
    """

    def __init__(self, again: bool, only_new: bool, *, ask: bool) -> None:
        if again and only_new:
            raise InputError(
                "send.again-or-only-new", _("--again and --only-new contradict each other."), _("Give one of them.")
            )
        self.again: bool | None = True if again else False if only_new else None
        self._ask = ask

    async def settled(self, desk: Desk, folder: Path, schedule: Schedule | None, profiles: Sequence[str] = ()) -> bool:
        """Ask the person, where one is there; False when nothing is to be sent."""
        if not self._ask:
            return True
        audience = await desk.campaigns.audience(folder, profiles)
        if self.again is None and audience.earlier:
            picked = self._whom(had_words(audience), audience.new, audience.everybody)
            self.again = picked == "again"
            return picked != "nobody"
        return _agreed(audience.everybody if self.again else audience.new, schedule)

    @staticmethod
    def _whom(had: str, new: int, everybody: int) -> str:
        notes.print(foreign(had))
        options = {"new": new, "again": everybody, "nobody": 0}
        choices = [word for word, count in options.items() if count or word == "nobody"]
        words = {
            "new": ngettext("new: {n} person who has not had it", "new: {n} people who have not had it", new),
            "again": ngettext("again: {n} person", "again: everybody, {n} people", everybody),
            "nobody": _("nobody: send nothing"),
        }
        for word in choices:
            notes.print("  " + words[word].format(n=f"{options[word]:,}"))
        return Prompt.ask(_("Send to whom?"), console=notes, choices=choices, default=choices[0] if new else "nobody")


def _agreed(count: int, schedule: Schedule | None) -> bool:
    if not count:
        return True  # nobody is asked about nobody; the summary says why
    if schedule is not None and schedule.wait(now()):
        question = ngettext("Send to {n} person? {when}", "Send to {n} people? {when}", count)
        question = question.format(n=f"{count:,}", when=sentence(schedule, now()))
    else:
        question = ngettext("Send to {n} person now?", "Send to {n} people now?", count).format(n=f"{count:,}")
    return Confirm.ask(question, console=notes, default=False)
