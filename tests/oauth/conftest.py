"""The authorization server as the program knows it."""

from __future__ import annotations

import pytest

from smtpdesk.domain.oauth import OAuthServer
from tests.servers.authorization import SCOPES, Authorization


@pytest.fixture
def server(authorization: Authorization) -> OAuthServer:
    url = authorization.url
    return OAuthServer("office", "Office", f"{url}/authorize", f"{url}/token", f"{url}/device", f"{url}/revoke", SCOPES)
