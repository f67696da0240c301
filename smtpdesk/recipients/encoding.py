"""In which encoding a text file is: marks at its start, UTF-8 by trial, else a guess that says it is one."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.finding import Finding, Severity
from smtpdesk.recipients.watch import Watch

#: UTF-32 first: its little-endian mark begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BLOCK = 1 << 20
#: Bytes around the first byte that is not UTF-8 which are looked at to guess.
_AROUND = 1 << 18


@dataclass(frozen=True, slots=True)
class Encoding:
    """What to decode with, and what a person should know about the choice.

    ``name`` is what is shown: the codec as Python's codecs call themselves (``koi8-r``).
    """

    codec: str
    name: str
    findings: tuple[Finding, ...] = ()


def bom_codec(head: bytes) -> str:
    """The codec that a byte-order mark at the start names, or ""."""
    return next((codec for mark, codec in _MARKS if head.startswith(mark)), "")


def looks_utf16(head: bytes) -> str:
    """The codec of UTF-16 text without a mark, by the NUL bytes that Latin letters have in it, or ""."""
    sample = head[:4096]
    half = len(sample) // 2
    if half < 4:
        return ""
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if odd > half * 0.4 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.4 and odd < half * 0.05:
        return "utf-16-be"
    return ""


def detect(path: Path, head: bytes, wanted: str | None, watch: Watch, whole: bool) -> Encoding:
    """The encoding of a text file. ``whole``: read it to the end to be sure, otherwise only its first megabyte.

    Raises:
        InputError: ``recipients.unknown-encoding`` for a wanted one that does not exist, ``recipients.mixed-encoding``.
    """
    marked = bom_codec(head)
    if wanted:
        codec = _known(wanted)
        # utf-8-sig leaves the mark out
        return Encoding(marked if (codec, marked) == ("utf-8", "utf-8-sig") else codec, codec)
    if marked:
        name = marked.removesuffix("-sig")
        return Encoding(marked, name, () if name == "utf-8" else (_taken(name),))
    if unmarked := looks_utf16(head):
        return Encoding(unmarked, unmarked, (_guessed(unmarked),))
    bad = _first_not_utf8(path, watch, whole)
    if bad is None:
        return Encoding("utf-8", "utf-8")
    from smtpdesk.recipients.guess import guess  # loaded only for the file that needs it

    lines = _sample(path, bad)
    _refuse_mixture(path, lines)
    name = codecs.lookup(guess(b"\n".join(lines))).name
    return Encoding(name, name, (_guessed(name),))


def bad_place(path: Path, codec: str) -> str:
    """``name:line:column`` of the first bytes that ``codec`` cannot read; only the name when it cannot be told."""
    number = 0
    if codec.startswith(("utf-16", "utf-32", "utf_16", "utf_32")):
        return str(path)
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode(codec)
            except UnicodeDecodeError as error:
                column = len(line[: error.start].decode(codec, "replace")) + 1
                return f"{path}:{number}:{column}"
    return f"{path}:{number}"


def undecodable(path: Path, codec: str) -> InputError:
    """The error for a file that is not in the encoding it is read in."""
    return InputError(
        "recipients.encoding",
        _("From here on, {name} is not in the encoding {encoding}.").format(name=path.name, encoding=codec),
        _("Choose another encoding, or save the file again as “CSV UTF-8”."),
        bad_place(path, codec),
    )


def _known(wanted: str) -> str:
    """The codec's own name, whatever the spelling."""
    try:
        codec = codecs.lookup(wanted).name
        "".encode(codec)  # the codecs that are no text encodings (base64) are refused here
    except (LookupError, ValueError):
        raise InputError(
            "recipients.unknown-encoding",
            _("There is no encoding named {name}.").format(name=wanted),
            _("Common ones are utf-8, cp1252, cp1250, utf-16 and mac_roman."),
        ) from None
    return codec


def _first_not_utf8(path: Path, watch: Watch, whole: bool) -> int | None:
    """Offset of the block in which UTF-8 ends to be valid, or None."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as error:
                return offset + error.start
            offset += len(block)
            watch.check()
            if not whole:
                return None
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return offset
    return None


def _sample(path: Path, bad: int) -> list[bytes]:
    """Lines with other than ASCII characters, from the start of the file and from around the first bad byte."""
    with path.open("rb") as file:
        parts = [file.read(_AROUND)]
        if bad >= _AROUND:
            file.seek(max(_AROUND, bad - _AROUND // 2))
            parts.append(file.read(_AROUND))
    return [line for part in parts for line in part.split(b"\n") if not line.isascii()]


def _refuse_mixture(path: Path, lines: list[bytes]) -> None:
    """A file that is mostly UTF-8 is not something else: read otherwise, every other name would be garbled."""
    whole_lines = lines[:-1] if len(lines) > 1 else lines  # the last may be cut within a character
    good = sum(1 for line in whole_lines if _is_utf8(line))
    if good > len(whole_lines) - good:
        raise InputError(
            "recipients.mixed-encoding",
            _("{name} is UTF-8 except for some lines, the first of them here.").format(name=path.name),
            _("Mend those lines and save the file as UTF-8, or choose an encoding yourself."),
            bad_place(path, "utf-8"),
        )


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _taken(name: str) -> Finding:
    return Finding(
        "recipients.encoding", Severity.INFO, _("The file says that it is {encoding}.").format(encoding=name)
    )


def _guessed(name: str) -> Finding:
    return Finding(
        "recipients.encoding-guessed",
        Severity.WARNING,
        _("The file does not say in which encoding it is; {encoding} is a guess.").format(encoding=name),
        _("If the guess is wrong, names with accents would be garbled in every message."),
        _("Look at some of the names. Choose another encoding, or save the file as “CSV UTF-8”."),
    )
