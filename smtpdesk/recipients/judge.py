"""What one cell says: an address in the form used in RCPT TO, or why it is none."""

from __future__ import annotations

import re
from typing import NamedTuple

from smtpdesk.base.i18n import _
from smtpdesk.domain.address import AddressError, parse_address
from smtpdesk.domain.recipient import RowState
from smtpdesk.recipients.slips import mended, right_domain

#: Addresses that `parse_address` returns unchanged (a property test holds it to that); groups: domain and its ending.
PLAIN = re.compile(
    r"(?=[^@]{1,64}@)(?=.{1,254}\Z)[A-Za-z0-9_+\-]++(?:\.[A-Za-z0-9_+\-]++)*+"
    r"@((?:[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}))"
)
#: ``Ana Pérez <ana@example.com>``, as mail programs write it.
_MAILBOX = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>[\s,;]*\Z")
#: Characters of a cell in which an address is looked for.
_LOOKED_AT = 2_000
_ADDRESS_LIKE = re.compile(r"[^\s<>,;:|/\"()\[\]]+@[^\s<>,;:|/\"()\[\]@]+")


class Verdict(NamedTuple):
    """The address (or the text as it stands when there is none), what becomes of the row, and why in a sentence."""

    address: str
    state: RowState
    reason: str


def judge(cell: str) -> Verdict:
    """Read one cell of the address column."""
    text = cell.strip()
    if not text:
        return Verdict("", RowState.EMPTY, _("There is no address in this row."))
    if len(_addresses_in(text)) > 1:
        return Verdict(text, RowState.INVALID, _sentence("several"))
    mailbox = _MAILBOX.match(text)
    inner = mailbox["address"].strip() if mailbox else text
    try:
        address = parse_address(inner)
    except AddressError as error:
        if error.problem == "empty" and not mailbox:
            return Verdict("", RowState.EMPTY, _("There is no address in this row."))
        return Verdict(text, RowState.INVALID, _with_advice(_sentence(error.problem), mended(inner)))
    better = right_domain(address)
    if better != address:
        return Verdict(address, RowState.INVALID, _with_advice(_misspelt(address), better))
    return Verdict(address, RowState.READY, "")


def is_address(cell: str) -> bool:
    """There is exactly one address in the cell, and it could be mailed."""
    return PLAIN.fullmatch(cell) is not None or ("@" in cell and judge(cell).state is RowState.READY)


def _addresses_in(text: str) -> set[str]:
    """The different addresses in a cell that holds more than one @; empty for all other cells."""
    if text.count("@") < 2:
        return set()
    found = set()
    for piece in _ADDRESS_LIKE.findall(text[:_LOOKED_AT]):
        try:
            found.add(parse_address(piece.strip("'.")).casefold())
        except AddressError:
            continue
    return found


def _with_advice(sentence: str, better: str) -> str:
    if not better:
        return sentence
    return sentence + " " + _("Did you mean {address}?").format(address=better)


def _misspelt(address: str) -> str:
    domain = address.rpartition("@")[2]
    return _("{domain} looks like a slip of the keyboard.").format(domain=domain)


def _sentence(problem: str) -> str:
    """The problem that `AddressError` names, for people."""
    sentences = {
        "empty": _("There is no address between < and >."),
        "no-at": _("There is no @ sign."),
        "two-at": _("There are two @ signs."),
        "control": _("There is a line break or another invisible character inside the address."),
        "space": _("There is a space inside the address."),
        "no-local": _("There is nothing before the @ sign."),
        "local": _("Before the @ sign is a dot or a character in a place where it cannot be."),
        "local-long": _("The part before the @ sign has more than 64 characters."),
        "no-domain": _("There is nothing after the @ sign."),
        "domain": _("What stands after the @ sign is not the name of a domain."),
        "no-dot": _("What stands after the @ sign has no dot, as in example.com."),
        "long": _("The address has more than 254 characters."),
        "several": _("There are several addresses in one cell. Give each a row of its own."),
    }
    return sentences.get(problem) or _("This is not an address that can be mailed.")
