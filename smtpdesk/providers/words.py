"""What is known of a provider in short words: for lists and for comparing several side by side."""

from __future__ import annotations

from dataclasses import dataclass

from smtpdesk.base.i18n import _, ngettext
from smtpdesk.domain.profile import Limits, format_rate
from smtpdesk.providers.preset import Marketing, MessagesBy, PasswordKind, Provider

#: What stands where nothing is known.
UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing to compare by: a stable id, its title, and what is known of it (:data:`UNKNOWN` if nothing)."""

    id: str
    title: str
    value: str


def kind_words(kind: str) -> str:
    """The group in which a provider is offered."""
    return {"mailbox": _("Mailboxes"), "relay": _("Mail services"), "other": _("Your own")}.get(kind, kind)


def password_words(kind: PasswordKind) -> str:
    """What its servers want as a password."""
    return {
        PasswordKind.PASSWORD: _("Password"),
        PasswordKind.APP_PASSWORD: _("App password"),
        PasswordKind.API_KEY: _("API key"),
        PasswordKind.SMTP_PASSWORD: _("SMTP password"),
        PasswordKind.OAUTH2: _("OAuth2 only"),
        PasswordKind.NONE: _("None"),
    }[kind]


def _sign_in(provider: Provider) -> str:
    password = password_words(provider.password_kind)
    if provider.oauth is None or provider.password_kind is PasswordKind.OAUTH2:
        return password
    both = (_("OAuth2"), password) if provider.oauth_first else (password, _("OAuth2"))
    return _("{first} or {other}").format(first=both[0], other=both[1])


def marketing_words(marketing: Marketing) -> str:
    """Whether marketing mail is allowed."""
    return {Marketing.ALLOWED: _("Allowed"), Marketing.FORBIDDEN: _("Forbidden")}.get(marketing, UNKNOWN)


def size_words(octets: int) -> str:
    """``25 MB``, ``34.2 MB``, ``900 KB``; a megabyte is 1024 x 1024."""
    unit, size = ("MB", octets / 1024**2) if octets >= 1024**2 else ("KB", octets / 1024)
    return f"{size:.1f}".removesuffix(".0") + f" {unit}"


def rate_words(limits: Limits) -> str:
    """``30 a minute, 10,000 a day``; "" without any limit of messages in a time."""
    words = []
    if limits.rate is not None and not (limits.rate_seconds == 60.0 and limits.rate == limits.per_minute):
        words.append(format_rate(limits.rate, limits.rate_seconds))
    counts = (
        (limits.per_minute, _("{n} a minute")), (limits.hourly, _("{n} an hour")), (limits.daily, _("{n} a day")),
    )  # fmt: skip
    words += [sentence.format(n=f"{count:,}") for count, sentence in counts if count is not None]
    return ", ".join(words)


def messages_words(provider: Provider) -> str:
    """``30 a minute``, ``By plan``, ``50 an hour; by account``; "" where nothing is known."""
    figure = rate_words(provider.limits)
    if provider.messages_by is MessagesBy.PLAN:
        return _("{figure}; quota by plan").format(figure=figure) if figure else _("By plan")
    if provider.messages_by is MessagesBy.ACCOUNT:
        return _("{figure}; by account").format(figure=figure) if figure else _("Your account's own")
    return figure


def connection_words(limits: Limits) -> str:
    """``3 connections, 100 messages each``."""
    count = limits.max_connections
    words = ngettext("{n} connection", "{n} connections", count).format(n=count)
    if limits.per_connection is None:
        return words
    each = ngettext("{n} message each", "{n} messages each", limits.per_connection)
    return f"{words}, {each.format(n=f'{limits.per_connection:,}')}"


def _connections(provider: Provider) -> str:
    """``3``, ``10, 100 each`` (messages a connection): short, for under a title."""
    limits = provider.limits
    known = [f"{limits.max_connections}"] if provider.source_of("max_connections") else []
    if limits.per_connection is not None:
        known.append(_("{n} each").format(n=f"{limits.per_connection:,}"))
    return ", ".join(known)


def facts(provider: Provider) -> list[Fact]:
    """What a person compares providers by, always in this order."""
    size = provider.size_limit
    known = {
        "messages": (_("Messages"), messages_words(provider)),
        "connections": (_("Connections"), _connections(provider)),
        "size": (_("Largest message"), size_words(size) if size else ""),
        "ports": (_("Ports"), ", ".join(str(port) for port in provider.ports)),
        "password": (_("Signs in with"), _sign_in(provider)),
        "methods": (_("Methods"), ", ".join(provider.sign_in)),
        "marketing": (_("Marketing mail"), marketing_words(provider.marketing)),
    }
    return [Fact(id, title, value or UNKNOWN) for id, (title, value) in known.items()]
