"""The program's own log (not the delivery log): one rotating file in the workspace, no addresses, no secrets."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path


def start(folder: Path, process: str, level: int = logging.INFO) -> None:
    """Log to ``folder/logs/<process>.log``, 2 MB by three files. A folder that cannot be written is not fatal."""
    try:
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        handler: logging.Handler = RotatingFileHandler(
            folder / "logs" / f"{process}.log", maxBytes=2_000_000, backupCount=2, encoding="utf-8"
        )
    except OSError:
        handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger("smtpdesk")
    root.handlers[:] = [handler]
    root.setLevel(level)
    root.propagate = False
