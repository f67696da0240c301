"""Files that a person or a campaign names, looked at before they are read: an ordinary file, and not too large.

A pipe would be waited for without end, a device gives without end, and a sparse file of five gigabytes is a few blocks
on the disk and all of the memory when it is read. So a file is opened without waiting, then asked what it is, and read
up to a limit; what comes back is what the file held when it was opened, or an error.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _

#: Bytes of a setting, a template or a message's text; of a profile, a key or a secret.
TEXT_LIMIT, SMALL_LIMIT = 10_000_000, 1_000_000
#: Bytes of a message that came as a file, of which the head is read.
MAIL_LIMIT = 100_000_000
_BLOCK = 1 << 20


@contextmanager
def opened(path: Path, limit: int, where: str = "") -> Iterator[BufferedReader]:
    """A file to read block by block, once it is known to be one, and to have at most ``limit`` bytes.

    Raises:
        InputError: ``file.not-ordinary`` or ``file.too-large``.
        OSError: it is missing, or may not be read.
    """
    with _open(path) as stream:
        _checked(path, stream, limit, where)
        yield stream


def read(path: Path, limit: int, where: str = "") -> bytes:
    """All of a file.

    Raises:
        InputError: ``file.not-ordinary``, ``file.too-large``, or ``file.changed`` while it was read.
        OSError: it is missing, or may not be read.
    """
    return b"".join(blocks(path, limit, where))


def blocks(path: Path, limit: int, where: str = "", block: int = _BLOCK) -> Iterator[bytes]:
    """All of a file, block by block; no block but the last is shorter than ``block``.

    Raises:
        InputError: as :func:`read`. OSError: as :func:`read`.
    """
    with _open(path) as stream:
        before = _checked(path, stream, limit, where)
        size = 0
        while data := stream.read(block):
            size += len(data)
            if size > limit:
                raise too_large(path, size, limit, where)
            yield data
        after = os.fstat(stream.fileno())
        if size != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
            raise changed(path, where)


def check(path: Path, limit: int, where: str = "") -> int:
    """The size of a file that another library is going to read.

    Raises:
        InputError: ``file.not-ordinary`` or ``file.too-large``.
        OSError: it is missing, or may not be asked.
    """
    status = path.stat()
    _judge(path, status, limit, where)
    return status.st_size


def size_words(octets: int) -> str:
    """``41 KB``, ``1.4 MB``, ``5 GB``: decimal, as mail providers state their limits."""
    for unit, step in ((_("{n} GB"), 10**9), (_("{n} MB"), 10**6), (_("{n} KB"), 10**3)):
        if octets >= step:
            return unit.format(n=f"{octets / step:.1f}".removesuffix(".0"))
    return _("{n} bytes").format(n=octets)


def too_large(path: Path, size: int, limit: int, where: str = "") -> InputError:
    """The error for a file that is larger than anything it could be for."""
    return InputError(
        "file.too-large",
        _("“{name}” is too large: it has {size}, and at most {limit} can be read.").format(
            name=path.name, size=size_words(size), limit=size_words(limit)
        ),
        _("Check whether this is the right file, or make it smaller."),
        where or str(path),
    )


def changed(path: Path, where: str = "") -> InputError:
    """The error for a file that another program wrote while it was read."""
    return InputError(
        "file.changed",
        _("“{name}” was changed while it was being read.").format(name=path.name),
        _("Wait until the other program has saved it, then try again."),
        where or str(path),
    )


def _open(path: Path) -> BufferedReader:
    # Without O_NONBLOCK opening a pipe waits for whoever writes into it. It changes nothing for an ordinary file.
    flags = os.O_RDONLY
    for name in ("O_NONBLOCK", "O_CLOEXEC", "O_NOCTTY", "O_BINARY"):
        flags |= getattr(os, name, 0)
    return os.fdopen(os.open(path, flags), "rb")


def _checked(path: Path, stream: BufferedReader, limit: int, where: str) -> os.stat_result:
    status = os.fstat(stream.fileno())
    _judge(path, status, limit, where)
    return status


def _judge(path: Path, status: os.stat_result, limit: int, where: str) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(21, os.strerror(21), str(path))
    if not stat.S_ISREG(status.st_mode):
        raise InputError(
            "file.not-ordinary",
            _("“{name}” is no ordinary file: it is a pipe, a socket or a device.").format(name=path.name),
            _("Name a file that holds what you want to use."),
            where or str(path),
        )
    if status.st_size > limit:
        raise too_large(path, status.st_size, limit, where)
