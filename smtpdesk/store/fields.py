"""How the fields of a row are kept: a JSON array in column order, whose names stand once beside the list or run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
_raw_decode = json.JSONDecoder().raw_decode


def dumps(value: Any) -> str:
    """Compact JSON, readable by eye, that any database takes as UTF-8."""
    written = _encode(value)
    if not written.isascii():
        try:
            written.encode()
        except UnicodeEncodeError:  # half of a surrogate pair, from a badly decoded file; JSON can spell it
            return json.dumps(value, separators=(",", ":"))
    return written


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


class FieldCodec:
    """Writes and reads the fields of many rows; the names are taken from the first row when not given.

    A row with other names than the first is kept as a JSON object, so nothing depends on all rows being alike.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self.names = tuple(names)

    def encode(self, fields: Mapping[str, str]) -> str:
        """The text to keep for these fields."""
        names = tuple(fields)
        if not self.names:
            self.names = names
        return dumps(list(fields.values())) if names == self.names else dumps(dict(fields))

    def decode(self, text: str) -> dict[str, str]:
        """The fields kept in this text."""
        return self.named(_raw_decode(text)[0])

    def named(self, values: list[str] | dict[str, str]) -> dict[str, str]:
        """The fields that were kept as this value."""
        return dict(zip(self.names, values, strict=False)) if isinstance(values, list) else values
