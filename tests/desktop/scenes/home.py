"""The first page: nothing there yet, something begun, campaigns as they stand, and one that was cut off."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from smtpdesk.desktop.pages.home.page import Page
from smtpdesk.domain.delivery import RunState, Wanted
from tests.desktop import hands
from tests.desktop.scenes.sending import scheduled_for
from tests.desktop.screens_data import (
    CAMPAIGN,
    CUSTOMERS,
    DAY,
    RELAY,
    Plan,
    finished,
    flawless,
    half_way,
    shared,
    with_lists,
)
from tests.desktop.screens_stage import WIDE, Stage, scene


async def _campaign(stage: Stage, name: str, subject: str = "") -> Path:
    """A campaign's folder with a subject."""
    folder = await stage.desk.campaigns.create(name, list_name=CUSTOMERS, profile=RELAY)
    draft = await stage.desk.campaigns.load(folder)
    await stage.desk.campaigns.save(replace(draft, campaign=replace(draft.campaign, subject=subject)))
    return folder


@scene("home-1-first-run")
async def first_run(stage: Stage) -> None:
    await stage.desk.seed_samples()
    await stage.show("campaigns", Page)


@scene("home-2-begun")
async def begun(stage: Stage) -> None:
    await with_lists(stage.desk, stage.folder)
    await _campaign(stage, CAMPAIGN)
    await stage.show("campaigns", Page)


@scene("home-3-campaigns")
async def campaigns(stage: Stage) -> None:
    shared(stage.store)
    names = ["Spring opening hours", "Newsletter 9/2026", "Newsletter 10/2026", "Wholesale price list", CAMPAIGN]
    folders = {name: await _campaign(stage, name) for name in names}
    flawless(stage.store, name=names[0], folder=folders[names[0]], total=2207, began=171 * DAY, ended=171 * DAY - 900)
    finished(stage.store, name=names[1], folder=folders[names[1]], total=996, began=56 * DAY, ended=56 * DAY - 1200)
    finished(stage.store, name=names[2], folder=folders[names[2]], began=26 * DAY, ended=26 * DAY - 2400)
    paused = {"state": RunState.PAUSED, "wanted": Wanted.PAUSE}
    half_way(stage.store, name=names[3], folder=folders[names[3]], began=2 * DAY, seen=2 * DAY - 1500, **paused)
    stage.at_work(half_way(stage.store, folder=folders[CAMPAIGN]).id)
    await _campaign(stage, "Christmas opening hours", "{{ first_name }}, we are open on the 24th")
    page = await stage.show("campaigns", Page)
    await stage.until(lambda: len(page.rows.names()) == 6)
    await stage.until(lambda: stage.window.rail.sending.isVisible())


@scene("home-4-cut-off", sizes=(WIDE,))
async def cut_off(stage: Stage) -> None:
    shared(stage.store)
    half_way(stage.store, folder=await _campaign(stage, CAMPAIGN), began=5000.0, seen=3600.0).hold(20)
    page = await stage.show("campaigns", Page)
    await stage.until(lambda: "cut off" in hands.words(page))


@scene("home-6-scheduled")
async def scheduled(stage: Stage) -> None:
    shared(stage.store)
    names = ["Spring opening hours", "Wholesale price list", CAMPAIGN]
    folders = {name: await _campaign(stage, name) for name in names}
    flawless(stage.store, name=names[0], folder=folders[names[0]], total=2207, began=171 * DAY, ended=171 * DAY - 900)
    finished(stage.store, name=names[1], folder=folders[names[1]], began=26 * DAY, ended=26 * DAY - 2400)
    plan = Plan(folder=folders[CAMPAIGN], state=RunState.PLANNED, began=600)
    stage.at_work(scheduled_for(26, plan)(stage.store).id)
    page = await stage.show("campaigns", Page)
    await stage.until(lambda: "2,418 waiting" in hands.words(page))
    await stage.until(lambda: stage.window.rail.sending.isVisible())


@scene("home-5-new-campaign", sizes=(WIDE,))
async def new_campaign(stage: Stage) -> None:
    await with_lists(stage.desk, stage.folder)
    await stage.show("campaigns", Page, new=True)
    stage.subject = await stage.until(hands.dialog, "the dialog")


mirrored = campaigns.mirrored()
