from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.domain.schedule import Schedule
from smtpdesk.message import digest, load_campaign, save_campaign

NINE = datetime(2026, 12, 1, 8, tzinfo=UTC).timestamp()  # 09:00 in Berlin
FULL = Schedule(NINE, (540, 1020), (0, 1, 2, 3, 4), "Europe/Berlin", 7200.0)


def write(folder: Path, table: str) -> Path:
    (folder / "message.txt").write_text("Hello")
    (folder / "campaign.toml").write_text(
        f'name = "a"\nrecipients = "recipients.csv"\ntext = "message.txt"\n{table}', "utf-8"
    )
    return folder


@pytest.mark.parametrize(
    "start",
    [
        '"2026-12-01 09:00"',
        "2026-12-01 09:00:00",
        "2026-12-01T09:00:00+01:00",
        "2026-12-01T08:00:00Z",
        '"2026-12-01T09:00"',
    ],
)
def test_a_schedule_is_read_however_its_start_is_written(tmp_path: Path, start: str) -> None:
    table = (
        f'[schedule]\nstart = {start}\nhours = "09:00-17:00"\nweekdays = "mon-fri"\n'
        'timezone = "Europe/Berlin"\ngrace = "2h"\n'
    )
    assert load_campaign(write(tmp_path, table)).schedule == FULL


def test_days_may_be_a_list_and_nothing_is_needed(tmp_path: Path) -> None:
    assert load_campaign(write(tmp_path, "[schedule]\n")).schedule == Schedule()
    assert load_campaign(write(tmp_path, '[schedule]\nweekdays = ["mon", "sat-sun"]\n')).schedule.weekdays == (0, 5, 6)
    day = load_campaign(write(tmp_path, '[schedule]\nstart = 2026-12-01\ntimezone = "Europe/Berlin"\n')).schedule
    assert day.start == NINE - 9 * 3600


@pytest.mark.parametrize(
    ("text", "code", "line", "hint"),
    [
        ('start = "soon"', "campaign.bad-start", 5, "2026-12-01 09:00"),
        ("start = 09:00:00", "campaign.wrong-type", 5, "quotation"),
        ("start = 1", "campaign.wrong-type", 5, "quotation"),
        ('hours = "nine to five"', "campaign.bad-hours", 5, "09:00-17:00"),
        ('hours = ["09:00", "17:00"]', "campaign.wrong-type", 5, "quotation"),
        ('weekdays = "workdays"', "campaign.bad-weekdays", 5, "mon-fri"),
        ("weekdays = [1, 2]", "campaign.wrong-type", 5, "list of texts"),
        ('timezone = "Europe/Berlim"', "campaign.bad-timezone", 5, "Europe/Berlin"),
        ('timezone = "Berlin"', "campaign.bad-timezone", 5, "Europe/Berlin"),
        ('grace = "a while"', "campaign.bad-duration", 5, "2h"),
        ('begin = "2026-12-01 09:00"', "campaign.unknown-key", 5, "schedule.begin"),
    ],
)
def test_mistakes_in_a_schedule_are_told_with_their_line(
    tmp_path: Path, text: str, code: str, line: int, hint: str
) -> None:
    with pytest.raises(InputError) as caught:
        load_campaign(write(tmp_path, f"[schedule]\n{text}\n"))
    assert (caught.value.code, caught.value.where) == (code, f"campaign.toml:{line}")
    assert hint in caught.value.hint + caught.value.sentence


def test_a_schedule_is_saved_and_read_again(tmp_path: Path) -> None:
    folder = write(tmp_path, "")
    campaign = load_campaign(folder)
    for schedule in (FULL, Schedule(hours=(1320, 360)), Schedule(grace=0.0), Schedule()):
        save_campaign(folder, replace(campaign, schedule=schedule))
        assert load_campaign(folder).schedule == schedule
    assert "schedule" not in (folder / "campaign.toml").read_text("utf-8")


def test_comments_and_spelling_of_what_stays_are_kept(tmp_path: Path) -> None:
    table = (
        "[schedule]  # agreed with the shop\nstart = 2026-12-01T09:00:00+01:00  # a Tuesday\n"
        'hours = "9:00 - 17:00"\nweekdays = ["mon-fri"]\ntimezone = "Europe/Berlin"\ngrace = "120m"\n'
    )
    folder = write(tmp_path, table)
    before = (folder / "campaign.toml").read_text("utf-8")
    campaign = load_campaign(folder)
    save_campaign(folder, campaign)
    assert (folder / "campaign.toml").read_text("utf-8") == before
    save_campaign(folder, replace(campaign, schedule=replace(FULL, hours=(600, 1020))))
    assert (folder / "campaign.toml").read_text("utf-8") == before.replace("9:00 - 17:00", "10:00-17:00")


def test_another_time_zone_keeps_the_moment_of_the_start(tmp_path: Path) -> None:
    folder = write(tmp_path, '[schedule]\nstart = "2026-12-01 09:00"\ntimezone = "Europe/Berlin"\n')
    campaign = load_campaign(folder)
    save_campaign(folder, replace(campaign, schedule=replace(campaign.schedule, timezone="America/New_York")))
    assert 'start = "2026-12-01 03:00"' in (folder / "campaign.toml").read_text("utf-8")
    assert load_campaign(folder).schedule == Schedule(NINE, timezone="America/New_York")


def test_when_it_is_sent_makes_no_other_message(tmp_path: Path) -> None:
    folder = write(tmp_path, "")
    campaign = load_campaign(folder)
    assert digest(folder, campaign) == digest(folder, replace(campaign, schedule=FULL))
