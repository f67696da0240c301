"""The page of lists with a real workspace behind it: import, table, search, whom never to mail."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHeaderView

from smtpdesk.desk import Desk
from smtpdesk.desktop.components import Badge, Drop
from smtpdesk.desktop.components.tables import BADGE_ROLE
from smtpdesk.desktop.pages.lists.import_panel import ImportPanel
from smtpdesk.desktop.pages.lists.kinds import kind_of
from smtpdesk.desktop.pages.lists.page import Page
from smtpdesk.desktop.pages.lists.words import label
from smtpdesk.desktop.shell.window import MainWindow
from smtpdesk.recipients import Pasted
from tests.desktop.conftest import QtLoop
from tests.desktop.hands import click, dialog, fill, menu, name_file, named, press, words
from tests.desktop.looking import cut, nameless, outside

GOOD = "Email,First name,City\nana@example.com,Ana,Porto\nbo@example.com,Bo,Oslo\ncleo@example.com,Cleo,\n"
MIXED = (
    "Email,First name,City\nana@example.com,Ana,Porto\nbo@@example.com,Bo,Oslo\nana@example.com,Anna,Porto\n"
    ",Dan,Graz\neve@example.com,Eve,\nfay at example.com,Fay,Bern\n"
)


@pytest.fixture
def page(window: MainWindow, qloop: QtLoop) -> Iterator[Page]:
    window.go("lists")
    qloop.until(lambda: isinstance(window.page("lists"), Page) and window.current() == "lists")
    found = window.page("lists")
    assert isinstance(found, Page)
    qloop.until(lambda: found._stack.currentIndex() != 0, "the lists are read")
    yield found
    for shown in QApplication.topLevelWidgets():
        if shown is not window and shown.isVisible():
            shown.close()


@pytest.fixture
def mixed(tmp_path: Path) -> Path:
    file = tmp_path / "autumn_customers.csv"
    file.write_text(MIXED, encoding="utf-8")
    return file


def choose(qloop: QtLoop, file: Path) -> None:
    """Name a file in the dialog that comes."""
    qloop.until(dialog, "the choice of a file")
    asked = dialog()
    assert asked is not None
    name_file(asked, file)


def brought(page: Page, qloop: QtLoop, desk: Desk, text: str = MIXED, name: str = "Customers") -> None:
    """Import through the desk, and show it."""
    qloop.run(desk.lists.import_list(Pasted(text), name))
    qloop.run(page.opened(name=name))


def cells(page: Page, column: str) -> list[str]:
    """What a column of the table shows, from top to bottom."""
    model = page.table.model
    place = [each.key for each in model.columns()].index(column)
    return [str(model.index(row, place).data()) for row in range(model.rowCount())]


def states(page: Page) -> list[str]:
    model = page.table.model
    place = [each.key for each in model.columns()].index("@state")
    badges = [model.index(row, place).data(BADGE_ROLE) for row in range(model.rowCount())]
    return [badge.label for badge in badges if isinstance(badge, Badge)]


def looked(panel: ImportPanel, qloop: QtLoop) -> None:
    qloop.until(lambda: panel.import_button.isEnabled(), "the file was looked at")


def test_a_workspace_without_lists_says_how_to_begin(page: Page) -> None:
    assert "No lists yet" in words(page)
    assert page.empty.choose_button.isVisible()
    assert nameless(page) == []


def test_a_file_is_seen_before_it_is_imported_and_its_bad_rows_are_kept(
    page: Page, qloop: QtLoop, desk: Desk, mixed: Path
) -> None:
    page.empty.chosen_file.emit(mixed)
    looked(page.panel, qloop)
    assert page.panel.name.text() == "autumn customers"
    assert page.panel.rows.model.rowCount() == 6
    press(page, "Import")
    qloop.until(lambda: page.table.isVisible() and page.table.model.rowCount() == 6, "the list is shown")
    assert cells(page, "@line") == ["2", "3", "4", "5", "6", "7"]
    assert states(page)[0] == "Ready"
    assert states(page)[1].startswith("There are two @ signs")
    assert states(page)[2] == "Same address as line 2"
    assert page.table.banner.isVisible()
    assert "4 of 6 rows are set aside" in words(page)
    assert mixed.read_text(encoding="utf-8") == MIXED
    [info] = qloop.run(desk.lists.all())
    assert (info.name, info.ready, info.set_aside) == ("autumn customers", 2, 4)


def test_the_rows_set_aside_are_saved_with_their_reasons(page: Page, qloop: QtLoop, desk: Desk, tmp_path: Path) -> None:
    brought(page, qloop, desk, 'Email,=Note\nana@example.com,a\nno address,"=HYPERLINK(1)"\nANA@example.com,"b, c"\n')
    assert not page.table.export.isVisible()
    page.table.set_filter("aside")
    qloop.until(page.table.export.isVisible, "the button")
    click(page.table.export)
    choose(qloop, tmp_path / "aside.csv")
    qloop.until((tmp_path / "aside.csv").is_file, "the file")
    with (tmp_path / "aside.csv").open(encoding="utf-8-sig", newline="") as stream:
        head, first, second = csv.reader(stream)
    assert head == ["Line", "Reason", "Email", "'=Note"]
    assert (first[0], first[2:]) == ("3", ["no address", "'=HYPERLINK(1)"])
    assert second == ["4", "Same address as line 2.", "ANA@example.com", "b, c"]


def test_the_filters_count_and_show_rows_by_state(page: Page, qloop: QtLoop, desk: Desk) -> None:
    brought(page, qloop, desk)
    chips = {button.text() for button in page.table.chips.findChildren(type(page.import_button))}
    assert chips == {"All  6", "Ready  2", "Set aside  4", "Invalid  2", "Twice  1", "Empty  1"}
    press(page, "Set aside")
    qloop.until(lambda: cells(page, "@line") == ["3", "4", "5", "7"], "the rows set aside")
    assert page.table.export.isVisible()
    press(page, "Ready")
    qloop.until(lambda: cells(page, "@address") == ["ana@example.com", "eve@example.com"], "the ready rows")
    press(page, "Review 4 rows")
    qloop.until(lambda: cells(page, "@line") == ["3", "4", "5", "7"], "the rows set aside again")


def test_the_search_looks_into_every_column_and_says_when_nothing_is_found(
    page: Page, qloop: QtLoop, desk: Desk
) -> None:
    brought(page, qloop, desk)
    fill(page, "Search in", "porto")
    qloop.until(lambda: cells(page, "@line") == ["2", "4"], "two people of Porto")
    fill(page, "Search in", "nobody")
    qloop.until(lambda: "No row holds “nobody”." in words(page), "the empty state")
    press(page, "Show all rows")
    qloop.until(lambda: page.table.model.rowCount() == 6, "all rows again")


def test_a_click_on_a_heading_sorts_up_then_down_then_not(page: Page, qloop: QtLoop, desk: Desk) -> None:
    brought(page, qloop, desk, GOOD.replace("ana", "zoe"))
    header = page.table.table.horizontalHeader()
    assert isinstance(header, QHeaderView)
    place = [column.key for column in page.table.model.columns()].index("@address")
    addresses = cells(page, "@address")
    header.sectionClicked.emit(place)
    qloop.until(lambda: cells(page, "@address") == sorted(addresses), "sorted up")
    header.sectionClicked.emit(place)
    qloop.until(lambda: cells(page, "@address") == sorted(addresses, reverse=True), "sorted down")
    header.sectionClicked.emit(place)
    qloop.until(lambda: cells(page, "@address") == addresses, "as in the file")


def test_a_spreadsheet_dropped_on_the_table_is_imported(page: Page, qloop: QtLoop, desk: Desk, mixed: Path) -> None:
    brought(page, qloop, desk, GOOD)
    target = page._stack.currentWidget()
    assert isinstance(target, Drop)
    target.dropped.emit([mixed])
    looked(page.panel, qloop)
    assert page.panel.name.text() == "autumn customers"


def test_what_the_person_chooses_changes_what_is_seen_at_once(page: Page, qloop: QtLoop, tmp_path: Path) -> None:
    file = tmp_path / "kunden.csv"
    file.write_bytes("Mail;Zweite;Name\nana@example.com;ana2@example.com;Zoë Müller\n".encode("cp1252"))
    page.start_import(file)
    panel = page.panel
    looked(panel, qloop)
    assert panel.form.delimiter.currentData() == ";"

    def names() -> str:
        model = panel.rows.model
        place = [column.key for column in model.columns()].index("name")
        return str(model.index(0, place).data())

    assert names() == "Zoë Müller"
    _choose(panel.form.encoding, "cp1251")
    qloop.until(lambda: names() != "Zoë Müller", "read with other letters")
    _choose(panel.form.encoding, "cp1252")
    qloop.until(lambda: names() == "Zoë Müller", "read with the right ones")
    _choose(panel.form.address, "zweite")
    qloop.until(lambda: str(panel.rows.model.index(0, 1).data()) == "ana2@example.com", "the other column of addresses")
    click(panel.form.header)
    qloop.until(lambda: panel.rows.model.rowCount() == 2, "the headings are a row")
    _choose(panel.form.delimiter, ",")
    qloop.until(lambda: len(panel.rows.model.columns()) != 5, "other columns")


def _choose(combo: Any, value: str) -> None:
    index = combo.findData(value)
    assert index >= 0
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def test_a_file_that_cannot_be_read_says_why_and_cannot_be_imported(page: Page, qloop: QtLoop, tmp_path: Path) -> None:
    file = tmp_path / "broken.xlsx"
    file.write_bytes(b"PK\x03\x04 this is no workbook")
    page.start_import(file)
    qloop.until(lambda: page.panel.rows.error.isVisible(), "the error")
    assert "broken.xlsx" in words(page.panel.rows.error)
    assert str(tmp_path) not in words(page.panel.rows.error)
    assert not page.panel.import_button.isEnabled()
    file.write_text(GOOD)
    page.panel.use_file(file)
    looked(page.panel, qloop)
    assert not page.panel.rows.error.isVisible()


def test_pasted_cells_are_imported_like_a_file(page: Page, qloop: QtLoop, desk: Desk) -> None:
    page.empty.cells.setPlainText("Bo Li <bo@example.com>\nana@example.com")
    press(page, "Use these cells")
    looked(page.panel, qloop)
    page.panel.name.setText("Two people")
    press(page, "Import")
    qloop.until(lambda: page.table.model.rowCount() == 2, "both are there")
    assert qloop.run(desk.lists.get("Two people")).ready == 2


def test_a_cancelled_import_leaves_nothing(page: Page, qloop: QtLoop, desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "large.csv"
    file.write_text("email,name\n" + "".join(f"person{n}@example.com,P{n}\n" for n in range(400_000)))
    page.start_import(file)
    looked(page.panel, qloop)
    press(page, "Import")
    qloop.until(lambda: page.panel.progress.isVisible(), "it runs")
    press(page.panel, "Cancel")
    qloop.until(lambda: not page.panel.importing(), "it has stopped", 60)
    qloop.settle()
    assert qloop.run(desk.lists.all()) == []
    assert page.panel.import_button.isEnabled()


def test_leaving_the_page_while_it_imports_asks_and_stops_cleanly(
    page: Page, window: MainWindow, qloop: QtLoop, desk: Desk, tmp_path: Path
) -> None:
    file = tmp_path / "large.csv"
    file.write_text("email,name\n" + "".join(f"person{n}@example.com,P{n}\n" for n in range(400_000)))
    page.start_import(file)
    looked(page.panel, qloop)
    press(page, "Import")
    qloop.until(lambda: page.panel.progress.isVisible())
    window.go("profiles")
    qloop.until(lambda: dialog() is not None, "the question")
    asked = dialog()
    assert asked is not None
    press(asked, "Stop the import")
    qloop.until(lambda: window.current() == "profiles", "the other page", 60)
    assert qloop.run(desk.lists.all()) == []


def test_a_list_of_the_same_name_is_replaced_only_after_a_yes(
    page: Page, qloop: QtLoop, desk: Desk, tmp_path: Path
) -> None:
    brought(page, qloop, desk, MIXED, "Customers")
    file = tmp_path / "Customers.csv"
    file.write_text(GOOD)
    page.start_import(file)
    looked(page.panel, qloop)
    assert "Replaces the 6 rows" in words(page.panel)
    press(page.panel, "Replace")
    qloop.until(lambda: dialog() is not None)
    asked = dialog()
    assert asked is not None
    press(asked, "Cancel")
    qloop.until(lambda: dialog() is None and not page.panel.importing())
    assert qloop.run(desk.lists.get("Customers")).ready == 2
    press(page.panel, "Replace")
    qloop.until(lambda: dialog() is not None)
    asked = dialog()
    assert asked is not None
    press(asked, "Replace")
    qloop.until(lambda: page.table.isVisible() and page.table.model.rowCount() == 3, "the new rows")


def test_replacing_from_the_list_itself_keeps_its_name(page: Page, qloop: QtLoop, desk: Desk, tmp_path: Path) -> None:
    brought(page, qloop, desk)
    file = tmp_path / "another name.csv"
    file.write_text(GOOD)
    press(page, "Replace file")
    page.panel.use_file(file)
    looked(page.panel, qloop)
    assert page.panel.name.text() == "Customers"
    press(page.panel, "Replace")
    qloop.until(lambda: page.table.isVisible() and page.table.model.rowCount() == 3)


def test_whoever_is_never_mailed_is_marked_in_every_list(page: Page, qloop: QtLoop, desk: Desk) -> None:
    brought(page, qloop, desk, GOOD)
    page.tabs.picked.emit(1)
    assert "Nobody is on this list" in words(page)
    fill(page, "Address or domain", "not an address")
    fill(page, "Reason", "asked")
    press(page, "Add")
    qloop.until(lambda: "neither an address nor a domain" in words(page), "what is wrong stands below the field")
    fill(page, "Address or domain", "BO@example.com, @other.example")
    press(page, "Add")
    qloop.until(lambda: page.never.model.rowCount() == 2, "two entries")
    assert {entry.target for entry in qloop.run(desk.lists.suppressions())} == {"bo@example.com", "@other.example"}
    page._show_tab(0)
    assert states(page) == ["Ready", "Never mail", "Ready"]


def test_an_entry_is_removed_and_comes_back_with_undo(
    page: Page, window: MainWindow, qloop: QtLoop, desk: Desk
) -> None:
    qloop.run(desk.lists.suppress(["bo@example.com"], "asked us"))
    qloop.run(page.opened(never=True))
    page.never.table.selectRow(0)
    press(page, "Allow again")
    qloop.until(lambda: page.never.model.rowCount() == 0, "it is gone")
    press(window, "Undo")
    qloop.until(lambda: page.never.model.rowCount() == 1, "it is back")
    [entry] = qloop.run(desk.lists.suppressions())
    assert entry.reason == "asked us"


def test_never_mail_comes_from_a_file_and_goes_into_one(
    page: Page, window: MainWindow, qloop: QtLoop, desk: Desk, tmp_path: Path
) -> None:
    qloop.run(page.opened(never=True))
    assert not page.never.export_button.isEnabled(), "there is nobody to write down"
    file = tmp_path / "unsubscribed.csv"
    file.write_text("Email,Reason\nana@example.com,asked us\nnobody here,\n@other.example,\n", encoding="utf-8")
    press(page, "Import")
    choose(qloop, file)
    qloop.until(lambda: page.never.model.rowCount() == 2, "two entries")
    qloop.until(lambda: "1 row names nobody" in words(page) and "line 3: “nobody here”" in words(page))
    assert "2 new, 0 were on the list already" in words(window)
    press(page.never._unread, "Close")
    assert "names nobody" not in words(page)
    press(page, "Export")
    kept = tmp_path / "kept.csv"
    choose(qloop, kept)
    qloop.until(kept.exists, "the file")
    qloop.until(page.never.export_button.isEnabled, "it is written")
    entries = {entry.target: entry.reason for entry in qloop.run(desk.lists.suppressions())}
    qloop.run(desk.lists.unsuppress(*entries))
    press(page, "Import")
    choose(qloop, kept)
    qloop.until(lambda: page.never.model.rowCount() == 2, "they are back")
    assert {entry.target: entry.reason for entry in qloop.run(desk.lists.suppressions())} == entries


def test_a_file_that_is_none_is_refused_and_nothing_is_lost(
    page: Page, window: MainWindow, qloop: QtLoop, desk: Desk, tmp_path: Path
) -> None:
    qloop.run(desk.lists.suppress(["bo@example.com"], "asked us"))
    qloop.run(page.opened(never=True))
    file = tmp_path / "picture.csv"
    file.write_bytes(b"\x89PNG\0\0\0")
    press(page, "Import")
    choose(qloop, file)
    qloop.until(lambda: "it is not a text file" in words(window), "a sentence")
    qloop.until(page.never.import_button.isEnabled, "another one may be chosen")
    assert page.never.model.rowCount() == 1


def test_selected_people_can_be_copied_and_never_mailed_from_the_table(page: Page, qloop: QtLoop, desk: Desk) -> None:
    brought(page, qloop, desk, GOOD)
    page.table.table.selectRow(1)
    qloop.settle()
    assert "1 row selected" in words(page)
    page.table.copy()
    assert QApplication.clipboard().text() == "bo@example.com"
    page.table.table.customContextMenuRequested.emit(page.table.table.rect().center())
    shown = menu()
    assert shown is not None
    [never] = [action for action in shown.actions() if action.text().startswith("Never mail")]
    never.trigger()
    qloop.until(lambda: states(page)[1] == "Never mail", "it is marked")
    shown.close()


def test_a_removed_list_is_gone_after_a_yes_and_the_next_one_is_shown(page: Page, qloop: QtLoop, desk: Desk) -> None:
    brought(page, qloop, desk, GOOD, "First")
    brought(page, qloop, desk, MIXED, "Second")
    assert page._title.text() == "Second"
    press(page, "More about this list")
    shown = menu()
    assert shown is not None
    [remove] = [action for action in shown.actions() if action.text().startswith("Remove")]
    remove.trigger()
    shown.close()
    qloop.until(lambda: dialog() is not None)
    asked = dialog()
    assert asked is not None
    press(asked, "Remove")
    qloop.until(lambda: page._title.text() == "First", "the other list")
    assert [info.name for info in qloop.run(desk.lists.all())] == ["First"]


def test_the_switcher_goes_to_another_list_and_the_choice_is_remembered(page: Page, qloop: QtLoop, desk: Desk) -> None:
    brought(page, qloop, desk, GOOD, "First")
    brought(page, qloop, desk, MIXED, "Second")
    press(page, "Choose another list")
    shown = menu()
    assert shown is not None
    [first] = [action for action in shown.actions() if action.text().startswith("First")]
    first.trigger()
    qloop.until(lambda: page._title.text() == "First" and page.table.model.rowCount() == 3)
    shown.close()
    assert qloop.run(desk.settings.get("lists.current")) == "First"


def test_a_list_becomes_a_campaign(page: Page, window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    brought(page, qloop, desk, GOOD)
    press(page, "Use in a campaign")
    qloop.until(lambda: dialog() is not None)
    asked = dialog()
    assert asked is not None
    press(asked, "Create")
    qloop.until(lambda: window.current() == "campaign", "the campaign opens")
    [card] = qloop.run(desk.campaigns.all())
    assert qloop.run(desk.campaigns.load(card.folder)).campaign.list_name == "Customers"
    qloop.settle()


def test_a_hundred_thousand_rows_are_there_at_once_and_only_pages_are_read(
    page: Page, qloop: QtLoop, desk: Desk
) -> None:
    text = "email,name,city\n" + "".join(f"person{n}@example.com,Name {n},Porto\n" for n in range(100_000))
    qloop.run(desk.lists.import_list(Pasted(text), "Large"), 60)
    qloop.run(page.opened(name="Large"))
    model = page.table.model
    assert model.rowCount() == 100_000
    qloop.settle()
    assert len(model._pages) <= 3
    page.table.table.scrollToBottom()
    qloop.settle()
    assert cells_at(page, 99_999, "@address") == "person99999@example.com"
    assert "of 100,000" in words(page)
    fill(page, "Search in", "person4242@")
    qloop.until(lambda: model.rowCount() == 1, "one person found")


def cells_at(page: Page, row: int, column: str) -> str:
    place = [each.key for each in page.table.model.columns()].index(column)
    return str(page.table.model.index(row, place).data())


@pytest.mark.parametrize("size", [(1280, 800), (1024, 680)])
def test_every_state_fits_and_everything_has_a_name(
    page: Page, window: MainWindow, qloop: QtLoop, desk: Desk, mixed: Path, size: tuple[int, int]
) -> None:
    window.resize(*size)
    qloop.settle()
    seen = {"empty": (cut(page), outside(page))}
    page.start_import(mixed)
    looked(page.panel, qloop)
    qloop.settle()
    seen["import"] = (cut(page), outside(page))
    page._back()
    brought(page, qloop, desk)
    qloop.settle()
    seen["table"] = (cut(page), outside(page))
    qloop.run(desk.lists.suppress(["x@example.com"], "asked us"))
    qloop.run(page.opened(never=True))
    qloop.settle()
    seen["never"] = (cut(page), outside(page))
    assert seen == {state: ([], []) for state in seen}
    assert nameless(page) == []


def test_the_keyboard_reaches_search_and_table(page: Page, window: MainWindow, qloop: QtLoop, desk: Desk) -> None:
    brought(page, qloop, desk, GOOD)
    window.activateWindow()
    page.table.table.setFocus()
    QTest.keyClick(page.table.table, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert page.table.search.hasFocus()
    assert named(page, type(page.table.table), "Rows of the list") is page.table.table


def test_the_kind_of_a_column_is_guessed_from_its_values() -> None:
    assert kind_of(["1", "22", "3.5"]).right
    assert kind_of(["007", "12"]).icon == "type"
    assert kind_of(["+351 912 345 678", "12345678"]).icon == "type"
    assert kind_of(["17.10.2026", "", "18.10.2026"]).icon == "calendar"
    assert kind_of(["yes", "no", "YES"]).icon == "toggle-left"
    assert kind_of(["https://a.example", "http://b.example/x"]).icon == "link"
    assert kind_of(["Ana", "2"]).icon == "type"
    assert kind_of(["", " "]).icon == "minus"


def test_a_field_name_reads_as_a_heading() -> None:
    assert label("first_name") == "First name"
    assert label("email") == "Email"
