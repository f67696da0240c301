from __future__ import annotations

from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.domain.delivery import LaneInfo, LaneState, OutcomeKind, RunState, Wanted
from smtpdesk.domain.profile import Identity, Limits, Profile, Relay, Security
from smtpdesk.store import Workspace
from tests.store.making import a_run, people, planned, result

OFFICE = Profile(
    "office",
    Relay("smtp.example.com", 465, Security.TLS, ca_file="/ca.pem", allow_plain_password=True),
    Identity("Ana Pérez <ana@example.com>", "bounces@example.com", "desk.example.com"),
    "ana",
    Limits(3, 14, 60.0, 2000),
    "gmail",
)


# Profiles


def test_a_profile_comes_back_as_it_was_saved(store: Workspace) -> None:
    store.profiles.save(OFFICE)
    row = store.profiles.get("office")
    assert row.profile == OFFICE
    assert (row.tested_at, row.test_ok, row.test_note) == (None, None, "")


def test_profiles_are_listed_by_name_whatever_the_case(store: Workspace) -> None:
    for name in ("zoe", "Ana", "berta"):
        store.profiles.save(Profile(name, Relay("h", 25)))
    assert [row.profile.name for row in store.profiles.all()] == ["Ana", "berta", "zoe"]


def test_a_test_counts_until_the_account_changes(store: Workspace) -> None:
    store.profiles.save(OFFICE)
    store.profiles.tested("office", True, "Signed in.")
    faster = Profile("office", OFFICE.relay, OFFICE.identity, "ana", Limits(9), "gmail")
    store.profiles.save(faster)
    row = store.profiles.get("office")
    assert row.profile.limits == Limits(9)
    assert row.test_ok is True
    assert row.test_note == "Signed in."
    assert row.tested_at is not None
    store.profiles.save(Profile("office", OFFICE.relay, OFFICE.identity, "berta"))
    assert store.profiles.get("office").test_ok is None


def test_a_renamed_profile_keeps_its_test_and_what_was_sent_through_it(store: Workspace) -> None:
    store.profiles.save(OFFICE)
    store.profiles.tested("office", True, "Signed in.")
    run = planned(store, 2)
    held = store.ledger.claim(run, "office", 2, 10.0)
    store.ledger.record(run, [result(delivery.id) for delivery in held])
    renamed = Profile("bureau", OFFICE.relay, OFFICE.identity, "ana", OFFICE.limits, "gmail")
    store.profiles.save(renamed, was="office")
    assert [row.profile for row in store.profiles.all()] == [renamed]
    assert store.profiles.get("bureau").test_ok is True
    assert store.ledger.sent_since("bureau", 0) == 2
    assert store.ledger.sent_since("office", 0) == 0


def test_a_profile_that_sends_keeps_its_name_and_a_paused_run_follows_the_new_one(store: Workspace) -> None:
    store.profiles.save(OFFICE)
    run = planned(store, 2)
    store.runs.set_profiles(run, ["office", "backup"])
    store.runs.set_state(run, RunState.RUNNING)
    store.runs.set_lanes(run, [LaneInfo("office", LaneState.SENDING, "", 1, 0, 0.0)])
    renamed = Profile("bureau", OFFICE.relay, OFFICE.identity, "ana", OFFICE.limits, "gmail")
    with pytest.raises(InputError) as caught:
        store.profiles.save(renamed, was="office")
    assert caught.value.code == "profile.in-use"
    store.runs.set_state(run, RunState.PAUSED)
    store.profiles.save(renamed, was="office")
    assert store.runs.get(run).profiles == ("bureau", "backup")


def test_a_profile_cannot_take_the_name_of_another_or_of_nothing(store: Workspace) -> None:
    store.profiles.save(OFFICE)
    other = Profile("other", Relay("h", 25))
    store.profiles.save(other)
    for profile, was, code in (
        (Profile("office", Relay("x", 25)), "other", "profile.exists"),
        (Profile("new", Relay("x", 25)), "absent", "profile.unknown"),
        (Profile(" ", Relay("x", 25)), None, "profile.name"),
    ):
        with pytest.raises(InputError) as caught:
            store.profiles.save(profile, was=was)
        assert caught.value.code == code
    assert [row.profile for row in store.profiles.all()] == [OFFICE, other]


def test_a_removed_profile_is_unknown(store: Workspace) -> None:
    store.profiles.save(OFFICE)
    store.profiles.remove("office")
    store.profiles.remove("office")
    with pytest.raises(InputError) as caught:
        store.profiles.get("office")
    assert caught.value.code == "profile.unknown"


# Campaigns and settings


def test_campaigns_are_remembered_last_opened_first(store: Workspace, tmp_path: Path) -> None:
    store.campaigns.remember(tmp_path / "a", "A")
    store.campaigns.remember(tmp_path / "b", "B")
    store.campaigns.remember(tmp_path / "a", "A, renamed")
    assert [(row.folder.name, row.name) for row in store.campaigns.all()] == [("a", "A, renamed"), ("b", "B")]
    store.campaigns.forget(tmp_path / "a")
    assert [row.name for row in store.campaigns.all()] == ["B"]


@pytest.mark.parametrize("value", [None, True, 7, 1.5, "café", [1, [2]], {"a": {"b": None}}])
def test_a_setting_holds_any_small_value(store: Workspace, value: object) -> None:
    store.settings.set("key", "before")
    store.settings.set("key", value)
    assert store.settings.get("key", "default") == value


def test_a_setting_that_is_not_there_has_its_default(store: Workspace) -> None:
    assert store.settings.get("absent") is None
    assert store.settings.get("absent", 3) == 3


# Suppressions


def test_suppressed_addresses_and_domains_match_whatever_the_case(store: Workspace) -> None:
    assert store.suppressions.add(["Ana@Example.com", "@bücher.example", "spam.example"], "asked", "person") == 3
    matches = store.suppressions.matcher()
    for address, expected in (
        ("ana@example.com", True),
        ("ANA@EXAMPLE.COM", True),
        ("berta@example.com", False),
        ("x@xn--bcher-kva.example", True),
        ("x@spam.example", True),
        ("x@sub.spam.example", False),
        ("x@notspam.example", False),
    ):
        assert store.suppressions.contains(address) is expected, address
        assert matches(address) is expected, address


def test_the_first_reason_of_a_suppression_stays(store: Workspace) -> None:
    assert store.suppressions.add(["a@example.com"], "asked by mail") == 1
    assert store.suppressions.add(["A@example.com", "b@example.com"], "bounced", "worker") == 1
    (first, second) = store.suppressions.all()
    assert (first.target, first.reason, first.source) == ("a@example.com", "asked by mail", "")
    assert (second.target, second.reason, second.source) == ("b@example.com", "bounced", "worker")
    assert second.since >= first.since > 0


def test_a_suppression_can_be_lifted(store: Workspace) -> None:
    store.suppressions.add(["a@example.com", "@example.org"], "asked")
    assert store.suppressions.remove("A@example.com", "c@example.com") == 1
    assert store.suppressions.matcher()("a@example.com") is False
    assert store.suppressions.matcher()("a@example.org") is True


def test_one_wrong_target_leaves_all_suppressions_as_they_were(store: Workspace) -> None:
    with pytest.raises(InputError) as caught:
        store.suppressions.add(["a@example.com", "no such thing"], "asked")
    assert caught.value.code == "suppression.target"
    assert store.suppressions.all() == []


# Runs


def test_a_run_comes_back_as_it_was_made(store: Workspace) -> None:
    run = a_run(folder="/campaigns/verano")
    store.runs.create(run)
    assert store.runs.get("run-1") == run
    with pytest.raises(InputError) as caught:
        store.runs.get("run-2")
    assert caught.value.code == "run.unknown"


def test_the_latest_run_is_found_by_folder_content_and_purpose(store: Workspace) -> None:
    for run_id, folder, digest, purpose in (
        ("one", "/a", "d1", "campaign"),
        ("two", "/a", "d2", "campaign"),
        ("three", "/b", "d1", "campaign"),
        ("four", "/a", "d1", "test"),
    ):
        store.runs.create(a_run(run_id, folder=folder, digest=digest, purpose=purpose))
    assert [run.id for run in store.runs.all()] == ["four", "three", "two", "one"]

    def latest(*question: str | None) -> str | None:
        found = store.runs.latest(Path(question[0] or ""), *question[1:])
        return found.id if found else None

    assert latest("/a") == "four"
    assert latest("/a", None, "campaign") == "two"
    assert latest("/a", "d1", "campaign") == "one"
    assert latest("/b") == "three"
    assert latest("/b", "d2") is None


def test_a_run_is_stamped_as_it_starts_and_ends(store: Workspace) -> None:
    store.runs.create(a_run())
    store.runs.set_state("run-1", RunState.RUNNING)
    started = store.runs.get("run-1").started_at
    assert started is not None
    store.runs.set_state("run-1", RunState.STOPPED, "A person stopped it.")
    stopped = store.runs.get("run-1")
    assert (stopped.state, stopped.note, stopped.started_at) == (RunState.STOPPED, "A person stopped it.", started)
    assert stopped.finished_at is not None
    store.runs.set_state("run-1", RunState.RUNNING)
    again = store.runs.get("run-1")
    assert (again.note, again.started_at, again.finished_at) == ("", started, None)
    with pytest.raises(InputError):
        store.runs.set_state("absent", RunState.DONE)


def test_what_is_wanted_and_the_sign_of_life_are_seen_by_another_process(store: Workspace) -> None:
    store.runs.create(a_run())
    with Workspace.open(store.folder) as other:
        assert other.runs.wanted("run-1") is Wanted.RUN
        store.runs.set_wanted("run-1", Wanted.PAUSE)
        assert other.runs.wanted("run-1") is Wanted.PAUSE
        store.runs.seen("run-1", 1234.5)
        assert other.runs.get("run-1").seen_at == 1234.5
        store.runs.seen("run-1", None)
        assert other.runs.get("run-1").seen_at is None
    with pytest.raises(InputError):
        store.runs.wanted("absent")


def test_the_profiles_of_a_run_can_change(store: Workspace) -> None:
    store.runs.create(a_run())
    store.runs.set_profiles("run-1", ["backup"])
    assert store.runs.get("run-1").profiles == ("backup",)


def test_lanes_are_replaced_as_a_whole_and_keep_their_order(store: Workspace) -> None:
    store.runs.create(a_run())
    store.runs.create(a_run("run-2"))
    store.runs.set_lanes("run-2", [LaneInfo("other", "sending")])
    store.runs.set_lanes(
        "run-1", [LaneInfo("z", "sending", "", 2, 10, 1.5), LaneInfo("a", "paused", "Wrong password.")]
    )
    after = [LaneInfo("y", "sending", "", 1, 4, 0.5), LaneInfo("b", "waiting", "Daily limit.", 0, 2000, 0.0)]
    store.runs.set_lanes("run-1", after)
    assert store.runs.lanes("run-1") == after
    store.runs.set_lanes("run-1", [])
    assert store.runs.lanes("run-1") == []
    assert [lane.profile for lane in store.runs.lanes("run-2")] == ["other"]


def test_who_has_this_content_already_is_known_over_all_earlier_runs(store: Workspace) -> None:
    first = planned(store, 5)
    held = store.ledger.claim(first, "office", 4, 10.0)
    kinds = (OutcomeKind.ACCEPTED, OutcomeKind.REJECTED, OutcomeKind.UNCERTAIN)
    store.ledger.record(first, [result(one.id, kind) for one, kind in zip(held, kinds, strict=False)])
    other = planned(store, 5, "run-2", digest="d2")
    store.ledger.record(other, [result(one.id) for one in store.ledger.claim(other, "office", 5, 10.0)])
    store.runs.create(a_run("run-3", purpose="test"))
    store.ledger.plan("run-3", [(people(8)[7], "")])
    store.ledger.record("run-3", [result(one.id) for one in store.ledger.claim("run-3", "office", 1, 10.0)])
    # the fourth is still in the hands of a worker: that is no proof of anything, and the claim asks again
    assert store.runs.accepted_before("d1") == {"user0@example.com", "user2@example.com"}
    assert store.runs.accepted_before("d3") == set()
