"""Reads `resources/providers/*.toml`; holds no provider itself."""

from smtpdesk.providers.catalogue import provider, providers
from smtpdesk.providers.preset import Link, Provider, Region

__all__ = ["Link", "Provider", "Region", "provider", "providers"]
