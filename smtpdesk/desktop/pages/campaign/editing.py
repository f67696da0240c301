"""The campaign that is being written: its draft, its people, and when it is saved."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from smtpdesk.base import files
from smtpdesk.base.clock import now
from smtpdesk.base.errors import DeskError, InputError
from smtpdesk.base.files import TEXT_LIMIT
from smtpdesk.base.i18n import _
from smtpdesk.desk import Desk
from smtpdesk.desk.campaigns import Draft, Shown
from smtpdesk.desk.people import People
from smtpdesk.desktop.components import Tasks
from smtpdesk.domain.campaign import Campaign
from smtpdesk.message import read_back

_SAVE_AFTER_MS = 700
_CAMPAIGN_FILE = "campaign.toml"


class Editing(QObject):
    """Holds the draft; every change is saved by itself a moment later.

    Signals:
        changed: the draft is another one; ``loaded`` when it was read from the disk, so that editors show it.
        saved: written to the folder. ``not_saved(DeskError)``: it could not be.
        conflict(list[str]): another program changed these files while there are changes here that are not saved.
        people_changed: whom it goes to was read anew; see ``people`` and ``people_problem``.
    """

    changed = Signal()
    loaded = Signal()
    saved = Signal()
    not_saved = Signal(object)
    conflict = Signal(list)
    people_changed = Signal()

    def __init__(self, desk: Desk, parent: QObject, on_error: Callable[[DeskError], None]) -> None:
        super().__init__(parent)
        self._desk = desk
        self._tasks = Tasks(self, on_error)
        self._lock = asyncio.Lock()
        self._attaching = asyncio.Lock()
        self._draft: Draft | None = None
        #: As it stands in the folder.
        self._written: Draft | None = None
        self._known: dict[str, bytes] = {}
        self._conflict = False
        self._reading = 0
        self.dirty = False
        self.saved_at = 0.0
        self.people: People | None = None
        self.people_problem: DeskError | None = None
        self._timer = QTimer(self, singleShot=True, interval=_SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save_soon)

    # --- the draft ---------------------------------------------------------------------------------------------
    @property
    def draft(self) -> Draft:
        """The draft; only after :meth:`open`."""
        assert self._draft is not None
        return self._draft

    @property
    def campaign(self) -> Campaign:
        """What campaign.toml will say."""
        return self.draft.campaign

    def is_open(self) -> bool:
        """Whether there is a draft."""
        return self._draft is not None

    async def open(self, folder: Path) -> None:
        """Read a campaign folder.

        Raises:
            InputError: it cannot be read; with file, line and column.
        """
        if self._draft is not None and folder != self._draft.folder:
            await self.save()
            self.people, self.people_problem = None, None
        await self._take(await self._desk.campaigns.open(folder))

    async def _take(self, draft: Draft) -> None:
        self._timer.stop()
        self._draft = self._written = draft
        self.dirty = self._conflict = False
        self.saved_at = self.saved_at or now()
        self._known = await asyncio.to_thread(_contents, draft)
        self.loaded.emit()
        self.changed.emit()

    def edit(self, **fields: Any) -> None:
        """Change settings of the campaign: ``edit(subject="…")``."""
        campaign = replace(self.campaign, **fields)
        if campaign != self.campaign:
            self._change(replace(self.draft, campaign=campaign))

    def write(self, *, html: str | None = None, text: str | None = None) -> None:
        """Change the message."""
        draft = self.draft
        if html is not None and html != draft.html:
            draft = replace(draft, html=html)
        if text is not None and text != draft.text:
            draft = replace(draft, text=text)
        if draft is not self.draft:
            self._change(draft)

    def _change(self, draft: Draft) -> None:
        self._draft = draft
        self.dirty = True
        self._timer.start()
        self.changed.emit()

    # --- attachments -------------------------------------------------------------------------------------------
    async def attach(self, files: list[Path]) -> None:
        """Copy files into the folder and attach them."""
        async with self._attaching:
            for file in files:
                try:
                    draft = await self._desk.campaigns.attach(self.draft, file)
                except OSError as error:
                    words = _("“{name}” cannot be copied: {reason}.")
                    raise _disk("campaign.not-attached", words, file.name, error) from None
                self._take_attachments(draft)

    async def attach_pattern(self, name: str) -> None:
        """Attach what a pattern names for each person, or another file of the folder."""
        async with self._attaching:
            names = tuple(dict.fromkeys((*self.campaign.attachments, name)))
            self._take_attachments(await self._desk.campaigns.with_attachments(self.draft, names))

    async def detach(self, name: str) -> None:
        """Do not attach this any more; the file stays in the folder."""
        async with self._attaching:
            names = tuple(kept for kept in self.campaign.attachments if kept != name)
            self._take_attachments(await self._desk.campaigns.with_attachments(self.draft, names))

    def _take_attachments(self, found: Draft) -> None:
        # Only these: the person may have typed on while the disk was asked.
        campaign = replace(self.campaign, attachments=found.campaign.attachments)
        self._change(replace(self.draft, campaign=campaign, attachments=found.attachments))

    # --- saving ------------------------------------------------------------------------------------------------
    def save_soon(self) -> None:
        """Save in the background."""
        if self._draft is not None:
            self._tasks.spawn(self.save())

    async def save(self, *, over: bool = False) -> bool:
        """Write the draft to its folder if it changed; whether the folder now holds what is on screen.

        Goes on to its end even if whoever waits for it is cancelled. ``over``: also over what another program wrote.
        """
        return await asyncio.shield(self._tasks.spawn(self._save(over)))

    async def _save(self, over: bool) -> bool:
        async with self._lock:
            if self._draft is None or not self.dirty:
                return not self._conflict
            if not over and await self._others():
                return False
            self._timer.stop()
            return await self._write(self._draft)

    async def preview(self, index: int) -> Shown:
        """What a person gets, from what the folder holds.

        The desk's own preview saves the draft it is given first; here that would undo what another program wrote
        since, so the steps behind it are taken one by one.

        Raises:
            InputError: the message cannot be made, or there is nobody; with file, line and row.
        """
        async with self._lock:
            draft = self._written
        assert draft is not None
        desk = self._desk.campaigns
        people = await desk.people(draft)
        if not people.ready:
            raise InputError("recipients.none", _("There is nobody to show the message for."))
        index = max(0, min(index, people.ready - 1))
        recipient = await asyncio.to_thread(people.at, index)
        raw = await desk.build(draft, people, recipient)
        return Shown(raw, await asyncio.to_thread(read_back, raw), recipient, index, people.ready)

    async def _write(self, draft: Draft) -> bool:
        try:
            written = await self._desk.campaigns.save(draft)
        except OSError as error:
            self.not_saved.emit(
                _disk("campaign.not-saved", _("“{name}” cannot be saved: {reason}."), draft.folder.name, error)
            )
            return False
        except InputError as error:
            self.not_saved.emit(error)
            return False
        self._written = written
        if self._draft is draft:
            self._draft, self.dirty = written, False
        elif self._draft is not None:
            # The person typed on meanwhile; only the names of files that saving gave are taken over.
            saved = written.campaign
            named = replace(self._draft.campaign, html=saved.html, text=saved.text)
            self._draft = replace(self._draft, campaign=named)
            self._timer.start()
        self._known = await asyncio.to_thread(_contents, written)
        self._conflict = False
        self.saved_at = now()
        self.saved.emit()
        return True

    # --- other programs ----------------------------------------------------------------------------------------
    async def _others(self) -> list[str]:
        """Files that another program changed since they were read or written here; tells about a conflict."""
        on_disk = await asyncio.to_thread(_contents, self.draft)
        changed = sorted(name for name, known in self._known.items() if on_disk.get(name, b"") != known)
        if changed and not self._conflict:
            self._conflict = True
            self.conflict.emit(changed)
        return changed

    async def refresh(self) -> bool:
        """Take over what another program wrote, unless there are changes here; whether something was read."""
        if self._draft is None or self._conflict:
            return False
        async with self._lock:
            on_disk = await asyncio.to_thread(_contents, self.draft)
            if on_disk == self._known or self.dirty:
                return False
            await self._take(await self._desk.campaigns.load(self.draft.folder))
            return True

    async def take_theirs(self) -> None:
        """Give up the changes here and read the folder."""
        async with self._lock:
            await self._take(await self._desk.campaigns.load(self.draft.folder))

    # --- people ------------------------------------------------------------------------------------------------
    async def read_people(self) -> None:
        """Read whom it goes to; a problem is kept in ``people_problem``."""
        self._reading += 1
        turn = self._reading
        people, problem = None, None
        try:
            people = await self._desk.campaigns.people(self.draft)
        except DeskError as error:
            problem = error
        if turn == self._reading:
            self.people, self.people_problem = people, problem
            self.people_changed.emit()


def _contents(draft: Draft) -> dict[str, bytes]:
    """A fingerprint of each file that is edited here; of nothing where there is no file."""
    names = [_CAMPAIGN_FILE, draft.campaign.html, draft.campaign.text]
    return {name: _fingerprint(draft.folder / name) for name in names if name}


def _fingerprint(file: Path) -> bytes:
    try:
        return hashlib.sha256(files.read(file, TEXT_LIMIT)).digest()
    except (OSError, InputError):
        return b""


def _disk(code: str, sentence: str, name: str, error: OSError) -> DeskError:
    reason = error.strerror or str(error)
    return DeskError(
        code, sentence.format(name=name, reason=reason), _("Make room, or check the rights of the folder.")
    )
