"""Processes, ports and waiting: what every server here and every scenario leans on."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar

from tests.servers.fork_server import ForkServer, supported

T = TypeVar("T")

#: The checkout; commands run from here so that ``python -m smtpdesk`` finds the code under test.
ROOT = Path(__file__).resolve().parents[2]

#: Variables that a developer's shell may carry and that would change what a test sees.
_STRIPPED = ("SMTPDESK_", "LC_", "LANG")


class Late(AssertionError):
    """The condition did not become true before the deadline."""


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port nothing listens on right now."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def free_ports(count: int) -> list[int]:
    """Several different free ports: all are held at once, so that none is handed out twice."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def wait_until(predicate: Callable[[], T], deadline: float = 20.0, what: str | Callable[[], str] = "") -> T:
    """Poll until ``predicate`` returns something true, and return that.

    Args:
        deadline: seconds; generous, because a passing test never waits for it.
        what: what was waited for, for the failure's message; called late when it is a function.

    Raises:
        Late: the deadline passed.
    """
    end = time.monotonic() + deadline
    pause = 0.002
    while True:
        value = predicate()
        if value:
            return value
        if time.monotonic() > end:
            said = what() if callable(what) else what
            raise Late(f"not within {deadline:g} s: {said or predicate}")
        time.sleep(pause)
        pause = min(pause * 1.5, 0.05)


def answers(port: int, host: str = "127.0.0.1", greeting: bytes = b"220") -> bool:
    """Whether a server on ``port`` accepts a connection and begins with ``greeting``."""
    try:
        with socket.create_connection((host, port), timeout=5) as link:
            return not greeting or link.recv(len(greeting)) == greeting
    except OSError:
        return False


def bound_to_us(command: Sequence[str]) -> list[str]:
    """The command, told to end when this process does: tests that are killed cannot end what they started.

    Only where Linux's ``setpriv`` is there; elsewhere the command as it is.
    """
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", "TERM", *command] if setpriv else list(command)


def end(process: subprocess.Popen[Any], patience: float = 10.0) -> int:
    """End a process we started: politely, then not; its exit status."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            process.kill()
    status = process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    return status


@dataclass(frozen=True)
class Ran:
    """How a command ended and what it said."""

    args: tuple[str, ...]
    status: int
    stdout: str
    stderr: str

    @property
    def lines(self) -> list[str]:
        """Standard output, line by line."""
        return self.stdout.splitlines()

    @property
    def json(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines; fails on a line that is not a JSON object."""
        parsed = [json.loads(line) for line in self.lines if line.strip()]
        assert all(isinstance(item, dict) for item in parsed), self.stdout
        return parsed

    def __str__(self) -> str:
        return f"$ {' '.join(self.args)}\n-> {self.status}\n{self.stdout}\n--- stderr\n{self.stderr}"


def clean_env(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment less what would change the program's behaviour, plus ``extra``."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(_STRIPPED)}
    env |= {"LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "COLUMNS": "200"}
    # No test may find, or change, the keyring of whoever runs it.
    env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    return env | dict(extra or {})


def cli_command(args: Sequence[str | Path], workspace: Path | None = None) -> list[str]:
    """The argument list that runs ``smtpdesk ARGS`` with this interpreter."""
    command = [sys.executable, "-m", "smtpdesk", *map(str, args)]
    return command if workspace is None else [*command, "--workspace", str(workspace)]


def run_cli(
    args: Sequence[str | Path],
    workspace: Path | None = None,
    env: Mapping[str, str] | None = None,
    input: str | None = None,
    timeout: float = 120.0,
) -> Ran:
    """Run ``smtpdesk ARGS --workspace WORKSPACE`` to its end.

    ``env`` is added to :func:`clean_env`; without a keyring unless ``env`` names another backend.
    """
    command = cli_command(args, workspace)
    whole = clean_env(env)
    server = ForkServer.take(ROOT, whole) if supported() else None
    if server is not None:
        return _run_forked(server, command, whole, input, timeout)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=whole,
        input=input,
        stdin=subprocess.DEVNULL if input is None else None,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
    )
    return Ran(tuple(command), done.returncode, done.stdout, done.stderr)


def _run_forked(
    server: ForkServer, command: Sequence[str], env: Mapping[str, str], input: str | None, timeout: float
) -> Ran:
    with tempfile.TemporaryDirectory(prefix="command-") as folder:
        paths = {name: str(Path(folder, name)) for name in ("stdin", "stdout", "stderr")}
        for path in paths.values():
            Path(path).write_text(input or "", encoding="utf-8")
        status = server.run(command[3:], env, paths, timeout)  # less "python -m smtpdesk"
        out, err = (Path(paths[name]).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
    return Ran(tuple(command), status, out, err)


class Running:
    """A command of ours that runs beside the test: ``with start_cli(["send", …]) as send:``."""

    def __init__(self, command: Sequence[str], env: Mapping[str, str]) -> None:
        self.args = tuple(command)
        # Files, not pipes: a command that prints much never waits for a reader.
        self._out: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with this object
        self._err: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        self.process: subprocess.Popen[bytes] = subprocess.Popen(
            command, cwd=ROOT, env=dict(env), stdin=subprocess.DEVNULL, stdout=self._out, stderr=self._err
        )

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *_: object) -> None:
        end(self.process)
        self._out.close()
        self._err.close()

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    def interrupt(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """``kill -9``: no handler runs, nothing is flushed."""
        self.process.kill()

    def said(self) -> str:
        """What it has printed so far."""
        return _read(self._out)

    def complained(self) -> str:
        """What it has printed to standard error so far."""
        return _read(self._err)

    def wait_for(self, words: str, deadline: float = 60.0) -> None:
        """Wait until ``words`` occur in what it printed; fails at once when it ends without them."""

        def seen() -> bool:
            over = self.process.poll() is not None
            return words in self.said() or over

        wait_until(seen, deadline, lambda: f"{words!r} in {self.said()!r}")
        assert words in self.said(), f"ended without {words!r}: {self.said()}\n{_read(self._err)}"

    def finish(self, timeout: float = 120.0) -> Ran:
        """Wait for the end and say how it went."""
        status = self.process.wait(timeout)
        return Ran(self.args, status, self.said(), _read(self._err))


def _read(file: IO[bytes]) -> str:
    # pread leaves the offset alone, which the running child shares.
    size = os.fstat(file.fileno()).st_size
    return os.pread(file.fileno(), size, 0).decode("utf-8", "replace")


class AtTerminal:
    """A command whose input and output are a terminal: somebody sits there and can be asked."""

    def __init__(self, args: Sequence[str | Path], workspace: Path) -> None:
        self._ours, theirs = os.openpty()
        command = cli_command(args, workspace)
        env = clean_env({"TERM": "dumb", "COLUMNS": "200"})
        self.process = subprocess.Popen(command, cwd=ROOT, env=env, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        self.said = ""

    def __enter__(self) -> AtTerminal:
        return self

    def __exit__(self, *_: object) -> None:
        end(self.process)
        os.close(self._ours)

    def wait_for(self, words: str, deadline: float = 60.0) -> None:
        """Until these words were shown."""
        wait_until(lambda: words in self._heard(), deadline, lambda: f"{words!r} in {self.said!r}")

    def type(self, line: str) -> None:
        """Type a line and Enter."""
        os.write(self._ours, f"{line}\n".encode())

    def finish(self, deadline: float = 120.0) -> int:
        """Read to the end; the exit status."""
        wait_until(lambda: (self._heard(), self.process.poll() is not None)[1], deadline, lambda: self.said)
        self._heard()
        return self.process.returncode

    def _heard(self) -> str:
        while select.select([self._ours], [], [], 0)[0]:
            try:
                part = os.read(self._ours, 65536)
            except OSError:  # the other end was closed: that is how a terminal says so
                break
            self.said += part.decode(errors="replace")
        return self.said


def start_cli(
    args: Sequence[str | Path], workspace: Path | None = None, env: Mapping[str, str] | None = None
) -> Running:
    """Start ``smtpdesk ARGS`` and return at once; use it as a context manager."""
    return Running(cli_command(args, workspace), clean_env(env))
