from __future__ import annotations

import json
from array import array
from contextlib import ExitStack

import pytest
from filelock import FileLock

from smtpdesk.base.errors import Cancelled, InputError, StoreError
from smtpdesk.domain.recipient import Recipient, RowState
from smtpdesk.store import ListView, Workspace
from tests.store.making import child, people, person

MIXED = [
    person(1),
    Recipient("not an address", {"email": "not an address", "first_name": "Zoë"}, 4, RowState.INVALID, "No @ in it."),
    Recipient(
        "user1@example.com", {"email": "USER1@example.com", "first_name": "ana"}, 5, RowState.DUPLICATE, "Line 3."
    ),
    Recipient("Ünal@example.com", {"email": "Ünal@example.com", "first_name": 'Ünal "U" [x]'}, 6),
    Recipient("", {"email": "", "first_name": ""}, 7, RowState.EMPTY, "No address."),
]


def imported(store: Workspace, rows: list[Recipient], name: str = "Customers") -> ListView:
    with store.lists.writing(
        name,
        source="/home/ana/customers.xlsx",
        sheet="2026",
        columns=("email", "first_name"),
        labels=("E-mail", "First name"),
        address_column="email",
    ) as writer:
        writer.add(rows)
    assert writer.info is not None
    return store.lists.view(writer.info.id)


def addresses(view: ListView, ids: array[int]) -> list[str]:
    return [row.address for row in view.rows(ids)]


def test_an_imported_list_comes_back_row_by_row(store: Workspace) -> None:
    view = imported(store, MIXED)
    info = store.lists.get("Customers")
    assert (info.source, info.sheet, info.address_column) == ("/home/ana/customers.xlsx", "2026", "email")
    assert (info.columns, view.labels) == (("email", "first_name"), ("E-mail", "First name"))
    assert (info.ready, info.set_aside, view.total) == (2, 3, 5)
    assert view.field_names == ("email", "first_name")
    assert list(view.recipients()) == MIXED
    assert list(view.recipients(RowState.READY)) == [MIXED[0], MIXED[3]]
    assert view.rows(view.ids()) == MIXED
    assert view.counts() == {RowState.READY: 2, RowState.INVALID: 1, RowState.DUPLICATE: 1, RowState.EMPTY: 1}


def test_rows_come_in_the_order_of_their_ids_and_only_those_of_the_list(store: Workspace) -> None:
    imported(store, people(3), "Other")
    other = store.lists.view(store.lists.get("Other").id)
    view = imported(store, people(2_000))
    ids = view.ids()
    wanted = array("q", [ids[1500], ids[3], ids[1999], ids[3]])
    assert [row.line for row in view.rows(wanted)] == [1502, 5, 2001, 5]
    assert view.rows(array("q", [other.ids()[0]])) == []
    assert [row.line for row in view.rows(ids)] == [row.line for row in people(2_000)]


@pytest.mark.parametrize(
    ("state", "lines"),
    [(None, [3, 4, 5, 6, 7]), (RowState.READY, [3, 6]), (RowState.DUPLICATE, [5]), (RowState.EMPTY, [7])],
)
def test_rows_are_filtered_by_state(store: Workspace, state: RowState | None, lines: list[int]) -> None:
    imported(store, [Recipient("x", {}, 1, RowState.EMPTY)], "Other")
    view = imported(store, MIXED)
    assert [row.line for row in view.rows(view.ids(state))] == lines
    assert [row.line for row in view.rows(view.ids(state, search="", sort="@line"))] == lines


@pytest.mark.parametrize(
    ("search", "lines"),
    [
        ("ANA", [3, 5]),  # a field, whatever the case
        ("user1@", [3, 5]),  # an address
        ("zoë", [4]),
        ("ZOË", [4]),
        ("ünal", [6]),
        ('"u"', [6]),  # JSON's own marks are text like any other
        ("[X]", [6]),
        ('","', []),
        ("%", []),  # and so are LIKE's
        ("_", []),
        ("nobody", []),
    ],
)
def test_rows_are_found_by_any_part_of_a_field(store: Workspace, search: str, lines: list[int]) -> None:
    view = imported(store, MIXED)
    assert [row.line for row in view.rows(view.ids(search=search))] == lines


@pytest.mark.parametrize(
    ("sort", "lines"),
    [
        ("-@line", [7, 6, 5, 4, 3]),
        ("@address", [7, 4, 3, 5, 6]),
        ("@state", [5, 7, 4, 3, 6]),
        ("first_name", [7, 5, 3, 4, 6]),
        ("-first_name", [6, 4, 3, 5, 7]),
    ],
)
def test_rows_are_sorted_by_any_column(store: Workspace, sort: str, lines: list[int]) -> None:
    view = imported(store, MIXED)
    assert [row.line for row in view.rows(view.ids(sort=sort))] == lines


def test_search_state_and_sort_go_together(store: Workspace) -> None:
    view = imported(store, MIXED)
    assert [row.line for row in view.rows(view.ids(RowState.READY, "example.com", "-@line"))] == [6, 3]


def test_sorting_by_an_unknown_column_is_refused(store: Workspace) -> None:
    with pytest.raises(InputError) as caught:
        imported(store, MIXED).ids(sort="shoe_size")
    assert caught.value.code == "list.unknown-column"


def test_rows_with_other_fields_than_the_first_keep_theirs(store: Workspace) -> None:
    rows = [person(1), Recipient("b@example.com", {"email": "b@example.com", "extra": "x"}, 3), person(2)]
    assert list(imported(store, rows).recipients()) == rows


def test_text_that_is_no_unicode_is_kept_readable(store: Workspace) -> None:
    broken = Recipient(
        "a\udc80@example.com", {"email": "a", "first_name": "caf\udce9 \x00 é"}, 2, RowState.INVALID, "x\0y"
    )
    (row,) = imported(store, [broken]).recipients()
    assert row.address == "a?@example.com"
    assert row.fields["first_name"] == "caf\udce9 \x00 é"
    assert row.reason == "x\ufffdy"


def test_importing_again_replaces_the_list(store: Workspace) -> None:
    old = imported(store, people(30))
    new = imported(store, people(2))
    assert [info.name for info in store.lists.all()] == ["Customers"]
    assert store.lists.get("Customers").ready == 2
    assert new.info.id != old.info.id
    assert list(old.recipients()) == []
    with pytest.raises(InputError):
        store.lists.view(old.info.id)


def test_the_old_list_can_be_read_while_the_new_one_is_imported(store: Workspace) -> None:
    old = imported(store, people(30))
    reading = old.recipients()
    first = next(reading)
    with store.lists.writing("Customers") as writer:
        writer.add(people(5))
        assert store.lists.get("Customers").ready == 30
        assert len(store.lists.all()) == 1
        with pytest.raises(InputError):
            store.lists.view(writer.list_id)
    assert [first, *reading] == people(30)  # a stream that has begun sees the list as it was
    assert store.lists.get("Customers").ready == 5


@pytest.mark.parametrize("error", [Cancelled("x", "x"), ZeroDivisionError(), KeyboardInterrupt()])
def test_an_import_that_is_given_up_leaves_the_old_list(store: Workspace, error: BaseException) -> None:
    imported(store, people(3))
    with pytest.raises(type(error)), store.lists.writing("Customers") as writer:
        writer.add(people(20_001))
        raise error
    assert store.lists.get("Customers").ready == 3
    assert rows_kept(store) == 3


def rows_kept(store: Workspace) -> int:
    with store._database.reading() as connection:
        return int(connection.exec_driver_sql("SELECT count(*) FROM recipients").scalar_one())


def test_a_removed_list_leaves_no_rows(store: Workspace) -> None:
    imported(store, people(10_500))
    store.lists.remove("Customers")
    store.lists.remove("Customers")
    assert store.lists.all() == []
    assert rows_kept(store) == 0
    with pytest.raises(InputError) as caught:
        store.lists.get("Customers")
    assert caught.value.code == "list.unknown"


def test_a_list_needs_a_name(store: Workspace) -> None:
    with pytest.raises(InputError) as caught, store.lists.writing("  "):
        pass
    assert caught.value.code == "list.name"


_IMPORT = """
    import sys
    from pathlib import Path
    from smtpdesk.store import Workspace
    from tests.store.making import people
    store = Workspace.open(Path(sys.argv[1]))
    with store.lists.writing("Customers") as writer:
        writer.add(people(500))
        print("written")
        sys.stdin.readline()
    store.close()
    print("done")
"""


def test_an_import_cut_off_by_a_crash_is_cleared_away_by_the_next_opening(store: Workspace) -> None:
    imported(store, people(3))
    importer = child(_IMPORT, store.folder)
    assert importer.stdout is not None
    assert importer.stdout.readline() == "written\n"
    importer.kill()
    importer.communicate(timeout=60)
    assert rows_kept(store) == 503
    Workspace.open(store.folder).close()
    assert rows_kept(store) == 3
    assert store.lists.get("Customers").ready == 3
    assert list((store.folder / "locks").iterdir()) == []


def test_an_import_in_another_process_is_not_disturbed_by_an_opening(store: Workspace) -> None:
    importer = child(_IMPORT, store.folder)
    assert importer.stdout is not None
    assert importer.stdout.readline() == "written\n"
    Workspace.open(store.folder).close()
    store.settings.set("others", "can write meanwhile")
    said, _ = importer.communicate("go\n", timeout=60)
    assert said == "done\n"
    assert store.lists.get("Customers").ready == 500


def test_an_import_that_ends_while_another_process_clears_up_is_kept(
    store: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Workspace.open(store.folder) as other, ExitStack() as importing:
        importing.enter_context(store.lists.writing("Customers")).add(people(3))
        lock_of = other.lists._lock

        def lock_after_the_import(list_id: int) -> FileLock:
            importing.close()
            return lock_of(list_id)

        monkeypatch.setattr(other.lists, "_lock", lock_after_the_import)
        other.lists.clear_unfinished()
        assert other.lists.get("Customers").ready == 3
        assert rows_kept(other) == 3


def test_leftovers_that_cannot_be_deleted_do_not_fail_a_finished_import(
    store: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported(store, people(3))

    def refuse(list_id: int) -> None:
        raise StoreError("workspace.full", "The disk is full.")

    with monkeypatch.context() as patched:
        patched.setattr(store.lists, "_purge", refuse)
        imported(store, people(2))
    assert store.lists.get("Customers").ready == 2
    assert rows_kept(store) == 5
    store.lists.clear_unfinished()
    assert rows_kept(store) == 2


def test_fields_are_kept_as_json_others_can_read(store: Workspace) -> None:
    imported(store, MIXED)
    with store._database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT fields FROM recipients ORDER BY id").scalars().all()
    assert [json.loads(row) for row in rows] == [list(row.fields.values()) for row in MIXED]
