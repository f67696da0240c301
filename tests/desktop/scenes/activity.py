"""What was sent: nothing yet, and a year of it."""

from __future__ import annotations

from smtpdesk.desktop.pages.activity.page import Page
from smtpdesk.domain.delivery import RunState, Wanted
from tests.desktop.screens_data import DAY, finished, flawless, half_way, shared
from tests.desktop.screens_stage import Stage, scene


@scene("activity-1-empty")
async def empty(stage: Stage) -> None:
    await stage.show("activity", Page)


@scene("activity-2-full")
async def full(stage: Stage) -> None:
    store = stage.store
    shared(store)
    for month in range(3, 11):
        began = (11 - month) * 30 * DAY
        make = finished if month % 3 == 0 else flawless
        make(store, name=f"Newsletter {month}/2026", total=900 + 17 * month, began=began, ended=began - 1260)
    flawless(store, name="Wholesale price list", began=9 * DAY, ended=9 * DAY - 400)
    stopped = {"state": RunState.STOPPED, "wanted": Wanted.STOP, "ended": 3 * DAY - 1800}
    store.ledger.cancel_open(half_way(store, name="Opening of the third shop", began=3 * DAY, **stopped).id)
    finished(store, began=DAY, ended=DAY - 2500)
    half_way(store, name="Advent calendar", began=5 * 3600, seen=4 * 3600)
    stage.at_work(half_way(store, name="Autumn tasting, second round").id)
    page = await stage.show("activity", Page)
    rows = page.model
    await stage.until(lambda: rows.rowCount() == 13 and all(rows.row(n).view for n in range(13)), "all runs")
