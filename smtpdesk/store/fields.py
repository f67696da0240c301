"""How the fields of a row are kept: a JSON array in column order, whose names stand once beside the list or run."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from json.encoder import encode_basestring
from typing import Any

_quoted = encode_basestring  # compiled, and does not build an encoder for each row
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_raw_decode = json.JSONDecoder().raw_decode


def dumps(value: Any) -> str:
    """Compact JSON, readable by eye, that any database takes as UTF-8."""
    written = _encode(value)
    # What is not: half of a surrogate pair, from a badly decoded file; JSON can spell it.
    return written if _is_utf8(written) else json.dumps(value, separators=(",", ":"))


def _is_utf8(text: str) -> bool:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            return False
    return True


def loads(text: str) -> Any:
    """The inverse of :func:`dumps`."""
    return json.loads(text)


def clean(text: str, most: int = 4000) -> str:
    """Text as a database takes it: no NUL, no half surrogate pair, no more than ``most`` characters."""
    if len(text) > most:
        text = text[: most - 1] + "…"
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


class KeptFields(Mapping[str, str]):
    """The fields of a row as they are kept, read only when somebody asks: a plan just hands them on."""

    __slots__ = ("_read", "names", "text")

    def __init__(self, names: tuple[str, ...], text: str) -> None:
        self.names = names
        self.text = text
        self._read: dict[str, str] | None = None

    def _fields(self) -> dict[str, str]:
        if self._read is None:
            self._read = FieldCodec(self.names).decode(self.text)
        return self._read

    def __getitem__(self, name: str) -> str:
        return self._fields()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields())

    def __len__(self) -> int:
        return len(self._fields())


class FieldCodec:
    """Writes and reads the fields of many rows; the names are taken from the first row when not given.

    A row with other names than the first is kept as a JSON object, so nothing depends on all rows being alike.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names = tuple(names)

    def encode(self, fields: Mapping[str, str]) -> str:
        """The text to keep for these fields."""
        if type(fields) is KeptFields and fields.names == (self.names or fields.names):
            self.names = fields.names
            return fields.text
        names = tuple(fields)
        if not self.names:
            self.names = names
        if names != self.names:
            return dumps(dict(fields))
        written = f"[{','.join(map(_quoted, fields.values()))}]"
        return written if _is_utf8(written) else dumps(list(fields.values()))

    def decode(self, text: str) -> dict[str, str]:
        """The fields kept in this text."""
        return self.named(_raw_decode(text)[0])

    def kept(self, text: str) -> Mapping[str, str]:
        """As :meth:`decode`, for whom may not look at them."""
        # Names of their own, or none at all to go by: as an object.
        return KeptFields(self.names, text) if self.names and text.startswith("[") else self.decode(text)

    def named(self, values: list[str] | dict[str, str]) -> dict[str, str]:
        """The fields that were kept as this value."""
        return dict(zip(self.names, values, strict=False)) if isinstance(values, list) else values
