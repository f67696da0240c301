"""Invented people, profiles and runs for the pictures. Every name ends in ``.example``, where there is nobody."""

from __future__ import annotations

import csv
import itertools
import random
import time
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from smtpdesk.base.secret import Secret
from smtpdesk.desk import Desk
from smtpdesk.desk.identity import read_mark
from smtpdesk.domain.delivery import LaneInfo, Outcome, RunInfo, RunState, Wanted
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay
from smtpdesk.domain.recipient import Recipient
from smtpdesk.store import Workspace
from tests.desktop.sending_ledger import ACCEPTED, FULL, GREYLISTED, HUNG_UP, SPAM, UNKNOWN, Run

SENDER = "Northlight Coffee <hello@northlight.example>"
CAMPAIGN, CUSTOMERS = "Autumn tasting invitations", "Café customers 2026"
RELAY, OFFICE = "Main relay", "Office mailbox"
MINUTE, DAY = 60.0, 86_400.0

_FIRST = (
    "Marta",
    "Jude",
    "Inês",
    "Tom",
    "Aiko",
    "Peter",
    "Léa",
    "Sam",
    "יעל",
    "Omar",
    "Claire",
    "Noah",
    "Priya",
    "Luca",
)
_LAST = (
    "Lindqvist",
    "Okafor",
    "Duarte",
    "Greenfinch",
    "Tanaka",
    "Novák",
    "Brun",
    "Wright",
    "Haddad",
    "Petit",
    "Bergström",
)
_SHOPS = ("Harbour Street", "Mill Lane", "Old Market")
_HEAD = ("Email", "First name", "Company", "Shop", "Tasting date", "Seats", "Newsletter")
#: Rows with a slip in them: line (counted from 0) to address.
_SLIPS = {5: "peter.novak@@novak.example", 20: "", 40: "asked at the counter", 41: "n/a", 77: "jude(at)okafor.example"}


# --- people ------------------------------------------------------------------------------------------------------
def person(number: int) -> tuple[str, str, str]:
    """First name, last name and address of somebody."""
    first, last = _FIRST[number % len(_FIRST)], _LAST[number % len(_LAST)]
    plain = unicodedata.normalize("NFKD", last).encode("ascii", "ignore").decode().lower()
    return first, last, f"{plain}.{number}@company-{number % 97}.example"


def customers(file: Path, total: int = 2431, slips: bool = True) -> Path:
    """Write a spreadsheet of customers; ``slips``: some rows have no good address, one comes twice."""
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        writer.writerow(_HEAD)
        for number in range(total):
            first, last, address = person(number)
            if slips:
                address = person(0)[2] if number == 9 else _SLIPS.get(number, address)
            company = "" if number % 13 == 7 else f"{last} & Sons"
            date = f"{17 + number % 3}.10.2026"
            news = "yes" if number % 5 else "no"
            writer.writerow([address, first, company, _SHOPS[number % 3], date, 1 + number % 6, news])
    return file


async def with_lists(desk: Desk, folder: Path) -> None:
    """Three lists, one of them with rows set aside."""
    for name, total in ((CUSTOMERS, 2431), ("Wholesale", 300), ("Press", 12)):
        await desk.lists.import_list(customers(folder / f"{name}.csv", total, slips=total > 2000), name)


# --- profiles ----------------------------------------------------------------------------------------------------
def profile(name: str, host: str, port: int = 587, **more: object) -> Profile:
    """A profile of the invented coffee roaster."""
    made = Profile(name, Relay(host, port), Identity(SENDER), "hello@northlight.example")
    return replace(made, **more)  # type: ignore[arg-type]


async def with_profiles(desk: Desk) -> None:
    """Two profiles that were tested, and one whose test failed."""
    limits = Limits(max_connections=3, rate=14, daily=9000)
    made = [
        (profile(RELAY, "smtp.relay-house.example", limits=limits), True, ""),
        (profile(OFFICE, "smtp.northlight.example", limits=Limits(2, 30, MINUTE)), True, ""),
        (profile("Hosted mailbox", "mail.fastlane.example", 465), False, "profile.tls-mismatch"),
    ]
    for each, _good, _note in made:
        await desk.profiles.save(each, Secret("correct horse"), session_only=True)
    with Workspace.open(desk.folder) as store:
        for each, good, note in made:
            store.profiles.tested(each.name, good, note)


def shared(store: Workspace) -> None:
    """The two profiles that the runs are sent with, without passwords."""
    for made in (profile(RELAY, "smtp.relay-house.example"), profile(OFFICE, "smtp.northlight.example")):
        store.profiles.save(made)


# --- runs --------------------------------------------------------------------------------------------------------
_numbers = itertools.count(1)


@dataclass(frozen=True)
class Plan:
    """A run to be written into the ledger; times are seconds ago."""

    total: int = 2418
    name: str = CAMPAIGN
    profiles: tuple[str, ...] = (RELAY,)
    folder: Path = Path("/campaigns/autumn-tasting")
    state: RunState = RunState.RUNNING
    wanted: Wanted = Wanted.RUN
    note: str = ""
    began: float = 1500.0
    ended: float | None = None
    seen: float | None = None


def write_run(store: Workspace, plan: Plan) -> Run:
    """Plan a run; its people are all pending."""
    number, moment = next(_numbers), time.time()

    def ago(seconds: float | None) -> float | None:
        return None if seconds is None else moment - seconds

    info = RunInfo(
        id=f"c0ffee{number:02}-1",
        campaign=plan.name,
        folder=str(plan.folder),
        snapshot=f"runs/c0ffee{number:02}-1/campaign",
        digest=f"digest-{number}",
        profiles=plan.profiles,
        purpose="campaign",
        state=plan.state,
        wanted=plan.wanted,
        note=plan.note,
        created_at=moment - plan.began,
        started_at=None if plan.state is RunState.PLANNED else ago(plan.began),
        finished_at=ago(plan.ended),
        seen_at=ago(plan.seen),
        identity=read_mark(plan.folder),
    )
    store.runs.create(info)
    store.ledger.plan(info.id, _people(plan.total))
    return Run(store, info.id, plan.profiles[0])


def _people(total: int) -> Iterable[tuple[Recipient, str]]:
    for number in range(total):
        first, _last, address = person(number)
        yield Recipient(address, {"email": address, "first_name": first}, number + 2), ""


def spread(run: Run, outcomes: Sequence[Outcome], first: float, last: float, step: int = 100) -> None:
    """The next people get these outcomes, evenly between two moments (seconds ago)."""
    moment = time.time()
    for start in range(0, len(outcomes), step):
        share = start / max(len(outcomes) - 1, 1)
        run.attempt(outcomes[start : start + step], moment - first + (first - last) * share)


def mixed(accepted: int, **others: int) -> list[Outcome]:
    """So many accepted, and among them, scattered but always the same, the others: ``mixed(90, unknown=3)``."""
    known = {"unknown": UNKNOWN, "spam": SPAM, "uncertain": HUNG_UP, "greylisted": GREYLISTED, "full": FULL}
    outcomes = [ACCEPTED] * accepted + [known[name] for name, count in others.items() for _each in range(count)]
    random.Random(4).shuffle(outcomes)
    return outcomes


def half_way(store: Workspace, **more: object) -> Run:
    """A run of two profiles: 1,486 of 2,418 accepted, with some of every trouble; unless told otherwise at work."""
    plan = replace(Plan(profiles=(RELAY, OFFICE)), **more)  # type: ignore[arg-type]
    run, last = write_run(store, plan), plan.seen or plan.ended or 0.0
    spread(run, mixed(1400, spam=2, uncertain=2, unknown=5), plan.began - 10, last + 120)
    end = time.time() - last
    run.attempt([FULL] * 14, end - 110, end + 1800)
    run.attempt([UNKNOWN] * 4, end - 60)
    run.attempt([GREYLISTED] * 23, end - 30, end + 900)
    run.attempt([ACCEPTED] * 86, end - 4)
    run.lanes(
        LaneInfo(RELAY, "sending", "", 3, 1214, 0.5),
        LaneInfo(OFFICE, "resting", "profile.rate", 1, 272, 0.12),
    )
    return run


def finished(store: Workspace, **more: object) -> Run:
    """A run that ended 8 minutes ago, with a few who did not get it."""
    plan = replace(Plan(state=RunState.DONE, began=50 * MINUTE, ended=8 * MINUTE), **more)  # type: ignore[arg-type]
    run = write_run(store, plan)
    bad = {"unknown": 11, "spam": 4, "uncertain": 2} if plan.total > 1000 else {"unknown": 2}
    spread(run, mixed(plan.total - sum(bad.values()), **bad), plan.began - 5, plan.ended or 0)
    return run


def flawless(store: Workspace, **more: object) -> Run:
    """A run that everybody has."""
    plan = replace(Plan(418, state=RunState.DONE, began=9 * MINUTE, ended=3 * MINUTE), **more)  # type: ignore[arg-type]
    run = write_run(store, plan)
    spread(run, [ACCEPTED] * plan.total, plan.began - 5, plan.ended or 0)
    return run
