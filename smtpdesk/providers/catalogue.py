"""The presets that are shipped, read from their files."""

from __future__ import annotations

import difflib
import os
import tomllib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from smtpdesk.base import files
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.base.paths import resources
from smtpdesk.domain.limits import LIMIT_NAMES, parse_domain_limits
from smtpdesk.domain.oauth import OAuthServer
from smtpdesk.domain.profile import Limits, Relay, Security, parse_rate
from smtpdesk.providers.preset import (
    Header,
    Link,
    Marketing,
    MessagesBy,
    PasswordKind,
    Provider,
    Region,
    UserName,
    domain_of,
    serves,
)

#: A folder of further presets, such as an organisation's own, in the form of the shipped ones.
FOLDER_VARIABLE = "SMTPDESK_PROVIDERS_DIR"
#: What every preset says.
_NEEDED = (
    *("id", "name", "kind", "summary", "order", "endpoints", "source", "checked"),
    *("username_form", "username_label", "username_help", "password_kind", "password_label", "password_help"),
)
#: Characters of a parser's words that are quoted.
_WORDS = 200


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
    raise InputError("provider.unknown", _('There is no provider "{id}".').format(id=id), _near(id))


def _near(id: str) -> str:
    """What may have been meant, else all that a person can choose from."""
    known = [table["id"] for table in _tables() if table["kind"] != "sandbox"]
    near = difflib.get_close_matches(id.lower(), known, 1, 0.6)
    if near:
        return _("Did you mean “{name}”?").format(name=near[0])
    return _("Known ones: {known}.").format(known=", ".join(known))


def for_address(address: str) -> Provider | None:
    """The preset for a mailbox's address, from the domains that the presets name; None when no preset knows it.

    Asks nobody: a company's own domain at Google or Microsoft is not known here.
    """
    domain = domain_of(address)
    if not domain:
        return None
    found = next((table for table in _tables() if serves(_domains(table), domain)), None)
    return _provider(found) if found is not None else None


def for_mail_host(host: str) -> Provider | None:
    """The preset of the provider whose customers' mail this host (of an MX record) takes; None when none is known."""
    return next((one for one in providers() if one.takes_mail_at(host)), None)


def token_hosts(id: str) -> frozenset[str]:
    """The only hosts that may be handed an access token of this provider: those that its preset names.

    A further preset cannot widen what a shipped one says: tokens of an authorization server that a shipped preset
    knows go to the hosts of shipped presets alone.

    Raises:
        InputError: ``provider.unknown``.
    """
    asked = provider(id)
    shipped = [_provider(table) for table in _read_all("")]
    issuer = _issuer(asked)
    same = [one.hosts for one in shipped if issuer and _issuer(one) == issuer]
    return asked.hosts & frozenset().union(*same) if same else asked.hosts


def _issuer(one: Provider) -> str:
    return urlsplit(one.oauth.token_url).netloc.lower() if one.oauth is not None else ""


def _domains(table: Mapping[str, Any]) -> tuple[str, ...]:
    regions = (domain for region in table.get("regions", ()) for domain in region.get("domains", ()))
    return (*table.get("domains", ()), *regions)


def _tables() -> tuple[Mapping[str, Any], ...]:
    return _read_all(os.environ.get(FOLDER_VARIABLE, ""))


@lru_cache(maxsize=4)
def _read_all(further: str) -> tuple[Mapping[str, Any], ...]:
    files = [*(resources() / "providers").glob("*.toml"), *(Path(further).glob("*.toml") if further else ())]
    # A preset of the same id in the further folder stands in place of the shipped one.
    tables = {table["id"]: table for table in map(_read, files)}
    return tuple(sorted(tables.values(), key=lambda table: table["order"]))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(files.read(path, files.SMALL_LIMIT, str(path)).decode("utf-8"))
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except (ValueError, RecursionError) as error:
        raise _unreadable(path, str(error)[:_WORDS] if isinstance(error, tomllib.TOMLDecodeError) else "") from None
    missing = [key for key in _NEEDED if key not in table]
    if missing:
        raise _unreadable(path, _("“{key}” is missing").format(key=missing[0]))
    return table


def _unreadable(path: Path, why: str) -> InputError:
    """A preset of the further folder is wrong; the shipped ones are tested."""
    return InputError(
        "provider.unreadable",
        _("A preset cannot be read: {why}.").format(why=why or _("it holds what no preset has")),
        _("Correct the file, or take it out of the folder that {variable} names.").format(variable=FOLDER_VARIABLE),
        str(path),
    )


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
        **_domain_records(table.get("sending_domain", {})),
        ehlo=tuple(table.get("ehlo", ())),
        domains=tuple(table.get("domains", ())),
        mx=tuple(table.get("mx", ())),
        mx_source=table.get("mx_source", ""),
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
        "oauth": _oauth(table["oauth2"]) if "oauth2" in table else None,
        "oauth_first": table.get("oauth2", {}).get("first", False),
    }


def _oauth(table: Mapping[str, Any]) -> OAuthServer:
    return OAuthServer(
        service=table["service"],
        title=table["title"],
        authorization_url=table["authorization_url"],
        token_url=table["token_url"],
        device_url=table.get("device_url", ""),
        revocation_url=table.get("revocation_url", ""),
        scopes=tuple(table["scopes"]),
        parameters=tuple(table.get("parameters", {}).items()),
        redirect_host=table.get("redirect_host", "127.0.0.1"),
        client_secret=table.get("client_secret", False),
        register_url=table["register_url"],
        source=tuple(table["source"]),
    )


def _rules(table: Mapping[str, Any]) -> dict[str, Any]:
    note = table.get("marketing_note", "")
    return {
        "limits": _limits(table.get("limits", {})),
        "messages_by": MessagesBy(table.get("messages_by", "")),
        "limit_sources": tuple(table.get("limits_source", {}).items()),
        "marketing": Marketing(table.get("marketing", "")),
        "marketing_note": _(note) if note else "",
        "marketing_source": table.get("marketing_source", ""),
    }


def _domain_records(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "spf_include": table.get("spf_include", ""),
        "dkim_selectors": tuple(table.get("dkim_selectors", ())),
        "own_return_path": table.get("own_return_path", False),
        "domain_source": table.get("source", ""),
    }


def _region(region: Mapping[str, Any], common: Iterable[Mapping[str, Any]]) -> Region:
    """A region names its own endpoints, or fills its id into those of the provider."""
    endpoints = _relays(region.get("endpoints", common), region["id"])
    return Region(
        region["id"], _(region["name"]), endpoints, tuple(region.get("domains", ())), tuple(region.get("mx", ()))
    )


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
