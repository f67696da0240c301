"""OpenSMTPD (Debian 13's: 7.6; Debian 12's fails every TLS handshake)."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence

from tests.servers.foreign.server import PASSWORD, USER, ForeignServer


class OpenSmtpd(ForeignServer):
    """A private OpenSMTPD; ``settings`` are lines of ``smtpd.conf``."""

    name = "opensmtpd"

    def configure(self) -> None:
        """Write ``smtpd.conf`` and its tables."""
        self.make_system("opensmtpd", "opensmtpq")
        for name in ("var/run", "var/spool", "var/lib/opensmtpd/empty"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", PASSWORD], capture_output=True, text=True, check=True
        ).stdout.strip()
        self.write("etc/credentials", f"{USER} {hashed}\n")
        self.write("etc/ssl/certs/ca-certificates.crt", self.ca_file.read_text())
        self.write("etc/smtpd.conf", self._configuration())
        for name in ("chain.pem", "key.pem"):
            (self.root / "etc/tls" / name).chmod(0o600)

    def command(self) -> Sequence[str]:
        """In the foreground."""
        return self.inside("/usr/sbin/smtpd", "-d", "-f", "/etc/smtpd.conf")

    def waiting(self) -> int:
        """Envelopes of the queue."""
        queue = self.root / "var/spool/smtpd"
        return sum(1 for name in ("queue", "incoming") for file in (queue / name).rglob("*") if len(file.name) == 16)

    def _configuration(self) -> str:
        lines = []
        names = []
        for number, (address, reply) in enumerate(self.rules.items()):
            self.write(f"etc/refused-{number}", f"{address}\n")
            lines.append(f"table refused{number} file:/etc/refused-{number}")
            lines.append(f'filter no{number} phase rcpt-to match rcpt-to <refused{number}> reject "{reply}"')
            names.append(f"no{number}")
        chain = ""
        if names:
            lines.append(f"filter refusals chain {{ {', '.join(names)} }}")
            chain = 'filter "refusals"'
        further = "\n".join(self.settings)
        refusals = "\n".join(lines)
        return f"""\
table credentials file:/etc/credentials
pki relay.example cert "/etc/tls/chain.pem"
pki relay.example key "/etc/tls/key.pem"
{further}
{refusals}
listen on 127.0.0.1 port {self.port} tls-require pki relay.example auth <credentials> hostname relay.example {chain}
action "hand_on" relay host smtp://127.0.0.1:{self.sink.port}
match auth from any for any action "hand_on"
"""
