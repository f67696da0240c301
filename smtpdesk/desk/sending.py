"""Sending: start, watch, pause, resume, stop, retry. Plans the run; the worker process does the rest."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.desk.campaigns import Campaigns, CheckResult, Draft
from smtpdesk.desk.people import PeopleFinder
from smtpdesk.desk.planning import Planning
from smtpdesk.desk.run_copy import copy_or_pause, whole_copy
from smtpdesk.desk.run_watching import RunWatching
from smtpdesk.desk.runs import ChecksFailed, RunView, UnfinishedRun, being_sent, refuse_errors, unfinished_of
from smtpdesk.desk.secrets import secrets_of
from smtpdesk.desk.sent_before import SentBefore
from smtpdesk.desk.settling import decide_in_flight, settle
from smtpdesk.desk.threads import Progress, StoreThread
from smtpdesk.desk.worker_client import WorkerClient
from smtpdesk.domain.delivery import RunInfo, RunState, Wanted
from smtpdesk.domain.schedule import Schedule
from smtpdesk.message import digest
from smtpdesk.smtp.replies import per_receiver
from smtpdesk.store import Workspace
from smtpdesk.vault import Vault
from smtpdesk.worker.wishes import pause_lane, wake_lane

__all__ = ["ChecksFailed", "RunView", "Sending", "SentBefore", "UnfinishedRun"]

#: A run whose worker vanished is taken up again by itself when that was at most so long ago (seconds).
FRESH = 900.0


class Sending(RunWatching):
    """The runs of a workspace, as a person steers them."""

    def __init__(
        self, store: Workspace, thread: StoreThread, vault: Vault, finder: PeopleFinder, campaigns: Campaigns
    ) -> None:
        super().__init__(store, thread)
        self._vault = vault
        self._campaigns = campaigns
        self._planning = Planning(store, finder, campaigns)
        self._renewals: set[asyncio.Task[None]] = set()
        #: Called after each change of what is wanted of a run.
        self.steered: Callable[[], Awaitable[None]] = _nothing

    # -- beginning ----------------------------------------------------------------------------------------------

    async def start(
        self,
        folder: Path,
        profiles: Iterable[str] = (),
        *,
        limit: int | None = None,
        again: bool | None = None,
        unfinished: str = "ask",
        patience: float | None = None,
        schedule: Schedule | None = None,
        take_over: bool = False,
        checked: CheckResult | None = None,
        progress: Progress | None = None,
        asked: float | None = None,
    ) -> RunInfo:
        """Check, plan and send a campaign, or go on with the run of it that was cut off.

        Args:
            folder: the campaign folder.
            profiles: send with these instead of the ones the campaign names.
            limit: begin at most so many rows now; the rest stays pending.
            again: True sends also to those who have this campaign already; False only to those who have not, in
                whatever version. None stands for False, but asks (SentBefore) when the message was changed since.
            unfinished: what to do when an older version of the message has an unfinished run: ``"ask"`` raises
                UnfinishedRun, ``"continue"`` finishes it with the message as it was, ``"new"`` gives it up.
            patience: seconds to wait for deferred rows; None waits as long as it takes.
            schedule: when a new run may be sent, instead of what the campaign says.
            take_over: go on with a run although another place or a newer copy of the workspace has sent some of it.
            checked: a check that was just made, so that it is not made twice.
            progress: rows planned so far.
            asked: when a person asked for it; what was begun since then answers them, too.

        Raises:
            ChecksFailed: nothing was sent. UnfinishedRun. SentBefore. InputError. StoreError. VaultError.
        """
        profiles, asked = tuple(dict.fromkeys(profiles)), asked or now()
        draft = await self._campaigns.open(folder)
        content = await asyncio.to_thread(digest, folder, draft.campaign)
        async with self._planning.alone():  # two who press the button at once make one run, not two
            await self.recover()
            older = await self.unfinished(folder)
            if older is not None and unfinished == "new" and older.digest != content:
                # What is not finished is given up only for something that can be sent.
                checked = checked or await self._campaigns.check(folder, profiles=profiles)
                refuse_errors(checked)
                await self._planning.refuse_unasked(folder, again, profiles)
            run = await self._take_up(older, content, unfinished) if older is not None else None
            if run is not None:
                run = await self._planning.with_profiles(run, profiles)
            else:
                await self._refuse_twin(folder, asked)
                run = await self._checked_plan(
                    draft, content, profiles, again, checked, progress, schedule=schedule, whole=False
                )
            return await self._launch(run, limit, patience, take_over=take_over)

    async def plan(
        self,
        folder: Path,
        profiles: Iterable[str] = (),
        *,
        again: bool | None = None,
        schedule: Schedule | None = None,
        checked: CheckResult | None = None,
        progress: Progress | None = None,
    ) -> RunInfo:
        """Check a campaign and write its run into the ledger, without sending; :meth:`resume` sends it.

        Raises:
            ChecksFailed: nothing was planned. SentBefore. InputError. StoreError.
        """
        draft = await self._campaigns.load(folder)
        content = await asyncio.to_thread(digest, folder, draft.campaign)
        async with self._planning.alone():
            await self.recover()
            return await self._checked_plan(
                draft, content, tuple(profiles), again, checked, progress, schedule=schedule, whole=True
            )

    async def _checked_plan(
        self,
        draft: Draft,
        content: str,
        profiles: tuple[str, ...],
        again: bool | None,
        checked: CheckResult | None,
        progress: Progress | None,
        *,
        schedule: Schedule | None,
        whole: bool,
    ) -> RunInfo:
        refuse_errors(checked or await self._campaigns.check(draft.folder, profiles=profiles))
        await self._planning.refuse_unasked(draft.folder, again, profiles)
        # A profile named twice would be two lanes, each with the whole of its limits.
        names = tuple(dict.fromkeys(profiles or draft.campaign.profiles))
        return await self._planning.write(
            draft, content, names, again=bool(again), schedule=schedule, whole=whole, progress=progress
        )

    async def unfinished(self, folder: Path) -> RunInfo | None:
        """The run of a campaign folder that was cut off or paused, when there is one; it was checked when it began.


        Its copy of the message is made again when it is missing and the folder still has that message.
        """

        def find() -> RunInfo | None:
            run = unfinished_of(self._store, self._campaigns.latest_run(folder))
            if run is not None:
                with contextlib.suppress(InputError):  # said when it is to be sent
                    whole_copy(self._store.folder, run, folder)
            return run

        return await self._thread.call(find)

    async def _refuse_twin(self, folder: Path, asked: float) -> None:
        """Two commands at once, or a button pressed twice, send once, however fast the first one ends."""
        last = await self._thread.call(lambda: self._campaigns.latest_run(folder))
        if last is not None and asked <= last.created_at <= now():
            raise UnfinishedRun(
                "sending.just-sent",
                _("This campaign was sent just now, while this was asked for."),
                _("Look at its results first; then send again, if that is what you want."),
                last,
            )

    async def _take_up(self, run: RunInfo, content: str, unfinished: str) -> RunInfo | None:
        if await self._alive(run.id):
            raise being_sent(run, _("Watch it, or pause it first."))
        if run.digest == content or unfinished == "continue":
            return run
        if unfinished == "new":
            await self.stop(run.id)
            return None
        raise UnfinishedRun(
            "sending.unfinished",
            _("An earlier version of this message was not sent to everybody yet."),
            _(
                "Finish that run with the message as it was (--continue), "
                "or give it up and begin a new one with the changed message (--new)."
            ),
            run,
        )

    async def _launch(
        self, run: RunInfo, limit: int | None = None, patience: float | None = None, *, take_over: bool = False
    ) -> RunInfo:
        await asyncio.to_thread(copy_or_pause, self._store, run)
        secrets = await self._secrets(run)
        try:
            return await self._launched(run, secrets, limit, patience, take_over)
        except asyncio.CancelledError:
            await self.pause(run.id)  # whoever gives up here wants nothing sent, and a worker may have begun
            raise

    async def _launched(
        self, run: RunInfo, secrets: dict[str, Secret], limit: int | None, patience: float | None, take_over: bool
    ) -> RunInfo:
        await self._thread.call(lambda: self._store.runs.set_wanted(run.id, Wanted.RUN))
        await self._thread.call(lambda: self._store.runs.set_state(run.id, RunState.PLANNED, ""))
        client = await WorkerClient.start(
            self._store.folder,
            run.id,
            secrets,
            limit=limit,
            patience=patience,
            take_over=take_over,
            changed=self._renew,
        )
        former = self._clients.pop(run.id, None)
        if former is not None:
            await former.wait()
        self._clients[run.id] = client
        await self.steered()
        return await self.run(run.id)

    def _renew(self, ref: str, secret: Secret) -> None:
        """A worker got a new refresh token; it may be known to this process alone."""
        task = asyncio.create_task(self._vault.renew(ref, secret))
        self._renewals.add(task)
        task.add_done_callback(self._renewals.discard)

    async def _secrets(self, run: RunInfo) -> dict[str, Secret]:
        rows = await self._thread.call(lambda: [self._store.profiles.get(name) for name in run.profiles])
        return await secrets_of([row.profile for row in rows], self._vault)

    # -- steering -----------------------------------------------------------------------------------------------

    async def pause(self, run_id: str) -> None:
        """Begin nothing more; what is under way is answered. The run can be resumed."""
        await self._want(run_id, Wanted.PAUSE)

    async def stop(self, run_id: str) -> None:
        """End the run: rows not yet sent are cancelled. They can be sent later by a retry."""
        await self._want(run_id, Wanted.STOP)

    async def _want(self, run_id: str, wanted: Wanted) -> None:
        await self._settle(run_id, wanted)
        await self.steered()

    async def _settle(self, run_id: str, wanted: Wanted) -> None:
        await self._thread.call(lambda: self._store.runs.set_wanted(run_id, wanted))
        client = self._clients.get(run_id)
        if client is not None and client.running:
            client.want(wanted)
            return
        if await self._alive(run_id):
            return

        await asyncio.to_thread(settle, self._store, self._planning, run_id, wanted)

    async def recover(self, run_id: str = "") -> None:
        """Decide about what dead workers have left in flight, of one run or of all, before anybody counts on it."""
        await asyncio.to_thread(decide_in_flight, self._store, run_id)

    async def resume(self, run_id: str, *, patience: float | None = None, take_over: bool = False) -> RunInfo:
        """Go on with a paused or interrupted run; nothing happens when it is being sent already.

        ``take_over``: as for :meth:`start`.
        """
        run = await self.run(run_id)
        if await self._alive(run_id):
            await self._thread.call(lambda: self._store.runs.set_wanted(run_id, Wanted.RUN))
            return run
        return await self._launch(run, patience=patience, take_over=take_over)

    async def pause_lane(self, run_id: str, profile: str) -> None:
        """Send nothing more with one profile of a run; the others go on."""
        await self._thread.call(lambda: pause_lane(self._store, run_id, profile))
        self._nudge(run_id)

    async def wake_lane(self, run_id: str, profile: str) -> None:
        """Go on with one profile of a run at once: a person has mended it, or does not want to wait."""
        run = await self.run(run_id)
        alive = await self._alive(run_id)
        client = self._clients.get(run_id)
        if client is not None and client.running:
            client.hand_over(await self._secrets(run))
        await self._thread.call(lambda: wake_lane(self._store, run_id, profile))
        self._nudge(run_id)
        if not alive and run.state is RunState.PAUSED:
            await self._launch(run)

    def _nudge(self, run_id: str) -> None:
        client = self._clients.get(run_id)
        if client is not None and client.running:
            client.look()

    async def retry(
        self,
        run_id: str,
        kinds: Collection[str],
        deliveries: Collection[int] | None = None,
        *,
        patience: float | None = None,
    ) -> int:
        """Send again what a person chose; returns how many rows.

        Args:
            run_id: the run.
            kinds: of ``deferred``, ``rejected``, ``uncertain``, ``cancelled``.
            deliveries: only these rows; None means all of these kinds.
            patience: seconds to wait for deferred rows; None waits as long as it takes.

        Who is never to be mailed, or has the campaign from another run, is left out: see :meth:`Reports.left_out`.

        Raises:
            UnfinishedRun: ``sending.running`` while a worker has it.
        """
        run = await self.run(run_id)
        if await self._alive(run_id):
            raise being_sent(run, _("Pause it first."))
        await self.recover(run_id)
        count = await self._thread.call(lambda: self._store.ledger.retry(run_id, kinds, deliveries))
        if count:
            await self._launch(run, patience=patience)
        return count

    async def leave_out(self, run_id: str, cause: str, *, patience: float | None = None) -> int:
        """A person does not want to wait for those that are put off for a cause; the others go on at once.

        They become *cancelled*, with all that wait at the same receivers where the cause is one of a receiver's. A
        retry sends to them after all. Returns how many they are.
        """
        run = await self.run(run_id)
        whole = per_receiver(cause)
        count = await self._thread.call(lambda: self._store.ledger.leave_out(run_id, cause, whole_domains=whole))
        if count and run.state is RunState.PAUSED and not await self._alive(run_id):
            await self._launch(run, patience=patience)
        return count

    async def decide(self, run_id: str, deliveries: Collection[int], accepted: bool) -> int:
        """A person says of uncertain rows that they arrived (accepted) or did not (rejected; a retry sends those)."""
        return await self._thread.call(lambda: self._store.ledger.decide(run_id, deliveries, accepted))

    def alone(self) -> AbstractAsyncContextManager[None]:
        """Nobody else of this workspace begins or takes up a run meanwhile."""
        return self._planning.alone()

    async def take_up(self) -> list[RunInfo]:
        """After a start of the program: go on with runs that were cut off just now; returns those taken up.

        Older ones wait for a person: nobody expects a computer that comes out of a drawer to send mail.
        """
        cut_off = await self.interrupted()
        fresh = [run for run in cut_off if run.seen_at is not None and now() - run.seen_at < FRESH]
        return [await self.resume(run.id) for run in fresh]

    async def close(self) -> None:
        """Stop listening to workers; they go on."""
        for client in self._clients.values():
            if client.running:
                client.let_go()
            else:
                await client.wait()
        self._clients.clear()
        if self._renewals:
            await asyncio.wait(self._renewals)


async def _nothing() -> None:
    """Nobody has to be told."""
