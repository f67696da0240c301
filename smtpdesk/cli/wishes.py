"""When ``smtpdesk send`` is to send: the options over the campaign's own schedule, and a start that was missed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rich.prompt import Confirm

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.cli.profile_options import NONE
from smtpdesk.cli.running import notes
from smtpdesk.desk import Desk
from smtpdesk.desk.schedule_words import missed_sentence
from smtpdesk.desk.scheduling import ScheduleMissed
from smtpdesk.domain.delivery import RunInfo
from smtpdesk.domain.schedule import Schedule
from smtpdesk.message.schedule_table import read_schedule


@dataclass(frozen=True, slots=True)
class Wish:
    """What the options of a command say about the time.

    ``options``: texts as they would stand in ``[schedule]``. ``at_once``: no start time. ``ask``: somebody is there.
    """

    options: Mapping[str, str]
    at_once: bool
    ask: bool

    async def schedule(self, desk: Desk, folder: Path, run: RunInfo | None) -> Schedule | None:
        """The schedule for a new run, or for the unfinished one; None leaves it as it is.

        Raises:
            InputError: an option cannot be read, or ``--now`` contradicts ``--at``.
            ScheduleMissed: the start is past, and nobody can be asked.
        """
        if self.at_once and "start" in self.options:
            raise InputError("send.at-or-now", _("--at and --now contradict each other."), _("Give one of them."))
        base, begun = await _known(desk, folder, run)
        options = {key: "" if _lifts(key, text) else text for key, text in self.options.items()}
        chosen = read_schedule(options, lambda key: f"--{_NAMES.get(key, key)}", base)
        if self.at_once:
            chosen = chosen.at_once()
        elif not begun and chosen.missed(now()):
            chosen = self._ask(chosen)
        return None if chosen == base else chosen

    async def for_run(self, desk: Desk, run: RunInfo) -> Schedule:
        """The schedule that a run is to have instead of its own.

        Raises:
            InputError: an option cannot be read, none is given, or the start has passed.
        """
        if not (self.options or self.at_once):
            raise InputError(
                "schedule.no-time", _("No time was given."), _("Give one: --at TIME, --hours, --weekdays, or --now.")
            )
        chosen = await self.schedule(desk, Path(run.folder), run)
        return (await desk.scheduling.standing(run.id)).schedule if chosen is None else chosen

    def _ask(self, schedule: Schedule) -> Schedule:
        if not self.ask:
            raise ScheduleMissed(schedule)
        question = _("{missed} Send it now?").format(missed=missed_sentence(schedule, now()))
        if not Confirm.ask(question, console=notes, default=False):
            raise ScheduleMissed(schedule)
        return schedule.at_once()


#: Options that are called otherwise than their key.
_NAMES = {"start": "at"}
#: Keys that the word ``none`` takes away again.
_LIFTED = {"hours", "weekdays"}


def kept_words(schedule: Schedule) -> str:
    """That a run goes on with the times it began with, and which option lifts them; "" when it has none."""
    options = [f"--{key} none" for key in ("hours", "weekdays") if getattr(schedule, key)]
    if not options and schedule.start is not None:
        options = ["--now"]
    if not options:
        return ""
    words = ngettext(
        "(as chosen when it began; {options} lifts it)", "(as chosen when it began; {options} lift it)", len(options)
    )
    return words.format(options=" ".join(options))


def _lifts(key: str, text: str) -> bool:
    return key in _LIFTED and text.strip().lower() == NONE


async def _known(desk: Desk, folder: Path, run: RunInfo | None) -> tuple[Schedule, bool]:
    """The schedule that holds without options, and whether the run has begun to send."""
    if run is not None:
        standing = await desk.scheduling.standing(run.id)
        return standing.schedule, standing.begun
    return (await desk.campaigns.load(folder)).campaign.schedule, False
