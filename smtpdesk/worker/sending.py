"""One stretch of sending a run: lease, recovery, the rest of the plan, the engine, and how it ended."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from smtpdesk.base.clock import now
from smtpdesk.base.errors import Cancelled, DeskError, StoreError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.delivery.brake import MANY_CUT, MANY_REFUSED
from smtpdesk.delivery.engine import Ending, Engine
from smtpdesk.domain.delivery import LaneChange, LaneInfo, RunState, Wanted
from smtpdesk.domain.schedule import Schedule
from smtpdesk.message import load_frozen
from smtpdesk.store import LeaseLost, RunElsewhere, Workspace
from smtpdesk.store.errors import translated_opening
from smtpdesk.worker.assembly import Assembly, run_folder, vault_for
from smtpdesk.worker.awake import Awake
from smtpdesk.worker.book import LedgerBook
from smtpdesk.worker.companions import Companions
from smtpdesk.worker.in_flight import FILE_NAME, InFlightJournal
from smtpdesk.worker.lease import Lease, RunRestored
from smtpdesk.worker.planner import Planner
from smtpdesk.worker.protocol import Speaker
from smtpdesk.worker.recovery import recover_all, recover_in_flight

_log = logging.getLogger("smtpdesk.worker")
#: Seconds between two looks after runs whose worker died.
_LOOK_AFTER = 5.0
Inbox = asyncio.Queue[dict[str, Any]]


class Stretch:
    """What one worker process does for a run, as its main worker or as a companion of it.

    Args:
        options: of the command line. ``secrets``: references and secrets that the starter handed over.
        inbox: what the starter says meanwhile.
    """

    def __init__(
        self, options: Namespace, speaker: Speaker, workspace: Workspace, secrets: dict[str, Secret], inbox: Inbox
    ) -> None:
        self._options = options
        self._speaker = speaker
        self._workspace = workspace
        self._secrets = secrets
        self._inbox = inbox
        self._run = workspace.runs.get(options.run)
        self._counts = workspace.ledger.counts(self._run.id)
        self._folder = run_folder(workspace.folder, self._run.id)
        self._journal: InFlightJournal | None = None
        self._companions: Companions | None = None
        self._planning: asyncio.Task[bool] | None = None
        self._plan_no_more = threading.Event()
        self._awake = Awake()
        #: Somebody ended this process from outside: the session, the system, a kill. No person paused the run.
        self._signalled = False
        #: The time has come, so the run is being sent; and that is in the ledger, too.
        self._began = self._began_kept = False
        #: When to look next after runs whose worker died (monotonic).
        self._look_at = 0.0

    async def send(self) -> None:
        """Send as the run's worker.

        Raises:
            DeskError: what keeps it from being sent; the run is paused with its code, unless the lease was lost.
        """
        lease = Lease(self._workspace, self._run)
        try:
            with lease.held(self._options.take_over) as token:
                await self._guarded(lease, token)
        except RunElsewhere as error:
            if not error.alive:  # otherwise what is said of the run is said by the worker that has it
                await asyncio.to_thread(_pause_run, self._workspace, self._run.id, error)
            raise
        except RunRestored as error:
            await asyncio.to_thread(_pause_run, self._workspace, self._run.id, error)
            raise
        finally:
            self._awake.close()
            self._close_journal()

    async def help(self) -> None:
        """Send as a companion, under the lease of the worker that started this one, until nothing is due."""
        run, token, runs = self._run.id, self._options.token, self._workspace.runs
        self._journal = InFlightJournal.join(self._folder / FILE_NAME, runs.in_flight(run))
        if self._journal is None:
            raise _folder_gone()
        book = self._book(
            token, name=f"companion-{self._options.companion}", renew=lambda: runs.check_lease(run, token)
        )
        try:
            engine = await self._engine(book, Schedule(), lambda: False, lambda lanes: None)
            await self._obeying(engine)
        finally:
            book.close()
            self._close_journal()

    async def _guarded(self, lease: Lease, token: int) -> None:
        book = self._book(token, renew=lease.renew)
        try:
            await self._work(book, token)
        except LeaseLost:
            raise  # the run is another worker's now, and so is what is said of it
        except DeskError as error:
            await asyncio.to_thread(_pause_run, self._workspace, self._run.id, error, token)
            raise
        finally:
            self._plan_no_more.set()
            if self._planning is not None:
                await asyncio.wait({self._planning})
            if self._companions is not None:
                await self._companions.end()
            book.close()

    def _book(self, token: int, *, name: str = "", renew: Callable[[], None] | None = None) -> LedgerBook:
        def trouble(error: StoreError | None) -> None:
            self._speaker.say("trouble", **(error.as_dict() if error else {"code": ""}))

        def renewed() -> None:
            if self._journal is not None:
                self._see_the_folder()
            if renew is not None:
                renew()
            if not self._options.companion:
                self._keep_begun(token)
                self._look_after_others()

        return LedgerBook(
            self._workspace,
            self._run.id,
            trouble,
            token=token,
            name=name,
            renew=renewed,
            begun=lambda: self._in_flight().flag,
            healthy=lambda: self._journal is None or self._journal.healthy,
        )

    async def _work(self, book: LedgerBook, token: int) -> None:
        run = self._run
        recovered = await book.call(lambda: recover_in_flight(self._workspace, run, token))
        await book.recall()  # the limits may be others than when rows were put off
        await book.call(lambda: self._begin_journal(token))
        campaign = await asyncio.to_thread(load_frozen, self._workspace.folder / run.snapshot)
        engine = await self._main_engine(book, campaign.schedule)
        arguments = ["--workspace", str(self._workspace.folder), "--run", run.id, "--token", str(token)]
        if self._options.limit is None:
            self._companions = Companions(arguments, self._folder / "worker.err", self._secrets)
        # A run that waits for its start has not started: it is planned until its time comes.
        self._began = self._counts.begun or campaign.schedule.opens(now()) is None
        state = RunState.RUNNING if self._began else RunState.PLANNED
        await book.call(lambda: self._workspace.runs.set_state(run.id, state, "", token))
        self._began_kept = self._began
        moved = asdict(recovered.moved)
        self._speaker.say("ready", run=run.id, pid=os.getpid(), recovered=moved, doubt=recovered.doubt)
        self._planning = asyncio.create_task(self._plan(token))
        ending = await self._obeying(engine)
        waits = engine.waits
        while await self._left_behind(book, token) and ending.state is RunState.DONE:
            ending = await self._obeying(await self._main_engine(book, campaign.schedule))
        if ending.state is RunState.STOPPED:
            await self._planning
        if self._signalled and waits and self._workspace.runs.wanted(run.id) is Wanted.RUN:
            # Nobody paused it: it stays as it waits, and whoever opens the workspace next lets it wait on.
            await book.call(lambda: self._workspace.runs.seen(run.id, now()))
            self._speaker.say("ended", state=RunState.RUNNING, note="", reached=ending.reached)
            return
        await book.call(lambda: _close_run(self._workspace, run.id, ending, token))
        self._speaker.say("ended", state=ending.state, note=ending.note, reached=ending.reached)

    async def _main_engine(self, book: LedgerBook, schedule: Schedule) -> Engine:
        engine = await self._engine(book, schedule, self._more, lambda lanes: self._beat(engine, lanes))
        return engine

    async def _left_behind(self, book: LedgerBook, token: int) -> int:
        """End the companions; how many rows that were claimed and never sent are to be sent all the same.

        They are of one that was killed, or of a claim whose answer did not reach us: nobody holds a row any more.
        """
        if self._companions is not None:
            await self._companions.end()
        run, ledger = self._run.id, self._workspace.ledger
        journal = self._in_flight()
        left = await book.call(lambda: ledger.recover(run, journal.flag, token=token))
        journal.forget()
        return left.pending + left.deferred

    async def _engine(
        self,
        book: LedgerBook,
        schedule: Schedule,
        more: Callable[[], bool],
        beat: Callable[[list[LaneInfo]], None],
    ) -> Engine:
        assembly = Assembly(self._workspace, vault_for(self._workspace), self._secrets, self._hand_back)
        work = [await assembly.assignment(self._run, name) for name in self._run.profiles]
        former = self._workspace.runs.lanes(self._run.id) if not self._options.companion else []
        counts = await book.call(lambda: self._workspace.ledger.counts(self._run.id))
        return Engine(
            work,
            book,
            self._in_flight(),
            before=former,
            schedule=schedule,
            begun=counts.begun,
            limit=self._options.limit,
            patience=self._options.patience,
            excused=await asyncio.to_thread(self._excused),
            more=more,
            beat=beat,
        )

    def _excused(self) -> dict[str, set[str]]:
        """What has stopped a lane of this run before: that it is sent again, a person has decided."""
        found: dict[str, set[str]] = {}
        for event in self._workspace.performance.events(self._run.id, limit=1000):
            if event.change is LaneChange.FAILED and event.cause in {MANY_REFUSED, MANY_CUT}:
                found.setdefault(event.profile, set()).add(event.cause)
        return found

    def _hand_back(self, ref: str, secret: Secret) -> None:
        """A secret has changed: the starter may be the only one who can keep it."""
        self._speaker.say("secret", ref=ref, secret=secret.reveal())

    # -- the in-flight file -------------------------------------------------------------------------------------

    def _begin_journal(self, token: int) -> None:
        rows = max(self._run.expected, self._counts.total)
        with translated_opening(self._workspace.folder):
            self._close_journal()
            self._journal = InFlightJournal.begin(self._folder / FILE_NAME, rows)
        self._workspace.runs.set_in_flight(self._run.id, self._journal.stamp, token)

    def _in_flight(self) -> InFlightJournal:
        assert self._journal is not None
        return self._journal

    def _close_journal(self) -> None:
        if self._journal is not None:
            self._journal.close()
            self._journal = None

    def _see_the_folder(self) -> None:
        """What this run writes must be where the next worker looks for it."""
        if not (self._in_flight().in_place and self._workspace.in_place):
            raise _folder_gone()

    # -- beside the engine --------------------------------------------------------------------------------------

    async def _plan(self, token: int) -> bool:
        """Write what is not planned yet, while the first messages leave."""
        planner = Planner(self._workspace, self._run, token=token)
        try:
            return await asyncio.to_thread(planner.write, cancelled=self._plan_no_more.is_set)
        except Cancelled:
            return False  # the next worker goes on with it

    def _more(self) -> bool:
        if self._planning is not None and self._planning.done():
            self._planning.result()  # a plan that could not be written ends the run, with its reason
        planning = self._planning is not None and not self._planning.done()
        return planning or (self._companions is not None and self._companions.alive)

    def _keep_begun(self, token: int) -> None:
        """On the ledger's thread: a run whose time has come is no planned one any more."""
        if self._began and not self._began_kept:
            self._workspace.runs.set_state(self._run.id, RunState.RUNNING, "", token)
            self._began_kept = True

    def _look_after_others(self) -> None:
        """On the ledger's thread: people whom a dead worker was sending to must not be waited for without end."""
        if time.monotonic() < self._look_at:
            return
        self._look_at = time.monotonic() + _LOOK_AFTER
        recover_all(self._workspace, but=self._run.id)

    def _beat(self, engine: Engine, lanes: list[LaneInfo]) -> None:
        self._speaker.say("beat", lanes=[asdict(lane) for lane in lanes])
        self._awake.set(engine.sending)
        self._began = self._began or not engine.waits
        if self._companions is not None and not any(lane.full for lane in lanes):
            self._companions.look(lanes, self._workspace.ledger.counts(self._run.id).open)

    async def _obeying(self, engine: Engine) -> Ending:
        """Send while listening to the starter and to signals; both only nudge, the ledger's word is the same."""
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.add_signal_handler(number, self._leave, engine)
        obeying = asyncio.create_task(self._obey(engine))
        try:
            return await engine.run()
        finally:
            obeying.cancel()
            await asyncio.wait({obeying})

    def _leave(self, engine: Engine) -> None:
        """A signal: finish what is under way and end."""
        self._signalled = True
        engine.want(Wanted.PAUSE)

    async def _obey(self, engine: Engine) -> None:
        while True:
            heard = await self._inbox.get()
            if heard.get("event") == "want":
                if self._companions is not None:
                    self._companions.want(heard["wanted"])
                engine.want(Wanted(heard["wanted"]))
            elif heard.get("event") == "secrets":
                self._secrets.update({ref: Secret(value) for ref, value in heard["secrets"].items()})
                engine.look()
            elif heard.get("event") == "look":
                engine.look()
            elif not heard and self._options.companion:
                engine.want(Wanted.PAUSE)  # the worker that started this companion is gone


def _folder_gone() -> StoreError:
    return StoreError(
        "run.folder-gone",
        _("The folder of this run was removed from the workspace, or the workspace was replaced, while it was sent."),
        _("Sending has stopped. Check that the workspace is whole, then continue."),
    )


def _close_run(workspace: Workspace, run: str, ending: Ending, token: int) -> None:
    if ending.state is RunState.STOPPED:
        workspace.ledger.cancel_open(run, token=token)
    workspace.runs.seen(run, now())
    workspace.runs.set_state(run, ending.state, ending.note, token)


def _pause_run(workspace: Workspace, run: str, error: DeskError, token: int | None = None) -> None:
    """Leave a truthful state behind; when even that cannot be written, the ledger's rows still tell."""
    try:
        workspace.runs.set_state(run, RunState.PAUSED, error.code, token)
    except StoreError as further:
        _log.warning("the run's state could not be written: %s", further.code)
