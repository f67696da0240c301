"""What a server offers in EHLO, in plain words, and which limits of a profile follow from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smtpdesk.base.i18n import _


@dataclass(frozen=True, slots=True)
class Extension:
    """One line of the answer to EHLO (RFC 5321 section 4.1.1.1): keyword, parameters, and a sentence for people."""

    keyword: str
    parameters: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Stated:
    """The limits that the server states itself; None where it says nothing.

    Attributes:
        max_size: octets of one message (SIZE, RFC 1870).
        per_connection: messages a connection (LIMITS MAILMAX, RFC 9422).
        per_message: recipients a message (LIMITS RCPTMAX); each message of ours has one.
    """

    max_size: int | None = None
    per_connection: int | None = None
    per_message: int | None = None


def stated(offered: Mapping[str, str]) -> Stated:
    """The limits in an answer to EHLO (keyword, lower case, to parameters)."""
    limits = _limits(offered.get("limits", ""))
    return Stated(_number(offered.get("size", "")), limits.get("MAILMAX"), limits.get("RCPTMAX"))


def explained(offered: Mapping[str, str]) -> tuple[Extension, ...]:
    """Every extension with its sentence, in the order in which the server named them."""
    return tuple(Extension(name.upper(), words.strip(), _sentence(name, words)) for name, words in offered.items())


def megabytes(octets: int) -> str:
    """``34.2 MB``; a megabyte is 1024 x 1024, as mail servers count."""
    if octets < 1024**2:
        return _("{n} KB").format(n=f"{octets / 1024:.0f}")
    return _("{n} MB").format(n=f"{octets / 1024**2:.1f}".removesuffix(".0"))


def _sentence(name: str, words: str) -> str:
    if name == "size":
        size = _number(words)
        if size is None:
            return _("Tells how large a message may be, and gives no figure.")
        return _("Takes messages up to {size}, attachments included.").format(size=megabytes(size))
    if name == "auth":
        return _("Ways to sign in: {methods}.").format(methods=", ".join(words.upper().split()) or "-")
    if name == "limits":
        return _limits_sentence(words)
    plain = {
        "pipelining": _("Takes several commands at once, so that sending is faster over a slow line."),
        "chunking": _("Takes a message in pieces with its length ahead, so that several can be under way."),
        "8bitmime": _("Takes letters beyond ASCII in a message as they are."),
        "smtputf8": _("Takes addresses with letters beyond ASCII."),
        "dsn": _("Can report whether a message was delivered."),
        "starttls": _("Can encrypt this connection."),
        "enhancedstatuscodes": _("Gives a precise code with each answer, so that errors can be explained."),
        "binarymime": _("Takes attachments without encoding them."),
        "requiretls": _("Can promise that a message travels encrypted all the way."),
        "deliverby": _("Can be asked to deliver before a certain time."),
        "help": _("Answers HELP."),
        "etrn": _("Can start the delivery of waiting mail; of no use here."),
        "vrfy": _("Can be asked whether an address exists; we do not ask."),
        "expn": _("Can list who is behind an address; we do not ask."),
        "xclient": _("For programs in front of the server; of no use here."),
    }
    return plain.get(name, _("An extension that SMTPDesk makes no use of."))


def _limits_sentence(words: str) -> str:
    limits = _limits(words)
    parts = []
    if "MAILMAX" in limits:
        parts.append(_("{n} messages a connection").format(n=limits["MAILMAX"]))
    if "RCPTMAX" in limits:
        parts.append(_("{n} recipients a message").format(n=limits["RCPTMAX"]))
    if "RCPTDOMAINMAX" in limits:
        parts.append(_("{n} recipient domains a connection").format(n=limits["RCPTDOMAINMAX"]))
    return _("Takes at most {limits}.").format(limits=", ".join(parts)) if parts else _("States its limits.")


def _limits(words: str) -> dict[str, int]:
    """``MAILMAX=100 RCPTMAX=50`` (RFC 9422 section 3): names in capitals; what is no number is left out."""
    pairs = (word.partition("=") for word in words.upper().split())
    return {name: number for name, _is, value in pairs if (number := _number(value)) is not None}


def _number(text: str) -> int | None:
    """RFC 1870: digits; 0 means that no limit is stated. None for that and for anything else."""
    word = text.strip()
    return (int(word) or None) if word.isascii() and word.isdigit() and len(word) <= 20 else None
