"""How the fields of a row are kept: a JSON array in column order, whose names stand once beside the list or run."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
        if names != self.names:
            return dumps(dict(fields))
        written = f"[{','.join(map(_quoted, fields.values()))}]"
        return written if _is_utf8(written) else dumps(list(fields.values()))

    def decode(self, text: str) -> dict[str, str]:
        """The fields kept in this text."""
        return self.named(_raw_decode(text)[0])

    def named(self, values: list[str] | dict[str, str]) -> dict[str, str]:
        """The fields that were kept as this value."""
        return dict(zip(self.names, values, strict=False)) if isinstance(values, list) else values
