"""Who this program is at a provider: a client id that the person, or whoever packages the program, registered there."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from smtpdesk.base.paths import resources
from smtpdesk.base.secret import Secret
from smtpdesk.domain.oauth import OAuthClient, OAuthServer

ID_PREFIX = "SMTPDESK_OAUTH_CLIENT_ID_"
SECRET_PREFIX = "SMTPDESK_OAUTH_CLIENT_SECRET_"
#: The setting of a workspace: service to ``{"id": …, "secret": …}``.
SETTING = "oauth.clients"


def variable_names(service: str) -> tuple[str, str]:
    """The environment variables for the client id and secret of a service."""
    name = service.upper().replace("-", "_")
    return ID_PREFIX + name, SECRET_PREFIX + name


def find_client(
    server: OAuthServer, provider: str, settings: Mapping[str, Any], environ: Mapping[str, str] | None = None
) -> OAuthClient | None:
    """The client to be at a provider; None when there is none.

    Looked for in the environment (by preset, then by service), in the workspace's settings, and in
    ``resources/oauth/clients.toml``, which who packages the program may put there.

    Args:
        provider: id of the preset. ``settings``: what the workspace keeps under :data:`SETTING`.
    """
    environ = os.environ if environ is None else environ
    for name in (provider, server.service):
        id_variable, secret_variable = variable_names(name)
        if name and environ.get(id_variable):
            return _client({"id": environ[id_variable], "secret": environ.get(secret_variable, "")})
    return _client(settings.get(server.service)) or _client(_packaged().get(server.service))


def keep_client(settings: Mapping[str, Any], service: str, client: OAuthClient | None) -> dict[str, Any]:
    """The setting with this client in it, or without the service's.

    A desktop client's "secret" is none: everybody who has the program can read it (RFC 8252 section 8.5). It opens
    nothing without the person's own sign-in, so it stands beside the id.
    """
    kept = {name: value for name, value in settings.items() if name != service}
    if client is not None:
        kept[service] = {"id": client.id, "secret": client.secret.reveal() if client.secret else ""}
    return kept


def _client(table: object) -> OAuthClient | None:
    if not isinstance(table, Mapping) or not str(table.get("id", "")).strip():
        return None
    secret = str(table.get("secret", "")).strip()
    return OAuthClient(str(table["id"]).strip(), Secret(secret) if secret else None)


@lru_cache(maxsize=1)
def _packaged() -> Mapping[str, Any]:
    path = resources() / "oauth" / "clients.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
