"""Headings of columns whose numbers are codes: postcodes, telephone numbers, customer numbers."""

from __future__ import annotations

import re

#: Pieces of a regular expression, one a word or phrase, by what the numbers are.
_POSTCODES = r"""
    plz postleitzahl zip zip\W?code post\W?code postal\W?code code\Wpostal cp c[oó]digo\Wpostal cep cap codice\Wpostale
    postnummer postnr postinumero kod\Wpocztowy psč psc irsz irányítószám индекс
"""
_TELEPHONES = r"""
    phone telephone tel telefon telefonnummer téléphone tel[eé]fono telefone mobile mobil handy cell fax gsm телефон
"""
_NUMBERS = r"""
    iban account konto kontonummer kundennummer kunden\W?nr customer\W?(?:no|number|id) member\W?(?:no|number|id)
    mitgliedsnummer ean isbn sku article\W?(?:no|number) artikelnummer code nif siret siren vat\W?(?:no|number|id)
"""
_CODES = re.compile(
    rf"(?:\b|_)(?:{'|'.join((_POSTCODES + _TELEPHONES + _NUMBERS).split())})(?:\b|_)",
    re.IGNORECASE,
)


def speaks_of_codes(label: str) -> bool:
    """The heading is one under which numbers may begin with zeros that matter."""
    return _CODES.search(label) is not None
