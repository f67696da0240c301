"""Reading what the sandbox kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.sandbox.inbox import Inbox
from smtpdesk.sandbox.mailbag import INDEX_FILE, Mailbag, subject_of


def message(subject: str) -> bytes:
    return f"From: Ana <ana@example.com>\r\nTo: ben@example.com\r\nSubject: {subject}\r\n\r\nHi\r\n".encode()


def keep(bag: Mailbag, subject: str) -> str:
    return bag.keep(message(subject), "bounce@example.com", ["ben@example.com"])


def test_newest_first_and_only_so_many_as_asked(tmp_path: Path) -> None:
    bag, inbox = Mailbag(tmp_path), Inbox(tmp_path)
    for n in range(5):
        keep(bag, f"number {n}")
    assert [item.subject for item in inbox.messages()] == [f"number {n}" for n in (4, 3, 2, 1, 0)]
    assert [item.subject for item in inbox.messages(limit=2)] == ["number 4", "number 3"]
    keep(bag, "number 5")
    assert inbox.messages()[0].subject == "number 5"
    assert inbox.count() == 6


def test_an_empty_or_missing_folder_is_an_empty_inbox(tmp_path: Path) -> None:
    inbox = Inbox(tmp_path / "not there")
    assert inbox.messages() == []
    assert (inbox.count(), inbox.clear()) == (0, 0)


def test_listing_thousands_reads_no_message(tmp_path: Path) -> None:
    bag = Mailbag(tmp_path)
    names = [keep(bag, f"number {n}") for n in range(3000)]
    for name in names:
        (tmp_path / name).write_bytes(b"changed after it was indexed")
    items = Inbox(tmp_path).messages()
    assert [item.subject for item in items[:2]] == ["number 2999", "number 2998"]
    assert len(items) == 3000


def test_a_message_missing_from_the_index_is_found_by_its_file(tmp_path: Path) -> None:
    bag = Mailbag(tmp_path)
    keep(bag, "indexed")
    lost = keep(bag, "=?utf-8?q?Gr=C3=BC=C3=9Fe?=")
    index = tmp_path / INDEX_FILE
    first, _second = index.read_text().splitlines()
    index.write_text(first + "\n" + '{"file": "torn')
    [found, _indexed] = Inbox(tmp_path).messages()
    assert (found.file, found.subject, found.sender) == (lost, "Grüße", "Ana <ana@example.com>")
    assert found.recipients == ("ben@example.com",)


def test_a_line_still_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    bag, inbox = Mailbag(tmp_path), Inbox(tmp_path)
    name = keep(bag, "whole")
    index = tmp_path / INDEX_FILE
    line = index.read_bytes()
    index.write_bytes(line[:20])
    assert inbox.messages()[0].file == name
    index.write_bytes(line)
    assert inbox.messages()[0].sender == "bounce@example.com"


def test_a_deleted_file_is_gone_from_the_list(tmp_path: Path) -> None:
    bag, inbox = Mailbag(tmp_path), Inbox(tmp_path)
    first, second = keep(bag, "one"), keep(bag, "two")
    assert len(inbox.messages()) == 2
    (tmp_path / first).unlink()
    assert [item.file for item in inbox.messages()] == [second]
    with pytest.raises(InputError) as gone:
        inbox.read(first)
    assert gone.value.code == "sandbox.no-message"


def test_clearing_empties_every_reader(tmp_path: Path) -> None:
    bag, inbox, other = Mailbag(tmp_path), Inbox(tmp_path), Inbox(tmp_path)
    for n in range(3):
        keep(bag, f"before {n}")
    assert len(other.messages()) == 3
    assert inbox.clear() == 3
    assert inbox.messages() == other.messages() == []
    keep(bag, "after")
    assert [item.subject for item in other.messages()] == ["after"]


def test_a_name_never_leads_out_of_the_folder(tmp_path: Path) -> None:
    outside = tmp_path / "secret.eml"
    outside.write_text("private")
    inbox = Inbox(tmp_path / "sandbox")
    for name in ("../secret.eml", str(outside), "behaviour.json", "", "00000000000000000001-ab.eml\n"):
        with pytest.raises(InputError):
            inbox.read(name)


@pytest.mark.parametrize(
    ("raw", "subject"),
    [
        (b"Subject: plain\r\n\r\n", "plain"),
        (b"subject:no blank\r\n\r\n", "no blank"),
        (b"To: a\r\nSubject: folded\r\n over two\r\nX: y\r\n\r\n", "folded over two"),
        (b"Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\n =?utf-8?b?IHp1?=\r\n\r\n", "Grüße zu"),
        ("Subject: Grüße\r\n\r\n".encode(), "Grüße"),
        (b"Subject: =?no-such-charset?q?abc?=\r\n\r\n", "=?no-such-charset?q?abc?="),
        (b"Subject: \xff\xfe\r\n\r\n", "\ufffd\ufffd"),
        (b"To: a\r\n\r\nSubject: in the body\r\n", ""),
        (b"", ""),
    ],
)
def test_subjects_are_read_whatever_they_are(raw: bytes, subject: str) -> None:
    assert subject_of(raw) == subject
