from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.message import Composer, complete, digest, load_campaign, message_files, save_campaign, snapshot
from tests.message.making import DATE, FROM, ID, PNG, Made, row


@pytest.fixture
def full(made: Made) -> Made:
    """A campaign that uses every kind of file."""
    made.put("message.html", '<img src="images/a.png"><img src="shops/{{ s }}.png">{% include "parts/foot.html" %}')
    made.put("message.txt", "{{ s }}")
    made.put("parts/foot.html", "{% from 'parts/macros.html' import m %}{{ m() }}")
    made.put("parts/macros.html", "{% macro m() %}!{% endmacro %}")
    made.put("images/a.png", PNG)
    made.put("shops/x.png", PNG + b"x")
    made.put("shops/y.png", PNG + b"y")
    made.put("attachments/terms.pdf", "terms")
    made.put("attachments/unused.pdf", "unused")
    made.put("invoices/1.pdf", "one")
    made.put("invoices/.hidden", "no")
    made.put("recipients.csv", "email\n")
    made.campaign = replace(made.campaign, html="message.html", attachments=("terms.pdf", "invoices/{{ s }}.pdf"))
    save_campaign(made.folder, made.campaign)
    return made


def test_all_files_of_a_message_are_found(full: Made) -> None:
    assert message_files(full.folder, full.campaign) == [
        "attachments/terms.pdf",
        "images/a.png",
        "invoices/1.pdf",
        "message.html",
        "message.txt",
        "parts/foot.html",
        "parts/macros.html",
        "shops/x.png",
        "shops/y.png",
    ]


def test_a_pattern_without_a_folder_means_every_file_but_the_recipients(full: Made) -> None:
    campaign = replace(full.campaign, attachments=("{{ s }}.pdf",))
    files = message_files(full.folder, campaign)
    assert "attachments/unused.pdf" in files
    assert not {"recipients.csv", "campaign.toml", "invoices/.hidden"} & set(files)


@pytest.mark.parametrize(
    "name",
    [
        "message.html",
        "message.txt",
        "parts/macros.html",
        "images/a.png",
        "shops/y.png",
        "attachments/terms.pdf",
        "invoices/1.pdf",
    ],
)
def test_the_digest_changes_with_every_file_of_the_message(full: Made, name: str) -> None:
    before = digest(full.folder, full.campaign)
    full.put(name, (full.folder / name).read_bytes() + b" ")
    assert digest(full.folder, full.campaign) != before


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "x"},
        {"from_header": "x"},
        {"headers": {"X-A": "b"}},
        {"unsubscribe": "mailto:x@x.example"},
        {"to_name": "x"},
        {"reply_to": "x"},
    ],
)
def test_the_digest_changes_with_the_settings_of_the_message(full: Made, changes: dict[str, object]) -> None:
    assert digest(full.folder, replace(full.campaign, **changes)) != digest(full.folder, full.campaign)  # type: ignore[arg-type]


def test_the_digest_does_not_change_with_recipients_profiles_and_name(full: Made) -> None:
    before = digest(full.folder, full.campaign)
    full.put("recipients.csv", "other")
    full.put("attachments/unused.pdf", "other")
    os.utime(full.folder / "message.txt", (1, 1))
    assert digest(full.folder, replace(full.campaign, name="x", profiles=("p",), recipients="list:x")) == before


def test_a_snapshot_builds_the_same_messages_after_the_folder_changed(full: Made, tmp_path: Path) -> None:
    composer = Composer.compile(full.campaign, full.folder, from_header=FROM)
    fields = row({"s": "1"})
    full.put("shops/1.png", PNG)
    before = composer.build(fields, message_id=ID, date=DATE)
    target = tmp_path / "runs" / "r1"
    snapshot(full.folder, full.campaign, target)
    assert digest(target, full.campaign) == digest(full.folder, full.campaign)
    for path in full.folder.rglob("*"):
        if path.is_file():
            path.write_bytes(b"gone")
    frozen = load_campaign(target)
    assert frozen == full.campaign
    after = Composer.compile(frozen, target, from_header=FROM).build(fields, message_id=ID, date=DATE)
    assert after == before


def test_a_snapshot_appears_whole_or_not_at_all(full: Made, tmp_path: Path) -> None:
    target = tmp_path / "runs" / "r1"
    broken = replace(full.campaign, attachments=("nope.pdf",))
    with pytest.raises(InputError):
        snapshot(full.folder, broken, target)
    assert not target.exists()
    snapshot(full.folder, full.campaign, target)
    assert [path.name for path in target.parent.iterdir()] == ["r1"]
    with pytest.raises(InputError) as caught:
        snapshot(full.folder, full.campaign, target)
    assert caught.value.code == "campaign.snapshot-exists"


def test_a_snapshot_holds_no_links(full: Made, tmp_path: Path) -> None:
    (full.folder / "attachments" / "terms.pdf").unlink()
    (full.folder / "attachments" / "terms.pdf").symlink_to("unused.pdf")
    snapshot(full.folder, full.campaign, tmp_path / "copy")
    copied = tmp_path / "copy" / "attachments" / "terms.pdf"
    assert not copied.is_symlink()
    assert copied.read_text() == "unused"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("Hi {{ fi", ["first_name"]),
        ("Hi {{", ["first_name", "shop", "unsubscribe_url"]),
        ("{{ first_name | fa", ["fallback"]),
        ("{{ first_name }} and", []),
        ("no braces", []),
        ("{{ a }} {{ s", ["shop"]),
    ],
)
def test_the_editor_is_offered_what_fits(typed: str, offered: list[str]) -> None:
    assert complete(["first_name", "shop"], typed) == offered
