"""A run: starting, at work in its three views, in trouble, cut off, paused, done, and with every cause there is."""

from __future__ import annotations

import time
from collections.abc import Callable

from smtpdesk.desk.sending import RunView
from smtpdesk.desktop.pages.sending.cause_list import FIRST
from smtpdesk.desktop.pages.sending.page import PEOPLE, TIME, Page
from smtpdesk.desktop.pages.sending.paging import select_row
from smtpdesk.desktop.pages.sending.rate import STEP, RateHistory
from smtpdesk.domain.campaign import Campaign
from smtpdesk.domain.delivery import LaneInfo, Outcome, OutcomeKind, Reply, RunState, Wanted
from smtpdesk.domain.delivery import Stage as SmtpStage
from smtpdesk.domain.schedule import Schedule
from smtpdesk.message import save_campaign
from smtpdesk.smtp.replies import causes, meaning
from smtpdesk.store import Workspace
from smtpdesk.store.errors import full
from tests.desktop import hands
from tests.desktop.screens_data import OFFICE, RELAY, Plan, finished, flawless, half_way, profile, shared, write_run
from tests.desktop.screens_stage import SMALL, WIDE, Stage, scene
from tests.desktop.sending_ledger import PASSWORD, SPAM, UNKNOWN, Run

#: Messages a minute, over all profiles: steady, then held up by one of them.
_PACE = (41, 44, 43, 46, 45, 47, 44, 45, 46, 44, 43, 45, 46, 44, 45, 43, 40, 36, 37)


class _Clock:
    """Time as it went by. It stands still for the picture, one sample later, so that the curve is drawn once."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def _history(pace: tuple[int, ...], share: float = 1.0) -> RateHistory:
    """As many minutes of samples."""
    clock = _Clock()
    history = RateHistory(clock)
    for value in pace:
        for _sample in range(30):
            history.add(value * share / 60)
            clock.now += STEP
    return history


async def _show(
    stage: Stage, make: Callable[[Workspace], Run], causes: int, *, alive: bool = False, past: bool = False
) -> Page:
    """The page of a run, once it shows the figures and so many causes; ``past``: it was followed for a while."""
    shared(stage.store)
    run = make(stage.store)
    if alive:
        stage.at_work(run.id)
    page = await stage.show("sending", Page, run=run.id)
    await stage.until(lambda: "of " in hands.words(page.figures), "the figures")
    if past:
        page.rate.history = _history(_PACE)
        covered = page.rate.history.seconds()
        page.lanes.histories.update({RELAY: _history(_PACE, 0.8), OFFICE: _history(_PACE, 0.2)})
        await stage.until(lambda: page.rate.history.seconds() > covered, "the curve")
    await stage.until(lambda: len(page.causes.panels()) == causes, "the causes")
    return page


@scene("sending-1-starting", sizes=(WIDE,))
async def starting(stage: Stage) -> None:
    await _show(stage, lambda store: write_run(store, Plan(state=RunState.PLANNED, began=2)), 0, alive=True)


@scene("sending-2-running", twice=True)
async def running(stage: Stage) -> None:
    page = await _show(stage, half_way, 5, alive=True, past=True)
    next(panel for panel in page.causes.panels() if panel.group.cause == UNKNOWN.cause).open_up()


@scene("sending-3-by-time")
async def by_time(stage: Stage) -> None:
    page = await _show(stage, half_way, 5, alive=True, past=True)
    page.show_view(TIME)
    await stage.until(lambda: page.log.model.rowCount() > 1400, "the log")


@scene("sending-4-one-attempt")
async def one_attempt(stage: Stage) -> None:
    await by_time.make(stage)
    page = await stage.show("sending", Page)
    select_row(page.log.table, page.log.model.rowCount() - 92)
    await stage.until(page.log.details.isVisible)


@scene("sending-5-by-person")
async def by_person(stage: Stage) -> None:
    page = await _show(stage, half_way, 5, alive=True, past=True)
    hands.press(page.figures, "Rejected")
    await stage.until(lambda: page.views.current() == PEOPLE and page.people.model.rowCount() == 11, "people")
    select_row(page.people.table, 3)
    await stage.until(page.people.details.isVisible)


@scene("sending-6-trouble")
async def trouble(stage: Stage) -> None:
    def make(store: Workspace) -> Run:
        run = half_way(store, state=RunState.PAUSED, note="profile.password", profiles=(RELAY,))
        run.lanes(LaneInfo(RELAY, "paused", "profile.password", 0, 1214, 0))
        return run

    await _show(stage, make, 5)


@scene("sending-7-interrupted")
async def interrupted(stage: Stage) -> None:
    def make(store: Workspace) -> Run:
        run = half_way(store, began=2.5 * 3600, seen=3600.0)
        run.hold(20)
        return run

    await _show(stage, make, 5)


@scene("sending-7-disk-full")
async def disk_full(stage: Stage) -> None:
    view = stage.desk.sending.view
    error = full(stage.desk.folder)

    async def in_trouble(run_id: str) -> RunView:
        return (await view(run_id)).told_by(None, {"code": error.code, "error": error.sentence, "hint": error.hint})

    stage.desk.sending.view = in_trouble  # type: ignore[method-assign]
    await _show(stage, half_way, 5, alive=True, past=True)


@scene("sending-7-restored")
async def restored(stage: Stage) -> None:
    await _show(stage, lambda store: half_way(store, state=RunState.PAUSED, note="run.restored"), 5)


@scene("sending-8-paused")
async def paused(stage: Stage) -> None:
    await _show(stage, lambda store: half_way(store, state=RunState.PAUSED, wanted=Wanted.PAUSE), 5)


@scene("sending-9-done")
async def done(stage: Stage) -> None:
    await _show(stage, finished, 3)


@scene("sending-a-all-accepted")
async def all_accepted(stage: Stage) -> None:
    await _show(stage, flawless, 0)


@scene("sending-b-many-causes")
async def many_causes(stage: Stage) -> None:
    await _show(stage, _every_cause, min(len(_blamed()), FIRST), alive=True)


def _blamed() -> list[str]:
    return [cause for cause in causes() if cause.startswith(("recipient", "message", "relay", "profile"))]


def _every_cause(store: Workspace) -> Run:
    run = write_run(store, Plan(5000, began=400))
    for number, cause in enumerate(_blamed()):
        known = meaning(cause)
        code = 550 if known.kind is OutcomeKind.REJECTED else 451
        reply = Reply(code, "The server's own words about it", "5.7.1" if code == 550 else "4.7.1")
        outcome = Outcome(known.kind, SmtpStage.RCPT, known.blame, reply, cause)
        run.attempt([outcome] * (1 + (number * 7) % 23), time.time() - 300 + number)
    run.lanes(LaneInfo(RELAY, "sending", "", 3, 0, 12))
    return run


def _lanes(count: int) -> tuple[LaneInfo, ...]:
    """So many of the states that a lane can be in, as their workers would write them down."""
    at = time.time()
    every = (
        LaneInfo(RELAY, "sending", "", 3, 1214, 13.6, 3, 2, 0, 14.0, 14.0, 7786),
        LaneInfo(OFFICE, "sending", "profile.rate", 1, 272, 3.0, 23, 4, 0, 3.0, 14.0, 228),
        LaneInfo("Sales at Northlight", "paused", "profile.password", 0, 0, 0.0, 1),
        LaneInfo("Newsletter", "limit", "", 0, 500, 0.0, 2, 0, 0, None, 2.0, 0, at + 5 * 3600),
        LaneInfo("Fallback relay", "resting", "relay.disk-full", 0, 41, 0.0, 8, 0, 1, None, None, None, at + 240),
        LaneInfo("Old server", "hours", "", 0, 12, 0.0, 0, 0, 0, None, None, None, at + 14 * 3600),
        LaneInfo("Provider of the events team", "paused", "", 0, 77, 0.0),
        LaneInfo("Spare", "connecting", "", 0, 0, 0.0),
        LaneInfo("Postfix", "waiting", "", 1, 9, 0.0),
    )
    return every[:count]


async def _with_lanes(stage: Stage, lanes: tuple[LaneInfo, ...], causes: int = 5) -> Page:
    names = tuple(lane.profile for lane in lanes)

    def make(store: Workspace) -> Run:
        for name in names:
            store.profiles.save(profile(name, "smtp.relay-house.example", provider="gmail" if name == OFFICE else ""))
        run = half_way(store, profiles=names)
        run.lanes(*lanes)
        return run

    page = await _show(stage, make, causes, alive=True, past=True)
    page.lanes.histories.update({name: _history(_PACE, 0.2) for name in names})
    return page


@scene("sending-c-lane-alone", sizes=(SMALL,), modes=("light",))
async def lane_alone(stage: Stage) -> None:
    await _with_lanes(stage, _lanes(2)[1:])


@scene("sending-c-lanes-two")
async def lanes_two(stage: Stage) -> None:
    await _with_lanes(stage, _lanes(3)[1:])


@scene("sending-c-lanes-six")
async def lanes_six(stage: Stage) -> None:
    await _with_lanes(stage, _lanes(6))


@scene("sending-c-lanes-rest", sizes=(WIDE,), modes=("light",))
async def lanes_rest(stage: Stage) -> None:
    await _with_lanes(stage, _lanes(9)[5:])


@scene("sending-d-outside-of-the-hours", sizes=(WIDE,), modes=("light",))
async def outside_of_the_hours(stage: Stage) -> None:
    await _with_lanes(stage, _lanes(6)[5:])


def scheduled_for(
    hours: float,
    plan: Plan = Plan(state=RunState.PLANNED, began=600),  # noqa: B008 - it is frozen
) -> Callable[[Workspace], Run]:
    """A run that begins so many hours from now, with its frozen campaign."""

    def make(store: Workspace) -> Run:
        run = write_run(store, plan)
        frozen = store.folder / store.runs.get(run.id).snapshot
        frozen.mkdir(parents=True)
        start = Schedule(time.time() + hours * 3600)
        save_campaign(frozen, Campaign(plan.name, "See you at the tasting", schedule=start))
        return run

    return make


@scene("sending-d-scheduled")
async def scheduled(stage: Stage) -> None:
    page = await _show(stage, scheduled_for(26), 0, alive=True)
    await stage.until(lambda: "has to be on" in hands.words(page.notice), "what has to be on")


@scene("sending-d-scheduled-change", sizes=(WIDE,))
async def change_time(stage: Stage) -> None:
    page = await _show(stage, scheduled_for(26), 0, alive=True)
    await stage.until(page.head.change.isVisible, "the button")
    page.head.change.click()
    stage.subject = await stage.until(hands.dialog, "the dialog")


@scene("sending-d-start-missed")
async def start_missed(stage: Stage) -> None:
    plan = Plan(state=RunState.PAUSED, note="schedule.missed", began=9 * 3600)

    def make(store: Workspace) -> Run:
        run = write_run(store, plan)
        frozen = store.folder / store.runs.get(run.id).snapshot
        frozen.mkdir(parents=True)
        save_campaign(frozen, Campaign(plan.name, "See you at the tasting", schedule=Schedule(time.time() - 8 * 3600)))
        return run

    await _show(stage, make, 0)


@scene("sending-e-blame", sizes=(WIDE,), modes=("light",))
async def blame(stage: Stage) -> None:
    """The remedies of a cause that blames the profile, while another one carries on."""

    def make(store: Workspace) -> Run:
        run = write_run(store, Plan(profiles=(RELAY, OFFICE)))
        run.attempt([PASSWORD] * 12 + [SPAM] * 3 + [UNKNOWN] * 2, time.time() - 60)
        run.lanes(*_lanes(2))
        return run

    page = await _show(stage, make, 3, alive=True)
    for panel in page.causes.panels()[:2]:
        panel.open_up()


mirrored = running.mirrored()
