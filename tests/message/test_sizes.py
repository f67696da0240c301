"""What a message is made of is looked at before it is read: kind, size, and all attachments together."""

from __future__ import annotations

import os
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest

from smtpdesk.base.errors import InputError
from smtpdesk.domain.recipient import Recipient
from smtpdesk.message import Composer, read_back
from smtpdesk.message.files import digest, snapshot
from tests.message.making import Made

_WHO = Recipient("bo@example.com", {"email": "bo@example.com", "first_name": "Bo"}, 2)


def _compiled(made: Made, **settings: object) -> Composer:
    campaign = replace(made.campaign, **settings)  # type: ignore[arg-type]
    return Composer.compile(campaign, made.folder, from_header="Ana <ana@example.com>")


def _refused(made: Made, **settings: object) -> InputError:
    with pytest.raises(InputError) as caught:
        _compiled(made, **settings)
    return caught.value


def _sparse(path: Path, size: int) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("wb") as stream:
        stream.truncate(size)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in the file system")
def test_a_pipe_is_no_part_of_a_message(made: Made) -> None:
    for name, settings in (
        ("message.html", {"html": "message.html"}),
        ("a.pdf", {"attachments": ("a.pdf",)}),
        ("inner.html", {"html": "outer.html"}),
        ("logo.png", {"html": "picture.html"}),
    ):
        os.mkfifo(made.folder / name)
        made.put("outer.html", "{% include 'inner.html' %}")
        made.put("picture.html", '<img src="logo.png">')
        error = _refused(made, **settings)
        assert error.code == "file.not-ordinary", name
        assert name in error.sentence


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("big.html", {"html": "big.html"}),
        ("big.txt", {"text": "big.txt"}),
        ("big.md", {"html": "big.md"}),
        ("big.pdf", {"attachments": ("big.pdf",)}),
        ("big.png", {"html": "picture.html"}),
    ],
)
def test_a_sparse_file_of_five_gigabytes_is_refused_unread(made: Made, name: str, settings: dict[str, object]) -> None:
    _sparse(made.folder / name, 5_000_000_000)
    made.put("picture.html", '<img src="big.png">')
    error = _refused(made, **settings)
    assert error.code == "file.too-large"
    assert name in error.sentence
    assert "5 GB" in error.sentence


def test_attachments_are_bounded_together_before_one_is_read(made: Made) -> None:
    for number in range(4):
        _sparse(made.folder / f"{number}.bin", 50_000_000)
    tracemalloc.start()
    error = _refused(made, attachments=tuple(f"{number}.bin" for number in range(4)))
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert error.code == "message.too-large"
    assert peak < 20_000_000


def test_a_digest_and_a_copy_read_no_pipe_and_no_endless_file(made: Made, tmp_path: Path) -> None:
    _sparse(made.folder / "big.bin", 5_000_000_000)
    campaign = replace(made.campaign, attachments=("big.bin",))
    for call in (lambda: digest(made.folder, campaign), lambda: snapshot(made.folder, campaign, tmp_path / "copy")):
        with pytest.raises(InputError) as caught:
            call()
        assert caught.value.code in ("file.too-large", "message.too-large")
    assert not (tmp_path / "copy").exists()


def test_a_large_attachment_is_held_once_encoded_and_once_in_the_message(made: Made) -> None:
    size = 20_000_000
    data = os.urandom(size)
    (made.folder / "a.bin").write_bytes(data)
    encoded = size * 78 // 57
    tracemalloc.start()
    composer = _compiled(made, attachments=("a.bin",))
    _now, compiled = tracemalloc.get_traced_memory()
    raw = composer.build(_WHO, message_id="<a@b.c>", date=1.0)
    _now, built = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    back = read_back(raw)
    _now, read = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert compiled < 1.3 * encoded
    assert built < 2.3 * encoded
    assert read < 2 * encoded + 2.2 * size
    assert back.parts[0].data == data
    assert back.size == len(raw)


@pytest.mark.parametrize("size", [0, 1, 56, 57, 58, 57 * 16_384 - 1, 57 * 16_384, 57 * 16_384 + 1, 400_000])
def test_a_file_of_any_size_comes_back_as_it_was(made: Made, size: int) -> None:
    data = os.urandom(size)
    (made.folder / "a.bin").write_bytes(data)
    raw = _compiled(made, attachments=("a.bin",)).build(_WHO, message_id="<a@b.c>", date=1.0)
    assert read_back(raw).parts[0].data == data
    assert max(map(len, raw.split(b"\r\n"))) <= 76 + 40


def test_words_about_base64_in_a_text_are_no_body(made: Made) -> None:
    text = "Content-Transfer-Encoding: base64\n\n" + "QUJD" * 80_000 + "\n"
    made.put("message.txt", text)
    raw = _compiled(made).build(_WHO, message_id="<a@b.c>", date=1.0)
    assert read_back(raw).text == text
