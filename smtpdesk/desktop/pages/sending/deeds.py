"""What a person can do about a run: steer it, try people again, decide, suppress, export."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QWidget

from smtpdesk.base.errors import DeskError
from smtpdesk.base.i18n import _, ngettext
from smtpdesk.base.ids import slug
from smtpdesk.desk.sent_before import left_out_words
from smtpdesk.desktop.components import choose, confirm, save_file
from smtpdesk.desktop.pages.profiles.words import shown_name
from smtpdesk.desktop.pages.sending import words
from smtpdesk.desktop.pages.sending.change_time import ask_for_time
from smtpdesk.desktop.pages.sending.chosen_bar import AGAIN
from smtpdesk.desktop.pages.sending.deleting import delete_run
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.shell.context import AppContext
from smtpdesk.domain.address import address_key
from smtpdesk.domain.delivery import CauseGroup, LaneInfo, Meaning, ReportRow

P = ParamSpec("P")
T = TypeVar("T")
#: Seconds to wait until a run that was asked to pause has paused.
_PATIENCE = 60.0
_CSV = [("CSV", ["*.csv"])]


@dataclass(frozen=True, slots=True)
class Target:
    """Whom a deed is about: all deliveries in a state with a cause, or exactly these ids."""

    state: str
    cause: str | None = None
    ids: Sequence[int] | None = None


def _of_its_run(deed: Callable[Concatenate[Deeds, P], T]) -> Callable[Concatenate[Deeds, P], T]:
    """What a person began for one run ends there: the page may show another one before a question is answered."""

    @wraps(deed)
    def begun(self: Deeds, /, *args: P.args, **kwargs: P.kwargs) -> T:
        return deed(copy(self), *args, **kwargs)

    return begun


class Deeds:
    """The deeds of one page.

    Args:
        parent: the page, as parent of dialogs. ``meanings``: the words for causes.
        done: called after each change, so that the page looks again.
        spawn: starts a coroutine that outlives the page's being on show.
    """

    def __init__(
        self,
        context: AppContext,
        parent: QWidget,
        meanings: Meanings,
        done: Callable[[], None],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> None:
        self._context = context
        self._spawn = spawn
        self._desk = context.desk
        self._meanings = meanings
        self._parent = parent
        self._done = done
        #: Called with the id of a run that was deleted.
        self.deleted: Callable[[str], None] = lambda run: None
        self.run_id = ""
        self.campaign = ""
        self.folder = ""

    # -- steering -------------------------------------------------------------------------------------------------
    @_of_its_run
    async def pause(self) -> None:
        """Begin nothing more; what is under way is answered."""
        await self._desk.sending.pause(self.run_id)
        self._done()

    @_of_its_run
    async def resume(self) -> None:
        """Go on where it stood."""
        await self._desk.sending.resume(self.run_id)
        self._done()

    @_of_its_run
    async def stop(self) -> None:
        """End it, after asking."""
        counts = await self._desk.reports.counts(self.run_id)
        body = ngettext(
            "{n} person has not been sent to yet, and will not be. Whoever has the message keeps it.",
            "{n} people have not been sent to yet, and will not be. Whoever has the message keeps it.",
            counts.open,
        ).format(n=words.number(counts.open))
        body += " " + _("This ends the run for good; to go on later, pause instead.")
        title = _("Stop sending “{name}”?").format(name=self.campaign)
        if await confirm(self._parent, title, body, _("Stop sending"), _("Keep sending"), danger=True):
            await self._desk.sending.stop(self.run_id)
            self._done()

    @_of_its_run
    async def send_now(self) -> None:
        """Do not wait for the start that was missed."""
        await self._desk.scheduling.send_now(self.run_id)
        self._done()

    @_of_its_run
    async def change_time(self) -> None:
        """Let a run that waits begin at another time."""
        standing = await self._desk.scheduling.standing(self.run_id)
        chosen = await ask_for_time(self._parent, self.campaign, standing.schedule)
        if chosen is not None:
            await self._desk.scheduling.reschedule(self.run_id, chosen)
            self._done()

    @_of_its_run
    async def cancel(self) -> None:
        """Take back a run that waits, after asking."""
        title = _("Cancel “{name}”?").format(name=self.campaign)
        body = _("It is not sent at its time. Nobody has got it, and you can send it again whenever you like.")
        if await confirm(self._parent, title, body, _("Do not send it"), _("Keep it"), danger=True):
            await self._desk.scheduling.cancel(self.run_id)
            self._done()

    async def delete(self) -> None:
        """Delete the run for good, after asking."""
        run, name = self.run_id, self.campaign
        if await delete_run(self._parent, self._desk, run):
            self.deleted(run)
            self._context.go("activity")
            self._context.toast(_("What was sent of “{name}” is deleted").format(name=name))

    async def use_timer(self) -> None:
        """Let the system itself start what is scheduled."""
        await self._desk.scheduling.use_timer(True)
        status = await self._desk.scheduling.timer()
        self._context.toast(_("Your system starts it. {conditions}").format(conditions=status.conditions))
        self._done()

    @_of_its_run
    async def take_over(self) -> None:
        """Go on with a run that another computer or a newer copy of the workspace has begun, after a clear warning."""
        body = _(
            "If the other computer or copy sends as well, or has sent more than this one knows, people get the message "
            "a second time, and nothing here can see it. Take over only if the other one is lost for good."
        )
        title = _("Send the rest of “{name}” from here?").format(name=self.campaign)
        if await confirm(self._parent, title, body, _("Take over"), danger=True):
            await self._desk.sending.resume(self.run_id, take_over=True)
            self._done()

    # -- one profile ----------------------------------------------------------------------------------------------
    @_of_its_run
    async def pause_lane(self, profile: str) -> None:
        """Send nothing more through a profile; the others take over its people."""
        await self._desk.sending.pause_lane(self.run_id, profile)
        sentence = _("“{name}” is paused; the others carry on").format(name=shown_name(profile))
        self._context.toast(sentence, (_("Go on"), lambda: self._spawn(self.wake_lane(profile))))
        self._done()

    @_of_its_run
    async def wake_lane(self, profile: str) -> None:
        """Let a profile that rests or was paused go on at once."""
        await self._desk.sending.wake_lane(self.run_id, profile)
        self._done()

    @_of_its_run
    async def pause_blamed(self, group: CauseGroup) -> None:
        """Pause the profile that a cause blames."""
        name = await self._blamed(group)
        if name:
            await self.pause_lane(name)

    async def explain(self, lane: LaneInfo | None, meaning: Meaning | None) -> None:
        """What a lane's note means, and what can be done."""
        if lane is None or meaning is None:
            return
        body = "\n\n".join(part for part in (meaning.explanation, meaning.advice) if part)
        options = [("", _("Close")), ("profile", _("Open the profile"))]
        if await choose(self._parent, meaning.title, body, options) == "profile":
            self._context.go("profiles", name=lane.profile)

    # -- people ---------------------------------------------------------------------------------------------------
    async def people(self, target: Target) -> list[ReportRow]:
        """The rows that a target means."""
        states = [target.state] if target.state else None
        rows = await self._desk.reports.rows(self.run_id, states=states, cause=target.cause)
        if target.ids is None:
            return rows
        wanted = set(target.ids)
        return [row for row in rows if row.delivery in wanted]

    @_of_its_run
    async def try_again(self, target: Target, count: int) -> None:
        """Send again to those of a cause; asks first when somebody may get it twice."""
        if target.state == "uncertain" and not await self._sure_of(count):
            return
        ids = target.ids
        if ids is None and target.cause is not None:
            ids = [row.delivery for row in await self.people(target)]
        self._tell_again(*await self._retry([target.state], ids))

    @_of_its_run
    async def try_chosen(self, ids: Sequence[int], states: Collection[str]) -> None:
        """Send again to the chosen ones, as far as they are in a state that can be tried again."""
        kinds = set(states) & AGAIN
        if "uncertain" in kinds:
            rows = await self.people(Target("uncertain", None, ids))
            answer = await self._ask_about(len(rows), kinds > {"uncertain"}) if rows else "all"
            if answer is None:
                return
            kinds = kinds if answer == "all" else kinds - {"uncertain"}
        self._tell_again(*await self._retry(sorted(kinds), ids))

    def _tell_again(self, count: int, left_out: str) -> None:
        sentence = ngettext("{n} person is tried again", "{n} people are tried again", count)
        self._context.toast(f"{sentence.format(n=words.number(count))}. {left_out}".removesuffix(". "))

    async def _sure_of(self, count: int) -> bool:
        return await self._ask_about(count, others=False) is not None

    async def _ask_about(self, count: int, others: bool) -> str | None:
        """``all``, ``others`` (leave the uncertain ones alone) or None."""
        title = ngettext("Send to {n} person again?", "Send to {n} people again?", count)
        body = _("The server may have taken the message already. Whoever has it gets it twice.")
        if others:
            title = ngettext("{n} of them may have it already", "{n} of them may have it already", count)
        options = [("no", _("Cancel"))]
        options += [("others", _("Only the others"))] if others else []
        options += [("all", _("Send again"))]
        answer = await choose(self._parent, title.format(n=words.number(count)), body, options, danger="all")
        return answer if answer in ("all", "others") else None

    async def _retry(self, kinds: Sequence[str], ids: Collection[int] | None) -> tuple[int, str]:
        """The ledger takes a retry only while nobody is sending: a run at work is paused for a moment.

        Returns how many are tried again, and the words about those who are left out.
        """
        sending = self._desk.sending
        at_work = (await sending.view(self.run_id)).alive
        if at_work:
            await sending.pause(self.run_id)
            await self._until_quiet()
        left_out = await self._desk.reports.left_out(self.run_id, kinds, ids)
        count = await sending.retry(self.run_id, kinds, ids)
        if at_work and not count:
            await sending.resume(self.run_id)
        self._done()
        return count, " ".join(left_out_words(left_out))

    async def _until_quiet(self) -> None:
        try:
            async with asyncio.timeout(_PATIENCE):
                async for _view in self._desk.sending.watch(self.run_id):
                    pass
        except TimeoutError:
            sentence = _("The server still owes an answer; nothing was changed.")
            raise DeskError("sending.busy", sentence, _("Try again in a moment, or continue sending.")) from None

    @_of_its_run
    async def send_rest(self) -> None:
        """Send to those who were left when the run was stopped."""
        count, left_out = await self._retry(["cancelled"], None)
        sentence = ngettext("Sending to {n} person", "Sending to {n} people", count)
        self._context.toast(f"{sentence.format(n=words.number(count))}. {left_out}".removesuffix(". "))

    @_of_its_run
    async def leave_out(self, cause: str) -> None:
        """Go on without those who wait because of a cause."""
        count = await self._desk.sending.leave_out(self.run_id, cause)
        sentence = ngettext("{n} person is left out", "{n} people are left out", count)
        self._context.toast(sentence.format(n=words.number(count)))
        self._done()

    @_of_its_run
    async def mark_arrived(self, target: Target) -> None:
        """A person knows that the uncertain ones have it."""
        ids = target.ids or tuple(row.delivery for row in await self.people(target))
        count = await self._desk.sending.decide(self.run_id, ids, accepted=True)
        sentence = ngettext("{n} person counts as accepted now", "{n} people count as accepted now", count)
        self._context.toast(sentence.format(n=words.number(count)))
        self._done()

    @_of_its_run
    async def suppress(self, target: Target) -> None:
        """Never mail them again, with what the server said of each as the reason; can be undone from the toast."""
        causes = {row.address: row.cause for row in await self.people(target)}
        if not causes or not await self._sure_of_never(len(causes)):
            return
        addresses = set(causes)
        known = {entry.target for entry in await self._desk.lists.suppressions()}
        fresh = sorted(address for address in addresses if address_key(address) not in known)
        for cause in sorted({causes[address] for address in fresh}):
            reason = _("{cause} (while sending “{name}”)").format(
                cause=self._meanings.of(cause).title, name=self.campaign
            )
            await self._desk.lists.suppress([each for each in fresh if causes[each] == cause], reason, self.campaign)
        sentence = ngettext("{n} person is never mailed again", "{n} people are never mailed again", len(addresses))
        action = (_("Undo"), lambda: self._spawn(self._allow(fresh))) if fresh else None
        self._context.toast(sentence.format(n=words.number(len(addresses))), action)
        self._done()

    async def _sure_of_never(self, count: int) -> bool:
        title = ngettext("Never mail {n} person again?", "Never mail {n} people again?", count)
        body = _("They are left out of every campaign from now on. The suppression list keeps them, with the reason.")
        yes = _("Never mail again")
        return await confirm(self._parent, title.format(n=words.number(count)), body, yes)

    async def _allow(self, addresses: Sequence[str]) -> None:
        for address in addresses:
            await self._desk.lists.unsuppress(address)
        sentence = ngettext("{n} person may be mailed again", "{n} people may be mailed again", len(addresses))
        self._context.toast(sentence.format(n=words.number(len(addresses))))

    # -- elsewhere ------------------------------------------------------------------------------------------------
    async def open_profile(self, group: CauseGroup | None = None, name: str = "", *, test: bool = False) -> None:
        """Show the profile that a cause blames; ``test`` starts its test at once."""
        if group is not None and not name:
            name = await self._blamed(group)
        if test:
            self._context.go("profiles", name=name, test=True)
        else:
            self._context.go("profiles", name=name)

    async def _blamed(self, group: CauseGroup) -> str:
        """The profile that most people of a cause were sent to with."""
        rows = await self.people(Target(group.kind.value, group.cause))
        names = Counter(row.profile for row in rows if row.profile)
        return names.most_common(1)[0][0] if names else ""

    @_of_its_run
    async def export(self, log: Mapping[str, Any] | None = None) -> None:
        """Save a CSV file: the results of everybody, or with filters (an empty mapping: none) the lines of the log."""
        what = _("results") if log is None else _("log")
        title = _("Save the results") if log is None else _("Save the log")
        name = f"{slug(self.campaign)}-{slug(what, 'results')}.csv"
        file = await save_file(self._parent, title, name, _CSV)
        if file is None:
            return
        reports = self._desk.reports
        if log is None:
            count = await reports.export_csv(self.run_id, file, view=await self._desk.sending.view(self.run_id))
        else:
            count = await reports.export_log(self.run_id, file, **log)
        sentence = ngettext("{n} line saved in {file}", "{n} lines saved in {file}", count)
        action = (_("Show the folder"), lambda: _show(file.parent))
        self._context.toast(sentence.format(n=words.number(count), file=file.name), action)


def _show(folder: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))
