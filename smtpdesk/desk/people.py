"""Whom a campaign goes to: a list of the workspace, or a file of the campaign folder, paged alike."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.desk.lists import FILE_PREFIX, Lists
from smtpdesk.desk.threads import StoreThread
from smtpdesk.domain.campaign import Campaign
from smtpdesk.domain.finding import Finding
from smtpdesk.domain.recipient import ListInfo, Recipient, RowState
from smtpdesk.message.paths import recipients_file
from smtpdesk.recipients import Choices
from smtpdesk.store import ListView, Workspace


@dataclass(frozen=True, slots=True)
class People:
    """The recipients of a campaign. ``ready`` counts those who can be mailed, ``rows`` all rows of the file.

    The methods are synchronous and quick: they read single rows by id.
    """

    info: ListInfo
    view: ListView
    ready_ids: array[int]
    all_ids: array[int]
    findings: tuple[Finding, ...] = ()

    @property
    def ready(self) -> int:
        """How many can be mailed."""
        return len(self.ready_ids)

    @property
    def rows(self) -> int:
        """How many rows there are, set-aside ones included."""
        return len(self.all_ids)

    @property
    def columns(self) -> tuple[str, ...]:
        """Field names, in file order; ``email`` is always one of the fields of a row."""
        return self.info.columns

    @property
    def fields(self) -> tuple[str, ...]:
        """What a template may use."""
        return self.view.field_names

    def at(self, index: int) -> Recipient:
        """The ``index``-th of those who can be mailed (0-based); IndexError beyond."""
        return self.view.rows([self.ready_ids[index]])[0]

    def row(self, number: int) -> Recipient:
        """The ``number``-th row of the file (1-based, header not counted), set-aside ones included.

        Raises:
            InputError: ``recipients.no-such-row``.
        """
        if not 1 <= number <= self.rows:
            raise InputError(
                "recipients.no-such-row",
                _("There is no row {number}; the recipients have {count} rows.").format(number=number, count=self.rows),
            )
        return self.view.rows([self.all_ids[number - 1]])[0]

    def find(self, text: str) -> list[int]:
        """Indexes (as for :meth:`at`) of those whose row contains ``text``."""
        # Both are in the order of the file. Sought by halving: a set of a million would hold up all threads.
        return [bisect_left(self.ready_ids, row) for row in self.view.ids(state=RowState.READY, search=text)]


class PeopleFinder:
    """Finds a campaign's recipients; a file of the folder is mirrored into the workspace once and when it changed."""

    def __init__(self, store: Workspace, thread: StoreThread) -> None:
        self._store = store
        self._thread = thread
        self._lists = Lists(store, thread)
        #: What was seen in a version of a campaign's file, by list name and source.
        self._findings: dict[tuple[str, str], tuple[Finding, ...]] = {}

    async def people(self, folder: Path, campaign: Campaign) -> People:
        """The recipients of a campaign.

        Raises:
            InputError: ``list.unknown``, ``campaign.no-recipients`` or whatever reading the file raises.
        """
        findings: tuple[Finding, ...] = ()
        if campaign.list_name:
            info = await self._lists.get(campaign.list_name)
        else:
            info, findings = await self._file(folder, campaign)
        return await self._thread.call(lambda: self._people(info, findings))

    def _people(self, info: ListInfo, findings: tuple[Finding, ...]) -> People:
        view = self._store.lists.view(info.id)
        return People(info, view, view.ids(state=RowState.READY), view.ids(), findings)

    async def _file(self, folder: Path, campaign: Campaign) -> tuple[ListInfo, tuple[Finding, ...]]:
        file = recipients_file(folder, campaign).absolute()
        if not file.is_file():
            raise InputError(
                "campaign.no-recipients",
                _("The recipients' file “{name}” is not in the campaign folder.").format(name=campaign.recipients),
                _('Put it there, or name a list of the workspace: recipients = "list:Customers".'),
                where="campaign.toml",
            )
        choices = Choices(sheet=campaign.sheet or None, address_column=campaign.address_column or None)
        name = f"{FILE_PREFIX}{file}"
        status = file.stat()
        source = f"{file.name}#{status.st_size}-{status.st_mtime_ns}-{campaign.sheet}-{campaign.address_column}"
        if (name, source) not in self._findings:
            # Opening a large workbook takes seconds; every preview asks for the people, and the file is the same.
            self._findings[name, source] = (await self._lists.look(file, choices, rows=1)).shape.findings
        findings = self._findings[name, source]
        for info in await self._thread.call(self._store.lists.all):
            if info.name == name and info.source == source:
                return info, findings
        return await self._lists.mirror(file, name, choices, source), findings
