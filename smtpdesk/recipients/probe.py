"""A first look into a file: what it is by its content, whatever it is called."""

from __future__ import annotations

import errno
import mmap
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

from smtpdesk.base import files
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.recipients.encoding import bom_codec, looks_utf16

#: Bytes of a file that are enough to tell what it is.
_HEAD = 65536
#: Bytes of any source of recipients: ten million rows of a hundred characters.
MOST_BYTES = 1_000_000_000
#: First bytes of the container of old office files (MS-CFB, section 2.2) and of a ZIP archive.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
#: Names of streams within that container which tell what is in it.
_STREAMS = ("Workbook", "Book", "EncryptedPackage", "WordDocument", "PowerPoint Document", "__properties_version1.0")


@dataclass(frozen=True, slots=True)
class Probe:
    """A file's name, first bytes, and what is inside if it is a container.

    Attributes:
        members: names of the files in a ZIP archive; None when it is no archive.
        mimetype: what an OpenDocument archive says it is; "".
        streams: names in an old office container; None when it is none.
        text: the head as text, for recognising text formats; "" for containers and for what is no text.
    """

    path: Path
    head: bytes
    members: frozenset[str] | None = None
    mimetype: str = ""
    streams: frozenset[str] | None = None
    text: str = field(default="", repr=False)

    @property
    def ending(self) -> str:
        """The ending of the file's name, lower case, with the dot."""
        return self.path.suffix.lower()


def probe(path: Path) -> Probe:
    """Look into a file.

    Raises:
        InputError: ``recipients.missing``, ``recipients.folder``, ``recipients.unreadable``, ``recipients.empty``
            or ``recipients.corrupt``.
    """
    head = _read_head(path)
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        _refuse_if_blank(path)
    if head.startswith(_ZIP):
        members, mimetype = _members(path)
        return Probe(path, head, members=members, mimetype=mimetype)
    if head.startswith(_OLE):
        return Probe(path, head, streams=_streams(path))
    return Probe(path, head, text=_as_text(head))


def empty(path: Path) -> InputError:
    """The error for a source in which there is nothing."""
    return InputError(
        "recipients.empty",
        _("{name} is empty.").format(name=path.name),
        _("Choose the file in which the addresses are."),
        str(path),
    )


def corrupt(path: Path) -> InputError:
    """The error for a workbook that cannot be opened."""
    return InputError(
        "recipients.corrupt",
        _("{name} is damaged or incomplete and cannot be opened.").format(name=path.name),
        _("Open it in your spreadsheet program, save it again, and import that copy."),
        str(path),
    )


def unreadable(path: Path, error: OSError) -> InputError:
    """The error for a file that the system does not let us read."""
    return InputError(
        "recipients.unreadable",
        _("{name} cannot be read: {reason}.").format(name=path.name, reason=error.strerror or type(error).__name__),
        _("Close it in other programs and look whether you may read it, then try again."),
        str(path),
    )


def _read_head(path: Path) -> bytes:
    try:
        if path.is_dir():
            raise InputError(
                "recipients.folder",
                _("{name} is a folder, not a file.").format(name=path.name),
                _("Choose the spreadsheet inside it."),
                str(path),
            )
        with files.opened(path, MOST_BYTES) as file:
            return file.read(_HEAD)
    except FileNotFoundError:
        raise InputError(
            "recipients.missing",
            _("There is no file {name}.").format(name=path.name),
            _("Was it moved or renamed?"),
            str(path),
        ) from None
    except OSError as error:
        raise unreadable(path, error) from error


def _refuse_if_blank(path: Path) -> None:
    """The head is blank: is all of the file?"""
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            if block.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
                return
    raise empty(path)


def _members(path: Path) -> tuple[frozenset[str], str]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = frozenset(archive.namelist())
            mimetype = _start_of(archive, "mimetype") if "mimetype" in names else ""
            return names, mimetype.strip()
    except OSError as error:
        # an offset that leads before the file's start
        raise (corrupt(path) if error.errno == errno.EINVAL else unreadable(path, error)) from error
    except (zipfile.BadZipFile, ValueError, RuntimeError, NotImplementedError, EOFError) as error:
        raise corrupt(path) from error


def _start_of(archive: zipfile.ZipFile, member: str) -> str:
    with archive.open(member) as file:
        return file.read(200).decode("ascii", "replace")


def _streams(path: Path) -> frozenset[str]:
    """Names are UTF-16 and end with a NUL in the container's directory (MS-CFB, section 2.6.1)."""
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        return frozenset(name for name in _STREAMS if whole.find((name + "\0").encode("utf-16-le")) >= 0)


def _as_text(head: bytes) -> str:
    codec = bom_codec(head) or looks_utf16(head)
    if codec:
        return head.decode(codec, "replace").lstrip("\ufeff")
    controls = sum(head.count(code) for code in range(32) if code not in (9, 10, 11, 12, 13, 26, 27))
    return "" if controls * 20 > len(head) else head.decode("latin-1")
