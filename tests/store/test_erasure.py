"""Deleting runs and people: gone from the files, known again by the guard against sending twice, counted as before."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smtpdesk.base.clock import now
from smtpdesk.base.errors import InputError
from smtpdesk.domain.delivery import LaneChange, LaneEvent, OutcomeKind, RunState
from smtpdesk.domain.recipient import Recipient
from smtpdesk.store import Workspace
from smtpdesk.store.erasure import COUNTS_FOR
from tests.store.making import a_run, people, planned, result


def sent(store: Workspace, run: str, at: float = 5.0) -> None:
    """Everybody but the last two, of whom one is rejected and one stays pending."""
    claimed = store.ledger.claim(run, "office", 4, at)
    kinds = [OutcomeKind.ACCEPTED, OutcomeKind.ACCEPTED, OutcomeKind.UNCERTAIN, OutcomeKind.REJECTED]
    store.ledger.record(run, [replace(result(one.id, kind), at=at) for one, kind in zip(claimed, kinds, strict=True)])


def in_files(store: Workspace, words: str) -> list[str]:
    files = [file for file in store.folder.rglob("*") if file.is_file()]
    return sorted(file.name for file in files if words.encode() in file.read_bytes().lower())


def test_a_deleted_run_is_in_no_list_and_its_people_are_in_no_file(store: Workspace) -> None:
    run = planned(store, 300)
    sent(store, run)
    assert in_files(store, "user2@example.com"), "it was there"
    store.erasure.erase_run(run)
    assert store.erasure.scrub()
    assert in_files(store, "user2") == [] and in_files(store, "ana 299") == []
    assert store.runs.all() == [] and store.runs.at_work() == []
    assert store.runs.latest("/campaigns/spring") is None
    with pytest.raises(InputError):
        store.runs.get(run)
    assert store.runs.of_content("d1") == 1, "the next run gets a name of its own"


def test_who_had_a_deleted_run_does_not_get_the_campaign_again(store: Workspace) -> None:
    run = planned(store, 5)
    sent(store, run)
    store.erasure.erase_run(run)
    second = planned(store, 5, "run-2", "d1")
    assert [one.address for one in store.ledger.claim(second, "office", 9, 9.0)] == [
        "user3@example.com",
        "user4@example.com",
    ], "the rejected one and the one who was not reached"
    assert store.ledger.skips(second) == {"sent-before": 3}
    before = store.runs.accepted_before("d1")
    assert "user0@example.com" in before and "user4@example.com" not in before
    other = planned(store, 5, "run-3", "another message")
    assert len(store.ledger.claim(other, "office", 9, 9.0)) == 5, "another campaign is no matter"


def test_the_audience_of_a_list_knows_whom_a_deleted_run_reached(store: Workspace) -> None:
    run = planned(store, 5)
    sent(store, run)
    with store.lists.writing("Customers") as writer:
        writer.add(people(6))
    assert writer.info is not None
    audience = store.runs.audience(writer.info.id, "d1")
    assert (audience.ready, audience.same, audience.new) == (6, 3, 3)
    store.erasure.erase_person("user5@example.com")
    assert store.runs.audience(writer.info.id, "d1").ready == 5
    assert store.lists.get("Customers").set_aside == 1
    assert in_files(store, "user4@example") != []


def test_what_a_profile_sent_counts_towards_its_limits_after_the_deletion(store: Workspace) -> None:
    run = planned(store, 5)
    at = now()
    sent(store, run, at)
    store.erasure.erase_run(run)
    assert store.ledger.sent_since("office", at - 1) == 3
    assert store.erasure.purge() == 0
    old = planned(store, 5, "run-2", "d2")
    sent(store, old, at - COUNTS_FOR - 60)
    store.erasure.erase_run(old)
    assert store.ledger.sent_since("office", 0) == 3, "what counts for no limit is gone at once"


def test_one_person_is_erased_everywhere_and_the_counts_stay(store: Workspace) -> None:
    run = planned(store, 5)
    sent(store, run)
    store.performance.add(
        events=[LaneEvent(run, "office", 5.0, LaneChange.SLOWER, said="450 USER0@example.com is busy")]
    )
    store.settings.set("test.to", {"last": "user0@example.com"})
    store.suppressions.add(["user0@example.com"], "asked")
    counts = store.ledger.counts(run)
    assert store.erasure.find_person("user0@example.com").deliveries == 1
    erased = store.erasure.erase_person("user0@example.com")
    assert erased.deliveries == 1
    store.erasure.scrub()
    assert store.ledger.counts(run) == counts
    assert [entry.target for entry in store.suppressions.all()] == ["user0@example.com"]
    store.suppressions.remove("user0@example.com")
    store.erasure.scrub()
    assert in_files(store, "user0@example") == []
    assert in_files(store, "user1@example") != []
    assert next(iter(store.ledger.report(run))).address == "(erased)"
    again = planned(store, 5, "run-2", "d1")
    assert "user0@example.com" not in [one.address for one in store.ledger.claim(again, "office", 9, 9.0)]


@pytest.mark.parametrize("tried", [False, True])
def test_a_delivery_that_waits_for_an_erased_person_is_skipped(store: Workspace, tried: bool) -> None:
    run = planned(store, 2)
    if tried:
        first, _second = store.ledger.claim(run, "office", 2, 5.0)
        store.ledger.record(run, [result(first.id, OutcomeKind.DEFERRED, due=9.0)])
    before = store.ledger.advanced(run)
    store.erasure.erase_person("user0@example.com")
    counts = store.ledger.counts(run)
    assert (counts.skipped, counts.total) == (1, 2)
    assert store.ledger.advanced(run) > before
    assert store.ledger.skips(run) == {"erased": 1}
    assert store.erasure.held("user1@example.com") is tried


def test_ended_runs_are_found_by_their_age(store: Workspace) -> None:
    old, open_ = planned(store, 1), planned(store, 1, "run-2")
    store.runs.set_state(old, RunState.DONE)
    assert [run.id for run in store.runs.ended_before(now() + 60)] == [old]
    assert store.runs.ended_before(now() - 60) == []
    assert store.runs.get(open_).state is RunState.PLANNED


def test_an_address_that_is_part_of_another_is_left_alone(store: Workspace) -> None:
    store.runs.create(a_run())
    rows = [Recipient("ana@example.com", {}, 1), Recipient("joana@example.com", {}, 2)]
    store.ledger.plan("run-1", [(row, "") for row in rows])
    store.erasure.erase_person("ana@example.com")
    assert [row.address for row in store.ledger.report("run-1")] == ["(erased)", "joana@example.com"]


def test_the_key_of_the_marks_is_each_workspaces_own(store: Workspace, tmp_path: Path) -> None:
    planned(store, 1)
    store.erasure.erase_person("user0@example.com")
    with Workspace.open(tmp_path / "other") as other:
        other.erasure.erase_person("user0@example.com")
        assert store.settings.get("erasure.key") != other.settings.get("erasure.key")
