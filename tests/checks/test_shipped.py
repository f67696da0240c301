"""The sample and the starter messages that come with the program are without fault."""

from __future__ import annotations

import csv
import shutil
import tomllib
from pathlib import Path

import pytest

from smtpdesk.base.paths import resources
from smtpdesk.checks import CheckContext, run_checks
from smtpdesk.domain.address import AddressError, parse_address
from smtpdesk.domain.campaign import Campaign
from smtpdesk.domain.finding import Severity
from smtpdesk.domain.recipient import Recipient, RowState
from smtpdesk.message import Composer, load_campaign, read_back
from tests.checks.making import SANDBOX

SAMPLE = resources() / "samples" / "autumn-tasting"
TEMPLATES = sorted(path.parent for path in (resources() / "templates").glob("*/template.toml"))


def people() -> list[Recipient]:
    """The sample's people, read without the recipients package, which is on the same floor as message."""
    rows = []
    with (SAMPLE / "recipients.csv").open(encoding="utf-8", newline="") as stream:
        for line, fields in enumerate(csv.DictReader(stream), 2):
            try:
                rows.append(Recipient(parse_address(fields["email"]), fields, line))
            except AddressError as error:
                rows.append(Recipient("", fields, line, RowState.INVALID, error.problem))
    return rows


def context(campaign: Campaign, folder: Path, rows: list[Recipient]) -> CheckContext:
    return CheckContext(
        campaign,
        folder,
        [SANDBOX],
        [],
        lambda: iter(rows),
        len(rows),
        lambda _address: False,
        lambda: Composer.compile(campaign, folder, from_header=campaign.from_header or "A <a@x.example>"),
    )


def test_the_sample_can_be_sent() -> None:
    campaign = load_campaign(SAMPLE)
    assert campaign.profiles == ("sandbox",)
    rows = people()
    assert len(rows) >= 40
    findings = run_checks(context(campaign, SAMPLE, rows))
    assert {finding.code for finding in findings} <= {"recipients.invalid"}
    assert not [finding for finding in findings if finding.severity is Severity.ERROR]


def test_the_sample_shows_images_attachments_and_names_of_the_world() -> None:
    campaign = load_campaign(SAMPLE)
    composer = Composer.compile(campaign, SAMPLE, from_header=campaign.from_header)
    row = next(row for row in people() if row.fields["first_name"] == "由紀")
    back = read_back(composer.build(row, message_id="<1@x.example>", date=0))
    assert "由紀" in back.subject
    assert [part.name for part in back.parts] == ["autumn-tasting.ics"]
    assert [kind for kind, _data in back.inline.values()] == ["image/png"]
    assert "京都" in (back.text or "")


def test_the_sample_names_no_real_domain() -> None:
    text = "".join(
        file.read_text(encoding="utf-8") for file in SAMPLE.rglob("*") if file.is_file() and file.suffix != ".png"
    )
    for host in {part.split("/")[0].split('"')[0].split("?")[0] for part in text.split("https://")[1:]}:
        assert host.endswith(".example"), host
    assert all(row.address.endswith(".example") for row in people() if row.address)


@pytest.mark.parametrize("folder", TEMPLATES, ids=lambda folder: folder.name)
@pytest.mark.parametrize("unsubscribe", ["", "https://x.example/leave/{{ email }}"])
def test_starter_messages_need_nothing_but_a_first_name(folder: Path, unsubscribe: str, tmp_path: Path) -> None:
    about = tomllib.loads((folder / "template.toml").read_text(encoding="utf-8"))
    assert about["name"] and about["description"] and about["subject"]
    shutil.copytree(folder, tmp_path / "c")
    campaign = Campaign(
        "c", subject=about["subject"], html="message.html", unsubscribe=unsubscribe, from_header="a@x.example"
    )
    composer = Composer.compile(campaign, tmp_path / "c", from_header=campaign.from_header)
    assert composer.fields_used - {"email"} <= {"first_name"}
    for fields in ({}, {"first_name": ""}, {"first_name": "Zoë"}):
        findings = run_checks(context(campaign, tmp_path / "c", [Recipient("a@x.example", fields, 2)]))
        # They link to example.com until the person puts an address of their own there.
        assert {finding.code for finding in findings} <= {"message.link-sample", "message.only-fallback"}


def test_there_are_three_starter_messages() -> None:
    assert [folder.name for folder in TEMPLATES] == ["announcement", "invitation", "letter"]
