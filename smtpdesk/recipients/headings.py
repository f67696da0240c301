"""Field names from headings: what a person wrote over a column, as a name that templates take."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Sequence

from smtpdesk.base.i18n import _

#: Letters without a decomposition in Unicode, as they are usually written in ASCII.
_LETTERS = str.maketrans(
    dict(zip("øđðłıŋħŧſ", "oddlinhts", strict=True)) | {"ß": "ss", "æ": "ae", "œ": "oe", "þ": "th"}  # one | several
)
#: Words with a meaning of their own in Jinja, beyond Python's keywords.
_JINJA_WORDS = """
    autoescape block call caller context do elif else endautoescape endblock endcall endfilter endfor endif endmacro
    endraw endset endtrans endwith extends false filter ignore import include kwargs loop macro missing namespace none
    pluralize raw recursive required scoped self set super trans true varargs with without
"""
_JINJA = frozenset(_JINJA_WORDS.split())
_LONGEST = 60


def field_names(labels: Sequence[str], address_index: int | None) -> tuple[str, ...]:
    """A field name for each heading, in order: lower case, an identifier, unique, no keyword of Python or Jinja.

    ``email`` is kept for the column with the addresses: a column without a heading there gets it, and any other
    column of that name becomes ``email_2``.
    """
    names: list[str] = []
    taken = set() if address_index is None else {"email"}
    for index, label in enumerate(labels):
        if index == address_index:
            name = _identifier(label) or "email"
            if name == "email":
                names.append(name)
                continue
        else:
            name = _identifier(label) or f"column_{index + 1}"
        names.append(_unique(name, taken))
        taken.add(names[-1])
    return tuple(names)


def shown_labels(labels: Sequence[str]) -> tuple[str, ...]:
    """The headings for people: as they stand in the file, ``Column 3`` where there is none."""
    return tuple(" ".join(label.split()) or _("Column {n}").format(n=index + 1) for index, label in enumerate(labels))


def _unique(name: str, taken: set[str]) -> str:
    number, candidate = 1, name
    while candidate in taken:
        number += 1
        candidate = f"{name}_{number}"
    return candidate


def _identifier(label: str) -> str:
    """``"Straße & Nr."`` to ``strasse_nr``; letters of other scripts stay; "" when nothing is left."""
    name = "".join(map(_letter, _fold(label)))
    name = re.sub(r"_+", "_", name).strip("_")[:_LONGEST].strip("_")
    if not name:
        return ""
    if not name.isidentifier():
        name = f"column_{name}"
    if not name.isidentifier():
        return ""
    return f"{name}_" if keyword.iskeyword(name) or name in _JINJA else name


def _fold(label: str) -> str:
    """Lower case; accents are taken from Latin letters, while those that make a letter elsewhere (й) stay."""
    text = unicodedata.normalize("NFKC", label).lower().translate(_LETTERS)
    folded: list[str] = []
    for char in text:
        base = unicodedata.normalize("NFKD", char)
        if base[0].isascii():
            folded.append("".join(part for part in base if not unicodedata.combining(part)))
        elif not (unicodedata.combining(char) and folded and folded[-1].isascii()):
            folded.append(char)
    return "".join(folded)


def _letter(char: str) -> str:
    belongs = char.isalnum() or unicodedata.category(char).startswith("M")
    return char if belongs and f"a{char}".isidentifier() else "_"
