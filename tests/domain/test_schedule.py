from datetime import UTC, datetime

import pytest

from smtpdesk.domain.schedule import Schedule, moment, wall_clock, zone
from smtpdesk.domain.schedule_text import (
    format_hours,
    format_start,
    format_weekdays,
    parse_hours,
    parse_start,
    parse_weekdays,
)

BERLIN = "Europe/Berlin"
NINE_TO_FIVE = (540, 1020)
WORKDAYS = (0, 1, 2, 3, 4)


def utc(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


def test_without_a_schedule_nothing_waits_and_nothing_is_missed() -> None:
    now = utc("2026-11-24 12:00")
    schedule = Schedule()
    assert schedule.immediate
    assert (schedule.wait(now), schedule.opens(now), schedule.closes(now)) == (0, None, None)
    assert not schedule.missed(now)
    assert schedule.finish(now, 60) == now + 60


def test_a_start_is_waited_for_and_missed_once_the_grace_is_over() -> None:
    start = utc("2026-12-01 08:00")
    schedule = Schedule(start=start)
    assert schedule.wait(start - 90) == 90
    assert schedule.wait(start) == 0
    assert schedule.wait(start + 5) == 0
    assert not schedule.missed(start - 5)
    assert not schedule.missed(start + 3600)
    assert schedule.missed(start + 3601)
    assert not schedule.at_once().missed(start + 3601)


def test_a_start_outside_the_hours_is_missed_only_after_they_began() -> None:
    saturday = parse_start("2026-11-28 07:00", BERLIN)
    monday = parse_start("2026-11-30 09:00", BERLIN)
    schedule = Schedule(saturday, NINE_TO_FIVE, WORKDAYS, BERLIN)
    assert schedule.begins == monday
    assert schedule.opens(saturday - 1000) == monday
    assert not schedule.missed(saturday + 7200)
    assert schedule.missed(monday + 3601)


@pytest.mark.parametrize("text", ["9999-12-31 23:59", "0001-01-01 00:00", "9999-12-31T23:59Z"])
def test_a_start_at_the_end_of_the_calendar_is_no_time(text: str) -> None:
    for place in (BERLIN, "America/Los_Angeles"):
        with pytest.raises(ValueError):
            parse_start(text, place)


def test_hours_and_days_open_and_close() -> None:
    schedule = Schedule(None, NINE_TO_FIVE, WORKDAYS, BERLIN)
    tuesday = "2026-11-24 "
    assert schedule.wait(parse_start(tuesday + "08:59:30", BERLIN)) == 30
    assert schedule.wait(parse_start(tuesday + "09:00", BERLIN)) == 0
    assert schedule.wait(parse_start(tuesday + "16:59:59", BERLIN)) == 0
    assert schedule.opens(parse_start(tuesday + "17:00", BERLIN)) == parse_start("2026-11-25 09:00", BERLIN)
    friday = parse_start("2026-11-27 17:00", BERLIN)
    assert schedule.opens(friday) == parse_start("2026-11-30 09:00", BERLIN)
    assert schedule.closes(friday) == parse_start("2026-11-30 17:00", BERLIN)
    assert schedule.closes(friday - 1) == friday


def test_hours_over_midnight_belong_to_the_day_they_begin_on() -> None:
    schedule = Schedule(None, (1320, 120), (4,), BERLIN)  # Friday 22:00 to Saturday 02:00
    assert schedule.wait(parse_start("2026-11-28 01:00", BERLIN)) == 0
    assert schedule.opens(parse_start("2026-11-27 01:00", BERLIN)) == parse_start("2026-11-27 22:00", BERLIN)
    assert schedule.closes(parse_start("2026-11-27 23:00", BERLIN)) == parse_start("2026-11-28 02:00", BERLIN)
    assert schedule.opens(parse_start("2026-11-28 02:00", BERLIN)) == parse_start("2026-12-04 22:00", BERLIN)


def test_whole_days_in_a_row_close_once_at_their_end() -> None:
    schedule = Schedule(None, None, WORKDAYS, BERLIN)
    assert schedule.closes(parse_start("2026-11-24 10:00", BERLIN)) == parse_start("2026-11-28 00:00", BERLIN)
    assert Schedule(None, (0, 1440), tuple(range(7)), BERLIN).always


def test_hours_that_the_clock_skips_begin_when_it_jumps() -> None:
    # Berlin, 2026-03-29: 02:00 CET becomes 03:00 CEST at 01:00 UTC.
    schedule = Schedule(None, (150, 240), (), BERLIN)  # 02:30 to 04:00
    assert schedule.opens(utc("2026-03-29 00:00")) == utc("2026-03-29 01:00")
    assert schedule.closes(utc("2026-03-29 00:00")) == utc("2026-03-29 02:00")
    # A span that is skipped as a whole is left out that day.
    skipped = Schedule(None, (130, 170), (), BERLIN)
    assert skipped.opens(utc("2026-03-29 00:00")) == utc("2026-03-30 00:10")
    assert parse_start("2026-03-29 02:30", BERLIN) == utc("2026-03-29 01:00")
    # A day of 23 hours: nine o'clock is an hour earlier by UTC.
    day = Schedule(None, NINE_TO_FIVE, (), BERLIN)
    assert day.wait(utc("2026-03-28 16:00")) == 15 * 3600


def test_hours_that_the_clock_shows_twice_begin_and_end_the_first_time() -> None:
    # Berlin, 2026-10-25: 03:00 CEST becomes 02:00 CET at 01:00 UTC.
    schedule = Schedule(None, (150, 180), (), BERLIN)  # 02:30 to 03:00
    assert schedule.opens(utc("2026-10-24 23:00")) == utc("2026-10-25 00:30")
    assert schedule.wait(utc("2026-10-25 01:15")) == 0  # the clock shows 02:15 again, and is not back at 03:00 yet
    assert schedule.closes(utc("2026-10-25 00:40")) == utc("2026-10-25 02:00")
    short = Schedule(None, (120, 150), (), BERLIN)
    assert short.closes(utc("2026-10-25 00:10")) == utc("2026-10-25 00:30")
    assert short.opens(utc("2026-10-25 01:10")) == utc("2026-10-26 01:00")
    day = Schedule(None, NINE_TO_FIVE, (), BERLIN)
    assert day.wait(utc("2026-10-24 15:00")) == 17 * 3600


def test_a_time_shown_twice_keeps_its_moment_when_written_and_read() -> None:
    first, second = utc("2026-10-25 00:30"), utc("2026-10-25 01:30")
    assert format_start(first, BERLIN) == "2026-10-25 02:30"
    assert format_start(second, BERLIN) == "2026-10-25 02:30+01:00"
    for at in (first, second, utc("2026-03-29 01:00"), utc("2026-12-01 08:00:07")):
        assert parse_start(format_start(at, BERLIN), BERLIN) == at


def test_a_day_that_a_country_left_out_is_no_day() -> None:
    # Samoa went from 29 to 31 December 2011 over the date line.
    apia = "Pacific/Apia"
    schedule = Schedule(None, NINE_TO_FIVE, (), apia)
    assert schedule.opens(parse_start("2011-12-29 17:00", apia)) == parse_start("2011-12-31 09:00", apia)
    fridays = Schedule(None, NINE_TO_FIVE, (4,), apia)
    assert fridays.opens(parse_start("2011-12-24 17:00", apia)) == parse_start("2012-01-06 09:00", apia)


def test_the_end_is_found_over_the_nights_between() -> None:
    schedule = Schedule(None, NINE_TO_FIVE, WORKDAYS, BERLIN)
    friday = parse_start("2026-11-27 15:00", BERLIN)
    assert schedule.finish(friday, 3 * 3600) == parse_start("2026-11-30 10:00", BERLIN)
    assert schedule.finish(friday, 10 * 3600) == parse_start("2026-11-30 17:00", BERLIN)


def test_without_a_zone_it_is_the_clock_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    import time

    if not hasattr(time, "tzset"):
        pytest.skip("the zone cannot be changed here")
    try:
        monkeypatch.setenv("TZ", BERLIN)
        time.tzset()
        assert moment(datetime(2026, 3, 29, 2, 30)) == utc("2026-03-29 01:00")
        assert wall_clock(utc("2026-10-25 01:30")) == datetime(2026, 10, 25, 2, 30)
        assert Schedule(None, NINE_TO_FIVE).wait(utc("2026-10-24 15:00")) == 17 * 3600
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("name", ["Berlin", "Europe", "../etc/passwd", "Europe/Atlantis", "\0"])
def test_a_zone_that_does_not_exist_is_refused(name: str) -> None:
    with pytest.raises(ValueError):
        zone(name)


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("09:00-17:00", (540, 1020)),
        ("9:00 – 17:30", (540, 1050)),
        ("22:00-06:00", (1320, 360)),
        ("0:00-24:00", (0, 1440)),
        ("9-17", (540, 1020)),
        ("22 - 6", (1320, 360)),
        ("9-17:30", (540, 1050)),
    ],
)
def test_hours_are_read(text: str, hours: tuple[int, int]) -> None:
    assert parse_hours(text) == hours
    assert parse_hours(format_hours(hours)) == hours


@pytest.mark.parametrize(
    "text", ["", "9-5", "9", "09:00", "09:00-09:00", "09:00-25:00", "09:60-10:00", "24:00-05:00", "x"]
)
def test_what_is_no_span_of_hours_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_hours(text)


@pytest.mark.parametrize(
    ("text", "days", "again"),
    [
        ("mon-fri, sun", (0, 1, 2, 3, 4, 6), "mon-fri, sun"),
        ("Saturday - Monday", (0, 5, 6), "mon, sat, sun"),
        ("wed", (2,), "wed"),
        ("tue thu", (1, 3), "tue, thu"),
        ("mon - fri", (0, 1, 2, 3, 4), "mon-fri"),
        ("mon-sun", (0, 1, 2, 3, 4, 5, 6), "mon-sun"),
    ],
)
def test_days_of_the_week_are_read(text: str, days: tuple[int, ...], again: str) -> None:
    assert parse_weekdays(text) == days
    assert format_weekdays(days) == again
    assert parse_weekdays(again) == days


@pytest.mark.parametrize("text", ["", "mo", "mon-wed-fri", "someday", "mon-", "-"])
def test_what_is_no_day_of_the_week_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_weekdays(text)


def test_a_start_is_read_with_and_without_an_offset() -> None:
    assert parse_start("2026-12-01 09:00", BERLIN) == utc("2026-12-01 08:00")
    assert parse_start("2026-12-01T09:00:00Z", BERLIN) == utc("2026-12-01 09:00")
    assert parse_start("2026-12-01 09:00-05:00") == utc("2026-12-01 14:00")
    for text in ("", "soon", "2026-13-01 09:00", "09:00"):
        with pytest.raises(ValueError):
            parse_start(text, BERLIN)
