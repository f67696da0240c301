"""What a profile may send: counted from the ledger, over restarts, campaigns and workers; and what servers ask for."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from smtpdesk.base.secret import Secret
from smtpdesk.desk.sending import RunView
from smtpdesk.domain.delivery import LaneChange, LaneState, RunState
from smtpdesk.domain.profile import DomainLimit
from smtpdesk.store import Workspace
from tests.scenarios.campaigns import make_campaign, people
from tests.scenarios.office import Office, open_office
from tests.scenarios.settled import settled
from tests.servers.scripted import ScriptedServer, hold, say


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    with open_office(tmp_path) as office:
        yield office


def limits(office: Office, name: str = "office", **changes: Any) -> None:
    """Change limits of a profile, as its page does."""
    profile = office.do(office.desk.profiles.get(name))
    office.do(office.desk.profiles.save(replace(profile, limits=replace(profile.limits, **changes))))


def test_a_limit_holds_over_a_restart_another_campaign_and_another_kind_of_limit(office: Office) -> None:
    with ScriptedServer() as server:
        office.profile(server.port, hourly=12)
        folder = office.campaign(people(30))
        for _start in range(2):  # the second one finds the hour used up
            run = office.send(folder, patience=0.0).id
            view = office.end(run)
            assert (view.run.state, view.run.note) == (RunState.PAUSED, "profile.limit")
            assert (view.counts.accepted, view.counts.pending) == (12, 18)
        limits(office, hourly=None, per_minute=15)
        other = make_campaign(folder.parent / "other", people(8, "other.example"), html="<p>Another one</p>")
        second = office.end(office.send(other, patience=1.0).id)
        assert (second.run.state, second.run.note, second.counts.accepted) == (RunState.PAUSED, "profile.limit", 3)
        assert len(server.taken) == 15
        limits(office, per_minute=None)
        office.resume(run)
        assert office.end(run).counts.accepted == 30


def test_two_campaigns_at_once_share_the_rate_and_the_hour_of_their_profile(office: Office) -> None:
    gate = threading.Event()
    with ScriptedServer() as server:
        server.on("body", hold(gate), after=3, times=2)
        office.profile(server.port, rate=20, hourly=24, max_connections=2)
        folders = [
            make_campaign(office.workspace.parent / name, people(20, f"{name}.example"), html=f"<p>{name}</p>")
            for name in ("one", "two")
        ]
        first = office.send(folders[0], patience=0.0).id
        server.wait(lambda it: it.count("body") == 5)
        second = office.send(folders[1], patience=0.0).id
        for run in (first, second):
            view = office.wait(run, lambda view: view.lanes and view.lanes[0].allowed == 10.0, 30)
            assert view.alive, "both at once, each at half of the rate"
        gate.set()
        ends = [office.end(run) for run in (first, second)]
        assert {(view.run.state, view.run.note) for view in ends} == {(RunState.PAUSED, "profile.limit")}
        took = Counter(taken.recipients[0].partition("@")[2] for taken in server.taken)
        assert sum(took.values()) == 24, took
        assert min(took.values()) >= 4, took


def test_messages_a_connection_and_limits_of_one_domain(office: Office) -> None:
    with ScriptedServer() as server:
        office.profile(
            server.port, max_connections=2, per_connection=4, per_domain=(DomainLimit("big.example", 2, 1.0),)
        )
        rows = [*people(8, "big.example"), *people(24)]
        run = office.send(office.campaign(rows)).id
        assert office.end(run).counts.accepted == 32
        result = settled(office.workspace, server)
        assert not result.troubles
        assert max(Counter(taken.connection for taken in server.taken).values()) == 4
        order = [taken.recipients[0].partition("@")[2] for taken in server.taken]
        assert order[-4:] == ["big.example"] * 4, "nobody waited for the slow domain"
        store = Workspace.open(office.workspace)
        at = [row.at for row in store.ledger.log(run, 0, 100) if row.address.endswith("@big.example")]
        store.close()
        assert len(at) == 8
        assert max(at) - min(at) >= 7 * 0.5 * 0.8
        assert all(later - earlier > 0.1 for earlier, later in pairwise(sorted(at))), "spread, not in a burst"


def test_a_message_over_the_size_limit_is_never_begun_and_pauses_after_twenty(office: Office) -> None:
    with ScriptedServer() as server:
        office.profile(server.port, max_size=300)
        run = office.send(office.campaign(people(60))).id
        view = office.end(run)
        assert (view.run.state, view.run.note) == (RunState.PAUSED, "message.too-big")
        assert 20 <= view.counts.rejected < 60
        assert server.count("mail") == 0
        words = settled(office.workspace, server).troubles[0].text
        assert "300" in words, words


def test_greylisting_works_without_a_person(office: Office) -> None:
    with ScriptedServer() as server:
        server.on("rcpt", say("450 4.2.0 <you>: Recipient address rejected: Greylisted, try again"), times=20)
        run = office.start(server.port, 20).id
        view = office.end(run)
        assert (view.run.state, view.counts.accepted) == (RunState.DONE, 20)
        result = settled(office.workspace, server)
        assert {row.cause for row in result.troubles} == {"recipient.greylisted"}
        assert server.count("rcpt") == 40, "nobody was asked more often than needed"


def test_one_connection_too_many_does_not_rest_the_others(office: Office) -> None:
    with ScriptedServer() as server:
        server.on("greeting", say("421 4.7.0 Too many concurrent SMTP connections", then_drop=True), after=1)
        gate = threading.Event()
        server.on("body", hold(gate), after=3, times=1)
        run = office.start(server.port, 80, max_connections=3).id
        server.wait(lambda it: it.connections == 3 and it.open_now == 1)
        gate.set()
        view = office.end(run)
        assert (view.run.state, view.counts.accepted) == (RunState.DONE, 80)
        assert server.connections == 3, "it asks for no more than it was given"
        assert {row.cause for row in settled(office.workspace, server).troubles} == {"profile.connections"}


DAILY = "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail sending limits go to gsmtp"
THROTTLED = "452 4.3.1 Too many messages sent too quickly"


def test_lanes_in_trouble_blame_no_address_and_a_person_wakes_them(office: Office) -> None:
    """One at its daily limit, one throttled, one that cannot sign in, one whose hour is used up: nothing is lost."""
    with (
        ScriptedServer() as daily,
        ScriptedServer() as throttled,
        ScriptedServer(users={"ana": "right"}, require_auth=True) as locked,
        ScriptedServer() as hourly,
    ):
        daily.on("body", say(DAILY))
        throttled.on("body", say(THROTTLED), after=5, times=1)
        office.profile(daily.port, "daily", max_connections=1)
        office.profile(throttled.port, "throttled", max_connections=1)
        office.profile(locked.port, "locked", max_connections=1)
        office.profile(hourly.port, "hourly", max_connections=1, hourly=10)
        profile = replace(office.do(office.desk.profiles.get("locked")), username="ana")
        office.do(office.desk.profiles.save(profile, Secret("wrong"), session_only=True))
        run = office.send(office.campaign(people(40)), profiles=("daily", "throttled", "locked", "hourly")).id

        at_rest = {
            "daily": (LaneState.RESTING, "profile.gmail-daily"),
            "throttled": (LaneState.RESTING, "profile.rate"),
            "locked": (LaneState.PAUSED, "profile.password"),
            "hourly": (LaneState.LIMIT, ""),
        }

        def rests(view: RunView) -> bool:
            lanes = {lane.profile: (lane.state, lane.note) for lane in view.lanes}
            return lanes == at_rest and view.counts.accepted >= 15  # what was answered is in the ledger, too

        view = office.wait(run, rests)
        assert (view.alive, view.counts.rejected, view.counts.uncertain) == (True, 0, 0)
        assert 15 <= view.counts.accepted <= 16, "one may have been under way behind the complaint"
        lanes = {lane.profile: lane for lane in view.lanes}
        assert lanes["throttled"].allowed and lanes["daily"].until and lanes["hourly"].left_today is None

        office.do(office.desk.profiles.save(profile, Secret("right"), session_only=True))
        gate = threading.Event()
        locked.on("body", hold(gate), after=10, times=1)
        office.do(office.desk.sending.wake_lane(run, "locked"))
        locked.wait(lambda it: it.count("body") == 11, 30)
        office.wait(run, lambda view: view.lanes[2].state == LaneState.SENDING)
        office.do(office.desk.sending.pause_lane(run, "locked"))
        office.wait(run, lambda view: view.lanes[2].state == LaneState.PAUSED)
        gate.set()
        office.wait(run, lambda view: view.lanes[2].connections == 0 and view.counts.sending == 0)
        assert len(locked.taken) <= 12
        daily.forget("body")
        for name in ("daily", "throttled"):
            office.do(office.desk.sending.wake_lane(run, name))
        end = office.end(run)
        assert (end.run.state, end.counts.accepted) == (RunState.DONE, 40)
        result = settled(office.workspace, daily, throttled, locked, hourly)
        assert {row.kind.value for row in result.troubles} == {"deferred"}
        assert len(hourly.taken) == 10
        assert len(daily.accepted()) + len(throttled.accepted()) == 30 - len(locked.taken)

        store = Workspace.open(office.workspace)
        events = store.performance.events(run)
        store.close()
        (slower,) = [event for event in events if event.change is LaneChange.SLOWER]
        assert (slower.profile, slower.cause) == ("throttled", "profile.rate")
        assert "too quickly" in slower.said and slower.allowed
        told = {(event.profile, event.change) for event in events}
        assert {("daily", LaneChange.RESTING), ("locked", LaneChange.FAILED), ("hourly", LaneChange.LIMIT)} <= told
        assert ("locked", LaneChange.BACK) in told
