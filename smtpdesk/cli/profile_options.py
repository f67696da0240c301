"""The options that ``profile add`` and ``profile change`` share, and what they make of a profile."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.prompt import Prompt

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.secret import Secret
from smtpdesk.cli.running import notes
from smtpdesk.domain.limits import parse_domain_limit, parse_size
from smtpdesk.domain.profile import MOST, DomainLimit, Limits, Profile, Security, parse_rate

#: Takes a limit away again.
NONE = "none"

HostOption = Annotated[str | None, typer.Option("--host", help="The server, when there is no preset.")]
PortOption = Annotated[
    int | None, typer.Option("--port", metavar="N", min=1, max=65535, help="Usually 465 (tls) or 587 (starttls).")
]
SecurityOption = Annotated[
    Security | None, typer.Option("--security", metavar="HOW", help="Encryption: tls, starttls or none.")
]
UserOption = Annotated[
    str | None, typer.Option("--username", metavar="U", help="Usually your whole address. Empty: no sign-in.")
]
PasswordOption = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]
CaOption = Annotated[
    Path | None, typer.Option("--ca-file", metavar="F", help="PEM file of further trusted certificates.")
]
FromOption = Annotated[str | None, typer.Option("--from", metavar="A", help="The sender people see: name <address>.")]
EnvelopeOption = Annotated[
    str | None, typer.Option("--envelope-sender", metavar="A", help="Where bounces go; the From address if empty.")
]
EhloOption = Annotated[
    str | None, typer.Option("--ehlo-name", metavar="H", help="The name this computer gives itself (EHLO).")
]
PlainOption = Annotated[
    bool | None,
    typer.Option(
        "--allow-plain-password/--no-allow-plain-password",
        help="Send the password even if the connection is not encrypted.",
    ),
]

PinOption = Annotated[
    str | None,
    typer.Option(
        "--pin",
        metavar="SHA256",
        help='Trust the certificate with this fingerprint and no other; "none": the usual check.',
    ),
]

TrustOption = Annotated[
    list[str] | None,
    typer.Option(
        "--trust-host", metavar="HOST", help="This server may have the stored password; may be given several times."
    ),
]

_COUNT = 'A number; "none": no limit.'
ConnectionsOption = Annotated[
    int | None, typer.Option("--max-connections", metavar="N", min=1, help="Connections open at once.")
]
RateOption = Annotated[
    str | None, typer.Option("--rate", metavar="RATE", help="Messages spread evenly: 14/s, 30/min, 500/h.")
]
MinuteOption = Annotated[
    str | None, typer.Option("--per-minute", metavar="N", help=f"Messages in any minute. {_COUNT}")
]
HourOption = Annotated[str | None, typer.Option("--hourly", metavar="N", help="Messages in any hour.")]
DayOption = Annotated[str | None, typer.Option("--daily", metavar="N", help="Messages in any 24 hours.")]
ConnectionOption = Annotated[
    str | None, typer.Option("--per-connection", metavar="N", help="Messages before a connection is opened anew.")
]
SizeOption = Annotated[str | None, typer.Option("--max-size", metavar="SIZE", help="The largest message: 10MB.")]
DomainOption = Annotated[
    list[str] | None,
    typer.Option(
        "--per-domain",
        metavar="D=RATE",
        help='Towards one domain: gmail.com=20/min; "*=60/min": every other. May be given several times.',
    ),
]
WeightOption = Annotated[
    int | None, typer.Option("--weight", metavar="N", min=1, help="The share of a run beside other profiles.")
]


def limits_over(known: Limits, given: Mapping[str, Any], per_domain: Sequence[str] | None) -> Limits:
    """``known`` with the options that were given; ``none`` takes a limit away.

    Args:
        known: the preset's, or those of the profile so far.
        given: name of the limit to the option's value, None where it was not given.
        per_domain: texts like ``gmail.com=20/min``; each replaces the one of its domain, ``gmail.com=none`` removes it.

    Raises:
        InputError: ``profile.limits``, a value cannot be read.
    """
    for name, value in given.items():
        if value is not None:
            known = replace(known, **_limit(name, str(value).strip()))
    return known if per_domain is None else replace(known, per_domain=_domains(known.per_domain, per_domain))


def _limit(name: str, text: str) -> dict[str, Any]:
    if name == "rate":
        count, seconds = _rate(text) if text != NONE else (None, 1.0)
        return {"rate": count, "rate_seconds": seconds}
    if text == NONE:
        return {name: None}
    if name == "max_size":
        try:
            return {name: parse_size(text)}
        except ValueError:
            raise _refused(_("“{text}” is no size.").format(text=text), _("Write it as 10MB or 900KB.")) from None
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(MOST)) and 0 < int(text) <= MOST):
        sentence = _("“{text}” is no number of messages.").format(text=text)
        raise _refused(sentence, _('Write a number from 1 to 1,000,000,000, or "none" for no limit.'))
    return {name: int(text)}


def _rate(text: str) -> tuple[int, float]:
    try:
        return parse_rate(text)
    except ValueError:
        raise _refused(_("“{rate}” is no rate.").format(rate=text), _("Write it as 14/s, 30/min or 500/h.")) from None


def _domains(known: Sequence[DomainLimit], texts: Sequence[str]) -> tuple[DomainLimit, ...]:
    kept = {one.domain: one for one in known}
    for text in texts:
        domain, _equals, rate = text.strip().lower().partition("=")
        if text.strip() == NONE:
            kept.clear()
        elif rate.strip() == NONE:
            kept.pop(domain.strip(), None)
        else:
            one = _domain_limit(text)
            kept[one.domain] = one
    return tuple(kept.values())


def _domain_limit(text: str) -> DomainLimit:
    try:
        return parse_domain_limit(text)
    except ValueError:
        sentence = _("“{text}” is no limit towards a domain.").format(text=text)
        raise _refused(sentence, _('Write it as gmail.com=20/min, or "*=60/min" for every other domain.')) from None


def _refused(sentence: str, hint: str) -> InputError:
    return InputError("profile.limits", sentence, hint)


def password_of(profile: Profile, *, from_stdin: bool, ask: bool = True) -> Secret | None:
    """The password from standard input, or asked for where a person sits; None when there is none.

    Raises:
        InputError: ``profile.no-password``, standard input was to hold one.
    """
    if from_stdin:
        text = sys.stdin.readline().rstrip("\r\n")
        if not text:
            raise InputError("profile.no-password", _("No password came on standard input."))
        return Secret(text)
    if ask and profile.username and sys.stdin.isatty():
        text = Prompt.ask(_("Password (kept in the keyring)"), console=notes, password=True)
        return Secret(text) if text else None
    return None
