from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.domain.delivery import Blame, CauseGroup, OutcomeKind, Reply, Stage
from smtpdesk.store import Workspace
from tests.store.making import people, planned, result

ACCEPTED, DEFERRED, REJECTED, UNCERTAIN = (
    OutcomeKind.ACCEPTED,
    OutcomeKind.DEFERRED,
    OutcomeKind.REJECTED,
    OutcomeKind.UNCERTAIN,
)


@pytest.fixture
def sent(store: Workspace) -> Workspace:
    """Ten deliveries: 3 accepted, 3 rejected, 2 deferred, 1 uncertain, 1 not tried."""
    run = planned(store, 10)
    held = store.ledger.claim(run, "office", 9, 100.0)
    said: Sequence[tuple[OutcomeKind, int, str, str]] = (
        (ACCEPTED, 250, "Queued as A1", "accepted"),
        (REJECTED, 550, "No such user", "recipient.unknown"),
        (ACCEPTED, 250, "Queued as A2", "accepted"),
        (DEFERRED, 451, "Greylisted, come back", "greylisted"),
        (REJECTED, 550, "Keine solche Ädresse", "recipient.unknown"),
        (REJECTED, 554, "Spam", "message.spam"),
        (DEFERRED, 451, "Greylisted, come back", "greylisted"),
        (UNCERTAIN, 0, "", "lost"),
        (ACCEPTED, 250, "Queued as A3", "accepted"),
    )
    results = [
        result(one.id, kind, at=200.0 + index, due=9000.0, code=code, text=text, cause=cause, blame=Blame.RECIPIENT)
        for index, (one, (kind, code, text, cause)) in enumerate(zip(held, said, strict=True))
    ]
    store.ledger.record(run, results)
    other = planned(store, 2, "run-2", digest="d2")
    store.ledger.record(other, [result(one.id) for one in store.ledger.claim(other, "office", 2, 1.0)])
    return store


# The log


def test_the_log_is_read_by_what_is_newer(sent: Workspace) -> None:
    first = sent.ledger.log("run-1", 0, 4)
    assert [row.text for row in first] == ["Queued as A1", "No such user", "Queued as A2", "Greylisted, come back"]
    row = first[1]
    assert (row.address, row.line, row.profile, row.stage, row.kind, row.blame) == (
        "user1@example.com",
        3,
        "office",
        Stage.BODY,
        REJECTED,
        Blame.RECIPIENT,
    )
    assert (row.code, row.enhanced, row.cause, row.seconds, row.at) == (550, "2.0.0", "recipient.unknown", 0.25, 201.0)
    rest = sent.ledger.log("run-1", first[-1].id, 100)
    assert len(rest) == 5
    assert sent.ledger.log("run-1", rest[-1].id, 100) == []
    assert len(sent.ledger.log("run-2")) == 2


@pytest.mark.parametrize(
    ("filters", "codes"),
    [
        ({"kinds": [REJECTED]}, [550, 550, 554]),
        ({"kinds": ["rejected", "uncertain"]}, [550, 550, 554, 0]),
        ({"causes": ["greylisted"]}, [451, 451]),
        ({"causes": ["greylisted", "recipient.unknown"], "kinds": [REJECTED]}, [550, 550]),
        ({"search": "USER1@"}, [550]),
        ({"search": "queued as"}, [250, 250, 250]),
        ({"search": "ÄDRESSE"}, [550]),
        ({"search": "554"}, [554]),
        ({"search": "55"}, []),
        ({"search": "such", "kinds": [ACCEPTED]}, []),
    ],
)
def test_the_log_is_filtered_alike_as_rows_and_as_ids(
    sent: Workspace, filters: dict[str, object], codes: list[int]
) -> None:
    rows = sent.ledger.log("run-1", **filters)  # type: ignore[arg-type]
    assert [row.code for row in rows] == codes
    ids = sent.ledger.log_ids("run-1", **filters)  # type: ignore[arg-type]
    assert sent.ledger.log_rows(ids) == rows
    assert sent.ledger.log_rows(ids[::-1]) == rows[::-1]


def test_the_history_of_one_delivery_can_be_read(sent: Workspace) -> None:
    (fourth,) = sent.ledger.log("run-1", search="user3@")
    sent.ledger.claim("run-1", "backup", 1, 9e9)
    sent.ledger.record("run-1", [result(fourth.delivery, at=9000.0)])
    history = sent.ledger.log("run-1", delivery=fourth.delivery)
    assert [row.kind for row in history] == [DEFERRED, ACCEPTED]
    assert len(sent.ledger.log_ids("run-1", delivery=fourth.delivery)) == 2


def test_log_rows_that_are_not_there_are_left_out(sent: Workspace) -> None:
    ids = sent.ledger.log_ids("run-1")
    assert [row.id for row in sent.ledger.log_rows([ids[2], 10**9, ids[0]])] == [ids[2], ids[0]]


# Causes


def test_causes_group_the_last_outcomes_of_what_did_not_arrive(sent: Workspace) -> None:
    groups = sent.ledger.causes("run-1")
    assert groups == [
        CauseGroup(
            "greylisted", DEFERRED, Blame.RECIPIENT, 2, 206.0, Reply(451, "Greylisted, come back", "2.0.0"), Stage.BODY
        ),
        CauseGroup(
            "recipient.unknown",
            REJECTED,
            Blame.RECIPIENT,
            2,
            204.0,
            Reply(550, "Keine solche Ädresse", "2.0.0"),
            Stage.BODY,
        ),
        CauseGroup("lost", UNCERTAIN, Blame.RECIPIENT, 1, 207.0, Reply(0, "", "2.0.0"), Stage.BODY),
        CauseGroup("message.spam", REJECTED, Blame.RECIPIENT, 1, 205.0, Reply(554, "Spam", "2.0.0"), Stage.BODY),
    ]
    counts = sent.ledger.counts("run-1")
    assert sum(group.people for group in groups) == counts.rejected + counts.uncertain + counts.deferred


def test_a_delivery_that_is_accepted_in_the_end_leaves_its_group(sent: Workspace) -> None:
    for one in sent.ledger.claim("run-1", "office", 2, 9e9):
        if one.attempts:
            sent.ledger.record("run-1", [result(one.id)])
    (group,) = [group for group in sent.ledger.causes("run-1") if group.cause == "greylisted"]
    assert group.people == 1


# The report


@pytest.mark.parametrize(
    ("chosen", "lines"),
    [
        ({}, [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]),
        ({"states": ["accepted"]}, [2, 4, 10]),
        ({"states": ["pending"]}, [11]),
        ({"states": ["deferred"]}, [5, 8]),
        ({"states": ["deferred", "pending", "accepted"]}, [2, 4, 5, 8, 10, 11]),
        ({"states": ["rejected", "uncertain"]}, [3, 6, 7, 9]),
        ({"states": ["skipped", "cancelled", "sending"]}, []),
        ({"cause": "recipient.unknown"}, [3, 6]),
        ({"search": "such user"}, [3]),
        ({"search": "user9"}, [11]),
        ({"search": "451"}, [5, 8]),
        ({"states": ["rejected"], "search": "ädresse"}, [6]),
    ],
)
def test_the_report_is_filtered_alike_as_rows_and_as_ids(
    sent: Workspace, chosen: dict[str, object], lines: list[int]
) -> None:
    rows = list(sent.ledger.report("run-1", **chosen))  # type: ignore[arg-type]
    assert [row.line for row in rows] == lines
    ids = sent.ledger.report_ids("run-1", **chosen)  # type: ignore[arg-type]
    assert sent.ledger.report_rows("run-1", ids) == rows


def test_a_report_row_says_all_there_is_to_know(sent: Workspace) -> None:
    (row,) = sent.ledger.report("run-1", search="user3@")
    assert (row.line, row.address, row.state.value, row.attempts, row.due) == (
        5,
        "user3@example.com",
        "pending",
        1,
        9000.0,
    )
    assert (row.profile, row.stage, row.code, row.text, row.cause, row.updated_at) == (
        "office",
        "body",
        451,
        "Greylisted, come back",
        "greylisted",
        203.0,
    )
    assert row.fields == {"email": "user3@example.com", "first_name": "Ana 3"}


def test_the_report_is_paged(sent: Workspace) -> None:
    assert [row.line for row in sent.ledger.report("run-1", offset=3, limit=2)] == [5, 6]
    assert [row.line for row in sent.ledger.report("run-1", offset=8)] == [10, 11]


@pytest.mark.parametrize(
    ("sort", "lines"),
    [
        ("-line", [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]),
        ("state", [2, 4, 10, 5, 8, 11, 3, 6, 7, 9]),
        ("-updated", [10, 9, 8, 7, 6, 5, 4, 3, 2, 11]),
        ("cause", [11, 2, 4, 10, 5, 8, 9, 7, 3, 6]),
    ],
)
def test_the_report_is_sorted(sent: Workspace, sort: str, lines: list[int]) -> None:
    ids = sent.ledger.report_ids("run-1", sort=sort)
    assert [row.line for row in sent.ledger.report_rows("run-1", ids)] == lines


def test_sorting_the_report_by_an_unknown_column_is_refused(sent: Workspace) -> None:
    with pytest.raises(InputError) as caught:
        sent.ledger.report_ids("run-1", sort="mood")
    assert caught.value.code == "report.unknown-column"


def test_rows_of_another_run_are_not_shown(sent: Workspace) -> None:
    assert sent.ledger.report_rows("run-1", sent.ledger.report_ids("run-2")) == []


def test_a_report_that_is_being_read_does_not_change_under_the_reader(sent: Workspace) -> None:
    rows = sent.ledger.report("run-1")
    first = next(rows)
    sent.ledger.cancel_open("run-1")
    assert "cancelled" not in {row.state.value for row in [first, *rows]}


# Sums


def test_what_a_profile_has_sent_is_counted_over_all_runs(sent: Workspace) -> None:
    assert sent.ledger.sent_since("office", 0) == 6
    assert sent.ledger.sent_since("office", 207.0) == 4
    assert sent.ledger.sent_since("office", 1e9) == 0
    assert sent.ledger.sent_since("backup", 0) == 0


def test_what_a_profile_has_sent_is_known_by_time_and_by_domain(sent: Workspace) -> None:
    # at 200, 202, 207 (uncertain) and 208 in one run, twice at 2000 in the other
    assert sent.ledger.sent_in("office", 0, 5.0) == [(200.0, 2), (205.0, 2), (2000.0, 2)]
    assert sent.ledger.sent_in("office", 202.0, 100.0) == [(200.0, 3), (2000.0, 2)]
    assert sent.ledger.sent_in("backup", 0, 5.0) == []
    assert sent.ledger.sent_to("office", 207.0) == [
        (207.0, "example.com"),
        (208.0, "example.com"),
        (2000.0, "example.com"),
        (2000.0, "example.com"),
    ]
    assert sent.ledger.sent_to("office", 1e9) == []


def test_reading_from_other_threads_while_writing(sent: Workspace) -> None:
    done = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not done.is_set():
            counts = sent.ledger.counts("run-3")
            if counts.total not in {0, 400} or (counts.total and counts.accepted + counts.open != 400):
                wrong.append(counts)

    planned(sent, 0, "run-3", digest="d3")
    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    try:
        sent.ledger.plan("run-3", [(recipient, "") for recipient in people(400)])
        held = sent.ledger.claim("run-3", "office", 20, 1.0)
        while held:
            held = sent.ledger.step("run-3", "office", [result(one.id) for one in held], 20, 1.0)
    finally:
        done.set()
        for reader in readers:
            reader.join(20)
    assert wrong == []
    assert sent.ledger.counts("run-3").accepted == 400
