"""What a run is doing, in words: phases, banners, figures. Values in, sentences out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from smtpdesk.desk import Desk
from smtpdesk.desk.performance_words import rate_of
from smtpdesk.desk.sending import RunView
from smtpdesk.desktop.pages.sending import notice, rail, words
from smtpdesk.desktop.pages.sending.columns import log_cells, log_columns, people_cells, people_columns
from smtpdesk.desktop.pages.sending.figures import bar_parts
from smtpdesk.desktop.pages.sending.meanings import Meanings
from smtpdesk.desktop.pages.sending.rate import STEP, RateHistory
from smtpdesk.desktop.pages.sending.situation import Phase, phase_of
from smtpdesk.domain.delivery import (
    Blame,
    Counts,
    DeliveryState,
    LaneInfo,
    LogRow,
    OutcomeKind,
    ReportRow,
    RunInfo,
    RunState,
    Stage,
    Wanted,
)

SENDING_LANE = LaneInfo("office", "sending", "", 2, 10, 3.0)


def view(
    state: RunState = RunState.RUNNING,
    wanted: Wanted = Wanted.RUN,
    note: str = "",
    counts: Counts | None = None,
    lanes: list[LaneInfo] | None = None,
    **more: Any,
) -> RunView:
    run = RunInfo(
        "r1", "Autumn", "/c", "s", "d", ("office",), "campaign", state, wanted, note, 1e9, 1e9 + 1, None, 1e9 + 60
    )
    values: dict[str, Any] = {
        "alive": True,
        "advanced": 1,
        "rate": 3.0,
        "left": None,
        "interrupted": False,
        "next_due": None,
    }
    counts = counts or Counts(total=100, pending=50, sending=10, accepted=40)
    return RunView(run, counts, [SENDING_LANE] if lanes is None else lanes, **(values | more))


DONE = Counts(total=10, accepted=8, rejected=1, uncertain=1)


@pytest.mark.parametrize(
    ("looked_at", "phase"),
    [
        (view(RunState.PLANNED, lanes=[]), Phase.STARTING),
        (
            view(lanes=[LaneInfo("office", "connecting")], counts=Counts(total=9, pending=8, sending=1)),
            Phase.STARTING,
        ),
        (view(), Phase.SENDING),
        (view(RunState.PAUSED, note="profile.password"), Phase.STARTING),
        (view(lanes=[LaneInfo("office", "resting", "profile.rate")]), Phase.HELD),
        (view(lanes=[LaneInfo("a", "resting", "profile.rate"), SENDING_LANE]), Phase.SENDING),
        (view(lanes=[LaneInfo("a", "paused", "profile.password"), LaneInfo("b", "limit")]), Phase.HELD),
        (view(counts=Counts(total=9, deferred=4, accepted=5), next_due=1e9), Phase.WAITING),
        (view(wanted=Wanted.PAUSE), Phase.PAUSING),
        (view(wanted=Wanted.STOP), Phase.STOPPING),
        (view(RunState.PAUSED, Wanted.PAUSE, alive=False), Phase.PAUSED),
        (view(RunState.PAUSED, note="limit", alive=False), Phase.PAUSED),
        (view(RunState.PAUSED, note="profile.password", alive=False), Phase.TROUBLE),
        (view(RunState.PAUSED, alive=False, failed={"error": "x", "hint": "", "where": ""}), Phase.TROUBLE),
        (view(alive=False, interrupted=True), Phase.INTERRUPTED),
        (view(RunState.STOPPED, Wanted.STOP, alive=False), Phase.STOPPED),
        (view(RunState.DONE, alive=False, counts=DONE), Phase.DONE),
        (view(RunState.PAUSED, alive=False, counts=DONE), Phase.DONE),
    ],
)
def test_every_state_of_the_ledger_has_its_phase(looked_at: RunView, phase: Phase) -> None:
    assert phase_of(looked_at) is phase


@pytest.fixture
def meanings(desk: Desk) -> Meanings:
    return Meanings(desk)


def told(looked_at: RunView, meanings: Meanings) -> notice.Notice:
    found = notice.notice_of(phase_of(looked_at), looked_at, meanings)
    assert found is not None
    return found


def test_a_refused_password_is_told_with_the_profile_to_test_first(meanings: Meanings) -> None:
    lanes = [LaneInfo("office", "paused", "profile.password")]
    found = told(view(RunState.PAUSED, note="profile.password", alive=False, lanes=lanes), meanings)
    assert found.title == "office stopped: The server did not accept this user name and password"
    assert found.deeds[0][0] == notice.TEST_PROFILE
    assert found.deeds[1] == (notice.CONTINUE, "Continue sending")
    assert (found.tone, found.profile) == ("bad", "office")


def test_a_cut_off_run_says_that_nothing_is_lost_and_how_to_go_on(meanings: Meanings) -> None:
    found = told(view(alive=False, interrupted=True), meanings)
    assert found.title.startswith("This was cut off at ")
    assert "Nothing is lost" in found.body
    assert "60 people still wait" in found.body
    assert found.deeds == ((notice.CONTINUE, "Continue sending"),)


def test_an_error_of_the_program_is_told_in_its_own_words(meanings: Meanings) -> None:
    failed = {"error": "The keyring is locked.", "hint": "Unlock it.", "where": "", "code": "vault.locked"}
    found = told(view(RunState.PAUSED, note="vault.locked", alive=False, failed=failed), meanings)
    assert (found.title, found.body) == ("The keyring is locked.", "Unlock it.")
    # after a restart of the program only the code is left
    later = told(view(RunState.PAUSED, note="vault.locked", alive=False), meanings)
    assert later.title == "The password could not be read"


def test_a_full_disk_is_told_while_the_worker_waits_for_room(meanings: Meanings) -> None:
    assert told(view(trouble="workspace.full"), meanings).title == "The disk is full"


def test_waiting_tells_when_the_next_try_is(meanings: Meanings) -> None:
    due = datetime(2040, 5, 6, 14, 47).timestamp()
    found = told(view(counts=Counts(total=9, deferred=4, accepted=5), next_due=due), meanings)
    assert found.title == "4 people are tried again later"
    assert "14:47" in found.body


def test_a_finished_run_tells_what_needs_a_look(meanings: Meanings) -> None:
    found = told(view(RunState.DONE, alive=False, counts=DONE), meanings)
    assert (found.tone, found.title) == ("accent", "2 need a look")
    assert found.body.startswith("1 was rejected. 1 may have it or not; only you can tell.")
    whole = told(view(RunState.DONE, alive=False, counts=Counts(total=7, accepted=7)), meanings)
    assert (whole.tone, whole.title) == ("ok", "Accepted for all 7 people")


def test_a_stopped_run_offers_to_send_to_the_rest_after_all(meanings: Meanings) -> None:
    counts = Counts(total=9, accepted=5, cancelled=4)
    found = told(view(RunState.STOPPED, Wanted.STOP, alive=False, counts=counts), meanings)
    assert found.body == "4 people were not sent to."
    assert found.deeds[0][0] == notice.SEND_REST


def test_one_profile_out_of_two_is_told_while_the_other_carries_on(meanings: Meanings) -> None:
    lanes = [LaneInfo("office", "paused", "profile.password"), SENDING_LANE]
    found = told(view(lanes=lanes), meanings)
    assert found.title.startswith("office stopped:")
    assert found.deeds == ((notice.TEST_PROFILE, "Test the profile"),)


@pytest.mark.parametrize("code", ["run.elsewhere", "run.restored"])
def test_a_run_of_another_place_is_only_taken_over(meanings: Meanings, code: str) -> None:
    failed = {"code": code, "error": "It is elsewhere.", "hint": "Go on there.", "where": ""}
    now = told(view(RunState.PAUSED, note=code, alive=False, failed=failed), meanings)
    later = told(view(RunState.PAUSED, note=code, alive=False), meanings)
    assert (now.title, now.body) == ("It is elsewhere.", "Go on there.")
    assert later.title and later.body
    assert now.deeds == later.deeds == ((notice.TAKE_OVER, "Take over…"),)


def test_what_holds_all_up_is_told_with_the_time_it_ends(meanings: Meanings) -> None:
    at = datetime(2040, 5, 6, 14, 47).timestamp()
    hours = told(view(lanes=[LaneInfo("office", "hours", until=at)]), meanings)
    assert (hours.tone, hours.title) == ("accent", "Outside of the hours in which it is sent")
    assert "14:47" in hours.body
    used_up = LaneInfo("office", "limit", left_today=0, until=at)
    assert told(view(lanes=[used_up]), meanings).title == "The daily limit of office is used up"
    by_minute = LaneInfo("office", "limit", until=at)
    assert told(view(lanes=[by_minute]), meanings).title == "The limit of office is used up for now"
    by_hour = LaneInfo("office", "limit", left_today=30, until=at)
    assert told(view(lanes=[by_hour]), meanings).title == "The limit of office is used up for now"
    rests = LaneInfo("spare", "resting", "relay.disk-full", until=at - 60)
    both = told(view(lanes=[by_hour, rests]), meanings)
    assert both.title == "The server has no room right now"
    assert "14:46" in both.body
    assert (both.deeds, both.profile) == (((notice.WAKE, "Try now"),), "spare")


def test_a_missed_start_asks_what_to_do(meanings: Meanings) -> None:
    counts = Counts(total=40, pending=40)
    missed = view(RunState.PAUSED, note="schedule.missed", alive=False, lanes=[], counts=counts)
    found = told(missed, meanings)
    assert found.title == "The start was missed"
    assert "40 people still wait" in found.body
    assert [deed for deed, _label in found.deeds] == [notice.SEND_NOW, notice.CHANGE_TIME]
    assert phase_of(view(lanes=[LaneInfo("office", "hours")])) is Phase.HELD


def test_a_lane_that_a_person_paused_is_no_trouble(meanings: Meanings) -> None:
    assert notice.notice_of(Phase.SENDING, view(lanes=[LaneInfo("a", "paused"), SENDING_LANE]), meanings) is None


def test_no_banner_while_all_goes_well(meanings: Meanings) -> None:
    assert notice.notice_of(Phase.SENDING, view(), meanings) is None


@pytest.mark.parametrize(
    "cause", ["", "decided.accepted", "recovered.uncertain", "suppressed", "sent-before", "message.render"]
)
def test_causes_that_no_server_gave_have_words_too(cause: str, meanings: Meanings) -> None:
    found = meanings.of(cause)
    assert found.title
    assert "does not know" not in found.title


def test_the_card_in_the_rail_follows_the_run() -> None:
    card = rail.card_of(view(left=24 * 60), Phase.SENDING)
    assert card is not None
    assert (card.name, card.share, card.left) == ("Autumn", 0.4, "24 minutes left")
    needs = rail.card_of(view(alive=False, interrupted=True), Phase.INTERRUPTED)
    assert needs is not None
    assert needs.color == "badFill"
    assert rail.card_of(view(), Phase.DONE) is None


def test_times_are_told_as_people_say_them() -> None:
    today = date(2026, 11, 24)
    stamp = datetime(2026, 11, 24, 14, 31).timestamp()
    assert words.moment(stamp, today) == "14:31"
    assert words.moment(stamp + 86400, today) == "tomorrow 14:31"
    assert words.moment(stamp - 86400, today) == "yesterday 14:31"
    assert words.moment(stamp + 9 * 86400, today) == "Dec 3, 2026 14:31"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "1 second"),
        (44, "44 seconds"),
        (60 * 24, "24 minutes"),
        (3600, "1 hour"),
        (3600 * 2 + 300, "2 hours 5 minutes"),
        (86400 * 3, "3 days"),
    ],
)
def test_durations_are_rough(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


def test_rates_are_told_by_the_minute_or_by_the_second() -> None:
    assert words.rate(0.616) == ("37", "per minute")
    assert words.rate(0.12) == ("7.2", "per minute")
    assert words.rate(8400) == ("8,400", "per second")
    assert [rate_of(rate) for rate in (0, 0.5, 0.12, 3, 13.6, 2.5, 20 / 3600)] == [
        "0/s", "30/min", "7.2/min", "3/s", "14/s", "2.5/s", "20/h",
    ]  # fmt: skip
    assert words.rate(0) == ("0", "per minute")


def test_every_stage_outcome_and_state_has_a_word() -> None:
    assert all(words.stage(stage) for stage in Stage)
    assert all(words.outcome(kind) for kind in OutcomeKind)
    assert all(words.delivery_state(state, 0)[0] for state in DeliveryState)
    assert words.delivery_state(DeliveryState.PENDING, 2) == ("Deferred", "warn")


def test_the_servers_words_are_put_together_as_it_said_them() -> None:
    assert words.said(550, "5.1.1", "No such user\nhere") == "550 5.1.1 No such user\nhere"
    assert words.said(250, "", " OK ", one_line=True) == "250 OK"
    assert words.said(0, "", "The field is empty.") == "The field is empty."


def test_a_few_among_thousands_are_seen_in_the_bar() -> None:
    parts = {color: share for share, color in bar_parts(Counts(total=100_000, accepted=99_990, rejected=10))}
    assert parts["badFill"] >= 0.008
    assert parts["okFill"] + parts["badFill"] < 1.0
    assert sum(share for share, _color in bar_parts(Counts(total=10, accepted=4, rejected=1))) == 0.5


def test_the_history_of_a_rate_keeps_twenty_minutes_and_averages_them() -> None:
    moment = [0.0]
    history = RateHistory(lambda: moment[0])
    for second in range(3000):
        moment[0] = second
        history.add(float(second >= 2400))
    assert history.seconds() == 1200
    curve = history.curve(40)
    assert len(curve) == 40
    assert (curve[0], curve[-1]) == (0.0, 1.0)


def test_a_history_nobody_fed_for_a_while_keeps_its_time_scale() -> None:
    moment = [0.0]
    history = RateHistory(lambda: moment[0])
    history.add(1.0)
    moment[0] = 60.0
    history.add(2.0)
    assert history.seconds() == pytest.approx(60.0, abs=2 * STEP)


@pytest.mark.parametrize(("code", "quoted"), [(0, ""), (550, "550 5.1.1 no such user")])
def test_a_place_for_the_servers_words_never_shows_ours(desk: Desk, code: int, quoted: str) -> None:
    """Without a code no server said it: it is a sentence of ours, such as "no answer in time"."""
    meanings = Meanings(desk)
    status, text = ("5.1.1", "no such user") if code else ("", "no answer in time")
    line = LogRow(
        *(1, 1, 1.0, "ana@example.com", 2, "office", Stage.RCPT, OutcomeKind.DEFERRED, Blame.NETWORK),
        *(code, status, text, "network.disconnected", 0.1),
    )
    person = ReportRow(
        *(1, 2, "ana@example.com", DeliveryState.PENDING, 1, None, "office", "rcpt"),
        *(code, status, text, "network.disconnected", 1.0),
    )
    in_log = next(column for column in log_columns(meanings) if column.key == "words")
    in_people = next(column for column in people_columns(meanings) if column.key == "words")
    assert in_log.value(line).strip("\u2068\u2069\u200e\u2066") == quoted.removeprefix("550 5.1.1 ")
    assert in_people.value(person).strip("\u2068\u2069\u200e\u2066") == quoted
    assert log_cells(line, meanings)[6] == quoted.removeprefix("550 5.1.1 ")
    assert people_cells(person, meanings)[6] == quoted


def test_a_run_that_was_cut_off_says_why_where_that_is_known(meanings: Meanings) -> None:
    cut = view(alive=False, interrupted=True, cut_off="worker.killed")
    assert "another program or a person ended the process" in told(cut, meanings).body
    unseen = view(alive=False, interrupted=True, cut_off="worker.gone")
    assert told(unseen, meanings).body.startswith("Nothing is lost")


@pytest.mark.parametrize(
    ("code", "title"),
    [
        ("workspace.read-only", "The disk with the workspace became read-only"),
        ("workspace.unreachable", "The disk with the workspace does not answer"),
        ("workspace.slow", "The disk with the workspace does not answer"),
    ],
)
def test_a_disk_that_takes_nothing_is_said_with_what_helps(meanings: Meanings, code: str, title: str) -> None:
    notice = told(view(trouble=code, trouble_hint="Look after it."), meanings)
    assert notice.title == title
    assert notice.body.startswith("Look after it. Nothing more is sent until")


def test_one_person_waits_and_several_wait() -> None:
    assert [words.still_wait(count) for count in (0, 1, 2)] == [
        "0 people still wait",
        "1 person still waits",
        "2 people still wait",
    ]
