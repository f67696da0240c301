"""Reads `resources/providers/*.toml`; holds no provider itself."""

from smtpdesk.providers.catalogue import for_address, provider, providers
from smtpdesk.providers.preset import (
    Header,
    Link,
    Marketing,
    PasswordKind,
    Provider,
    Region,
    UserName,
)

__all__ = [
    "Header",
    "Link",
    "Marketing",
    "PasswordKind",
    "Provider",
    "Region",
    "UserName",
    "for_address",
    "provider",
    "providers",
]
