"""A second worker process of the same run, when one core is the limit.

A companion claims from the same ledger, under the same lease and into the same mark file; it shares the limits of the
profiles because every worker counts the others that send with them. It ends with the worker that started it.
"""

from __future__ import annotations

import asyncio
import logging
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from smtpdesk.base.secret import Secret
from smtpdesk.base.secret_variables import without_secrets
from smtpdesk.domain.delivery import LaneInfo
from smtpdesk.worker.protocol import line

_log = logging.getLogger("smtpdesk.worker")
#: Share of one core over :data:`SPAN` seconds from which on the core is the limit.
BUSY = 0.85
SPAN = 3.0
#: Fewer open rows than this (per second of the present rate) are sent sooner than a second process is ready.
WORTH_SECONDS = 10.0
#: Seconds that a companion has to end: what is under way is answered, or cut, well before.
STUCK = 30.0
#: ``SMTPDESK_WORKERS``: how many processes a run may use; without it, one less than there are cores, at most four.
VARIABLE = "SMTPDESK_WORKERS"


def most_workers() -> int:
    """How many worker processes one run may use on this computer."""
    given = os.environ.get(VARIABLE, "")
    if given.isascii() and given.isdigit() and int(given) > 0:
        return int(given)
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(4, cores - 1))


class Companions:
    """Starts companions while this process is short of its core, and ends them."""

    def __init__(self, arguments: Sequence[str], errors: Path, secrets: Mapping[str, Secret]) -> None:
        self._arguments = list(arguments)
        self._errors = errors
        self._secrets = secrets
        self._processes: list[subprocess.Popen[bytes]] = []
        self._most = most_workers()
        self._mark = (time.monotonic(), time.process_time())

    @property
    def alive(self) -> bool:
        """True while one is at work."""
        return any(process.poll() is None for process in self._processes)

    def look(self, lanes: Sequence[LaneInfo], open_rows: int) -> None:
        """Start one more when this process has used up its core for a while and there is enough left to do."""
        if 1 + len(self._processes) >= self._most:
            return
        moment, used = time.monotonic(), time.process_time()
        span = moment - self._mark[0]
        if span < SPAN:
            return
        share = (used - self._mark[1]) / span
        self._mark = (moment, used)
        rate = sum(lane.rate for lane in lanes)
        if share >= BUSY and rate and open_rows > rate * WORTH_SECONDS:
            self._start()

    def _start(self) -> None:
        number = len(self._processes) + 1
        _log.info("one core is the limit: starting companion %d", number)
        with self._errors.open("ab") as errors:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "smtpdesk.worker", *self._arguments, "--companion", str(number)),
                    # What is due much later is the worker's own to wait for.
                    *("--patience", str(WORTH_SECONDS), "--listen"),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                env=without_secrets(os.environ),
            )
        secrets = {ref: secret.reveal() for ref, secret in self._secrets.items()}
        _say(process, line("secrets", secrets=secrets))
        self._processes.append(process)

    def want(self, wanted: str) -> None:
        """Tell all of them; they hear the same from the ledger a little later."""
        for process in self._processes:
            _say(process, line("want", wanted=wanted))

    async def end(self, patience: float = STUCK) -> bool:
        """Let them finish what is under way and end; True when one of them did not end in order.

        Args:
            patience: seconds after which one that does not end is killed; the mark file knows what it had begun.
        """
        for process in self._processes:
            _say(process, line("want", wanted="pause"))
            if process.stdin is not None and not process.stdin.closed:
                process.stdin.close()
        until = time.monotonic() + patience
        for process in self._processes:
            try:
                await asyncio.to_thread(process.wait, max(0.0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                _log.warning("companion %d does not end: killed", process.pid)
                process.kill()
                await asyncio.to_thread(process.wait)
        failed = any(process.returncode for process in self._processes)
        self._processes.clear()
        return failed


def _say(process: subprocess.Popen[bytes], text: str) -> None:
    if process.poll() is not None or process.stdin is None or process.stdin.closed:
        return
    try:
        process.stdin.write(text.encode())
        process.stdin.flush()
    except OSError as error:
        _log.info("a companion does not listen any more: %s", error)
