from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from smtpdesk.base.errors import Cancelled, InputError
from smtpdesk.domain.delivery import Counts, DeliveryState, Outcome, OutcomeKind, Reply, Result, Stage
from smtpdesk.domain.recipient import Recipient, RowState, Suppression
from smtpdesk.store import Recovery, Workspace, claiming
from tests.store.making import a_run, people, person, planned, result


def states(store: Workspace, run: str = "run-1") -> list[str]:
    return [row.state.value for row in store.ledger.report(run)]


# Planning


def test_a_plan_holds_every_recipient_once_in_order(store: Workspace) -> None:
    store.runs.create(a_run())
    rows = [
        (person(0), ""),
        (person(1), "suppressed"),
        (Recipient("USER0@example.com", {"email": "again"}, 9), ""),
        (person(2), ""),
        (Recipient("user1@EXAMPLE.com", {"email": "again"}, 10), ""),
        (Recipient("broken", {"email": "broken"}, 11, RowState.INVALID, "No @ in it."), ""),
        (person(3), "sent-before"),
        (person(4), ""),
    ]
    told: list[int] = []
    assert store.ledger.plan("run-1", rows, progress=told.append) == 6
    assert told == [6]
    report = list(store.ledger.report("run-1"))
    assert [(row.address, row.state.value, row.cause) for row in report] == [
        ("user0@example.com", "pending", ""),
        ("user1@example.com", "skipped", "suppressed"),
        ("user2@example.com", "pending", ""),
        ("broken", "skipped", "invalid"),
        ("user3@example.com", "skipped", "sent-before"),
        ("user4@example.com", "pending", ""),
    ]
    assert store.ledger.counts("run-1") == Counts(total=6, pending=3, skipped=3)
    assert store.ledger.skips("run-1") == {"suppressed": 1, "invalid": 1, "sent-before": 1}
    assert [claimed.seq for claimed in store.ledger.claim("run-1", "office", 9, 1.0)] == [0, 2, 5]


def test_numbers_have_no_gaps_over_many_chunks_with_duplicates(store: Workspace) -> None:
    store.runs.create(a_run())
    rows = [(person(number % 9_000), "") for number in range(12_000)]
    told: list[int] = []
    assert store.ledger.plan("run-1", iter(rows), progress=told.append) == 9_000
    assert told == [5_000, 9_000, 9_000]
    ids = store.ledger.report_ids("run-1")
    assert list(ids) == list(range(ids[0], ids[0] + 9_000))
    assert store.ledger.counts("run-1").pending == 9_000


def test_a_plan_can_be_added_to(store: Workspace) -> None:
    planned(store, 3)
    assert store.ledger.plan("run-1", [(recipient, "") for recipient in people(5)]) == 2
    assert [row.seq for row in store.ledger.claim("run-1", "office", 9, 1.0)] == [0, 1, 2, 3, 4]
    assert store.ledger.counts("run-1") == Counts(total=5, sending=5)


def test_a_cancelled_plan_leaves_nothing(store: Workspace) -> None:
    store.runs.create(a_run())
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        store.ledger.plan("run-1", [(person(n), "") for n in range(12_000)], cancelled=lambda: next(asked))
    assert store.ledger.counts("run-1") == Counts()
    assert len(store.ledger.report_ids("run-1")) == 0
    assert store.ledger.advanced("run-1") == 0
    assert store.ledger.plan("run-1", [(person(1), "")]) == 1


def test_a_source_that_fails_midway_leaves_nothing(store: Workspace) -> None:
    def source() -> Iterator[tuple[Recipient, str]]:
        for number in range(6_000):
            yield person(number), ""
        raise ZeroDivisionError

    store.runs.create(a_run())
    with pytest.raises(ZeroDivisionError):
        store.ledger.plan("run-1", source())
    assert store.ledger.counts("run-1") == Counts()


def test_a_list_of_the_workspace_can_be_planned_as_it_streams(store: Workspace) -> None:
    with store.lists.writing("Customers") as writer:
        writer.add(people(3_000))
    view = store.lists.view(store.lists.get("Customers").id)
    store.runs.create(a_run())
    assert store.ledger.plan("run-1", ((recipient, "") for recipient in view.recipients())) == 3_000


def test_an_unknown_run_is_told(store: Workspace) -> None:
    for ask in (
        lambda: store.ledger.plan("absent", []),
        lambda: store.ledger.claim("absent", "office", 1, 1.0),
        lambda: store.ledger.counts("absent"),
        lambda: list(store.ledger.report("absent")),
    ):
        with pytest.raises(InputError) as caught:
            ask()
        assert caught.value.code == "run.unknown"


# Claiming and recording


def test_a_claim_carries_all_that_is_needed_to_send(store: Workspace) -> None:
    store.runs.create(a_run())
    store.ledger.plan("run-1", [(person(7), "")], message_id=lambda address: f"<{address}>")
    (claimed,) = store.ledger.claim("run-1", "office", 5, 100.0)
    assert (claimed.seq, claimed.address, claimed.line) == (0, "user7@example.com", 9)
    assert claimed.fields == {"email": "user7@example.com", "first_name": "Ana 7"}
    assert (claimed.attempts, claimed.first_tried, claimed.message_id) == (0, None, "<user7@example.com>")
    (row,) = store.ledger.report("run-1")
    assert (row.delivery, row.state, row.profile) == (claimed.id, DeliveryState.SENDING, "office")


def test_a_deferred_delivery_comes_again_when_it_is_due_with_its_history(store: Workspace) -> None:
    run = planned(store, 1)
    (first,) = store.ledger.claim(run, "office", 1, 100.0)
    store.ledger.record(run, [result(first.id, OutcomeKind.DEFERRED, at=101.0, due=160.0, code=451)])
    assert store.ledger.counts(run) == Counts(total=1, deferred=1)
    assert store.ledger.next_due(run) == 160.0
    assert store.ledger.claim(run, "office", 1, 159.9) == []
    (second,) = store.ledger.claim(run, "backup", 1, 160.0)
    assert (second.id, second.seq, second.attempts, second.first_tried) == (first.id, 0, 1, 101.0)
    store.ledger.record(run, [result(second.id, OutcomeKind.DEFERRED, at=161.0, due=900.0)])
    (third,) = store.ledger.claim(run, "office", 1, 1000.0)
    assert (third.attempts, third.first_tried) == (2, 101.0)
    store.ledger.record(run, [result(third.id, at=1001.0)])
    assert store.ledger.counts(run) == Counts(total=1, accepted=1)
    assert store.ledger.next_due(run) is None
    (row,) = store.ledger.report(run)
    assert (row.attempts, row.profile, row.text, row.updated_at, row.due) == (3, "office", "Ok", 1001.0, None)


def test_second_tries_and_first_ones_share_a_claim_the_earliest_due_first(store: Workspace) -> None:
    run = planned(store, 20)
    held = store.ledger.claim(run, "office", 8, 100.0)
    results = [result(one.id, OutcomeKind.DEFERRED, at=101.0, due=300.0 - index) for index, one in enumerate(held)]
    assert [one.seq for one in store.ledger.step(run, "office", results, 4, 110.0)] == [8, 9, 10, 11]
    assert [one.seq for one in store.ledger.claim(run, "office", 4, 1000.0)] == [7, 6, 12, 13]
    assert [one.seq for one in store.ledger.claim(run, "office", 20, 1000.0)] == [5, 4, 3, 2, 1, 0, *range(14, 20)]


def test_one_step_records_and_claims_and_advances_the_counter_once(store: Workspace) -> None:
    run = planned(store, 6)
    before = store.ledger.advanced(run)
    held = store.ledger.step(run, "office", [], 2, 100.0)
    kinds = [OutcomeKind.ACCEPTED, OutcomeKind.REJECTED]
    more = store.ledger.step(run, "office", [result(a.id, k) for a, k in zip(held, kinds, strict=True)], 3, 100.0)
    assert [one.seq for one in more] == [2, 3, 4]
    assert store.ledger.counts(run) == Counts(total=6, accepted=1, rejected=1, sending=3, pending=1)
    assert store.ledger.advanced(run) == before + 2
    assert store.ledger.step(run, "office", [], 0, 100.0) == []
    assert store.ledger.advanced(run) == before + 2


def test_a_result_for_a_row_that_is_not_being_sent_changes_nothing(
    store: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    run = planned(store, 3)
    other = planned(store, 1, "run-2")
    (foreign,) = store.ledger.claim(other, "office", 1, 1.0)
    (first, second) = store.ledger.claim(run, "office", 2, 100.0)
    third = second.id + 1
    store.ledger.record(run, [result(first.id)])
    late = [
        result(first.id, OutcomeKind.REJECTED, text="late"),
        result(third, OutcomeKind.ACCEPTED),
        result(foreign.id, OutcomeKind.ACCEPTED),
        result(12345),
        result(second.id, OutcomeKind.UNCERTAIN, text="first word"),
        result(second.id, OutcomeKind.ACCEPTED, text="second word"),
    ]
    store.ledger.record(run, late)
    assert states(store) == ["accepted", "uncertain", "pending"]
    assert states(store, other) == ["sending"]
    assert [row.text for row in store.ledger.log(run)] == ["Ok", "first word"]
    assert store.ledger.counts(run) == Counts(total=3, accepted=1, uncertain=1, pending=1)
    assert "5 results" in caplog.text


def test_a_released_delivery_is_as_if_never_claimed(store: Workspace) -> None:
    run = planned(store, 2)
    before = list(store.ledger.report(run))
    (first, second) = store.ledger.claim(run, "office", 2, 100.0)
    store.ledger.release(run, [first.id])
    assert next(store.ledger.report(run)) == before[0]
    store.ledger.record(run, [result(second.id)])
    store.ledger.release(run, [first.id, second.id, 99])
    assert states(store) == ["pending", "accepted"]
    assert store.ledger.counts(run) == Counts(total=2, pending=1, accepted=1)
    assert [one.id for one in store.ledger.claim(run, "office", 2, 100.0)] == [first.id]


def test_a_released_second_try_keeps_its_due_time(store: Workspace) -> None:
    run = planned(store, 1)
    (held,) = store.ledger.claim(run, "office", 1, 100.0)
    store.ledger.record(run, [result(held.id, OutcomeKind.DEFERRED, due=500.0)])
    store.ledger.claim(run, "office", 1, 600.0)
    store.ledger.release(run, [held.id])
    assert store.ledger.next_due(run) == 500.0
    assert store.ledger.counts(run) == Counts(total=1, deferred=1)


def test_a_postponed_delivery_waits_for_its_time_and_still_counts_as_never_tried(store: Workspace) -> None:
    run = planned(store, 6)
    held = store.ledger.claim(run, "office", 4, 100.0)
    store.ledger.record(run, [result(held[3].id, OutcomeKind.DEFERRED, at=101.0, due=150.0)])
    postponed = {held[0].id: 500.0, held[1].id: 400.0, held[3].id: 1.0, 99: 1.0}
    store.ledger.release(run, [one.id for one in held], postponed)
    assert store.ledger.counts(run) == Counts(total=6, pending=5, deferred=1)
    assert [row.line for row in store.ledger.report(run, states=["pending"])] == [2, 3, 4, 6, 7]
    assert [row.line for row in store.ledger.report(run, states=["deferred"])] == [5]
    assert sum(group.people for group in store.ledger.causes(run)) == 1
    assert [one.seq for one in store.ledger.claim(run, "office", 9, 399.0)] == [3, 2, 4, 5]
    assert store.ledger.next_due(run) == 400.0
    assert store.ledger.retry(run, ["deferred"]) == 0
    again = store.ledger.claim(run, "office", 9, 500.0)
    assert [(one.seq, one.attempts, one.first_tried) for one in again] == [(1, 0, None), (0, 0, None)]
    store.ledger.release(run, [one.id for one in again], {again[0].id: -5.0})
    assert [one.seq for one in store.ledger.claim(run, "office", 9, 500.0)] == [1, 0]
    store.ledger.record(run, [result(one.id) for one in again])
    assert store.ledger.counts(run) == Counts(total=6, sending=4, accepted=2)


def test_postponed_deliveries_share_a_claim_with_fresh_ones(store: Workspace) -> None:
    run = planned(store, 12)
    held = store.ledger.claim(run, "office", 6, 100.0)
    store.ledger.release(run, [one.id for one in held], {one.id: 200.0 for one in held})
    assert [one.seq for one in store.ledger.claim(run, "office", 4, 199.0)] == [6, 7, 8, 9]
    assert [one.seq for one in store.ledger.claim(run, "office", 2, 200.0)] == [0, 10]
    assert [one.seq for one in store.ledger.claim(run, "office", 9, 200.0)] == [1, 2, 3, 4, 5, 11]


def test_times_are_kept_to_the_last_digit(store: Workspace) -> None:
    run = planned(store, 1)
    (held,) = store.ledger.claim(run, "office", 1, 1.0)
    store.ledger.record(run, [result(held.id, OutcomeKind.DEFERRED, at=1764000000.1234567, due=5.0)])
    (again,) = store.ledger.claim(run, "office", 1, 10.0)
    assert again.first_tried == 1764000000.1234567


def test_two_workers_never_hold_the_same_delivery(store: Workspace) -> None:
    run = planned(store, 100)
    with Workspace.open(store.folder) as other:
        mine, theirs = [], []
        while batch := store.ledger.claim(run, "office", 7, 1.0):
            mine += [one.id for one in batch]
            theirs += [one.id for one in other.ledger.claim(run, "backup", 5, 1.0)]
    assert len(mine) + len(theirs) == len({*mine, *theirs}) == 100


def test_workers_that_claim_at_the_same_time_wait_for_each_other(store: Workspace) -> None:
    run = planned(store, 300)
    taken: dict[str, list[int]] = {"office": [], "backup": []}
    start = threading.Barrier(2)

    def work(worker: Workspace, profile: str) -> None:
        start.wait(20)
        held = worker.ledger.claim(run, profile, 3, 1.0)
        while held:
            taken[profile] += [one.id for one in held]
            held = worker.ledger.step(run, profile, [result(one.id) for one in held], 3, 1.0)

    with Workspace.open(store.folder) as other, ThreadPoolExecutor(2) as threads:
        jobs = [threads.submit(work, store, "office"), threads.submit(work, other, "backup")]
        for job in jobs:
            job.result(60)
    assert sorted(taken["office"] + taken["backup"]) == list(store.ledger.report_ids(run))
    assert store.ledger.counts(run) == Counts(total=300, accepted=300)


def test_suppressions_are_written_with_the_results_that_cause_them(store: Workspace) -> None:
    run = planned(store, 1)
    (held,) = store.ledger.claim(run, "office", 1, 1.0)
    gone = Suppression(held.address, "550 no such user", 5.0, "worker")
    store.ledger.record(run, [result(held.id, OutcomeKind.REJECTED)], suppress=[gone])
    assert store.suppressions.all() == [gone]


def test_words_of_a_server_that_are_no_unicode_or_very_long_are_kept_as_far_as_possible(store: Workspace) -> None:
    run = planned(store, 1)
    (held,) = store.ledger.claim(run, "office", 1, 1.0)
    words = "caf\udce9 \0" + "x" * 5_000
    outcome = Outcome(OutcomeKind.REJECTED, Stage.RCPT, reply=Reply(550, words))
    store.ledger.record(run, [Result(held.id, outcome, "office", 2.0)])
    (row,) = store.ledger.log(run)
    assert row.text.startswith("caf? \ufffdxxx")
    assert row.text.endswith("x…")
    assert len(row.text) == 4_000


# After a crash


def test_after_a_crash_each_delivery_goes_where_its_flag_says(store: Workspace) -> None:
    run = planned(store, 7)
    store.ledger.claim(run, "office", 6, 100.0)
    asked: list[int] = []

    def begun(seq: int) -> int:
        asked.append(seq)
        return [0, 1, 2, 3, 4, 0][seq]

    assert store.ledger.recover(run, begun) == Recovery(pending=2, uncertain=1, accepted=1, deferred=1, rejected=1)
    assert asked == [0, 1, 2, 3, 4, 5]
    assert states(store) == ["pending", "uncertain", "accepted", "pending", "rejected", "pending", "pending"]
    assert store.ledger.counts(run) == Counts(total=7, pending=3, uncertain=1, accepted=1, deferred=1, rejected=1)
    written = [(row.line, row.kind.value, row.cause, row.profile) for row in store.ledger.log(run)]
    assert written == [
        (3, "uncertain", "recovered.uncertain", "office"),
        (4, "accepted", "recovered.accepted", "office"),
        (5, "deferred", "recovered.deferred", "office"),
        (6, "rejected", "recovered.rejected", "office"),
    ]
    assert store.ledger.sent_since("office", 0) == 2
    again = store.ledger.claim(run, "office", 9, time.time() + 1)
    assert sorted(one.seq for one in again) == [0, 3, 5, 6]


def test_recovering_with_nothing_in_hand_changes_nothing(store: Workspace) -> None:
    run = planned(store, 2)
    before = store.ledger.advanced(run)
    assert store.ledger.recover(run, lambda seq: 1) == Recovery()
    assert store.ledger.advanced(run) == before


def test_an_unknown_flag_decides_nothing(store: Workspace) -> None:
    run = planned(store, 2)
    store.ledger.claim(run, "office", 2, 1.0)
    with pytest.raises(ValueError, match="flag 9"):
        store.ledger.recover(run, lambda seq: 9 * seq)
    assert states(store) == ["sending", "sending"]


# What a person decides


def every_state(store: Workspace, run_id: str = "run-1") -> dict[str, int]:
    """A run with a delivery in every state; their ids by state."""
    run = planned(store, 8, run_id)
    held = store.ledger.claim(run, "office", 4, 100.0)
    kinds = (OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.UNCERTAIN, OutcomeKind.DEFERRED)
    outcomes = [result(one.id, kind, due=9e12, cause=f"c.{kind.value}") for one, kind in zip(held, kinds, strict=True)]
    store.ledger.record(run, outcomes)
    store.ledger.cancel_open(run)
    store.ledger.retry(run, ["cancelled"], [held[3].id, held[3].id + 1, held[3].id + 2])
    first = held[0].id
    assert [one.seq for one in store.ledger.claim(run, "office", 1, 100.0)] == [4]
    names = ("accepted", "rejected", "uncertain", "deferred", "sending", "pending", "cancelled")
    assert store.ledger.counts(run) == Counts(8, 1, 1, 1, 1, 1, 1, 0, 2)
    return {name: first + offset for offset, name in enumerate(names)}


@pytest.mark.parametrize(
    ("kinds", "moved", "counts"),
    [
        (["rejected"], 1, Counts(8, 1, 2, 1, 1, 0, 1, 0, 2)),
        (["uncertain"], 1, Counts(8, 1, 2, 1, 1, 1, 0, 0, 2)),
        (["cancelled"], 2, Counts(8, 3, 1, 1, 1, 1, 1, 0, 0)),
        (["deferred"], 1, Counts(8, 1, 1, 1, 1, 1, 1, 0, 2)),
        (["deferred", "rejected", "uncertain", "cancelled"], 5, Counts(8, 3, 3, 1, 1, 0, 0, 0, 0)),
        ([], 0, Counts(8, 1, 1, 1, 1, 1, 1, 0, 2)),
    ],
)
def test_a_person_sends_again_what_they_chose(store: Workspace, kinds: list[str], moved: int, counts: Counts) -> None:
    every_state(store)
    assert store.ledger.retry("run-1", kinds) == moved
    assert store.ledger.counts("run-1") == counts


def test_what_is_sent_again_is_due_at_once_and_its_time_to_give_up_begins_anew(store: Workspace) -> None:
    run = planned(store, 2)
    (first, second) = store.ledger.claim(run, "office", 2, 100.0)
    store.ledger.record(
        run, [result(first.id, OutcomeKind.REJECTED), result(second.id, OutcomeKind.DEFERRED, due=9e12)]
    )
    assert store.ledger.claim(run, "office", 2, time.time()) == []
    assert store.ledger.retry(run, ["deferred", "rejected"]) == 2
    claimed = {one.id: one for one in store.ledger.claim(run, "office", 2, time.time())}
    assert (claimed[first.id].attempts, claimed[first.id].first_tried) == (1, None)
    assert (claimed[second.id].attempts, claimed[second.id].first_tried) == (1, 2000.0)


def test_only_the_chosen_deliveries_are_sent_again(store: Workspace) -> None:
    run = planned(store, 2_500)
    held = store.ledger.claim(run, "office", 2_500, 1.0)
    store.ledger.record(run, [result(one.id, OutcomeKind.REJECTED) for one in held])
    chosen = [one.id for one in held[::2]]
    assert store.ledger.retry(run, {"rejected"}, [*chosen, *chosen, 5]) == 1_250
    assert store.ledger.counts(run) == Counts(total=2_500, deferred=1_250, rejected=1_250)


def test_accepted_deliveries_cannot_be_sent_again(store: Workspace) -> None:
    ids = every_state(store)
    with pytest.raises(ValueError, match="accepted"):
        store.ledger.retry("run-1", ["accepted", "rejected"])
    assert store.ledger.retry("run-1", ["rejected", "uncertain", "cancelled", "deferred"], [ids["accepted"]]) == 0
    assert store.ledger.decide("run-1", [ids["accepted"]], False) == 0
    assert states(store)[0] == "accepted"


@pytest.mark.parametrize(("accepted", "state"), [(True, "accepted"), (False, "rejected")])
def test_a_person_decides_about_uncertain_deliveries_and_the_log_says_so(
    store: Workspace, accepted: bool, state: str
) -> None:
    ids = every_state(store)
    sent = store.ledger.sent_since("office", 0)
    assert store.ledger.decide("run-1", list(ids.values()), accepted) == 1
    assert states(store)[2] == state
    last = store.ledger.log("run-1")[-1]
    assert (last.delivery, last.kind.value, last.cause, last.profile) == (
        ids["uncertain"],
        state,
        f"decided.{state}",
        "",
    )
    assert store.ledger.sent_since("office", 0) == sent
    assert store.ledger.decide("run-1", None, accepted) == 0


def test_cancelling_leaves_alone_what_a_worker_holds(store: Workspace) -> None:
    ids = every_state(store)
    assert store.ledger.cancel_open("run-1") == 2
    assert store.ledger.counts("run-1") == Counts(8, 0, 0, 1, 1, 1, 1, 0, 4)
    store.ledger.record("run-1", [result(ids["sending"])])
    assert store.ledger.counts("run-1") == Counts(8, 0, 0, 0, 2, 1, 1, 0, 4)


def test_what_is_done_with_one_run_leaves_the_others_alone(store: Workspace) -> None:
    every_state(store, "run-1")
    every_state(store, "run-2")
    before = list(store.ledger.report("run-2"))
    store.ledger.decide("run-1", None, False)
    store.ledger.retry("run-1", ["deferred", "rejected", "uncertain", "cancelled"])
    store.ledger.cancel_open("run-1")
    store.ledger.recover("run-1", lambda seq: 1)
    store.ledger.release("run-1", [row.delivery for row in before])
    assert store.ledger.counts("run-1") == Counts(8, 0, 0, 0, 1, 0, 1, 0, 6)
    assert list(store.ledger.report("run-2")) == before


def test_every_change_advances_the_counter_and_stamps_its_rows(store: Workspace) -> None:
    ids = every_state(store)
    before = store.ledger.advanced("run-1")
    store.ledger.decide("run-1", None, True)
    assert store.ledger.advanced("run-1") == before + 1
    with store._database.reading() as connection:
        stamped = connection.exec_driver_sql("SELECT id FROM deliveries WHERE changed > ?", (before,)).scalars().all()
    assert stamped == [ids["uncertain"]]


# What it costs


@pytest.mark.parametrize("part", ["_FRESH", "_AGAIN", "_LAST"])
def test_claiming_walks_an_index_of_pending_rows_and_sorts_nothing(store: Workspace, part: str) -> None:
    with store._database.reading() as connection:
        steps = getattr(claiming, part).plan(connection, {"of_run": 1, "most": 10, "at": 5.0})
    assert any("deliveries USING INDEX deliveries_pending" in step for step in steps)
    assert not any("TEMP B-TREE" in step or step.startswith("SCAN deliveries") for step in steps)


def test_what_was_put_off_untried_is_due_at_once_when_limits_change(store: Workspace) -> None:
    run = planned(store, 3)
    put_off, tried, _fresh = store.ledger.claim(run, "office", 3, 100.0)
    store.ledger.record(run, [result(tried.id, OutcomeKind.DEFERRED, at=101.0, due=9000.0, code=451)])
    store.ledger.release(run, [put_off.id, _fresh.id], due={put_off.id: 9000.0})
    assert len(store.ledger.claim(run, "office", 9, 200.0)) == 1
    assert store.ledger.recall(run, 200.0) == 1
    assert [one.id for one in store.ledger.claim(run, "office", 9, 200.0)] == [put_off.id]
    assert store.ledger.counts(run).deferred == 1, "what the server has put off keeps its time"
