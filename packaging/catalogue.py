"""Collect every sentence of the program into ``resources/i18n/smtpdesk.pot`` and compile the translations there.

Sentences are the literals inside ``_()`` and ``ngettext()``, and those keys of the data files whose values the program
gives to ``_()`` when it reads them (``RESOURCES``).

``python packaging/catalogue.py`` writes; ``sentences()`` is what the tests compare the file with.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
I18N = ROOT / "resources" / "i18n"
TEMPLATE = I18N / "smtpdesk.pot"
_KEYWORDS: dict[str, tuple[int, ...] | None] = {"_": None, "ngettext": (1, 2)}
#: Folder below ``resources/`` to the keys that hold sentences, at whatever depth.
RESOURCES = {
    "replies": ("title", "explanation", "detailed", "advice"),
    "codes": ("means",),
    "providers": (
        *("name", "summary", "username_label", "username_help", "password_label", "password_help"),
        *("notices", "notes", "quirks", "marketing_note", "note", "label"),
    ),
    "templates": ("name", "description", "subject"),
}
# A fixed date: the file changes when the sentences do, and only then.
_DATE = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


def sentences() -> Catalog:
    """Every sentence in ``smtpdesk/``, with the files it comes from."""
    catalogue = Catalog(
        project="SMTPDesk",
        header_comment="# Every sentence of SMTPDesk, collected by packaging/catalogue.py (make i18n).\n#",
        charset="utf-8",
        creation_date=_DATE,
        revision_date=_DATE,
    )
    found = extract_from_dir(
        ROOT / "smtpdesk", [("**.py", "python")], keywords=_KEYWORDS, comment_tags=("Translators:",)
    )
    for file, line, message, comments, context in sorted(found, key=lambda item: (item[0], item[1])):
        place = (f"smtpdesk/{Path(file).as_posix()}", line)
        catalogue.add(message, locations=[place], auto_comments=comments, context=context)
    for folder, keys in RESOURCES.items():
        for path in sorted((ROOT / "resources" / folder).rglob("*.toml")):
            place = (path.relative_to(ROOT).as_posix(), 1)
            for text in _values(tomllib.loads(path.read_text(encoding="utf-8")), keys):
                catalogue.add(text, locations=[place])
    return catalogue


def _values(node: object, keys: tuple[str, ...]) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            if key in keys and isinstance(value, str) and value:
                yield value
            else:
                yield from _values(value if key not in keys else [{key: item} for item in _listed(value)], keys)
    elif isinstance(node, list):
        for item in node:
            yield from _values(item, keys)


def _listed(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def write() -> None:
    """Write the template, bring the translations up to it and compile them."""
    catalogue = sentences()
    _write(TEMPLATE, catalogue)
    print(f"{TEMPLATE.relative_to(ROOT)}: {len(catalogue)} sentences")
    for translation in sorted(I18N.glob("*/LC_MESSAGES/smtpdesk.po")):
        with translation.open("rb") as file:
            translated = read_po(file)
        translated.update(catalogue)
        _write(translation, translated)
        with translation.with_suffix(".mo").open("wb") as file:
            write_mo(file, translated)
        done = sum(1 for message in translated if message.id and message.string)
        print(f"{translation.relative_to(ROOT)}: {done} of {len(translated)}")


def _write(target: Path, catalogue: Catalog) -> None:
    with target.open("wb") as file:
        # Files without line numbers: a moved line is no change of the catalogue.
        write_po(file, catalogue, sort_output=True, include_lineno=False, width=100)


if __name__ == "__main__":
    write()
