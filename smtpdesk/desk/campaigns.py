"""Campaign folders: create, open, save, preview any recipient's message, check every row."""

from __future__ import annotations

import asyncio
import shutil
import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from smtpdesk.base import files
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.ids import slug
from smtpdesk.base.paths import resources
from smtpdesk.checks import CheckContext, run_checks
from smtpdesk.desk.campaign_views import AttachmentFile, CampaignCard, CheckResult, Draft, Shown, Template
from smtpdesk.desk.dkim import DkimKeys
from smtpdesk.desk.identity import Identities, mark
from smtpdesk.desk.people import People, PeopleFinder
from smtpdesk.desk.rendering import rendered
from smtpdesk.desk.seed import copy_sample
from smtpdesk.desk.threads import Cancel, Progress, StoreThread, job, relay_progress
from smtpdesk.domain.campaign import LIST_PREFIX, Campaign
from smtpdesk.domain.delivery import RunInfo, whole_counts
from smtpdesk.domain.profile import SANDBOX, Profile
from smtpdesk.domain.recipient import Recipient
from smtpdesk.message import Composer, Signer, digest, load_campaign, read_back, save_campaign
from smtpdesk.message.paths import ATTACHMENTS, attachment, inside, read_text, write_atomically
from smtpdesk.store import Audience, Workspace
from smtpdesk.worker.assembly import sender_of

__all__ = ["AttachmentFile", "CampaignCard", "Campaigns", "CheckResult", "Draft", "Shown", "Template"]


class Campaigns:
    """The campaigns that this workspace knows; each is a folder that people may edit with other programs too."""

    def __init__(self, store: Workspace, thread: StoreThread, finder: PeopleFinder, dkim: DkimKeys) -> None:
        self._store = store
        self._thread = thread
        self._finder = finder
        self._dkim = dkim
        self.identities = Identities(store)

    # -- folders ------------------------------------------------------------------------------------------------

    async def all(self) -> list[CampaignCard]:
        """Every known campaign, the last opened first."""
        return await self._thread.call(
            lambda: [self._card(row.folder, row.name) for row in self._store.campaigns.all()]
        )

    def _card(self, folder: Path, name: str) -> CampaignCard:
        run = self.latest_run(folder)
        counts = whole_counts(run, self._store.ledger.counts(run.id)) if run else None
        state = str(run.state) if run else "draft"
        try:
            campaign = load_campaign(folder)
        except InputError as error:
            return CampaignCard(folder, name, "", state, run, counts, str(error))
        reached, since = self._store.runs.reached(run.identity) if run else (0, None)
        return CampaignCard(folder, campaign.name, campaign.subject, state, run, counts, "", reached, since)

    def latest_run(self, folder: Path) -> RunInfo | None:
        """The newest run of a campaign, wherever its folder was then. Synchronous; for the store's thread."""
        return self._store.runs.latest(folder, purpose="campaign", identity=self.identities.known(folder))

    async def audience(self, folder: Path, profiles: Sequence[str] = ()) -> Audience:
        """Whom the campaign would reach if it were sent now: who is never to be mailed, who has it, who is new.

        Args:
            profiles: sent with these instead of the ones that the campaign names.

        Raises:
            InputError: campaign.toml or the recipients cannot be read.
        """
        draft = await self.load(folder)
        people = await self.people(draft)
        content = await asyncio.to_thread(digest, folder, draft.campaign)

        def count() -> Audience:
            identity = self.identities.known(folder)
            names = tuple(profiles) or draft.campaign.profiles
            return self._store.runs.audience(people.info.id, content, identity, names)

        return await asyncio.to_thread(count)

    async def create(self, name: str, *, template: str = "", list_name: str = "", profile: str = SANDBOX) -> Path:
        """Make a campaign folder in the workspace and return it.

        Args:
            name: the campaign's name.
            template: id of a starter message (see :meth:`templates`); "" begins with an empty one.
            list_name: the list it goes to.
            profile: the profile it is sent with.
        """
        folder = await asyncio.to_thread(self._make_folder, name)
        if template:
            source = resources() / "templates" / template
            await asyncio.to_thread(
                lambda: shutil.copytree(
                    source, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("template.toml")
                )
            )
        subject = next((item.subject for item in self.templates() if item.id == template), "")
        campaign = Campaign(
            name=name,
            subject=subject,
            profiles=(profile,),
            recipients=f"{LIST_PREFIX}{list_name}" if list_name else "recipients.csv",
            html="message.html",
        )
        await asyncio.to_thread(self._write, Draft(folder, campaign, html=_text_if_there(folder, "message.html")))
        await self.remember(folder, name)
        return folder

    def _make_folder(self, name: str) -> Path:
        parent = self._store.folder / "campaigns"
        for number in range(1, 10_000):
            folder = parent / (slug(name) if number == 1 else f"{slug(name)}-{number}")
            if not folder.exists():
                folder.mkdir(parents=True)
                mark(folder)
                return folder
        raise InputError("campaign.too-many", _("There are too many campaigns of this name."))

    async def create_sample(self) -> Path:
        """Put the sample campaign into the workspace (once) and return its folder."""
        folder = await asyncio.to_thread(copy_sample, self._store.folder / "campaigns" / "autumn-tasting")
        campaign = await asyncio.to_thread(load_campaign, folder)
        await self.remember(folder, campaign.name)
        return folder

    async def open(self, folder: Path) -> Draft:
        """Open a campaign folder anywhere on the disk, and remember it."""
        draft = await self.load(folder)
        await self.remember(folder, draft.campaign.name)
        return draft

    async def remember(self, folder: Path, name: str) -> None:
        """Show this folder among the campaigns."""
        await self._thread.call(lambda: self._store.campaigns.remember(folder.absolute(), name))

    async def forget(self, folder: Path) -> None:
        """Show this folder no more; it stays on the disk."""
        await self._thread.call(lambda: self._store.campaigns.forget(folder))

    def templates(self) -> list[Template]:
        """The starter messages that come with the program. Not a coroutine."""
        found = []
        for file in sorted((resources() / "templates").glob("*/template.toml")):
            values = tomllib.loads(file.read_text(encoding="utf-8"))
            found.append(
                Template(file.parent.name, _(values["name"]), _(values["description"]), _(values.get("subject", "")))
            )
        return found

    # -- drafts -------------------------------------------------------------------------------------------------

    async def load(self, folder: Path) -> Draft:
        """A campaign with the texts of its message files.

        Raises:
            InputError: there is no campaign.toml, or it cannot be read; with line and column.
        """
        return await asyncio.to_thread(self._load, folder)

    def _load(self, folder: Path) -> Draft:
        campaign = load_campaign(folder)
        html = _text_if_there(folder, campaign.html)
        text = _text_if_there(folder, campaign.text)
        return Draft(folder, campaign, html, text, tuple(_attachment(folder, name) for name in campaign.attachments))

    async def save(self, draft: Draft) -> Draft:
        """Write a draft to its folder; an empty text file name with a text gets ``message.txt``."""
        saved = await asyncio.to_thread(self._write, draft)
        await self.remember(saved.folder, saved.campaign.name)
        return saved

    def _write(self, draft: Draft) -> Draft:
        campaign = draft.campaign
        if draft.html and not campaign.html:
            campaign = replace(campaign, html="message.html")
        if draft.text.strip() and not campaign.text:
            campaign = replace(campaign, text="message.txt")
        if not draft.text.strip() and campaign.text:
            (draft.folder / campaign.text).unlink(missing_ok=True)
            campaign = replace(campaign, text="")
        if campaign.html:
            self._write_text(draft.folder, campaign.html, draft.html)
        if campaign.text:
            self._write_text(draft.folder, campaign.text, draft.text)
        save_campaign(draft.folder, campaign)
        return replace(draft, campaign=campaign)

    @staticmethod
    def _write_text(folder: Path, name: str, text: str) -> None:
        """An unchanged file is left alone, so that another editor does not complain that it changed."""
        file = inside(folder, name)
        if not file.is_file() or files.read(file, files.TEXT_LIMIT) != text.encode():
            file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(file, text.encode())

    async def attach(self, draft: Draft, file: Path) -> Draft:
        """Copy a file into the campaign folder and add it to the draft; the caller saves the draft."""

        def copy() -> str:
            target = draft.folder / ATTACHMENTS / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.resolve() != file.resolve():
                shutil.copyfile(file, target)
            return f"{ATTACHMENTS}/{file.name}"

        name = await asyncio.to_thread(copy)
        names = tuple(dict.fromkeys((*draft.campaign.attachments, name)))
        return await self.with_attachments(draft, names)

    async def with_attachments(self, draft: Draft, names: tuple[str, ...]) -> Draft:
        """The draft with exactly these attachments (names or patterns inside the folder)."""
        files = await asyncio.to_thread(lambda: tuple(_attachment(draft.folder, name) for name in names))
        return replace(draft, campaign=replace(draft.campaign, attachments=names), attachments=files)

    # -- recipients, preview, check -----------------------------------------------------------------------------

    async def people(self, draft: Draft) -> People:
        """Whom the campaign goes to. Raises InputError when there is nobody to read."""
        return await self._finder.people(draft.folder, draft.campaign)

    async def profiles_of(self, campaign: Campaign, names: Iterable[str] = ()) -> list[Profile]:
        """The profiles that a campaign is sent with; ``names`` override what it says."""
        wanted = tuple(names) or campaign.profiles
        return await self._thread.call(lambda: [self._store.profiles.get(name).profile for name in wanted])

    async def preview(self, draft: Draft, index: int) -> Shown:
        """What the ``index``-th person (0-based, of those who can be mailed) gets.

        The draft is saved first: what is shown comes from the very files that would be sent.

        Raises:
            InputError: the template cannot be read or rendered; with file, line and row.
        """
        draft = await self.save(draft)
        people = await self.people(draft)
        if not people.ready:
            raise InputError(
                "recipients.none",
                _("There is nobody to show the message for."),
                _("Import a list with at least one good address."),
            )
        index = max(0, min(index, people.ready - 1))
        recipient = await self._thread.call(lambda: people.at(index))
        profile = next(iter(await self.profiles_of(draft.campaign)), None)
        signer, unsigned = await self._dkim.preview_signer(profile)
        raw = await self._rendered(draft, people, recipient, "", profile, signer)
        return Shown(raw, await asyncio.to_thread(read_back, raw), recipient, index, people.ready, unsigned)

    async def build(
        self, draft: Draft, people: People, recipient: Recipient, *, run: str = "", profile: Profile | None = None
    ) -> bytes:
        """The exact bytes of one message, signed where the profile signs.

        Args:
            draft: the campaign. ``people``, ``recipient``: whom it goes to.
            run: the run whose Message-ID it carries.
            profile: whom it is sent with; the campaign's first when None.

        Raises:
            InputError: as :meth:`preview`. DeskError: ``dkim.no-key``. VaultError.
        """
        profile = profile or next(iter(await self.profiles_of(draft.campaign)), None)
        signer = await self._dkim.signer(profile) if profile else None
        return await self._rendered(draft, people, recipient, run, profile, signer)

    async def _rendered(
        self,
        draft: Draft,
        people: People,
        recipient: Recipient,
        run: str,
        profile: Profile | None,
        signer: Signer | None,
    ) -> bytes:
        run = run or await self.run_id(draft.folder, draft.campaign)
        return await rendered(draft.campaign, draft.folder, people, recipient, run=run, profile=profile, signer=signer)

    async def run_id(self, folder: Path, campaign: Campaign) -> str:
        """The run that carries this very message: the last one of the same content, else the one to come."""
        content = await asyncio.to_thread(digest, folder, campaign)
        return await self._thread.call(lambda: f"{content[:8]}-{max(1, self.runs_of(content))}")

    def runs_of(self, content: str) -> int:
        """How many runs of this content there were. Synchronous; for the store's thread."""
        return self._store.runs.of_content(content)

    async def check(
        self,
        folder: Path,
        *,
        profiles: Iterable[str] = (),
        progress: Progress | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> CheckResult:
        """Render every row and run every check; nothing is sent.

        Raises:
            InputError: campaign.toml or the recipients cannot be read at all. Cancelled.
        """
        draft = await self.load(folder)
        people = await self.people(draft)
        names = tuple(profiles) or draft.campaign.profiles
        known = {row.profile.name: row.profile for row in await self._thread.call(self._store.profiles.all)}
        suppressed = await self._thread.call(self._store.suppressions.matcher)
        from_header = await self._from_or_empty(draft.campaign, [known[name] for name in names if name in known])
        cancel = Cancel()
        context = CheckContext(
            campaign=replace(draft.campaign, profiles=names),
            folder=folder,
            profiles=[known[name] for name in names if name in known],
            shape_findings=people.findings,
            recipients=people.view.recipients,
            total=people.rows,
            suppressed=suppressed,
            signing_findings=await self._dkim.findings(known[name] for name in names if name in known),
            compile=lambda: Composer.compile(
                draft.campaign, folder, from_header=from_header or "sender@invalid.example", fields=people.fields
            ),
        )
        tell = relay_progress(progress)
        stop = lambda: cancel() or (cancelled is not None and cancelled())  # noqa: E731
        findings = await job(lambda: run_checks(context, progress=tell, cancelled=stop), cancel)
        return CheckResult(tuple(findings), people.rows, context.survey.ready)

    async def _from_or_empty(self, campaign: Campaign, profiles: list[Profile]) -> str:
        try:
            return sender_of(profiles[0], campaign)[0] if profiles else campaign.from_header
        except (InputError, ValueError):
            return ""  # a check of its own says so


def _attachment(folder: Path, name: str) -> AttachmentFile:
    if "{" in name:
        return AttachmentFile(name, None)
    try:
        return AttachmentFile(name, attachment(folder, name).stat().st_size)
    except InputError:
        return AttachmentFile(name, None)  # the check says which file is missing, and the draft stays open


def _text_if_there(folder: Path, name: str) -> str:
    return read_text(folder, name) if name and inside(folder, name).is_file() else ""
