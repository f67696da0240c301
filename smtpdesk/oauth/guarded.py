"""Access tokens that go to the provider's own mail servers and to nobody else."""

from __future__ import annotations

from collections.abc import Collection

from smtpdesk.base.secret import Secret
from smtpdesk.domain.oauth import OAuthServer
from smtpdesk.oauth.errors import foreign_host
from smtpdesk.oauth.source import TokenSource


class GuardedTokens:
    """What a session asks for a token; it says for which host.

    A profile may come from a stranger, and names its own server; which servers a provider has, the preset says.

    Args:
        hosts: the mail servers that may have one, in lower case and without a dot at the end.
    """

    def __init__(self, source: TokenSource, server: OAuthServer, hosts: Collection[str]) -> None:
        self._source = source
        self._server = server
        self._hosts = frozenset(hosts)

    async def token(self, host: str, refused: Secret | None = None) -> Secret:
        """A token that is valid now, to be given to ``host``; another one than ``refused``.

        Raises:
            TokenError: ``profile.token-host``: no token is for this host; nothing was asked of anybody. Those of
                :meth:`TokenSource.token`.
        """
        if host.lower().rstrip(".") not in self._hosts:
            raise foreign_host(self._server, host)
        return await self._source.token(refused)
