"""Deleting what was sent: one run, all of a campaign, old ones by a rule; and one person's data everywhere."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from smtpdesk.base.clock import now
from smtpdesk.base.errors import DeskError, InputError
from smtpdesk.base.i18n import _
from smtpdesk.desk.lists import file_of, pasted
from smtpdesk.desk.person_files import erase_in_files
from smtpdesk.desk.runs import RunView
from smtpdesk.desk.sending import Sending
from smtpdesk.desk.threads import StoreThread
from smtpdesk.domain.address import AddressError, address_key, parse_address
from smtpdesk.domain.delivery import RunInfo
from smtpdesk.store import Workspace
from smtpdesk.worker.assembly import run_folder

#: The setting: months that what was sent is kept; 0 keeps it until a person deletes it.
KEEP_MONTHS = "runs.keep_months"
#: Seconds of a month, on average.
MONTH = 30.44 * 86_400.0
_log = logging.getLogger("smtpdesk.desk")


@dataclass(frozen=True, slots=True)
class PersonErased:
    """What was erased of one person, and what a person has to look at themselves.

    Attributes:
        address: who it was. ``rows``: of lists. ``deliveries``: of runs. ``files``: copies and messages deleted.
        sources: files of the person's own that lists were read from, and that still hold the address.
        suppressed: they are on *Never mail*; that alone keeps the address.
        clean: the database was written anew, so nothing is left over in its free parts.
    """

    address: str
    rows: int
    deliveries: int
    files: int
    sources: tuple[str, ...]
    suppressed: bool
    clean: bool


class Erasing:
    """What a person can delete. What keeps people from getting a campaign twice stays, as marks without addresses."""

    def __init__(self, store: Workspace, thread: StoreThread, sending: Sending) -> None:
        self._store = store
        self._thread = thread
        self._sending = sending

    async def delete_run(self, run_id: str, *, unfinished: bool = False, scrub: bool = True) -> None:
        """Delete a run with its people, its log and its copy of the message.

        Args:
            unfinished: a person says that it goes although it is scheduled, or not sent to everybody.
            scrub: write the database anew at the end; for several runs, once is enough.

        Raises:
            InputError: ``run.unknown``, ``run.at-work`` (it is being sent), ``run.unfinished``.
        """
        async with self._sending.alone():
            view = await self._sending.view(run_id)
            _refuse(view, unfinished)
            if view.alive or view.counts.open:
                await self._end(view.run)
            await self._thread.call(lambda: self._store.erasure.erase_run(run_id))
            await asyncio.to_thread(_remove_folder, run_folder(self._store.folder, run_id))
        await self._sending.steered()
        if scrub:
            await self.scrub()

    async def delete_runs(self, runs: Sequence[RunInfo], *, unfinished: bool = False) -> int:
        """Delete several runs; those that are being sent, or are not finished, are left. Returns how many went."""
        gone = 0
        for run in runs:
            try:
                await self.delete_run(run.id, unfinished=unfinished, scrub=False)
            except InputError as error:
                _log.info("%s is not deleted: %s", run.id, error.code)
                continue
            gone += 1
        if gone:
            await self.scrub()
        return gone

    async def runs_of(self, run: RunInfo) -> list[RunInfo]:
        """All runs of the campaign that a run belongs to, the newest first."""
        runs = await self._thread.call(self._store.runs.all)
        return [each for each in runs if each.folder == run.folder or (run.identity and each.identity == run.identity)]

    async def scrub(self) -> bool:
        """Nothing deleted is left over in the database's files; False when another program is in the way."""
        return await self._thread.call(self._store.erasure.scrub)

    # -- old ones -----------------------------------------------------------------------------------------------

    async def keep_months(self) -> int:
        """For how many months what was sent is kept; 0: until a person deletes it."""
        value = await self._thread.call(lambda: self._store.settings.get(KEEP_MONTHS, 0))
        return value if isinstance(value, int) and value > 0 else 0

    async def set_keep_months(self, months: int) -> None:
        """Keep what was sent for so many months; 0: until a person deletes it."""
        await self._thread.call(lambda: self._store.settings.set(KEEP_MONTHS, max(0, months)))

    async def old_runs(self, months: int) -> list[RunInfo]:
        """The runs that are over since more than so many months."""
        return await self._thread.call(lambda: self._store.runs.ended_before(now() - months * MONTH))

    async def delete_old(self) -> int:
        """Delete what is older than the rule says, if there is one; returns how many runs. Done at each start."""
        await self._thread.call(self._store.erasure.purge)
        months = await self.keep_months()
        return await self.delete_runs(await self.old_runs(months)) if months else 0

    # -- one person ---------------------------------------------------------------------------------------------

    async def erase_person(self, address: str, *, suppress: bool = True) -> PersonErased:
        """Take one person out of everything that the workspace keeps; the counts stay as they were.

        Args:
            address: whose. ``suppress``: put them on *Never mail*, so that an old list does not bring them back.

        Raises:
            InputError: ``person.address``, ``person.at-work`` (somebody is just sending to them).
        """
        key = _key_of(address)
        if await self._thread.call(lambda: self._store.erasure.held(key)):
            raise InputError(
                "person.at-work",
                _("A message to this person is on its way just now."),
                _("Pause that run, or let it end, then erase the person."),
            )
        if suppress:
            reason = _("erased on request")
            await self._thread.call(lambda: self._store.suppressions.add([key], reason))
        erased = await self._thread.call(lambda: self._store.erasure.erase_person(key))
        files = await asyncio.to_thread(erase_in_files, self._store.folder, key)
        clean = await self.scrub()
        listed = await self._thread.call(lambda: self._store.suppressions.contains(key))
        sources = _own_files(erased.lists)
        return PersonErased(address, erased.rows, erased.deliveries, files, sources, listed, clean)

    def check_address(self, address: str) -> None:
        """Raises InputError ``person.address`` for what is no address. Not a coroutine."""
        _key_of(address)

    async def find_person(self, address: str) -> tuple[int, int]:
        """In how many rows of lists and how many deliveries somebody is.

        Raises:
            InputError: ``person.address``.
        """
        key = _key_of(address)
        found = await self._thread.call(lambda: self._store.erasure.find_person(key))
        return found.rows, found.deliveries

    async def _end(self, run: RunInfo) -> None:
        """A scheduled or paused run that a person gives up: its worker lets go of it first."""
        await self._sending.stop(run.id)
        async for _view in self._sending.watch(run.id):
            pass


def _refuse(view: RunView, unfinished: bool) -> None:
    if view.alive and view.waits_until is None:
        raise InputError("run.at-work", _("This run is being sent right now."), _("Stop it first, then delete it."))
    if view.counts.open and not unfinished:
        raise InputError(
            "run.unfinished",
            _("This run is scheduled, or not everybody was sent to yet."),
            _("Delete it all the same (--unfinished), or finish it first."),
        )


def _own_files(lists: Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """Files of the person's own that still hold what was erased; pasted cells have none."""
    named = (file_of(name) or (source if source != pasted() else "") for name, source in lists)
    return tuple(dict.fromkeys(file for file in named if file))


def _key_of(address: str) -> str:
    try:
        return address_key(parse_address(address.strip()))
    except AddressError as error:
        raise InputError(
            "person.address",
            _("“{text}” is no e-mail address.").format(text=address),
            _("Write one address, such as ana@example.com."),
        ) from error


def _remove_folder(folder: Path) -> None:
    """The copy of the message, marks and notes of the worker; what cannot be removed yet is tried again shortly."""
    for _attempt in range(20):
        with contextlib.suppress(OSError):
            shutil.rmtree(folder)
        if not folder.exists():
            return
        time.sleep(0.1)
    raise DeskError(
        "run.folder", _("The copy of the message could not be deleted."), _("Delete this folder yourself."), str(folder)
    )
