"""Guessing an old encoding from lines that are not UTF-8.

Single-byte encodings of letters are told apart by languages: in the right one the letters beyond ASCII of a
line all belong to the alphabet of some language, and stand where letters stand; in a wrong one they are a mixture.
Everything else, such as Arabic and Chinese, is left to charset-normalizer.
"""

from __future__ import annotations

import unicodedata

#: Letters beyond a-z by encoding and language, from the languages' own alphabets. The first encoding wins a draw.
_ALPHABETS: dict[str, dict[str, str]] = {
    "cp1252": {
        "de": "äöüß",
        "fr": "àâæçéèêëîïôœùûü",
        "es": "áéíóúñü",
        "ca": "àçéèíïóòúü",
        "pt": "áâãàçéêíóôõúü",
        "it": "àèéìíîòóùú",
        "nl": "áéëïíóöüúè",
        "nordic": "åäöæøéü",
        "is": "áðéíóúýþæö",
        "fi-et": "äöõüšžå",
    },
    "cp1250": {
        "pl": "ąćęłńóśźż",
        "cs": "áčďéěíňóřšťúůýž",
        "sk": "áäčďéíĺľňóôŕšťúýž",
        "hu": "áéíóöőúüű",
        "ro": "ăâîşţșț",
        "hr-sl": "čćđšž",
    },
    "cp1254": {"tr": "çğıöşüâîû"},
    "cp1257": {"lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž", "et": "äöõüšž"},
    "mac_roman": {"de": "äöüß", "fr": "àâæçéèêëîïôœùûü", "es": "áéíóúñü", "pt": "áâãàçéêíóôõúü", "nordic": "åäöæøéü"},
    "cp850": {"de": "äöüß", "fr": "àâçéèêëîïôùûü", "es": "áéíóúñü", "pt": "áâãàçéêíóôõúü", "nordic": "åäöæøéü"},
    "cp852": {"pl": "ąćęłńóśźż", "cs": "áčďéěíňóřšťúůýž", "hu": "áéíóöőúüű"},
    "cp1255": {"he": "אבגדהוזחטיךכלםמןנסעףפץצקרשת"},  # before Cyrillic: as such it would have no capitals
    "cp1251": {"ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя", "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"},
    "koi8_r": {"ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"},
    "cp866": {"ru": "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"},
    "cp1253": {"el": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ"},
}
#: Signs that occur beside any language.
_SIGNS = frozenset("’‘“”„«»–—…€£§°º®™©´·\u00a0")
#: Where Unicode's other alphabets begin: Greek, then Cyrillic and Hebrew.
_GREEK = 0x370
#: Latin single-byte encodings as charset-normalizer may name them: for these the alphabets know better.
_LATIN = frozenset(("cp1252", "cp1250", "cp1254", "cp1257", "cp1258", "cp850", "cp852", "cp437", "mac_roman"))
#: What charset-normalizer chooses from: encodings that spreadsheet programs have written.
_CANDIDATES = [
    *("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("koi8_r", "koi8_u", "cp850", "cp852", "cp866", "mac_roman", "mac_cyrillic"),
    *("cp932", "gb18030", "big5", "cp949", "euc_jp"),
]
#: Share of letters that must belong to one alphabet for the encoding to be taken without a second opinion.
_SURE = 0.9
_FALLBACK = "cp1252"


def guess(sample: bytes) -> str:
    """The most plausible codec for lines that are not UTF-8; cp1252 when nothing is plausible."""
    scores = {codec: _coverage(sample, codec) for codec in _ALPHABETS}
    best = max(scores, key=lambda codec: scores[codec])
    if scores[best] >= _SURE:
        return best
    from charset_normalizer import from_bytes

    match = from_bytes(sample, cp_isolation=_CANDIDATES).best()
    if match is not None and match.encoding not in _LATIN:
        return match.encoding
    return best if scores[best] > 0.5 else _FALLBACK


def _coverage(sample: bytes, codec: str) -> float:
    """The share of the characters beyond ASCII that make sense, line by line; 0 when the codec cannot decode."""
    try:
        text = unicodedata.normalize("NFC", sample.decode(codec))
    except UnicodeDecodeError:
        return 0.0
    total = explained = 0
    for line in text.split("\n"):
        padded = f" {line} "
        beyond = [index for index, char in enumerate(padded) if not char.isascii()]
        plausible = [padded[index].lower() for index in beyond if _plausible(*padded[index - 1 : index + 2])]
        letters = [char for char in plausible if char not in _SIGNS]
        total += len(beyond)
        explained += len(plausible) - len(letters)
        explained += max(sum(map(own.__contains__, letters)) for own in _ALPHABETS[codec].values())
    return explained / total if total else 1.0


def _plausible(before: str, char: str, after: str) -> bool:
    """No capital after a small letter, no other script beside a Latin letter, no sign within a word."""
    if not char.isalpha():
        return char in "’–" or not (before.isalpha() and after.isalpha())
    if ord(char) >= _GREEK and any(other.isascii() and other.isalpha() for other in (before, after)):
        return False
    return not (before.islower() and char.isupper())
