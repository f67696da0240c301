"""The ZIP archives that new workbooks are: their size held in bounds, and what is wrong with them told."""

from __future__ import annotations

import errno
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree import ElementTree
from xml.parsers import expat

from smtpdesk.base import files
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.recipients.probe import corrupt, unreadable

#: Bytes a workbook may have when unpacked: more than a full sheet of Excel with thirty columns.
_MOST_BYTES = 4 << 30
#: Bytes of the file itself, and of what is read of it to learn what it is.
MOST_FILE, _MOST_SMALL = 300_000_000, 48_000_000


@contextmanager
def opened(path: Path) -> Iterator[zipfile.ZipFile]:
    """A workbook as the archive it is.

    Raises:
        InputError: ``recipients.corrupt``, ``recipients.too-large``, ``recipients.password`` (an encrypted
            OpenDocument file: its manifest says so, OpenDocument 1.2 part 3, section 3.4) or ``recipients.unreadable``;
            also for what goes wrong while the block reads in it.
    """
    try:
        files.check(path, MOST_FILE)
        with zipfile.ZipFile(path) as archive:
            if sum(member.file_size for member in archive.infolist()) > _MOST_BYTES:
                raise too_large(path)
            if "META-INF/manifest.xml" in archive.namelist():
                if archive.getinfo("META-INF/manifest.xml").file_size > _MOST_SMALL:
                    raise too_large(path)
                manifest = archive.read("META-INF/manifest.xml")
                if b"encryption-data" in manifest:
                    raise locked(path)
            yield archive
    except OSError as error:
        # an offset that leads before the file's start
        raise (corrupt(path) if error.errno == errno.EINVAL else unreadable(path, error)) from error
    except (zipfile.BadZipFile, zlib.error, ElementTree.ParseError, expat.ExpatError) as error:
        raise corrupt(path) from error
    except (KeyError, ValueError, RuntimeError, EOFError) as error:
        raise corrupt(path) from error


def well_formed(archive: zipfile.ZipFile, part: str) -> None:
    """Refuse a part that ends early or is no XML: a library that trusts it may read it for ever.

    Raises:
        ExpatError, KeyError, BadZipFile: which :func:`opened` turns into ``recipients.corrupt``.
    """
    parser = expat.ParserCreate()
    with archive.open(part) as file:
        parser.ParseFile(file)


def locked(path: Path) -> InputError:
    """The error for a workbook that is protected by a password."""
    return InputError(
        "recipients.password",
        _("{name} is protected by a password.").format(name=path.name),
        _("Open it in your spreadsheet program, save a copy without a password, and import that."),
        str(path),
    )


def too_large(path: Path, cell: str = "") -> InputError:
    """The error for a sheet that would not fit into memory, mostly for a forgotten cell far away."""
    reason = _("{name} is too large to be read as a workbook.").format(name=path.name)
    if cell:
        reason = _("{name} is too large to be read: its cells reach as far as {cell}.").format(
            name=path.name, cell=cell
        )
    return InputError(
        "recipients.too-large",
        reason,
        _("Delete what stands far away from the list, or save the sheet as CSV and import that."),
        str(path),
    )
