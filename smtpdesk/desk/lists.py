"""Lists: look at a spreadsheet, import it, page through it; and whom never to mail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from itertools import zip_longest
from pathlib import Path

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.desk.csv_file import write_csv
from smtpdesk.desk.suppression_file import ImportedSuppressions, read_suppressions, write_suppression_file
from smtpdesk.desk.threads import Cancel, Progress, StoreThread, job, relay_progress
from smtpdesk.domain.finding import Finding
from smtpdesk.domain.recipient import ListInfo, RowState, Suppression
from smtpdesk.recipients import Choices, Preview, Source, look, read
from smtpdesk.store import ListView, Workspace

#: Lists with this prefix mirror a file of a campaign folder; they are not shown among the person's lists.
FILE_PREFIX = "file:"


def pasted() -> str:
    """What a list was read from that was no file."""
    return _("pasted cells")


def file_of(name: str) -> str:
    """The file that a hidden list mirrors; empty for a list of the person's own."""
    return name.removeprefix(FILE_PREFIX) if name.startswith(FILE_PREFIX) else ""


class Lists:
    """The lists of a workspace."""

    def __init__(self, store: Workspace, thread: StoreThread) -> None:
        self._store = store
        self._thread = thread

    async def all(self) -> list[ListInfo]:
        """Every imported list, by name."""
        found = await self._thread.call(self._store.lists.all)
        return [info for info in found if not info.name.startswith(FILE_PREFIX)]

    async def get(self, name: str) -> ListInfo:
        """One list; InputError ``list.unknown`` when there is none of this name."""
        return await self._thread.call(lambda: self._store.lists.get(name))

    async def look(self, source: Source, choices: Choices | None = None, rows: int = 50) -> Preview:
        """What an import with these choices would bring: its shape and the first rows."""
        return await asyncio.to_thread(look, source, choices or Choices(), rows)

    async def import_list(
        self,
        source: Source,
        name: str,
        choices: Choices | None = None,
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
        noted: Callable[[tuple[Finding, ...]], None] | None = None,
    ) -> ListInfo:
        """Import a spreadsheet (or pasted cells) as a list; an existing one of this name is replaced as a whole.

        Args:
            source: the file, or the cells.
            name: the list's name.
            choices: what the person chose differently from what was found.
            progress: rows read so far and the fraction of the file.
            cancelled: asked between chunks; true ends the import with nothing changed.
            noted: told what was seen in the file once all of it was read (rows too short or too long, guesses).

        Raises:
            InputError: the file cannot be read, or holds no addresses. Cancelled.
        """
        name = name.strip()
        if not name or name.startswith(FILE_PREFIX):
            raise InputError("list.name", _("A list needs a name."))
        return await self._import(source, name, choices or Choices(), progress, cancelled, None, noted)

    async def mirror(self, file: Path, name: str, choices: Choices, source: str) -> ListInfo:
        """Import a campaign's own file under a hidden name."""
        return await self._import(file, name, choices, None, None, source)

    async def _import(
        self,
        source: Source,
        name: str,
        choices: Choices,
        progress: Progress | None,
        cancelled: Callable[[], bool] | None,
        label: str | None,
        noted: Callable[[tuple[Finding, ...]], None] | None = None,
    ) -> ListInfo:
        cancel = Cancel()
        tell = relay_progress(progress)

        def stop() -> bool:
            return cancel() or (cancelled is not None and cancelled())

        def work() -> tuple[Finding, ...]:
            reading = read(source, choices, progress=tell, cancelled=stop)
            shape = reading.shape
            with self._store.lists.writing(
                name,
                source=label if label is not None else source.name if isinstance(source, Path) else pasted(),
                sheet=shape.sheet,
                columns=shape.columns,
                labels=shape.labels,
                address_column=shape.address_column,
            ) as writer:
                for chunk in reading.chunks():
                    writer.add(chunk)
            return tuple(reading.findings)

        findings = await job(work, cancel)
        if noted is not None:
            noted(findings)
        return await self.get(name)

    async def remove(self, name: str) -> None:
        """Forget a list; the file it came from is untouched."""
        await self._thread.call(lambda: self._store.lists.remove(name))

    async def export_set_aside(self, list_id: int, file: Path) -> int:
        """Write the rows that are set aside as CSV: the line, the reason in words, and the columns as they were.

        Returns how many there are.

        Raises:
            InputError: ``report.file``: the file cannot be written.
        """
        view = self._store.lists.view(list_id)
        info = view.info
        labels = (label or column for label, column in zip_longest(info.labels, info.columns, fillvalue=""))
        head = [_("Line"), _("Reason"), *labels]

        def rows() -> Iterator[list[str | int]]:
            ready = RowState.READY
            for row in view.recipients():
                if row.state is not ready:
                    yield [row.line, row.reason, *(str(row.fields.get(column, "")) for column in info.columns)]

        return await asyncio.to_thread(write_csv, file, head, rows())

    def view(self, list_id: int) -> ListView:
        """Synchronous, read-only paging through a list, quick enough for a table. Not a coroutine."""
        return self._store.lists.view(list_id)

    async def suppress(self, targets: Collection[str], reason: str, source: str = "") -> int:
        """Never mail these addresses or @domains again; returns how many were new."""
        return await self._thread.call(lambda: self._store.suppressions.add(targets, reason, source))

    async def unsuppress(self, *targets: str) -> int:
        """Allow addresses or @domains again; returns how many were never to be mailed."""
        return await self._thread.call(lambda: self._store.suppressions.remove(*targets))

    async def import_suppressions(self, file: Path, reason: str) -> ImportedSuppressions:
        """Never mail whoever a CSV file names: a column of addresses and domains, with or without a heading.

        Rows that name nobody are left out and told; the others are added, all or none.

        Args:
            reason: of rows that give none.

        Raises:
            InputError: ``suppression.file``: it cannot be read.
        """
        entries, bad = await asyncio.to_thread(read_suppressions, file, reason)
        new = await self._thread.call(lambda: self._store.suppressions.add_entries(entries))
        return ImportedSuppressions(new, len(entries) - new, bad)

    async def export_suppressions(self, file: Path) -> int:
        """Write everybody who is never to be mailed as CSV: address, reason, since; returns how many they are.

        Raises:
            InputError: ``report.file``: the file cannot be written.
        """
        entries = await self.suppressions()
        return await asyncio.to_thread(write_suppression_file, file, entries)

    async def suppressions(self) -> list[Suppression]:
        """Everybody who is never to be mailed."""
        return await self._thread.call(self._store.suppressions.all)
