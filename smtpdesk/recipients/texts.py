"""Text that delimited rows are in: a file in a known encoding, or what somebody pasted."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from smtpdesk.base.errors import InputError
from smtpdesk.recipients.encoding import undecodable
from smtpdesk.recipients.probe import unreadable

#: Characters a line may have: no person's row is longer, and memory stays bounded.
LONGEST_LINE = 1 << 20
#: Lines of the head that are looked at to find the delimiter.
_SAMPLE_LINES = 400
#: What may stand in a line that says nothing.
_NOTHING = " \t\r\n,;|\0\ufeff"


class Text(ABC):
    """Text that can be read from its start any number of times."""

    name: str

    @abstractmethod
    def open(self) -> io.TextIOBase:
        """The text from its start, line ends as they are."""

    @property
    def share(self) -> float | None:
        """How much the latest reader has read, 0 to 1; None when unknown."""
        return None

    def refuse(self, error: UnicodeDecodeError) -> InputError:
        """The error for bytes that are no text in the file's encoding."""
        raise error

    def sample(self) -> list[str]:
        """The first lines in which there is something; none when there is nothing in the text."""
        try:
            with closing(self.open()) as stream:
                lines = iter(lambda: stream.readline(LONGEST_LINE), "")
                filled = (line.replace("\0", "") for line in lines if line.strip(_NOTHING))
                return list(islice(filled, _SAMPLE_LINES))
        except UnicodeDecodeError as error:
            raise self.refuse(error) from error


class PastedText(Text):
    """Text that somebody pasted."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self._text = text

    def open(self) -> io.TextIOBase:
        """See :meth:`Text.open`."""
        return io.StringIO(self._text.removeprefix("\ufeff"), newline="")


class FileText(Text):
    """A text file in a known encoding."""

    def __init__(self, path: Path, codec: str) -> None:
        self.name = str(path)
        self._path = path
        self._codec = codec
        self._size = 0
        self._raw: BinaryIO | None = None

    def open(self) -> io.TextIOBase:
        """See :meth:`Text.open`."""
        try:
            raw = self._path.open("rb", buffering=1 << 18)
            self._size = self._path.stat().st_size
        except OSError as error:
            raise unreadable(self._path, error) from error
        self._raw = raw
        return io.TextIOWrapper(raw, encoding=self._codec, errors="strict", newline="")

    @property
    def share(self) -> float | None:
        """See :attr:`Text.share`."""
        if self._raw is None or not self._size:
            return None
        return 1.0 if self._raw.closed else min(1.0, self._raw.tell() / self._size)

    def refuse(self, error: UnicodeDecodeError) -> InputError:
        """See :meth:`Text.refuse`."""
        del error
        return undecodable(self._path, self._codec)
