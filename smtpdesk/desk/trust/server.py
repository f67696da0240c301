"""The rows about a server of one's own, or an address that only this sender uses: reverse name and blocklists."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from smtpdesk.base.i18n import _
from smtpdesk.desk.trust.report import Check, Record, State, unasked
from smtpdesk.desk.trust.subject import Subject
from smtpdesk.dns import (
    LISTS,
    Address,
    Listed,
    Listing,
    Lookup,
    Reverse,
    ReverseState,
    as_address,
    ask_list,
    points_to,
    reverse_of,
)


def reverse_title() -> str:
    """Name of the first row."""
    return _("Reverse name of the server")


def lists_title() -> str:
    """Name of the second row."""
    return _("Blocklists")


def concerned(subject: Subject, addresses: Sequence[Address]) -> tuple[Address, ...]:
    """The addresses whose name is the sender's own affair."""
    return tuple(addresses) if subject.own_server or subject.addresses else ()


async def look_reverse(lookup: Lookup, addresses: Sequence[Address]) -> tuple[Reverse, ...]:
    """The names of the addresses."""
    return tuple(await asyncio.gather(*(reverse_of(lookup, one) for one in addresses)))


async def look_greeting(lookup: Lookup, subject: Subject, addresses: Sequence[Address]) -> tuple[str, bool | None]:
    """The name with which the server greets, as far as known, and whether it leads to one of the addresses."""
    name = subject.profile.identity.ehlo_name if subject.profile else ""
    if not name or not addresses or as_address(name) is not None or "." not in name:
        return "", None
    answers = [await points_to(lookup, name.lower(), one) for one in addresses]
    return name, True if True in answers else None if None in answers else False


async def look_lists(lookup: Lookup, subject: Subject, addresses: Sequence[Address]) -> tuple[Listed, ...]:
    """What the blocklists say about the addresses and the domain."""
    asked = [ask_list(lookup, one, subject.domain) for one in LISTS if one.domains]
    asked += [ask_list(lookup, one, address) for one in LISTS if not one.domains for address in addresses]
    return tuple(await asyncio.gather(*asked))


def check_reverse(subject: Subject, found: Sequence[Reverse], greeting: tuple[str, bool | None]) -> Check:
    """The row about reverse names."""
    if not found:
        return _not_ours(subject)
    worst = next((one for state in _WORST for one in found if one.state is state), found[0])
    details = tuple(f"{one.address} → {one.name}" for one in found if one.name)
    if worst.state is ReverseState.UNKNOWN:
        return unasked("reverse", reverse_title())
    if worst.state is ReverseState.GOOD:
        return _good(worst, greeting, details)
    said = {
        ReverseState.MISSING: _("{address} has no name."),
        ReverseState.UNCONFIRMED: _("{address} is called {name}, but that name leads elsewhere."),
        ReverseState.GENERIC: _("{address} is called {name}, a name as access providers give to everybody."),
    }[worst.state].format(address=worst.address, name=worst.name)
    generic = worst.state is ReverseState.GENERIC
    consequence = (
        _("Some receivers refuse mail from such names.")
        if generic
        else _("Gmail refuses mail from a server without a name that leads back to its address (550 5.7.25).")
    )
    name = greeting[0] or (
        subject.host if as_address(subject.host) is None and subject.host else f"mail.{subject.domain}"
    )
    return Check(
        "reverse", reverse_title(), State.ADVICE if generic else State.MEND, f"reverse.{worst.state}", said,
        consequence,
        _("Whoever gave you the address sets its name. Ask for this, and let the name have that address."),
        (Record(worst.zone, f"{name}.", "PTR"), Record(name, worst.address, "AAAA" if ":" in worst.address else "A")),
        details,
    )  # fmt: skip


_WORST = (ReverseState.MISSING, ReverseState.UNCONFIRMED, ReverseState.GENERIC, ReverseState.UNKNOWN)


def _not_ours(subject: Subject) -> Check:
    if subject.profile is None:
        said = _("No server was named.")
    elif subject.own_server:
        said = _("The server's address towards the internet is not known.")
    else:
        said = _("That is {relay}’s own affair, unless you have an address of your own there.").format(
            relay=subject.relay
        )
    return Check(
        "reverse", reverse_title(), State.SKIPPED, "reverse.not-asked", said,
        advice=_("Give the address, and look again."),
    )  # fmt: skip


def _good(found: Reverse, greeting: tuple[str, bool | None], details: tuple[str, ...]) -> Check:
    name, leads = greeting
    if leads is False:
        return Check(
            "reverse", reverse_title(), State.ADVICE, "reverse.greeting",
            _("The server has a good name, but {name} in the greeting (EHLO) leads elsewhere.").format(name=name),
            _("Some receivers count that against a sender."),
            _("Greet as {name}: leave the EHLO name empty, or enter that.").format(name=found.name), details=details,
        )  # fmt: skip
    said = _("{address} is called {name}, and that name leads back.").format(address=found.address, name=found.name)
    return Check("reverse", reverse_title(), State.OK, "reverse.good", said, details=details)


def check_lists(found: Sequence[Listed] | None) -> Check:
    """The row about blocklists; None when they were not asked."""
    title = lists_title()
    if found is None:
        return Check(
            "blocklists", title, State.SKIPPED, "blocklists.not-asked", _("Not asked."),
            _("Each question tells the list's owner from which address you send."), _("Ask them when mail is refused."),
        )  # fmt: skip
    listed = [one for one in found if one.state is Listing.LISTED]
    dynamic = [one for one in found if one.state is Listing.DYNAMIC]
    details = tuple(_line(one) for one in found)
    if listed:
        names = ", ".join(dict.fromkeys(one.blocklist.name for one in listed))
        return Check(
            "blocklists", title, State.MEND, "blocklists.listed",
            _("{subject} is on a blocklist: {names}.").format(subject=listed[0].subject, names=names),
            _("Many receivers refuse mail from there."),
            _("Find out why, mend that first, then ask to be taken off: {url}").format(url=listed[0].blocklist.url),
            details=details,
        )  # fmt: skip
    if dynamic:
        return Check(
            "blocklists", title, State.MEND, "blocklists.dynamic",
            _("{subject} counts as a line from which nobody should send directly.").format(subject=dynamic[0].subject),
            _("Many receivers refuse mail from there."), _("Send through your provider's mail server."),
            details=details,
        )  # fmt: skip
    silent = [one for one in found if one.state in (Listing.REFUSED, Listing.UNKNOWN)]
    if len(silent) == len(found):
        return Check(
            "blocklists", title, State.SKIPPED, "blocklists.refused", _("The lists do not answer to your name server."),
            _("They refuse public name servers and busy networks; that says nothing about you."),
            _("Look yourself up there: {url}").format(url=LISTS[0].url), details=details,
        )  # fmt: skip
    said = _("On none of the lists that answered.") if silent else _("On none of the lists.")
    return Check("blocklists", title, State.OK, "blocklists.clear", said, details=details)


def _line(one: Listed) -> str:
    words = {
        Listing.CLEAR: _("not listed"),
        Listing.LISTED: _("listed"),
        Listing.DYNAMIC: _("an access provider’s line"),
        Listing.REFUSED: _("does not answer to this name server"),
        Listing.UNKNOWN: _("could not be asked"),
    }[one.state]
    return f"{one.blocklist.name}, {one.subject}: {words}" + (f" ({one.why})" if one.why else "")
