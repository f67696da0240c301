"""The presets that are shipped, read from their files."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.paths import resources
from smtpdesk.domain.limits import LIMIT_NAMES, parse_domain_limits
from smtpdesk.domain.profile import Limits, Relay, Security, parse_rate
from smtpdesk.providers.preset import (
    Header,
    Link,
    Marketing,
    PasswordKind,
    Provider,
    Region,
    UserName,
    domain_of,
    serves,
)


def providers() -> list[Provider]:
    """Every preset, in the order in which people are offered them, worded in their language."""
    return [_provider(table) for table in _tables()]


def provider(id: str) -> Provider:
    """The preset with this id.

    Raises:
        InputError: ``provider.unknown``.
    """
    for table in _tables():
        if table["id"] == id:
            return _provider(table)
    known = ", ".join(table["id"] for table in _tables())
    raise InputError(
        "provider.unknown",
        _('There is no provider "{id}".').format(id=id),
        _("Known ones: {known}.").format(known=known),
    )


def for_address(address: str) -> Provider | None:
    """The preset for a mailbox's address, from the domains that the presets name; None when no preset knows it.

    Asks nobody: a company's own domain at Google or Microsoft is not known here.
    """
    domain = domain_of(address)
    if not domain:
        return None
    found = next((table for table in _tables() if serves(_domains(table), domain)), None)
    return _provider(found) if found is not None else None


def _domains(table: Mapping[str, Any]) -> tuple[str, ...]:
    regions = (domain for region in table.get("regions", ()) for domain in region.get("domains", ()))
    return (*table.get("domains", ()), *regions)


@lru_cache(maxsize=1)
def _tables() -> tuple[Mapping[str, Any], ...]:
    return tuple(sorted(map(_read, (resources() / "providers").glob("*.toml")), key=lambda table: table["order"]))


def _read(path: Path) -> Mapping[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _provider(table: Mapping[str, Any]) -> Provider:
    regions = tuple(_region(one, table["endpoints"]) for one in table.get("regions", ()))
    return Provider(
        id=table["id"],
        name=_(table["name"]),
        kind=table["kind"],
        summary=_(table["summary"]),
        endpoints=regions[0].endpoints if regions else _relays(table["endpoints"]),
        regions=regions,
        suggested=_suggested(table.get("suggested")),
        **_sign_in(table),
        **_rules(table),
        ehlo=tuple(table.get("ehlo", ())),
        domains=tuple(table.get("domains", ())),
        aliases=tuple(table.get("aliases", ())),
        quirks=_sentences(table.get("quirks", ())),
        headers=tuple(Header(one["header"], _(one["note"])) for one in table.get("headers", ())),
        notices=_sentences(table.get("notices", ())),
        notes=_sentences(table.get("notes", ())),
        help=tuple(Link(_(one["label"]), one["url"]) for one in table.get("help", ())),
        source=tuple(table["source"]),
        checked=table["checked"],
    )


def _sign_in(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "username_form": UserName(table["username_form"]),
        "username_label": _(table["username_label"]),
        "username_help": _(table["username_help"]),
        "username_fixed": table.get("username_fixed", ""),
        "password_kind": PasswordKind(table["password_kind"]),
        "password_label": _(table["password_label"]),
        "password_help": _(table["password_help"]),
        "sign_in": tuple(table.get("sign_in", ())),
    }


def _rules(table: Mapping[str, Any]) -> dict[str, Any]:
    note = table.get("marketing_note", "")
    return {
        "limits": _limits(table.get("limits", {})),
        "limit_sources": tuple(table.get("limits_source", {}).items()),
        "marketing": Marketing(table.get("marketing", "")),
        "marketing_note": _(note) if note else "",
        "marketing_source": table.get("marketing_source", ""),
    }


def _region(region: Mapping[str, Any], common: Iterable[Mapping[str, Any]]) -> Region:
    """A region names its own endpoints, or fills its id into those of the provider."""
    endpoints = _relays(region.get("endpoints", common), region["id"])
    return Region(region["id"], _(region["name"]), endpoints, tuple(region.get("domains", ())))


def _relays(endpoints: Iterable[Mapping[str, Any]], region: str = "") -> tuple[Relay, ...]:
    return tuple(
        Relay(one["host"].replace("{region}", region), one["port"], Security(one["security"])) for one in endpoints
    )


def _suggested(table: Mapping[str, Any] | None) -> Relay | None:
    return Relay("", table["port"], Security(table["security"])) if table is not None else None


def _limits(table: Mapping[str, Any]) -> Limits:
    known: dict[str, Any] = {name: table[name] for name in LIMIT_NAMES if name in table}
    if "rate" in known:
        known["rate"], known["rate_seconds"] = parse_rate(known["rate"])
    if "per_domain" in known:
        known["per_domain"] = parse_domain_limits(
            ", ".join(f"{name}={rate}" for name, rate in known["per_domain"].items())
        )
    return Limits(**known)


def _sentences(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(_(text) for text in texts)
