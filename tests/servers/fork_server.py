"""Runs commands of ours without the price of their start: a process that has imported the program forks for each.

Importing takes a command several times as long as most of what the tests ask of it. What is forked is a process of its
own with its own arguments, environment and files, and runs ``smtpdesk/__main__.py`` as ``python -m smtpdesk`` does. A
command that a test wants to interrupt or kill (``proc.start_cli``) is started in the ordinary way.

``python -m tests.servers.fork_server`` is the process: a job is a line of JSON on its standard input; it answers with
the child's process id and, when that has ended, with its status.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

#: Modules that the commands load late, and that are loaded here beforehand.
_BEFOREHAND = ("smtpdesk.cli.main", "alembic.operations", "alembic.migration", "alembic.op", "pandas")

#: Variables whose value the program reads when it is asked for it, or that mean nothing to it: they may differ from
#: job to job. Any other (a language, a width, an interpreter's switch) needs a start of its own.
_FREE = ("SMTPDESK_", "PYTEST_")


def supported() -> bool:
    """Whether forking is as good as starting; elsewhere it is absent or known to be fragile."""
    return sys.platform == "linux"


class ForkServer:
    """One such process; runs one command at a time."""

    _idle: list[ForkServer] = []  # noqa: RUF012 - shared on purpose: those that wait for work
    _usual: dict[str, str] | None = None

    def __init__(self, root: Path, env: Mapping[str, str]) -> None:
        self._fixed = _fixed(env)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.servers.fork_server"],
            cwd=root,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    @classmethod
    def take(cls, root: Path, env: Mapping[str, str]) -> ForkServer | None:
        """An idle one for this environment, or a new one; None when the environment needs a start of its own."""
        fixed = _fixed(env)
        for server in [server for server in cls._idle if server._fixed == fixed]:
            cls._idle.remove(server)
            if server._process.poll() is None:
                return server
            server._close()
        # Measured or not, the usual environment is worth a process that stays.
        cls._usual = cls._usual or _unmeasured(fixed)
        return cls(root, env) if _unmeasured(fixed) == cls._usual else None

    def run(self, args: Sequence[str], env: Mapping[str, str], files: Mapping[str, str], timeout: float) -> int:
        """Run ``smtpdesk ARGS`` to its end; its status (negative: the signal that ended it).

        Args:
            args: the command line's words.
            env: all of its environment.
            files: paths under ``stdin``, ``stdout`` and ``stderr``.
            timeout: seconds; then it is killed.

        Raises:
            subprocess.TimeoutExpired: it took too long.
        """
        assert self._process.stdin is not None
        job = {"args": list(args), "env": dict(env), "files": dict(files)}
        self._process.stdin.write(json.dumps(job).encode() + b"\n")
        self._process.stdin.flush()
        pid = self._answer(timeout)
        assert pid is not None, "the fork server forks at once"
        status = self._answer(timeout)
        if status is None:
            os.kill(pid, signal.SIGKILL)
            self._answer(timeout)
        self._idle.append(self)
        if status is None:
            raise subprocess.TimeoutExpired(list(args), timeout)
        return status

    def _answer(self, timeout: float) -> int | None:
        # Read a byte at a time: what select does not see would be in a buffer.
        assert self._process.stdout is not None
        end = time.monotonic() + timeout
        said = b""
        while not said.endswith(b"\n"):
            ready, _, _ = select.select([self._process.stdout], [], [], max(end - time.monotonic(), 0))
            if not ready:
                return None
            byte = os.read(self._process.stdout.fileno(), 1)
            assert byte, f"the fork server ended with {self._process.wait()}"
            said += byte
        return int(said)

    def _close(self) -> None:
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process.wait()

    @classmethod
    def end_idle(cls) -> None:
        """End those that wait for work: the end of their input is theirs."""
        while cls._idle:
            cls._idle.pop()._close()


def _fixed(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if not name.startswith(_FREE)}


def _unmeasured(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if not name.startswith("COV")}


def _serve() -> None:
    requests, answers = os.dup(0), os.dup(1)  # not inherited by what a command starts
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    _warm_up()
    with os.fdopen(requests, "rb", buffering=0) as lines:
        # Unbuffered: a child must not find the next job in a buffer of its parent.
        while line := lines.readline():
            pid = os.fork()
            if pid == 0:
                os.close(answers)
                _become(json.loads(line))
                return
            os.write(answers, f"{pid}\n".encode())
            _, status = os.waitpid(pid, 0)
            os.write(answers, f"{os.waitstatus_to_exitcode(status)}\n".encode())


def _warm_up() -> None:
    for name in _BEFOREHAND:
        importlib.import_module(name)
    # The command line's own library loads more of itself when it reads its first arguments.
    from smtpdesk.cli.main import main

    main(["--version"])
    # What is here stays: no child looks through it for garbage, nor copies its pages by looking.
    gc.collect()
    gc.freeze()


def _become(job: dict[str, Any]) -> None:
    """Be the command; ends with SystemExit, through the interpreter's ordinary end."""
    os.environ.clear()
    os.environ.update(job["env"])
    ways = {"stdin": os.O_RDONLY, "stdout": os.O_WRONLY | os.O_TRUNC, "stderr": os.O_WRONLY | os.O_TRUNC}
    for fd, (name, flags) in enumerate(ways.items()):
        opened = os.open(job["files"][name], flags)
        os.dup2(opened, fd)
        os.close(opened)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - as the interpreter opens it
    sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
    sys.argv = ["smtpdesk", *job["args"]]
    runpy.run_module("smtpdesk", run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _serve()
