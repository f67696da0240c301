"""Which column holds the addresses: by its heading, in many languages, and by what is in it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from smtpdesk.recipients.judge import is_address


def _squeeze(label: str) -> str:
    """Lower case, letters and digits only, without accents: so that spellings of a heading compare equal."""
    decomposed = unicodedata.normalize("NFKD", label.casefold())
    return "".join(char for char in decomposed if char.isalnum())


#: Headings that say "e-mail address" and nothing else.
_EXACT_WORDS = """
    email emails mail mails emailaddress emailaddresses mailaddress emailid emailaddr eaddress recipient recipientemail
    emailadresse emailadressen mailadresse mailadressen empfanger
    adresseemail adressemail adressecourriel adresseelectronique courriel courrielprincipal mel
    correo correos correoelectronico direcciondecorreo direcciondecorreoelectronico direccionemail direcciondeemail
    enderecodeemail enderecodecorreioeletronico correioeletronico correioelectronico
    indirizzoemail indirizzodiposta postaelettronica indirizzodipostaelettronica indirizzomail
    emailadres mailadres epost epostadress epostadresse mejl mejladress sahkoposti sahkopostiosoite netfang
    adresemail adresposczty adrespocztyelektronicznej poczta pocztaelektroniczna
    emailovaadresa mailovaadresa emailcim adresaemail adresadeemail adresademail eposta epostaadresi elpastas
    elektroninispastas epasts epastaadrese epostiaadress naslovepošte enaslov eposlo adrezaelektronskepošte
    почта электроннаяпочта эпочта элпочта адресэлектроннойпочты емейл имейл електроннапошта електроннаадреса пошта
    ηλεκτρονικοταχυδρομειο ηλεκτρονικηδιευθυνση ημειλ
    メール メールアドレス eメール 電子メール 邮箱 电子邮件 电子邮箱 邮件地址 邮箱地址 電子郵件 電子郵件地址 信箱
    이메일 이메일주소 전자우편
    البريدالإلكتروني البريدالالكتروني بريدإلكتروني דואל מייל כתובתמייל ईमेल อีเมล
"""
_EXACT = frozenset(map(_squeeze, _EXACT_WORDS.split()))
#: Parts of a heading that speak of e-mail ("Work email", "E-Mail privat").
_PARTS_WORDS = "email courriel correo mailadres adressemail почт メール 邮箱 邮件 郵件 이메일"
_PARTS = tuple(map(_squeeze, _PARTS_WORDS.split()))
#: Words in a heading that make it another address than the one to write to, or none at all.
_OTHER = re.compile(
    r"(?:\b|_)(?:cc|bcc|from|sender|owner|manager|old|alt|backup|second|secondary|other|alternate|alternative|sent|"
    r"subject|status|opt|optin|optout|consent|date|absender|zweite?|weitere|alternativ|betreff|expediteur|secundario|2)"
    r"(?:\b|_)"
)


def heading_rank(label: str) -> int:
    """How much a heading says "the address is here": 3 exactly that, 2 among other words, 1 another address, 0 no."""
    squeezed = _squeeze(label)
    if squeezed in _EXACT:
        return 3
    if not any(part in squeezed for part in _PARTS):
        return 0
    return 1 if _OTHER.search(label.casefold()) else 2


def find_address_column(labels: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[int | None, tuple[int, ...]]:
    """The index of the column with the addresses, and those of others that hold as many.

    ``labels`` may be empty strings; ``rows`` are the first rows without the heading. None when no column has an
    address and no heading speaks of one.
    """
    shares = [_share(index, rows) for index in range(len(labels))]
    ranks = [heading_rank(label) for label in labels]
    good = [index for index, share in enumerate(shares) if share >= 0.5]
    if good:
        best = max(good, key=lambda index: (ranks[index], round(shares[index] * _filled(index, rows), 2), -index))
        return best, tuple(index for index in good if index != best and ranks[index] >= ranks[best])
    some = [index for index in range(len(labels)) if shares[index] > 0 or ranks[index] >= 2]
    if not some:
        return None, ()
    return max(some, key=lambda index: (ranks[index], shares[index], -index)), ()


def _share(index: int, rows: Sequence[Sequence[str]]) -> float:
    """Which share of the cells that are not empty are addresses."""
    cells = [row[index] for row in rows if index < len(row) and row[index].strip()]
    return sum(map(is_address, cells)) / len(cells) if cells else 0.0


def _filled(index: int, rows: Sequence[Sequence[str]]) -> float:
    return sum(1 for row in rows if index < len(row) and row[index].strip()) / len(rows) if rows else 0.0
