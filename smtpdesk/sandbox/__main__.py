"""``python -m smtpdesk.sandbox --dir DIR``: the sandbox as a process of its own."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from smtpdesk.base import private
from smtpdesk.base.errors import DeskError
from smtpdesk.base.secret import Secret
from smtpdesk.sandbox.behaviour import Behaviour
from smtpdesk.sandbox.serve import IDLE, serve


def main(arguments: Sequence[str] | None = None) -> int:
    """Run until stopped; the exit status. ``--user NAME`` reads that user's password from standard input."""
    private.start_private()
    options = _options().parse_args(arguments)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(name)s %(message)s")
    # aiosmtpd writes envelopes there, and what a stranger types.
    logging.getLogger("mail.log").setLevel(logging.CRITICAL)
    shares = {name: getattr(options, name) for name in ("reject", "defer", "busy", "delay")}
    try:
        serve(
            Path(options.dir),
            host=options.host,
            port=options.port,
            idle=options.idle or None,
            security=options.security,
            users={options.user: Secret(sys.stdin.readline().rstrip("\r\n"))} if options.user else None,
            behaviour=Behaviour(**shares) if any(shares.values()) else None,
            started=lambda port: _say(f"{options.host}:{port}"),
        )
    except DeskError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_status
    except OSError as error:  # the folder cannot be written
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m smtpdesk.sandbox", description=__doc__)
    parser.add_argument("--dir", required=True, help="folder that keeps the messages")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--idle", type=float, default=IDLE, help="end after so many seconds unused; 0: never")
    parser.add_argument("--security", choices=("none", "starttls", "tls"), default="none")
    parser.add_argument("--user", default="", help="only this user may send; the password is read from standard input")
    for name in ("reject", "defer", "busy"):
        parser.add_argument(f"--{name}", type=float, default=0.0, metavar="SHARE", help="0 to 1")
    parser.add_argument("--delay", type=float, default=0.0, metavar="SECONDS", help="for each message")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
