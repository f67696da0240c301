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
from smtpdesk.domain.profile import Limits, Relay, Security, parse_rate
from smtpdesk.providers.preset import Link, Provider, Region


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
        username_label=_(table["username_label"]),
        username_help=_(table["username_help"]),
        username_fixed=table.get("username_fixed", ""),
        password_label=_(table["password_label"]),
        password_help=_(table["password_help"]),
        limits=_limits(table.get("limits", {})),
        size_limit=table.get("size_limit"),
        notices=_sentences(table.get("notices", ())),
        notes=_sentences(table.get("notes", ())),
        help=tuple(Link(_(one["label"]), one["url"]) for one in table.get("help", ())),
        source=tuple(table["source"]),
        checked=table["checked"],
    )


def _region(region: Mapping[str, Any], common: Iterable[Mapping[str, Any]]) -> Region:
    """A region names its own endpoints, or fills its id into those of the provider."""
    endpoints = _relays(region.get("endpoints", common), region["id"])
    return Region(region["id"], _(region["name"]), endpoints)


def _relays(endpoints: Iterable[Mapping[str, Any]], region: str = "") -> tuple[Relay, ...]:
    return tuple(
        Relay(one["host"].replace("{region}", region), one["port"], Security(one["security"])) for one in endpoints
    )


def _limits(table: Mapping[str, Any]) -> Limits:
    known: dict[str, Any] = {name: table[name] for name in ("max_connections", "daily") if name in table}
    if "rate" in table:
        known["rate"], known["rate_seconds"] = parse_rate(table["rate"])
    return Limits(**known)


def _sentences(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(_(text) for text in texts)
