"""Writes a run into a ledger as a worker does, from a process of its own: ``python -m tests.desktop.sending_writer``.

Arguments: the workspace's folder, the run's id, how many messages, how many of them in one transaction.
"""

from __future__ import annotations

import subprocess
import sys
from itertools import cycle, islice
from pathlib import Path

from smtpdesk.store import Workspace
from tests.desktop.sending_ledger import ACCEPTED, FULL, GREYLISTED, HUNG_UP, SPAM, UNKNOWN, Run

#: A little of everything, so that the causes move too.
MIX = [*[ACCEPTED] * 40, UNKNOWN, UNKNOWN, GREYLISTED, FULL, SPAM, HUNG_UP, *[ACCEPTED] * 4]


def start_writer(folder: Path, run: str, messages: int, batch: int) -> subprocess.Popen[bytes]:
    """Start writing; the caller waits for its end."""
    root = Path(__file__).parents[2]
    arguments = [str(folder), run, str(messages), str(batch)]
    return subprocess.Popen([sys.executable, "-m", "tests.desktop.sending_writer", *arguments], cwd=root)


def main() -> None:
    folder, run, messages, batch = sys.argv[1:]
    outcomes = cycle(MIX)
    with Workspace.open(Path(folder)) as store:
        written = Run(store, run, "office")
        for _batch in range(int(messages) // int(batch)):
            written.attempt(list(islice(outcomes, int(batch))))


if __name__ == "__main__":
    main()
