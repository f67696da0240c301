"""Guessing an old encoding from lines that are not UTF-8.

Single-byte encodings of Latin letters are told apart by languages: in the right one the letters beyond ASCII all
belong to the alphabet of some language; in a wrong one they are a mixture. Everything else is left to
charset-normalizer, whose answer for short lists of names is good beyond the Latin alphabet.
"""

from __future__ import annotations

import unicodedata

#: Letters beyond a-z by encoding and language, from the languages' own alphabets. The first encoding wins a draw.
_ALPHABETS: dict[str, dict[str, str]] = {
    "cp1252": {
        "de": "äöüß",
        "fr": "àâæçéèêëîïôœùûüÿ",
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
    "mac_roman": {"de": "äöüß", "fr": "àâæçéèêëîïôœùûüÿ", "es": "áéíóúñü", "pt": "áâãàçéêíóôõúü", "nordic": "åäöæøéü"},
    "cp850": {"de": "äöüß", "fr": "àâçéèêëîïôùûü", "es": "áéíóúñü", "pt": "áâãàçéêíóôõúü", "nordic": "åäöæøéü"},
    "cp852": {"pl": "ąćęłńóśźż", "cs": "áčďéěíňóřšťúůýž", "hu": "áéíóöőúüű"},
    "cp1255": {"he": "אבגדהוזחטיךכלםמןנסעףפץצקרשת"},
}
#: Signs that occur beside any language.
_SIGNS = frozenset("’‘“”„«»–—…€£§°º®™©´·\u00a0")
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
    """The share of the characters beyond ASCII that one language's alphabet explains; 0 when it cannot be decoded."""
    try:
        text = unicodedata.normalize("NFC", sample.decode(codec)).lower()
    except UnicodeDecodeError:
        return 0.0
    letters = [char for char in text if not char.isascii() and char not in _SIGNS]
    if not letters:
        return 1.0  # only typographic signs, which do not tell
    return max(sum(map(frozenset(own).__contains__, letters)) for own in _ALPHABETS[codec].values()) / len(letters)
