"""The program's own log (not the delivery log): one rotating file in the workspace, no addresses, no secrets."""

from __future__ import annotations

import logging
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from smtpdesk.base import private
from smtpdesk.base.visible import visible


class _Visible(logging.Formatter):
    """A log is read with ``cat``, too: what a stranger wrote moves no cursor there, and writes no line of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:
        return visible(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:
        return visible(super().formatException(ei), lines=True)


class _PrivateFile(RotatingFileHandler):
    """Its file, and each that follows, is the person's alone."""

    def _open(self) -> TextIOWrapper:
        return open(self.baseFilename, self.mode, encoding=self.encoding, opener=private.opener)  # type: ignore[return-value]


def start(folder: Path, process: str, level: int = logging.INFO) -> None:
    """Log to ``folder/logs/<process>.log``, 2 MB by three files. A folder that cannot be written is not fatal."""
    try:
        # The first thing that is made in a new workspace: its folder is private from the beginning.
        if not folder.is_dir():
            private.make_folder(folder)
        private.make_folder(folder / "logs")
        handler: logging.Handler = _PrivateFile(
            folder / "logs" / f"{process}.log", maxBytes=2_000_000, backupCount=2, encoding="utf-8"
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(_Visible("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger("smtpdesk")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False
