"""Haraka 3 (from npm)."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.servers.foreign.server import PASSWORD, USER, ForeignServer, place
from tests.servers.sink import Sunk

_OLDEST_NODE = 20

#: Says what the rules say at RCPT, takes everything else from whoever has signed in, and keeps each message in a file
#: before it answers. (Its own way of handing on waits for the other server three times a message.)
_PLUGIN = """\
const fs = require('node:fs')
const settings = JSON.parse(fs.readFileSync(%s))
let number = 0
exports.hook_rcpt = (next, connection, params) => {
  const said = settings.rules[params[0].address.toLowerCase()]
  if (said) return next(said[0] === '4' ? DENYSOFT : DENY, said.slice(4))
  return next(connection.relaying ? OK : DENY)
}
exports.hook_queue = exports.hook_queue_outbound = (next, connection) => {
  const { mail_from, rcpt_to, message_stream } = connection.transaction
  const name = `${settings.kept}/${String(++number).padStart(6, '0')}`
  const file = fs.createWriteStream(`${name}.eml`)
  file.on('error', (error) => next(DENYSOFT, error.message))
  file.on('finish', () => {
    const envelope = { sender: mail_from.address, recipients: rcpt_to.map((one) => one.address) }
    fs.writeFileSync(`${name}.part`, JSON.stringify(envelope))
    fs.renameSync(`${name}.part`, `${name}.json`)
    next(OK, `kept as ${number}`)
  })
  message_stream.pipe(file, { line_endings: '\\r\\n' })
}
"""

#: RFC 7919's group of 2048 bits: without a file of its own, Haraka looks for a new prime, for minutes of a core.
_FFDHE2048 = """-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
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
        for name in ("config", "plugins", "queue", "kept"):
            (self.folder / name).mkdir()

    def configure(self) -> None:
        """Write its ``config`` folder."""
        tls = self.folder / "config"
        self._authority.write_server_pair(tls)
        told = self.folder / "told.json"
        told.write_text(json.dumps({"rules": self.rules, "kept": str(self.folder / "kept")}), encoding="utf-8")
        (self.folder / "plugins" / "keep.js").write_text(_PLUGIN % json.dumps(str(told)), encoding="utf-8")
        files = {
            "smtp.ini": f"listen=127.0.0.1:{self.port}\nnodes=0\ngraceful_shutdown=false\n",
            "me": "relay.example\n",
            "host_list": "relay.example\n",
            "plugins": "tls\nauth/flat_file\nkeep\n",
            "tls.ini": "key=key.pem\ncert=chain.pem\n",
            "auth_flat_file.ini": f"[core]\nmethods=PLAIN,LOGIN\nconstrain_sender=false\n[users]\n{USER}={PASSWORD}\n",
            "loglevel": "NOTICE\n",
            "dhparams.pem": _FFDHE2048,
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
        """Nothing: it has kept a message before it answers."""
        return 0

    def stored(self, deadline: float = 60.0) -> list[Sunk]:
        """What it kept, as it would hand it on."""
        return [_kept(file) for file in sorted((self.folder / "kept").glob("*.json"))]


def _node() -> int:
    """The major version of Node.js here; 0 without any."""
    if shutil.which("node") is None:
        return 0
    said = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(said.lstrip("v").partition(".")[0])


def _kept(file: Path) -> Sunk:
    envelope = json.loads(file.read_bytes())
    return Sunk(envelope["sender"], tuple(envelope["recipients"]), file.with_suffix(".eml").read_bytes())
