"""A real Secret Service, unlocked and thrown away: a private D-Bus and GNOME Keyring in a temporary home."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from tests.servers.proc import ROOT, Ran, bound_to_us, clean_env, end, wait_until


def missing() -> str:
    """Why it cannot be started here; empty when it can."""
    absent = [name for name in ("dbus-daemon", "dbus-send", "gnome-keyring-daemon") if shutil.which(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


class SecretService:
    """A running keyring; ``env`` is what a process needs to use it and nothing else of this user's."""

    def __init__(self, env: Mapping[str, str], home: Path) -> None:
        self.env = dict(env)
        self.home = home

    def run(self, command: Sequence[str | Path], *, input: str | None = None, timeout: float = 120.0) -> Ran:
        """Run a command that sees this keyring, to its end."""
        args = [str(part) for part in command]
        done = subprocess.run(
            args,
            cwd=ROOT,
            env=self.env,
            input=input,
            stdin=subprocess.DEVNULL if input is None else None,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            check=False,
        )
        return Ran(tuple(args), done.returncode, done.stdout, done.stderr)


@contextlib.contextmanager
def secret_service() -> Iterator[SecretService]:
    """Start a private bus and an unlocked keyring on it; both end with the block.

    ``run_cli(…, env=service.env)`` makes the program use it: the variable that switches keyrings off is overridden.
    """
    home = Path(tempfile.mkdtemp(prefix="smtpdesk-keyring-"))
    env = _environment(home)
    bus = keyring = None
    try:
        bus = subprocess.Popen(
            bound_to_us(
                ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:dir={home}/run"]
            ),
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert bus.stdout is not None
        env["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().decode().strip()
        keyring = _start_keyring(env)
        wait_until(lambda: "org.freedesktop.secrets" in _names(env), 30, "the Secret Service on the bus")
        yield SecretService(env, home)
    finally:
        for process in (keyring, bus):
            if process is not None:
                end(process)
        shutil.rmtree(home, ignore_errors=True)


def _environment(home: Path) -> dict[str, str]:
    env = clean_env()
    for name in [name for name in env if name.startswith(("XDG_", "DBUS_", "GNOME_", "DISPLAY", "WAYLAND"))]:
        del env[name]
    env |= {
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_RUNTIME_DIR": str(home / "run"),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
    }
    for folder in ("data", "config", "run"):
        (home / folder).mkdir(mode=0o700)
    return env


def _start_keyring(env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    keyring = subprocess.Popen(
        bound_to_us(["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]),
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert keyring.stdin is not None
    keyring.stdin.write(b"throw-away")
    keyring.stdin.close()
    return keyring


def _names(env: Mapping[str, str]) -> str:
    command = ["dbus-send", "--session", "--print-reply", "--dest=org.freedesktop.DBus", "/org/freedesktop/DBus"]
    asked = subprocess.run(
        [*command, "org.freedesktop.DBus.ListNames"], env=dict(env), capture_output=True, text=True, check=False
    )
    return asked.stdout
