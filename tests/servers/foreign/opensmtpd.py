"""OpenSMTPD (Debian 13's: 7.6; Debian 12's fails every TLS handshake)."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.servers.foreign.server import PASSWORD, USER, ForeignServer
from tests.servers.sink import Sunk


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
        """In the foreground, handing on nothing."""
        return self.inside("/usr/sbin/smtpd", "-d", "-P", "mta", "-f", "/etc/smtpd.conf")

    def waiting(self) -> int:
        """Nothing: what it took stays in its queue, because it hands on one message after the other."""
        return 0

    def stored(self, deadline: float = 60.0) -> list[Sunk]:
        """What lies in its queue: a folder a message, in it the message and an envelope a recipient."""
        kept = []
        messages = (self.root / "var/spool/smtpd/queue").glob("*/*/message")
        for file in sorted(messages, key=lambda file: file.stat().st_mtime_ns):
            raw = file.read_bytes().replace(b"\n", b"\r\n")
            kept += [Sunk(*_envelope(each), raw) for each in file.parent.iterdir() if each != file]
        return kept

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


def _envelope(file: Path) -> tuple[str, tuple[str, ...]]:
    """Sender and recipient."""
    fields = dict(line.split(": ", 1) for line in file.read_text(encoding="utf-8").splitlines() if ": " in line)
    return fields["sender"], (fields["rcpt"],)
