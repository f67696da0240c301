"""A campaign's first step: nothing to choose from, lists and profiles, and a folder that cannot be opened."""

from __future__ import annotations

from smtpdesk.desktop.pages.campaign.page import Page
from tests.desktop import hands
from tests.desktop.screens_data import CAMPAIGN, CUSTOMERS, RELAY, with_lists, with_profiles
from tests.desktop.screens_stage import WIDE, Stage, scene


@scene("campaign-recipients-1-empty")
async def empty(stage: Stage) -> None:
    folder = await stage.desk.campaigns.create(CAMPAIGN)
    page = await stage.show("campaign", Page, folder=folder, step="recipients")
    await stage.until(page.recipients.isVisible)
    await stage.until(lambda: page.recipients.summary.text() not in ("", "Reading…"))


@scene("campaign-recipients-2-chosen")
async def chosen(stage: Stage) -> None:
    await with_lists(stage.desk, stage.folder)
    await with_profiles(stage.desk)
    folder = await stage.desk.campaigns.create(CAMPAIGN, list_name=CUSTOMERS, profile=RELAY)
    page = await stage.show("campaign", Page, folder=folder, step="recipients")
    await stage.until(lambda: page.recipients.isVisible() and "ready" in page.recipients.summary.text())


@scene("campaign-recipients-3-unreadable", sizes=(WIDE,))
async def unreadable(stage: Stage) -> None:
    folder = stage.folder / "winter"
    folder.mkdir()
    (folder / "campaign.toml").write_text('name = "Winter\nsubject = "Hello"\n', "utf-8")
    page = await stage.show("campaign", Page, folder=folder)
    await stage.until(lambda: "campaign.toml" in hands.words(page))
