"""Every sentence a person reads goes through :func:`_` (or :func:`ngettext` where it counts something)."""

from __future__ import annotations

import gettext
import locale
import os

from smtpdesk.base.paths import resources

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def use_language(language: str | None = None) -> None:
    """Load the catalogue for ``language`` (``"de"``), or for the environment's; English when there is none."""
    global _catalogue  # one catalogue a process, set once at its start
    languages = [language] if language else None
    _catalogue = gettext.translation("smtpdesk", str(resources() / "i18n"), languages=languages, fallback=True)


def _(sentence: str) -> str:
    """The sentence in the person's language."""
    return _catalogue.gettext(sentence) if sentence else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The plural form for ``count``; the caller formats ``{n}``: ``ngettext("{n} row", "{n} rows", n).format(n=n)``."""
    return _catalogue.ngettext(one, many, count)


def locale_name() -> str:
    """The locale for numbers and dates, as Babel names it; English when the environment says nothing usable."""
    named = os.environ.get("LC_ALL") or os.environ.get("LANG") or locale.getlocale()[0] or ""
    name = named.split(".")[0]
    return name if name and name not in {"C", "POSIX"} else "en_US"
