"""A file is looked at before it is read: no pipe is waited for, no device drained, nothing far too large taken in."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from smtpdesk.base import files
from smtpdesk.base.errors import InputError


def _code(call: object, *args: object) -> str:
    with pytest.raises(InputError) as caught:
        result = call(*args)  # type: ignore[operator]
        list(result)  # blocks() begins with the first block
    return caught.value.code


def test_an_ordinary_file_is_read_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "a"
    for data in (b"", b"x", os.urandom(3_000_000)):
        file.write_bytes(data)
        assert files.read(file, 3_000_000) == data
        assert files.check(file, 3_000_000) == len(data)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in the file system")
def test_a_pipe_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for call in (files.read, files.blocks, files.check):
        assert _code(call, tmp_path / "pipe", 100) == "file.not-ordinary"


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/tty"])
def test_a_device_is_refused(device: str) -> None:
    try:
        assert _code(files.read, Path(device), 100) == "file.not-ordinary"
    except OSError:
        assert device == "/dev/tty"  # a process without a terminal cannot even open it


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no sockets in the file system")
def test_a_socket_is_refused(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "s"))
        with pytest.raises((InputError, OSError)):
            files.read(tmp_path / "s", 100)
        assert _code(files.check, tmp_path / "s", 100) == "file.not-ordinary"


def test_a_sparse_file_is_refused_by_its_size_with_the_limit_and_its_name(tmp_path: Path) -> None:
    file = tmp_path / "catalogue.pdf"
    with file.open("wb") as stream:
        stream.truncate(5_000_000_000)
    with pytest.raises(InputError) as caught:
        files.read(file, 150_000_000)
    assert caught.value.code == "file.too-large"
    for words in ("catalogue.pdf", "5 GB", "150 MB"):
        assert words in caught.value.sentence


def test_a_file_that_grows_or_is_cut_meanwhile_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "a"
    for change in (lambda: file.open("ab").write(b"y" * 10), lambda: os.truncate(file, 150)):
        file.write_bytes(b"x" * 300)
        reading = files.blocks(file, 10_000, block=100)
        assert next(reading) == b"x" * 100
        change()
        assert _code(lambda reading=reading: list(reading)) == "file.changed"


def test_a_folder_is_what_the_system_calls_it(tmp_path: Path) -> None:
    with pytest.raises(OSError):
        files.read(tmp_path, 100)


@pytest.mark.parametrize(
    ("octets", "words"), [(12, "12 bytes"), (41_000, "41 KB"), (1_400_000, "1.4 MB"), (5_000_000_000, "5 GB")]
)
def test_sizes_are_said_as_providers_state_them(octets: int, words: str) -> None:
    assert files.size_words(octets) == words
