"""Whether an XLS file can be trusted to a library: its container holds together, and no count in it is a lie.

The container is MS-CFB, the stream of records within it MS-XLS. A damaged count would have the library ask for more
memory than there is, and end the whole process.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path

from smtpdesk.base import files
from smtpdesk.recipients.archive import MOST_FILE, locked
from smtpdesk.recipients.probe import corrupt, unreadable

#: Sector numbers from here on are marks: end of chain, free, and the table's own sectors (MS-CFB, section 2.1).
_LAST_SECTOR = 0xFFFFFFFA
_HEADER = struct.Struct("<24xHHHHH10xIIIIIIII")
_ENTRY = struct.Struct("<64sHB49xIQ")
#: Records (MS-XLS, section 2.3.1): end of a substream, file is encrypted, table of shared strings, used range.
_EOF, _FILEPASS, _SST, _DIMENSIONS = 0x0A, 0x2F, 0xFC, 0x200


def check(path: Path) -> None:
    """Refuse a workbook that is encrypted or damaged.

    Raises:
        InputError: ``recipients.password``, ``recipients.corrupt`` or ``recipients.unreadable``.
    """
    try:
        stream = _Container(files.read(path, MOST_FILE)).workbook()
        ended = False
        for kind, place, length in _records(stream):
            if kind == _FILEPASS:
                raise locked(path)
            ended = ended or kind == _EOF
            if kind == _SST and _count(stream, place + 4) > len(stream) // 3:  # a string takes 3 bytes at least
                raise corrupt(path)
            if kind == _DIMENSIONS and length >= 14 and not _possible(stream, place):
                raise corrupt(path)
    except OSError as error:
        raise unreadable(path, error) from error
    except (struct.error, _Broken) as error:
        raise corrupt(path) from error
    if not ended:
        raise corrupt(path)


def _count(stream: bytes, place: int) -> int:
    number: int = struct.unpack_from("<I", stream, place)[0]
    return number


def _possible(stream: bytes, place: int) -> bool:
    """The used range of a sheet lies within 65,536 rows and 256 columns (section 2.4.90)."""
    first_row, last_row, first_column, last_column = struct.unpack_from("<IIHH", stream, place)
    return bool(first_row <= last_row <= 65_536 and first_column <= last_column <= 256)


class _Broken(Exception):
    """A chain leads out of the file, or in a circle, or to nothing."""


class _Container:
    """The sectors of a compound file (MS-CFB, section 2)."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        _minor, _major, _order, shift, mini_shift, tables, directory, _tx, cutoff, mini, _minis, more, extra = (
            _HEADER.unpack_from(content)
        )
        if shift not in (9, 12) or mini_shift != 6 or extra > len(content) >> shift:
            raise _Broken
        self._shift, self._cutoff = shift, cutoff
        numbers = list(struct.unpack_from("<109I", content, 76))
        for _ in range(extra):
            block = struct.unpack(f"<{(1 << shift) // 4}I", self._sector(more))
            numbers += block[:-1]
            more = block[-1]
        fat = b"".join(self._sector(number) for number in numbers[:tables] if number < _LAST_SECTOR)
        self._fat = struct.unpack(f"<{len(fat) // 4}I", fat)  # raises when it is cut off
        mini_fat = self._chain(mini) if mini < _LAST_SECTOR else b""
        self._mini_fat = struct.unpack(f"<{len(mini_fat) // 4}I", mini_fat)
        self._entries = list(_ENTRY.iter_unpack(self._chain(directory)))  # raises when the last entry is cut off

    def workbook(self) -> bytes:
        """The stream with the workbook's records."""
        for raw, length, kind, start, size in self._entries:
            name = raw[: max(length - 2, 0)].decode("utf-16-le", "replace")
            if kind == 2 and name in ("Workbook", "Book"):
                stream = self._small(start) if size < self._cutoff else self._chain(start)
                return stream[:size]
        raise _Broken

    def _sector(self, number: int) -> bytes:
        begin = (number + 1) << self._shift
        if begin >= len(self._content):
            raise _Broken
        return self._content[begin : begin + (1 << self._shift)]

    def _chain(self, start: int) -> bytes:
        return b"".join(map(self._sector, _follow(start, self._fat)))

    def _small(self, start: int) -> bytes:
        """A stream below the cut-off lies in 64-byte pieces of the root entry's stream (section 2.4)."""
        root = next((self._chain(entry[3]) for entry in self._entries if entry[2] == 5), b"")
        return b"".join(root[number * 64 : number * 64 + 64] for number in _follow(start, self._mini_fat))


def _follow(start: int, table: tuple[int, ...]) -> Iterator[int]:
    number = start
    for _ in range(len(table) + 1):
        if number >= _LAST_SECTOR:
            return
        if number >= len(table):
            raise _Broken
        yield number
        number = table[number]
    raise _Broken


def _records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Kind, place and length of each record's body."""
    place = 0
    header = struct.Struct("<HH").unpack_from
    while place + 4 <= len(stream):
        kind, length = header(stream, place)
        yield kind, place + 4, length
        place += 4 + length
