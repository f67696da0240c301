"""Reads `resources/providers/*.toml`, and what a domain's own autoconfig file says; holds no provider itself."""

from smtpdesk.providers.autoconfig import Server, read_autoconfig
from smtpdesk.providers.catalogue import for_address, for_mail_host, provider, providers, token_hosts
from smtpdesk.providers.preset import (
    Header,
    Link,
    Marketing,
    PasswordKind,
    Provider,
    Region,
    UserName,
    plain_host,
)

__all__ = [
    "Header",
    "Link",
    "Marketing",
    "PasswordKind",
    "Provider",
    "Region",
    "Server",
    "UserName",
    "for_address",
    "for_mail_host",
    "plain_host",
    "provider",
    "providers",
    "read_autoconfig",
    "token_hosts",
]
