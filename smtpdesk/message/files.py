"""The files a campaign's messages are made of: their digest, and a frozen copy of them for a run."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from smtpdesk.base import files, ids, private
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.campaign import Campaign
from smtpdesk.message.folder import save_campaign
from smtpdesk.message.mime import ATTACHED_LIMIT
from smtpdesk.message.paths import ATTACHMENTS, CAMPAIGN_FILE, attachment, inside, relative
from smtpdesk.message.sources import Sources


def digest(folder: Path, campaign: Campaign) -> str:
    """A hex digest of all that makes the messages: settings and files, but not recipients, profiles and name.

    Raises:
        InputError: a file is missing or outside of the folder, or a template has a mistake.
    """
    settings = [
        campaign.from_header, campaign.reply_to, campaign.to_name, campaign.subject, campaign.unsubscribe,
        campaign.html, campaign.text, "\0".join(campaign.attachments),
    ]  # fmt: skip
    for name, value in sorted(campaign.headers.items()):
        settings += [name, value]
    hashes: list[str] = []
    for name in message_files(folder, campaign):
        with files.opened(folder / name, ATTACHED_LIMIT) as stream:
            hashes += [name, hashlib.file_digest(stream, "sha256").hexdigest()]
    return ids.digest(ids.digest(*settings), *hashes)


def snapshot(folder: Path, campaign: Campaign, target: Path) -> None:
    """Copy campaign.toml and every file the messages are made of, so that later changes do not reach a run under way.

    ``target`` appears in one step and complete, or not at all.

    Raises:
        InputError: a file is missing or outside of the folder, a template has a mistake, or ``target`` exists
            (``campaign.snapshot-exists``).
        OSError: the disk is full, or ``target`` cannot be written.
    """
    if target.exists():
        raise InputError(
            "campaign.snapshot-exists", _("There already is a copy in “{folder}”.").format(folder=target), ""
        )
    names = message_files(folder, campaign)
    building = target.with_name(f".{target.name}.part")
    shutil.rmtree(building, ignore_errors=True)
    try:
        building.mkdir(parents=True)
        if (folder / CAMPAIGN_FILE).is_file():
            shutil.copyfile(folder / CAMPAIGN_FILE, building / CAMPAIGN_FILE)
        save_campaign(building, campaign)
        for name in names:
            copy = building / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            _copy(folder / name, copy)
        private.repair(building, (), (".",))
        building.rename(target)
    except BaseException:
        shutil.rmtree(building, ignore_errors=True)
        raise


def _copy(source: Path, target: Path) -> None:
    with target.open("wb") as copy:
        for block in files.blocks(source, ATTACHED_LIMIT):
            copy.write(block)


def message_files(folder: Path, campaign: Campaign) -> list[str]:
    """Names, relative to the folder and sorted, of all files the messages are made of (campaign.toml is not one).

    Where a name depends on the row (``invoices/{{ invoice }}.pdf``), every file of that folder counts.

    Raises:
        InputError: a file is missing or outside of the folder, or a template has a mistake.
    """
    sources = Sources(campaign, folder, "localhost")
    found = set(sources.template_files) | set(sources.images.names)
    prefixes = [pattern.partition("{")[0] for pattern in sources.images.patterns]
    if sources.includes_anything:
        prefixes.append("")
    for piece, name in zip(sources.attachments, campaign.attachments, strict=True):
        if piece.dynamic:
            prefix = name.partition("{")[0]
            prefixes += [prefix, f"{ATTACHMENTS}/{prefix}"]
        else:
            path = attachment(folder, name, sources.templates.where("attachments"))
            found.add(path.relative_to(folder).as_posix())
    for prefix in prefixes:
        found.update(_below(folder, prefix.removeprefix("cid:").rpartition("/")[0], campaign))
    return sorted(found)


def _below(folder: Path, part: str, campaign: Campaign) -> Iterator[str]:
    """All files under one folder of the campaign, but no hidden ones, no links that lead out, not the recipients."""
    home = inside(folder, part) if part else folder
    if not home.is_dir():
        return
    for path in home.rglob("*"):
        name = path.relative_to(folder).as_posix()
        hidden = any(step.startswith(".") for step in Path(name).parts)
        if hidden or name in (CAMPAIGN_FILE, campaign.recipients) or not path.is_file():
            continue
        try:
            inside(folder, relative(name))
        except InputError:
            continue
        yield name
