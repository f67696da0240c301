from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.domain.campaign import Campaign, RetryPlan
from smtpdesk.message import load_campaign, save_campaign

FULL = """\
# our spring campaign
name = "Spring sale"
profiles = ["office"]                 # several share the load
from = "Ana Pérez <ana@example.com>"
reply_to = "sales@example.com"
subject = "{{ first_name }}, spring is here"
recipients = "recipients.csv"
html = "message.html"
text = "message.txt"
attachments = ["terms.pdf", "invoices/{{ invoice }}.pdf"]   # always inside the folder
unsubscribe = "mailto:leave@example.com?subject=leave%20{{ email }}"

[headers]
X-Campaign = "spring-sale"  # for our filter
"""


def write(folder: Path, text: str) -> Path:
    (folder / "campaign.toml").write_text(text, encoding="utf-8")
    return folder


def test_every_setting_of_the_documented_example_is_read(tmp_path: Path) -> None:
    campaign = load_campaign(write(tmp_path, FULL))
    assert campaign == Campaign(
        name="Spring sale",
        profiles=("office",),
        from_header="Ana Pérez <ana@example.com>",
        reply_to="sales@example.com",
        subject="{{ first_name }}, spring is here",
        recipients="recipients.csv",
        html="message.html",
        text="message.txt",
        attachments=("terms.pdf", "invoices/{{ invoice }}.pdf"),
        unsubscribe="mailto:leave@example.com?subject=leave%20{{ email }}",
        headers={"X-Campaign": "spring-sale"},
    )


def test_a_campaign_can_be_sent_to_a_list_and_retry_as_it_says(tmp_path: Path) -> None:
    text = 'recipients = "list:Customers"\n[retry]\ndelays = ["15s", "1m", "2h"]\ngive_up_after = "2d"\n'
    campaign = load_campaign(write(tmp_path, text))
    assert campaign.list_name == "Customers"
    assert campaign.retry == RetryPlan((15.0, 60.0, 7200.0), 172800.0)
    assert campaign.name == tmp_path.name


@pytest.mark.parametrize("usual", ["message.html", "message.md"])
def test_usual_message_files_are_found_without_being_named(tmp_path: Path, usual: str) -> None:
    (tmp_path / usual).write_text("x")
    (tmp_path / "message.txt").write_text("x")
    campaign = load_campaign(write(tmp_path, 'name = "a"\n'))
    assert (campaign.html, campaign.text) == (usual, "message.txt")
    assert load_campaign(write(tmp_path, 'text = "message.txt"\n')).html == ""


@pytest.mark.parametrize(
    ("text", "code", "where", "hint"),
    [
        ('name = "a"\nsubjct = "b"\n', "campaign.unknown-key", "campaign.toml:2", "subject"),
        ('name = "a"\nreply-to = "b"\n', "campaign.unknown-key", "campaign.toml:2", "reply_to"),
        ('[retry]\n\ndelay = ["1s"]\n', "campaign.unknown-key", "campaign.toml:3", "delays"),
        ('name = "a"\n\n[header]\nX = "1"\n', "campaign.unknown-key", "campaign.toml:3", "headers"),
        ("zzz = 1\n", "campaign.unknown-key", "campaign.toml:1", "name, profiles"),
        ("name = 'a'\nsubject = 12\n", "campaign.wrong-type", "campaign.toml:2", "quotation"),
        ("profiles = [1]\n", "campaign.wrong-type", "campaign.toml:1", "list of texts"),
        ("headers = 'x'\n", "campaign.wrong-type", "campaign.toml:1", "[headers]"),
        ("[headers]\nX = ['a']\n", "campaign.wrong-type", "campaign.toml:2", "quotation"),
        ("[retry]\ngive_up_after = 'soon'\n", "campaign.bad-duration", "campaign.toml:2", "15s"),
        ('name = "a"\nsubject = "b\n', "campaign.syntax", "campaign.toml:2:13", "quotation"),
        ('html = "../other/message.html"\n', "message.outside-folder", "campaign.toml:1", ".."),
        ('name = "a"\nattachments = ["/etc/passwd"]\n', "message.outside-folder", "campaign.toml:2", "inside"),
        ('recipients = "C:\\\\people.csv"\n', "message.outside-folder", "campaign.toml:1", "inside"),
    ],
)
def test_mistakes_are_told_with_their_line(tmp_path: Path, text: str, code: str, where: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        load_campaign(write(tmp_path, text))
    error = caught.value
    assert (error.code, error.where) == (code, where)
    assert hint in error.hint + error.sentence


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('subject = "spring\n', "the line ends in the middle of a value"),
        ("subject = spring\n", "text without quotation marks"),
        ("subject\n", "no equals sign"),
        ('name = "a" b\n', "same line"),
        ('profiles = ["a"\nname = "b"', "no closing bracket"),
        ('name = "a"\nname = "b"\n', "stands there twice"),
        ("[headers]\n[headers]\n", "section stands there twice"),
        ('name = "a\x01"\n', "character that cannot be written here"),
        ('name = "C:\\q"\n', "backslash"),
        ('name = """a', "closing quotation marks"),
        ("[headers", "section has no closing bracket"),
    ],
)
def test_a_slip_in_the_spelling_is_told_without_the_spelling_of_python(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        load_campaign(write(tmp_path, text))
    assert words in caught.value.sentence
    assert "\\" not in caught.value.sentence and "('" not in caught.value.sentence


def test_a_folder_without_a_campaign_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_campaign(tmp_path)
    assert caught.value.code == "campaign.missing"


def test_a_file_that_is_not_utf8_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_bytes(b'name = "a"\nsubject = "caf\xe9"\n')
    with pytest.raises(InputError) as caught:
        load_campaign(tmp_path)
    assert (caught.value.code, caught.value.where) == ("message.not-utf8", "campaign.toml:2")


def test_a_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path) -> None:
    (tmp_path / "campaign.toml").write_bytes(b'\xef\xbb\xbfname = "a"\r\nsubject = "b"\r\n')
    assert load_campaign(tmp_path).subject == "b"


def test_saving_without_a_change_leaves_every_byte(tmp_path: Path) -> None:
    folder = write(tmp_path, FULL)
    save_campaign(folder, load_campaign(folder))
    assert (folder / "campaign.toml").read_text(encoding="utf-8") == FULL


def test_saving_changes_only_what_changed(tmp_path: Path) -> None:
    folder = write(tmp_path, FULL)
    old = load_campaign(folder)
    new = replace(old, subject="Spring!", reply_to="", headers={"X-Campaign": "s", "X-New": "1"}, sheet="People")
    save_campaign(folder, new)
    text = (folder / "campaign.toml").read_text(encoding="utf-8")
    assert load_campaign(folder) == new
    assert "# our spring campaign" in text
    assert "# several share the load" in text
    assert "# for our filter" in text
    assert "reply_to" not in text
    assert text.index('sheet = "People"') < text.index("[headers]")


def test_a_new_campaign_is_written_in_the_documented_order(tmp_path: Path) -> None:
    campaign = Campaign(
        "Neu",
        subject="Grüße",
        profiles=("a", "b"),
        text="message.txt",
        headers={"X-A": "1"},
        retry=RetryPlan((15.0, 90.0), 3600.0),
    )
    (tmp_path / "message.txt").write_text("x")
    save_campaign(tmp_path, campaign)
    text = (tmp_path / "campaign.toml").read_text(encoding="utf-8")
    positions = [
        text.index(key) for key in ("name", "profiles", "subject", "recipients", "text", "[headers]", "[retry]")
    ]
    assert positions == sorted(positions)
    assert load_campaign(tmp_path) == campaign


def test_a_campaign_that_goes_back_to_the_usual_retries_loses_the_section(tmp_path: Path) -> None:
    folder = write(tmp_path, 'name = "a"\nsubject = "b"\n\n[retry]\ndelays = ["15s"]\n')
    save_campaign(folder, replace(load_campaign(folder), retry=RetryPlan()))
    assert "retry" not in (folder / "campaign.toml").read_text()


def test_a_failed_save_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    folder = write(tmp_path, 'name = "a\n')
    with pytest.raises(InputError):
        save_campaign(folder, Campaign("b"))
    assert [path.name for path in folder.iterdir()] == ["campaign.toml"]
    assert (folder / "campaign.toml").read_text() == 'name = "a\n'


def test_a_campaign_that_leaves_its_folder_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        save_campaign(tmp_path, Campaign("b", html="../x.html"))
    assert caught.value.code == "message.outside-folder"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line", ["x = " + "9" * 5000, "x = " + "[" * 3000 + "]" * 3000])
def test_a_file_that_overwhelms_the_parser_is_refused_in_words(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputError) as caught:
        load_campaign(write(tmp_path, line))
    assert caught.value.code == "campaign.syntax"


def test_a_span_of_time_beyond_all_measure_is_refused_when_it_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        load_campaign(write(tmp_path, f'[retry]\ndelays = ["{"9" * 400}d"]'))
    assert caught.value.code == "campaign.bad-duration"
