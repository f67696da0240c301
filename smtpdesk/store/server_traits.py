"""What was learned about servers, by host and port; several profiles of one server share it."""

from __future__ import annotations

from smtpdesk.base.clock import now
from smtpdesk.domain.profile import Relay
from smtpdesk.domain.server_traits import ServerTraits
from smtpdesk.store.settings import SettingTable

#: Servers are changed: after so many seconds everything is learned anew.
KEPT = 30 * 86400.0


class ServerTraitTable:
    """Reads and writes them among the settings."""

    def __init__(self, settings: SettingTable) -> None:
        self._settings = settings

    def get(self, relay: Relay) -> ServerTraits:
        """What is known of a server; all it announces is believed where nothing is, or not lately."""
        found = self._settings.get(_key(relay))
        if not isinstance(found, dict) or not 0 <= now() - float(found.get("at", 0.0)) < KEPT:
            return ServerTraits()
        per_session = found.get("per_session")
        return ServerTraits(
            chunking=found.get("chunking") is not False,
            pipelining=found.get("pipelining") is not False,
            write_ahead=found.get("write_ahead") is not False,
            per_session=per_session if isinstance(per_session, int) and per_session > 0 else None,
        )

    def keep(self, relay: Relay, traits: ServerTraits) -> None:
        """Write down what was learned just now."""
        kept = {
            "chunking": traits.chunking,
            "pipelining": traits.pipelining,
            "write_ahead": traits.write_ahead,
            "per_session": traits.per_session,
        }
        self._settings.set(_key(relay), {"at": now(), **kept})


def _key(relay: Relay) -> str:
    return f"server_traits:{relay.bare_host.lower()}:{relay.port}"
