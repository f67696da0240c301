"""Postfix's policy delegation protocol, so that a test decides on each RCPT while Postfix runs.

One request is ``name=value`` lines and an empty line; the answer is ``action=…`` and an empty line
(Postfix's SMTPD_POLICY_README).
"""

from __future__ import annotations

import socketserver
import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class Asked:
    """One RCPT as Postfix saw it."""

    recipient: str
    sender: str
    #: The signed-in user, or empty.
    user: str
    #: ``"TLSv1.3"``, or empty on a connection in the clear.
    tls: str
    #: The client's port: tells connections apart.
    connection: str
    #: What was answered; ``"DUNNO"`` lets Postfix go on.
    action: str


class Policy:
    """The decisions: ``rules`` maps a lower-case recipient to a reply; ``asked`` keeps every question in order."""

    def __init__(self) -> None:
        self.rules: dict[str, str] = {}
        self.asked: list[Asked] = []
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.policy = self
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="policy", kwargs={"poll_interval": 0.05}
        )

    def __enter__(self) -> Policy:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def decide(self, request: dict[str, str]) -> str:
        """The action for one request."""
        recipient = request.get("recipient", "")
        action = self.rules.get(recipient.lower(), "DUNNO")
        self.asked.append(
            Asked(
                recipient,
                request.get("sender", ""),
                request.get("sasl_username", ""),
                request.get("encryption_protocol", ""),
                request.get("client_port", ""),
                action,
            )
        )
        return action


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    policy: Policy


class _Handler(socketserver.StreamRequestHandler):
    disable_nagle_algorithm = True

    def handle(self) -> None:
        assert isinstance(self.server, _Server)
        threading.current_thread().name = "policy-connection"
        request: dict[str, str] = {}
        for line in self.rfile:
            text = line.decode("utf-8", "replace").rstrip("\n")
            if text:
                name, _, value = text.partition("=")
                request[name] = value
                continue
            self.wfile.write(f"action={self.server.policy.decide(request)}\n\n".encode())
            request = {}
