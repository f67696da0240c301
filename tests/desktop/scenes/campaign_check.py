"""The check: running, with findings, and with nothing to mend."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from smtpdesk.desktop.pages.campaign.finding_card import FindingCard
from smtpdesk.desktop.pages.campaign.page import Page
from tests.desktop.scenes.campaign_message import sample
from tests.desktop.screens_data import CAMPAIGN, CUSTOMERS, RELAY, with_lists, with_profiles
from tests.desktop.screens_stage import WIDE, Stage, scene

_HTML = """<h1>Your seat is waiting, {{ first_name }}</h1>
<p>At {{ shop }} we kept {{ seats }} seats for {{ company }}.</p>
<img src="https://northlight.example/cups.jpg" width="400" height="120" alt="Cups">
<img src="https://northlight.example/beans.jpg" width="400" height="120">
<p><a href="http://northlight.example/autumn">Come and taste</a></p>
<p>[your street and number]</p>
"""


async def written(stage: Stage, subject: str, html: str = _HTML, name: str = CAMPAIGN) -> Path:
    """A campaign to the customers, with this message."""
    await with_lists(stage.desk, stage.folder)
    await with_profiles(stage.desk)
    folder = await stage.desk.campaigns.create(name, list_name=CUSTOMERS, profile=RELAY)
    draft = await stage.desk.campaigns.load(folder)
    await stage.desk.campaigns.save(replace(draft, campaign=replace(draft.campaign, subject=subject), html=html))
    return folder


@scene("campaign-check-1-findings")
async def findings(stage: Stage) -> None:
    folder = await written(stage, "{{ first_name }}, your seat at the autumn tasting")
    page = await stage.show("campaign", Page, folder=folder, step="check")
    await stage.until(lambda: page.check.result is not None, "the findings")


@scene("campaign-check-2-rows")
async def rows(stage: Stage) -> None:
    await findings.make(stage)
    cards = [card for card in stage.window.findChildren(FindingCard) if card.finding.rows]
    cards[0].toggle_rows()


@scene("campaign-check-3-to-fix", sizes=(WIDE,))
async def to_fix(stage: Stage) -> None:
    folder = await written(stage, "", "<p>Hello {{ frist_name }}, a seat at {{ shop }}.</p>")
    page = await stage.show("campaign", Page, folder=folder, step="check")
    await stage.until(lambda: page.check.result is not None, "the findings")


@scene("campaign-check-4-sample", sizes=(WIDE,))
async def good(stage: Stage) -> None:
    page = await sample(stage, "check")
    await stage.until(lambda: page.check.result is not None, "the findings")
