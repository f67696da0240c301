"""Profiles as a TOML file that may be given away: everything of them but secrets. Pure but for reading the file."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.items import Table

from smtpdesk.base import files
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.domain.limits import parse_domain_limit
from smtpdesk.domain.profile import (
    OAUTH2,
    PASSWORD,
    Dkim,
    Identity,
    Limits,
    Profile,
    Relay,
    Security,
    format_rate,
    parse_rate,
)
from smtpdesk.message.toml_words import reason

#: Raised when a file of today could not be read by an older SMTPDesk.
FORMAT = 1
#: Octets of the longest file that is read.
_MOST = 1_000_000
#: Characters of the longest value of a profile, and of a strange key that is quoted.
_LONGEST, _SHOWN = 2_000, 60
_AT = re.compile(r"\(at line (\d+), column (\d+)\)")
#: Key to the type of its value; what is not written is as in a new profile. No secret has a key.
_KEYS: dict[str, type] = {
    **dict.fromkeys(("name", "provider", "host", "security", "username", "sign_in", "from"), str),
    **dict.fromkeys(("envelope_sender", "ehlo_name", "ca_file", "pinned_sha256"), str),
    "port": int,
    "allow_plain_password": bool,
    "limits": dict,
    "dkim": dict,
}
_LIMITS: dict[str, type] = {
    **dict.fromkeys(("max_connections", "per_minute", "hourly", "daily", "per_connection", "max_size", "weight"), int),
    "rate": str,
    "per_domain": dict,
}
_DKIM: dict[str, type] = {"domain": str, "selector": str}
_UNQUOTED = dict.fromkeys(map(ord, "\"' \t"))
_NEEDED = ("name", "host", "port", "security")


@dataclass(frozen=True, slots=True)
class Written:
    """A profile of a file, and where it begins there (``profiles.toml:12``)."""

    profile: Profile
    where: str


def write(profiles: Iterable[Profile]) -> str:
    """The file. A user name that is as good as a password is to be taken out before."""
    document = tomlkit.document()
    document.add(tomlkit.comment(_("Profiles of SMTPDesk. Passwords, sign-ins and signing keys are not in here.")))
    document.add("format", tomlkit.item(FORMAT))
    every = tomlkit.aot()
    for profile in profiles:
        every.append(_table(profile))
    document.add("profile", every)
    return tomlkit.dumps(document)


def _table(profile: Profile) -> Table:
    relay, identity, limits, table = profile.relay, profile.identity, profile.limits, tomlkit.table()
    values = {
        "name": profile.name,
        "provider": profile.provider,
        "host": relay.host,
        "port": relay.port,
        "security": str(relay.security),
        "username": profile.username,
        "sign_in": profile.sign_in if profile.uses_tokens else "",
        "from": identity.from_header,
        "envelope_sender": identity.envelope_sender,
        "ehlo_name": identity.ehlo_name,
        "ca_file": relay.ca_file,
        "pinned_sha256": relay.pinned_sha256,
        "allow_plain_password": relay.allow_plain_password,
    }
    figures = {name: getattr(limits, name) for name in _LIMITS if name not in ("rate", "per_domain")}
    figures["rate"] = format_rate(limits.rate, limits.rate_seconds)
    figures["per_domain"] = {one.domain: format_rate(one.count, one.seconds) for one in limits.per_domain}
    for key, value in values.items():
        if value or key in _NEEDED:
            table.add(key, value)
    table.add("limits", {key: value for key, value in figures.items() if value})
    if profile.dkim is not None:
        table.add("dkim", {"domain": profile.dkim.domain, "selector": profile.dkim.selector})
    return table


def read(file: Path) -> list[Written]:
    """The profiles of a file.

    Raises:
        InputError: ``profiles.unreadable``, ``profiles.format``, ``profiles.unknown-key``, ``profiles.bad-value``,
            ``profiles.missing-key``, ``profiles.twice`` or ``profiles.none``; ``where`` holds file and line.
    """
    text = _text(file)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = _AT.search(str(error)[-80:])
        where = f"{file.name}:{at[1]}:{at[2]}" if at else file.name
        raise _unreadable(where, reason(str(error))) from None
    except (ValueError, RecursionError):  # a number of thousands of digits, brackets in thousands of brackets
        raise _unreadable(file.name, _("it holds what no profile has")) from None
    return _Reader(file.name, text).profiles(data)


def _text(file: Path) -> str:
    try:
        return files.read(file, _MOST).decode("utf-8-sig").replace("\r\n", "\n")
    except InputError as error:
        why = {"file.too-large": _("it is too large"), "file.not-ordinary": _("it is no ordinary file")}
        raise _unreadable(file.name, why.get(error.code, error.sentence.rstrip("."))) from None
    except OSError as error:
        raise _unreadable(str(file), error.strerror or str(error)) from None
    except UnicodeDecodeError:
        raise _unreadable(file.name, _("it is no text in UTF-8")) from None


def _unreadable(where: str, why: str) -> InputError:
    return InputError(
        "profiles.unreadable",
        _("The profiles cannot be read: {why}.").format(why=why),
        _("Choose a file that smtpdesk profile export has written."),
        where,
    )


def _heading(line: str) -> str:
    """``profile.limits`` of ``[profile.limits]``; "" of a line that is no heading. Reads a line once."""
    text = line.strip()
    if not text.startswith("["):
        return ""
    path, bracket, _rest = text.lstrip("[").partition("]")
    return path.translate(_UNQUOTED) if bracket else ""


def _key(line: str) -> str:
    """``rate`` of ``rate = "14/s"`` and of ``rate.x = 1``; "" of a line that sets nothing. Reads a line once."""
    name, equals, _rest = line.partition("=")
    key = name.partition(".")[0].strip().strip("\"'")
    return key if equals and key.replace("-", "").replace("_", "").isalnum() else ""


class _Reader:
    """One file: its values, and where each stands."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._lines: dict[tuple[int, str, str], int] = {}
        number, table = -1, ""
        for at, line in enumerate(text.split("\n"), 1):
            path, key = _heading(line), _key(line)
            if path:
                number += path == "profile"
                table = path.removeprefix("profile").removeprefix(".") if number >= 0 else path
                self._lines.setdefault((number, "", table), at)
            elif key:
                self._lines.setdefault((number, table, key), at)

    def _where(self, number: int, table: str, key: str) -> str:
        known = ((number, table, key), (number, "", table), (number, "", ""), (-1, "", key))
        line = next((self._lines[one] for one in known if one in self._lines), 0)
        return f"{self._name}:{line}" if line else self._name

    def profiles(self, data: Mapping[str, Any]) -> list[Written]:
        self._check(-1, "", data, {"format": int, "profile": list})
        if data.get("format", FORMAT) > FORMAT:
            raise InputError(
                "profiles.format",
                _("This file was written by a newer SMTPDesk."),
                _("Update SMTPDesk, then import it."),
                self._where(-1, "", "format"),
            )
        tables = data.get("profile", [])
        if not tables or not all(isinstance(one, dict) for one in tables):
            raise InputError("profiles.none", _("There is no profile in this file."), "", self._name)
        found = [Written(self._profile(at, table), self._where(at, "", "")) for at, table in enumerate(tables)]
        names = Counter(one.profile.name for one in found)
        for one in found:
            if names[one.profile.name] > 1:
                sentence = _("The profile “{name}” stands there twice.").format(name=one.profile.name)
                raise InputError("profiles.twice", sentence, "", one.where)
        return found

    def _check(self, number: int, table: str, data: Mapping[str, Any], known: Mapping[str, type]) -> None:
        for key, value in data.items():
            if key not in known:
                key = key[:_SHOWN]
                near = difflib.get_close_matches(key.lower().replace("-", "_"), list(known), 1, 0.6)
                hint = _("Did you mean “{name}”?").format(name=near[0]) if near else _("Passwords are not in files.")
                words = _("“{key}” is not a setting of a profile.")
                name = f"{table}.{key}" if table else key
                where = self._where(number, table, key)
                raise InputError("profiles.unknown-key", words.format(key=name), hint, where)
            if type(value) is not known[key] or (isinstance(value, str) and len(value) > _LONGEST):
                raise self._bad(number, table, key)

    def _bad(self, number: int, table: str, key: str) -> InputError:
        sentence = _("The value of “{key}” cannot be used.").format(key=f"{table}.{key}" if table else key)
        hint = _("Texts stand in quotation marks, numbers without.")
        return InputError("profiles.bad-value", sentence, hint, self._where(number, table, key))

    def _profile(self, at: int, table: Mapping[str, Any]) -> Profile:
        self._check(at, "", table, _KEYS)
        for key in _NEEDED:
            if key not in table:
                sentence = _("A profile has no “{key}”.").format(key=key)
                raise InputError("profiles.missing-key", sentence, "", self._where(at, "", ""))
        if table["security"] not in set(Security):
            raise self._bad(at, "", "security")
        if table.get("sign_in", PASSWORD) not in (PASSWORD, OAUTH2):
            raise self._bad(at, "", "sign_in")
        relay = Relay(
            table["host"],
            table["port"],
            Security(table["security"]),
            table.get("ca_file") or None,
            table.get("allow_plain_password", False),
            table.get("pinned_sha256", ""),
        )
        return Profile(
            table["name"],
            relay,
            Identity(table.get("from", ""), table.get("envelope_sender", ""), table.get("ehlo_name", "")),
            table.get("username", ""),
            self._limits(at, table.get("limits", {})),
            table.get("provider", ""),
            self._dkim(at, table.get("dkim")),
            table.get("sign_in", PASSWORD),
        )

    def _limits(self, at: int, table: Mapping[str, Any]) -> Limits:
        self._check(at, "limits", table, _LIMITS)
        values = dict(table)
        try:
            if "rate" in values:
                values["rate"], values["rate_seconds"] = parse_rate(values["rate"])
        except ValueError:
            raise self._bad(at, "limits", "rate") from None
        try:
            pairs = values.pop("per_domain", {}).items()
            domains = tuple(parse_domain_limit(f"{domain}={rate}") for domain, rate in pairs)
        except ValueError:
            raise self._bad(at, "limits", "per_domain") from None
        return Limits(**values, per_domain=domains)

    def _dkim(self, at: int, table: Mapping[str, Any] | None) -> Dkim | None:
        if table is None:
            return None
        self._check(at, "dkim", table, _DKIM)
        if table.keys() != _DKIM.keys() or not all(table.values()):
            raise self._bad(at, "", "dkim")
        return Dkim(table["domain"], table["selector"])
