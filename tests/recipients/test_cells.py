"""Cells of workbooks as text."""

from __future__ import annotations

import datetime as dt

import pytest

from smtpdesk.recipients.cells import Cell, text


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("00042", "00042"),
        (42, "42"),
        (42.0, "42"),
        (-0.0, "0"),
        (4915123456789.0, "4915123456789"),
        (1e20, "100000000000000000000"),
        (0.1 + 0.2, "0.3"),
        (19.99, "19.99"),
        (1.5e-7, "0.00000015"),
        (1e300, "1e+300"),
        (True, "TRUE"),
        (False, "FALSE"),
        (dt.date(2026, 1, 31), "2026-01-31"),
        (dt.datetime(2026, 1, 31), "2026-01-31"),
        (dt.datetime(2026, 1, 31, 14, 30), "2026-01-31 14:30:00"),
        (dt.datetime(2026, 1, 31, 14, 29, 59, 999_999), "2026-01-31 14:30:00"),
        (dt.datetime(2026, 1, 30, 23, 59, 59, 999_999), "2026-01-31"),
        (dt.time(9, 5), "09:05:00"),
        (dt.timedelta(hours=30, minutes=5), "30:05:00"),
        (dt.timedelta(minutes=-5), "-00:05:00"),
    ],
)
def test_a_cell_is_written_as_people_would_write_it(cell: Cell, shown: str) -> None:
    assert text(cell) == shown
