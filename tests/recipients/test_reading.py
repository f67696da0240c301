"""Reading as a whole: chunks, doubles, progress, cancellation, and what the preview has in common with it."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpdesk.base.errors import Cancelled
from smtpdesk.domain.recipient import RowState
from smtpdesk.recipients import look, read
from smtpdesk.recipients.reading import CHUNK
from tests.recipients.helpers import SPREADSHEETS, everyone, file


def _long_list(folder: Path, rows: int) -> Path:
    return file(folder, "email,name\n" + "".join(f"p{n}@example.com,Person {n}\n" for n in range(rows)))


def test_every_row_comes_out_once_in_chunks(tmp_path: Path) -> None:
    chunks = list(read(_long_list(tmp_path, 2 * CHUNK + 1)).chunks())
    assert [len(chunk) for chunk in chunks] == [CHUNK, CHUNK, 1]
    assert [row.line for chunk in chunks for row in chunk] == list(range(2, 2 * CHUNK + 3))


def test_doubles_are_found_across_chunks_whatever_their_case(tmp_path: Path) -> None:
    path = _long_list(tmp_path, CHUNK + 10)
    with path.open("a") as target:
        target.write("P3@EXAMPLE.com,Again\nAgain <p3@example.com>,And again\n")
    rows = everyone(path)
    assert [(row.state, row.reason) for row in rows[-2:]] == [
        (RowState.DUPLICATE, "Same address as line 5."),
        (RowState.DUPLICATE, "Same address as line 5."),
    ]
    assert rows[-2].address == "P3@example.com"


def test_rows_that_are_set_aside_twice_are_no_doubles(tmp_path: Path) -> None:
    rows = everyone(file(tmp_path, "email,name\nx@@example.com,A\nx@@example.com,B\n,C\n,D\na@example.com,E\n"))
    assert [row.state.value for row in rows] == ["invalid", "invalid", "empty", "empty", "ready"]
    assert rows[0].fields["email"] == "x@@example.com"


def test_a_reading_can_be_read_again_from_the_top(tmp_path: Path) -> None:
    reading = read(file(tmp_path, "email,name\na@example.com\n\na@example.com,B,C\n"))
    first = [row for chunk in reading.chunks() for row in chunk]
    findings = reading.findings
    assert [row for chunk in reading.chunks() for row in chunk] == first
    assert reading.findings == findings != ()


def test_progress_grows_to_the_end(tmp_path: Path) -> None:
    seen: list[tuple[int, float | None]] = []
    for _chunk in read(
        _long_list(tmp_path, 4 * CHUNK), progress=lambda rows, share: seen.append((rows, share))
    ).chunks():
        pass
    shares = [share for _rows, share in seen if share is not None]
    assert [rows for rows, _share in seen] == [CHUNK, 2 * CHUNK, 3 * CHUNK, 4 * CHUNK, 4 * CHUNK]
    assert len(shares) == len(seen)
    assert shares == sorted(shares)
    assert (0 < shares[0] < 1, shares[-1]) == (True, 1.0)


def test_progress_of_a_sheet_grows_to_the_end() -> None:
    seen: list[tuple[int, float | None]] = []
    for _chunk in read(SPREADSHEETS / "people.ods", progress=lambda rows, share: seen.append((rows, share))).chunks():
        pass
    assert seen == [(5, 1.0), (5, 1.0)]


def test_cancelling_ends_the_reading_between_two_chunks(tmp_path: Path) -> None:
    asked: list[bool] = []
    reading = read(_long_list(tmp_path, 4 * CHUNK), cancelled=lambda: bool(asked))
    chunks = reading.chunks()
    assert len(next(chunks)) == CHUNK
    asked.append(True)
    with pytest.raises(Cancelled) as caught:
        next(chunks)
    assert caught.value.code == "recipients.cancelled"


def test_cancelling_ends_the_search_for_the_encoding(tmp_path: Path) -> None:
    with pytest.raises(Cancelled):
        read(_long_list(tmp_path, 10), cancelled=lambda: True)


def test_the_preview_shows_the_first_rows_as_they_will_be_imported(tmp_path: Path) -> None:
    path = file(tmp_path, "email,name\na@example.com,A\na@example.com,B\nbad,C\n,D\n" + "z@example.com,Z\n" * 100)
    preview = look(path, rows=4)
    assert list(preview.rows) == everyone(path)[:4]
    assert [row.state.value for row in preview.rows] == ["ready", "duplicate", "invalid", "empty"]


def test_the_preview_tells_what_is_odd_about_the_rows_it_shows(tmp_path: Path) -> None:
    shape = look(file(tmp_path, "email,name\na@example.com\nb@example.com,B\nc@example.com,C\n")).shape
    assert [finding.code for finding in shape.findings] == ["recipients.short-rows"]


def test_looking_reads_only_the_head(tmp_path: Path) -> None:
    path = _long_list(tmp_path, 60_000)
    with path.open("ab") as target:
        target.write(b'x@example.com,"never closed\n')
    assert len(look(path).rows) == 50
