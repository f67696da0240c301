"""Server performance: of a run that is being sent, of days, and of a profile that was never used."""

from __future__ import annotations

import math
import time

from smtpdesk.desktop.pages.performance.page import Page
from smtpdesk.domain.delivery import LaneChange, LaneEvent, LaneInfo, LaneSample
from smtpdesk.domain.profile import Limits
from tests.desktop.screens_data import OFFICE, RELAY, half_way, profile, shared
from tests.desktop.screens_stage import Stage, scene
from tests.desktop.sending_ledger import Run

_LATENCY = {
    "connect": 0.021, "greeting": 0.034, "ehlo": 0.019, "starttls": 0.062, "auth": 0.141, "mail": 0.018, "rcpt": 0.043,
    "data": 0.017, "body": 0.212,
}  # fmt: skip


def _noted(run: Run, profile_name: str, minutes: int, step: float) -> None:
    """What a worker would have noted for so many minutes: a steady pace, held back by the server in the middle."""
    at = time.time()
    samples = []
    for number in range(int(minutes * 60 / step)):
        ago = minutes * 60 - number * step
        held = 0.35 < number * step / (minutes * 60) < 0.6
        pace = (3.0 if held else 13.2) + math.sin(number / 3) * 0.5
        samples.append(
            LaneSample(
                run.id,
                profile_name,
                at - ago,
                step,
                3,
                round(pace * step),
                int(held),
                int(number % 9 == 0),
                0,
                3.0 if held else 14.0,
                "",
                _LATENCY,
            )
        )
    said = "421 4.7.0 Try again later, closing connection. (MAIL) - gsmtp"
    third = minutes * 60
    run.store.performance.add(
        samples,
        [
            LaneEvent(run.id, profile_name, at - third * 0.65, LaneChange.SLOWER, "profile.rate", said, 3.0),
            LaneEvent(run.id, profile_name, at - third * 0.5, LaneChange.RESTING, "relay.disk-full",
                      "452 4.3.1 Insufficient system storage", None, at - third * 0.45),
            LaneEvent(run.id, profile_name, at - third * 0.45, LaneChange.BACK),
            LaneEvent(run.id, profile_name, at - third * 0.40, LaneChange.FASTER, allowed=6.0),
            LaneEvent(run.id, profile_name, at - third * 0.38, LaneChange.FASTER, allowed=14.0),
        ],
    )  # fmt: skip


async def _show(stage: Stage, name: str, span: int, minutes: int = 0, step: float = 10.0) -> Page:
    shared(stage.store)
    stage.store.profiles.save(
        profile(RELAY, "smtp.gmail.com", limits=Limits(3, 14, 1.0, 2000, hourly=1600), provider="gmail"), was=RELAY
    )
    run = half_way(stage.store, began=max(1500.0, minutes * 60))
    run.lanes(
        LaneInfo(RELAY, "sending", "profile.rate", 3, 1214, 3.0, 37, 9, 2, 3.0, 14.0, 514),
        LaneInfo(OFFICE, "sending", "", 1, 272, 0.5),
    )
    if minutes:
        _noted(run, RELAY, minutes, step)
    page = await stage.show("performance", Page, run=run.id, profile=name)
    await stage.until(lambda: page.found is not None and page.found.profile == name, "the figures")
    before = page.found
    page.spans.segment(span).click()
    await stage.until(lambda: page.found is not before, "the chosen time")
    return page


@scene("performance-1-run")
async def of_a_run(stage: Stage) -> None:
    await _show(stage, RELAY, 0, 24)


@scene("performance-2-week", modes=("light",))
async def of_a_week(stage: Stage) -> None:
    await _show(stage, RELAY, 2, 60 * 70, 600.0)


@scene("performance-3-empty")
async def empty(stage: Stage) -> None:
    shared(stage.store)
    page = await stage.show("performance", Page, profile=OFFICE)
    await stage.until(lambda: page.found is not None, "the figures")
