"""Haraka 3 (from npm)."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence

from tests.servers.foreign.server import PASSWORD, USER, ForeignServer, place

_OLDEST_NODE = 20

#: Says what the rules say at RCPT, and takes everything else from whoever has signed in.
_PLUGIN = """\
const fs = require('node:fs')
const rules = JSON.parse(fs.readFileSync(%s))
exports.hook_rcpt = (next, connection, params) => {
  const said = rules[params[0].address.toLowerCase()]
  if (said) return next(said[0] === '4' ? DENYSOFT : DENY, said.slice(4))
  return next(connection.relaying ? OK : DENY)
}
"""


class Haraka(ForeignServer):
    """A private Haraka; each of ``settings`` is ``FILE=TEXT``, a file of its ``config`` folder."""

    name = "haraka"

    @classmethod
    def missing(cls) -> str:
        """Why it cannot be started here; empty when it can."""
        old = "" if _node() >= _OLDEST_NODE else f"Haraka needs Node.js {_OLDEST_NODE} or newer"
        return super().missing() or old

    @classmethod
    def may_be_missing(cls) -> bool:
        """Debian 12's own Node.js is too old for it."""
        return _node() < _OLDEST_NODE

    def lay(self) -> None:
        """It changes nothing where it lies."""
        for name in ("config", "plugins", "queue"):
            (self.folder / name).mkdir()

    def configure(self) -> None:
        """Write its ``config`` folder."""
        tls = self.folder / "config"
        self._authority.write_server_pair(tls)
        rules = self.folder / "rules.json"
        rules.write_text(json.dumps(self.rules), encoding="utf-8")
        (self.folder / "plugins" / "refusals.js").write_text(_PLUGIN % json.dumps(str(rules)), encoding="utf-8")
        files = {
            "smtp.ini": f"listen=127.0.0.1:{self.port}\nnodes=0\ngraceful_shutdown=false\n",
            "me": "relay.example\n",
            "host_list": "relay.example\n",
            "plugins": "tls\nauth/flat_file\nrefusals\nqueue/smtp_forward\n",
            "tls.ini": "key=key.pem\ncert=chain.pem\n",
            "auth_flat_file.ini": f"[core]\nmethods=PLAIN,LOGIN\nconstrain_sender=false\n[users]\n{USER}={PASSWORD}\n",
            "smtp_forward.ini": f"host=127.0.0.1\nport={self.sink.port}\nenable_outbound=true\n",
            "loglevel": "NOTICE\n",
        }
        shipped = place(self.name) / "node_modules" / "Haraka" / "config" / "connection.ini"
        files["connection.ini"] = shipped.read_text(encoding="utf-8")
        for text in self.settings:
            name, _, content = text.partition("=")
            files[name] = content
        for name, content in files.items():
            (self.folder / "config" / name).write_text(content, encoding="utf-8")

    def command(self) -> Sequence[str]:
        """One process, in the foreground."""
        return ["node", str(place(self.name) / "node_modules" / "Haraka" / "bin" / "haraka"), "-c", str(self.folder)]

    def waiting(self) -> int:
        """Nothing: it hands on before it answers."""
        return 0


def _node() -> int:
    """The major version of Node.js here; 0 without any."""
    if shutil.which("node") is None:
        return 0
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.lstrip("v").partition(".")[0])
