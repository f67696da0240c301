"""A recipient in one line: the name where the list has one, and the address."""

from __future__ import annotations

from smtpdesk.domain.recipient import Recipient

_WHOLE = ("name", "full_name", "fullname", "display_name", "nombre", "nom", "vollername")
_FIRST = ("first_name", "firstname", "given_name", "forename", "vorname", "prenom", "prénom")
_LAST = ("last_name", "lastname", "surname", "family_name", "nachname", "apellido", "nom_de_famille")


def display_name(person: Recipient) -> str:
    """``Marta Lindqvist``; "" when the list has no name for this person."""
    fields = {key.casefold(): " ".join(value.split()) for key, value in person.fields.items()}
    first = next((fields[key] for key in _FIRST if fields.get(key)), "")
    last = next((fields[key] for key in _LAST if fields.get(key)), "")
    if first or last:
        return f"{first} {last}".strip()
    return next((fields[key] for key in _WHOLE if fields.get(key)), "")
