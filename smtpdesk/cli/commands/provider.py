"""``smtpdesk provider``: the presets, and what is known of each. Needs no workspace and no network."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.table import Table

from smtpdesk.base.i18n import _
from smtpdesk.cli.console import foreign
from smtpdesk.cli.options import JsonOption
from smtpdesk.cli.running import finish, guarded, output, say_json
from smtpdesk.domain.limits import limit_texts
from smtpdesk.domain.profile import Relay
from smtpdesk.providers import Provider, provider, providers
from smtpdesk.providers.words import UNKNOWN, facts, kind_words

group = typer.Typer(help="Mail providers that profiles can be made from: list, show, compare.", no_args_is_help=True)
IdArgument = Annotated[str, typer.Argument(metavar="ID", help="A provider's id (see provider list).")]
IdsArgument = Annotated[list[str], typer.Argument(metavar="ID…", help="Two or more providers' ids.")]
_SHOWN = ("mailbox", "relay", "other")


def register(app: typer.Typer) -> None:
    """Add the group of commands."""
    app.add_typer(group, name="provider")


@group.command("list", epilog="Example: smtpdesk provider list google")
def list_(
    words: Annotated[list[str] | None, typer.Argument(metavar="WORDS", help="Only those that match.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Every provider, in groups."""

    def work() -> None:
        shown = [one for one in providers() if one.kind in _SHOWN and one.matches(" ".join(words or ()))]
        if as_json:
            for one in shown:
                say_json(_as_dict(one))
            return
        if not shown:
            output.print(
                _("No preset is called that. A mailbox at your web host: my-web-host. Any other server: other.")
            )
        for kind in _SHOWN:
            table = Table("", "", "", box=None, show_header=False, pad_edge=False)
            for one in shown:
                if one.kind == kind:
                    table.add_row(one.id, foreign(one.name), f"[dim]{foreign(one.summary)}[/]")
            if table.row_count:
                output.print(f"[bold]{foreign(kind_words(kind))}[/]")
                output.print(table)

    _run(work, as_json)


@group.command("show", epilog="Example: smtpdesk provider show gmail")
def show(id: IdArgument, as_json: JsonOption = False) -> None:
    """All that is known of a provider, with sources."""

    def work() -> None:
        one = provider(id)
        if as_json:
            say_json(_as_dict(one))
            return
        output.print(f"[bold]{foreign(one.name)}[/]  [dim]{foreign(one.summary)}[/]")
        for title, value in _lines(one):
            output.print(f"{title:18} {foreign(value)}")
        sentences = [(_("soon"), text) for text in one.notices]
        sentences += [(_("note"), text) for text in (*one.notes, *one.quirks)]
        sentences += [(header.name, header.note) for header in one.headers]
        for title, text in sentences:
            output.print(f"[dim]{foreign(title)}:[/] {foreign(text)}")
        for link in one.help:
            output.print(f"[dim]{foreign(link.label)}:[/] {foreign(link.url)}")
        read = _("Read {day} from:").format(day=one.checked)
        output.print(f"[dim]{foreign(read)}[/]")
        for source in one.source:
            output.print(f"  [dim]{foreign(source)}[/]")

    _run(work, as_json)


@group.command("compare", epilog="Example: smtpdesk provider compare brevo mailgun amazon-ses")
def compare(ids: IdsArgument, as_json: JsonOption = False) -> None:
    """Providers side by side: limits, ports, sign-in, and whether marketing mail is allowed."""

    def work() -> None:
        chosen = [provider(id) for id in dict.fromkeys(ids)]
        if as_json:
            for one in chosen:
                say_json(_as_dict(one))
            return
        table = Table("", *(foreign(one.name) for one in chosen), box=None, header_style="bold")
        columns = [facts(one) for one in chosen]
        for row in zip(*columns, strict=True):
            table.add_row(f"[dim]{foreign(row[0].title)}[/]", *(foreign(fact.value) for fact in row))
        output.print(table)
        unknown = _("{sign}: not known.").format(sign=UNKNOWN)
        output.print(f"[dim]{foreign(unknown)}[/]")

    _run(work, as_json)


def _run(work: Callable[[], None], as_json: bool) -> None:
    async def run() -> int:
        work()
        return 0

    finish(guarded(run, as_json=as_json))


def _lines(one: Provider) -> list[tuple[str, str]]:
    """The facts for people: servers, what to type, limits with their sources, marketing mail."""
    lines = [(_("server"), _server(relay)) for relay in one.endpoints]
    lines += [
        (_("region {name}").format(name=region.id), f"{region.name}: {', '.join(map(_server, region.endpoints))}")
        for region in one.regions
    ]
    user = one.username_fixed or one.username_label
    lines += [
        (_("user name"), f"{user}. {one.username_help}"),
        (_("password"), f"{one.password_label}. {one.password_help}"),
    ]
    written = limit_texts(one.limits)
    lines += [(name, f"{written[name]}  ({source})") for name, source in one.limit_sources]
    lines += [(fact.title, fact.value) for fact in facts(one) if fact.id == "messages" and one.messages_by]
    lines += [(fact.title, fact.value) for fact in facts(one) if fact.id in ("size", "methods", "marketing")]
    if one.marketing_note:
        lines.append(("", f"{one.marketing_note} ({one.marketing_source})"))
    if one.ehlo:
        lines.append(("EHLO", ", ".join(one.ehlo)))
    return lines


def _server(relay: Relay) -> str:
    return f"{relay.host}:{relay.port} {relay.security}"


def _as_dict(one: Provider) -> dict[str, Any]:
    """The facts for programs; a figure that is not known is absent from ``limits``."""
    known = {name: getattr(one.limits, name) for name, _source in one.limit_sources}
    written = limit_texts(one.limits)
    limits = {name: written[name] if name in ("rate", "per_domain") else value for name, value in known.items()}
    return {
        "id": one.id,
        "name": one.name,
        "kind": one.kind,
        "summary": one.summary,
        "endpoints": [_endpoint(relay) for relay in one.endpoints],
        "regions": {region.id: [_endpoint(relay) for relay in region.endpoints] for region in one.regions},
        "ports": list(one.ports),
        "username": one.username_form,
        "username_fixed": one.username_fixed,
        "password": one.password_kind,
        "sign_in": list(one.sign_in),
        "oauth": one.oauth.service if one.oauth else None,
        "limits": limits,
        "messages_by": one.messages_by or None,
        "limits_source": dict(one.limit_sources),
        "size_limit": one.size_limit,
        "ehlo": list(one.ehlo),
        "marketing": one.marketing or None,
        "marketing_note": one.marketing_note,
        "marketing_source": one.marketing_source,
        "headers": {header.name: header.note for header in one.headers},
        "quirks": list(one.quirks),
        "notices": list(one.notices),
        "notes": list(one.notes),
        "help": {link.label: link.url for link in one.help},
        "domains": [*one.domains, *(domain for region in one.regions for domain in region.domains)],
        "source": list(one.source),
        "checked": one.checked,
    }


def _endpoint(relay: Relay) -> dict[str, Any]:
    return {"host": relay.host, "port": relay.port, "security": relay.security}
