from __future__ import annotations

from itertools import islice

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.domain.delivery import Counts, RunState
from smtpdesk.domain.recipient import Recipient, RowState
from smtpdesk.store import RunSource, Workspace
from tests.store.making import a_run, people, person, planned, result


def sourced(store: Workspace, rows: list[Recipient], run_id: str = "run-1", again: bool = False) -> int:
    """A run that is still to be planned from a list; the list's id."""
    with store.lists.writing("Customers", columns=("email", "first_name")) as writer:
        writer.add(rows)
    store.runs.create(a_run(run_id))
    list_id = store.lists.get("Customers").id
    store.runs.set_source(run_id, list_id, again, len(rows))
    return list_id


def plan_on(store: Workspace, size: int, run_id: str = "run-1") -> int:
    """One piece more, as a worker would plan it; how many are new."""
    source = store.runs.source(run_id)
    assert source is not None
    rows = list(islice(store.lists.view_by_id(source.list_id).recipients_after(source.after), size))
    after = rows[-1][0] if rows else source.after
    return store.ledger.plan_piece(run_id, [(row, "") for _id, row in rows], after=after, done=len(rows) < size)


def kept(store: Workspace) -> int:
    with store._database.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM recipients").scalar_one())


def test_a_run_is_planned_piece_by_piece_and_sent_meanwhile(store: Workspace) -> None:
    list_id = sourced(store, people(5_000), again=True)
    assert store.runs.source("run-1") == RunSource(list_id, 0, True)
    info = store.runs.get("run-1")
    assert (info.planned, info.expected) == (False, 5_000)
    assert plan_on(store, 2_000) == 2_000
    held = store.ledger.claim("run-1", "office", 300, 1.0)
    with Workspace.open(store.folder) as other:  # the next worker goes on from there
        assert plan_on(other, 2_000) == 2_000
    store.ledger.record("run-1", [result(one.id) for one in held])
    assert store.ledger.counts("run-1") == Counts(total=4_000, accepted=300, pending=3_700)
    assert plan_on(store, 2_000) == 1_000
    assert store.runs.source("run-1") is None
    assert store.runs.get("run-1").planned is True
    report = list(store.ledger.report("run-1"))
    assert [(row.delivery % 2**32, row.address) for row in report] == [
        (seq, one.address) for seq, one in enumerate(people(5_000))
    ]
    assert report[4_999].fields == people(5_000)[4_999].fields


def test_a_piece_leaves_out_addresses_that_the_run_has(store: Workspace) -> None:
    store.runs.create(a_run())
    rows = [(person(1), ""), (person(2), "suppressed"), (person(1), ""), (person(3), "")]
    assert store.ledger.plan_piece("run-1", rows, after=7, done=False) == 3
    again = [(person(3), ""), (person(4), ""), (Recipient("USER2@example.com", {}, 9), ""), (person(5), "")]
    assert store.ledger.plan_piece("run-1", again, after=9, done=False, message_id=lambda a: f"<{a}>") == 2
    assert store.ledger.counts("run-1") == Counts(total=5, pending=4, skipped=1)
    claimed = store.ledger.claim("run-1", "office", 9, 1.0)
    assert [(one.seq, one.message_id) for one in claimed] == [
        (0, ""),
        (2, ""),
        (3, "<user4@example.com>"),
        (4, "<user5@example.com>"),
    ]
    assert claimed[2].fields == person(4).fields


def test_a_run_without_a_source_is_planned(store: Workspace) -> None:
    run = planned(store, 1)
    assert store.runs.source(run) is None
    assert store.runs.get(run).planned is True
    with pytest.raises(InputError):
        store.runs.source("absent")


@pytest.mark.parametrize("replaced", [True, False])
def test_a_list_that_a_plan_reads_keeps_its_rows_until_the_plan_is_complete(store: Workspace, replaced: bool) -> None:
    list_id = sourced(store, people(30))
    plan_on(store, 10)
    if replaced:
        with store.lists.writing("Customers") as writer:
            writer.add(people(2))
    else:
        store.lists.remove("Customers")
    left = 2 if replaced else 0
    with pytest.raises(InputError):
        store.lists.view(list_id)
    store.lists.clear_unfinished()
    assert kept(store) == 30 + left
    assert plan_on(store, 100) == 20
    Workspace.open(store.folder).close()
    assert kept(store) == left
    with pytest.raises(InputError):
        store.lists.view_by_id(list_id)


def test_a_stopped_run_keeps_no_list(store: Workspace) -> None:
    list_id = sourced(store, people(30))
    rows = store.lists.view_by_id(list_id).recipients_after()
    assert next(rows)[1] == person(0)
    store.lists.remove("Customers")
    store.runs.set_state("run-1", RunState.STOPPED)
    store.lists.clear_unfinished()
    assert kept(store) == 0


def test_a_removed_list_becomes_the_source_of_nothing(store: Workspace) -> None:
    list_id = sourced(store, people(3))
    store.lists.remove("Customers")
    store.runs.create(a_run("run-2"))
    with pytest.raises(InputError) as caught:
        store.runs.set_source("run-2", list_id, False, 3)
    assert caught.value.code == "list.unknown"
    assert store.runs.get("run-2").planned is True


def test_ready_rows_are_read_in_pages_after_a_given_one(store: Workspace) -> None:
    rows = [person(n) for n in range(4_500)]
    rows[10] = Recipient("broken", {"email": "broken", "first_name": ""}, 12, RowState.INVALID, "No @ in it.")
    list_id = sourced(store, rows)
    view = store.lists.view_by_id(list_id)
    ready = [row for row in rows if row.state is RowState.READY]
    read = list(view.recipients_after())
    assert [row for _id, row in read] == ready
    assert list(view.recipients_after(read[4_000][0])) == read[4_001:]
    assert list(view.recipients_after(read[-1][0])) == []


def test_rows_that_are_deleted_while_they_are_read_are_not_taken_for_the_end(store: Workspace) -> None:
    with store.lists.writing("Customers") as writer:
        writer.add(people(4_500))
    rows = store.lists.view(store.lists.get("Customers").id).recipients_after()
    next(rows)
    store.lists.remove("Customers")
    with pytest.raises(InputError) as caught:
        list(rows)
    assert caught.value.code == "list.unknown"


def test_the_run_that_is_planned_does_not_count_as_an_earlier_one(store: Workspace) -> None:
    first = planned(store, 1)
    (row,) = store.ledger.claim(first, "office", 1, 1.0)
    store.ledger.record(first, [result(row.id)])
    assert store.runs.accepted_before("d1") == {"user0@example.com"}
    assert store.runs.accepted_before("d1", but=first) == set()
    assert store.runs.accepted_before("d1", but="run-2") == {"user0@example.com"}


def test_a_plan_hands_fields_on_as_they_are_kept_whatever_they_are(store: Workspace) -> None:
    odd = [
        Recipient("a@x.example", {"email": "a@x.example", "first_name": 'é "quoted" \\ \n 漢'}, 2),
        Recipient("b@x.example", {"first_name": "other order", "email": "b@x.example"}, 3),
        Recipient("c@x.example", {"only": "one"}, 4),
        Recipient("d@x.example", {"email": "d@x.example", "first_name": "half \ud83d"}, 5),
    ]
    list_id = sourced(store, odd)
    read = [row for _id, row in store.lists.view_by_id(list_id).recipients_after()]
    assert read == odd  # by way of a look at each
    assert plan_on(store, 10) == len(odd)
    claimed = store.ledger.claim("run-1", "office", 10, 1.0)
    assert [dict(row.fields) for row in claimed] == [dict(row.fields) for row in odd]
