"""What the servers of other makers share: a root folder of their own, refusals on demand, a sink behind them."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import subprocess
import tempfile
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from tests.servers.certificates import Authority
from tests.servers.proc import answers, bound_to_us, end, free_port, wait_until
from tests.servers.sink import Sink, Sunk, running_sink

#: Who may sign in to each of them.
USER = "ana"
PASSWORD = "correct horse"

T = TypeVar("T", bound="ForeignServer")

_DEVICES = {"null": (1, 3), "zero": (1, 5), "random": (1, 8), "urandom": (1, 9)}


def place(name: str) -> Path:
    """Where ``packaging/foreign-servers.sh`` puts a server."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(os.environ.get("TESTS_SERVERS") or Path(cache, "smtpdesk-tests")) / name


class ForeignServer(ABC):
    """A running server; ``port`` offers STARTTLS, and takes mail for anywhere from whoever has signed in.

    Args:
        folder: a folder of its own. ``rules``: what is answered to ``RCPT TO:<address>``, by address.
        settings: what this kind of server is told besides, in its own words.
    """

    #: Its name in ``packaging/foreign-servers.sh``.
    name: ClassVar[str]
    host = "127.0.0.1"

    def __init__(
        self, folder: Path, authority: Authority, sink: Sink, rules: Mapping[str, str], *settings: str
    ) -> None:
        self.folder = folder
        self.root = folder / "root"
        self.ca_file = authority.ca_file
        self.sink = sink
        self.rules = dict(rules)
        self.settings = settings
        self.port = 0
        self._authority = authority
        self._process: subprocess.Popen[bytes] | None = None

    # -- what each kind says -----------------------------------------------------------------------------------------

    @classmethod
    def missing(cls) -> str:
        """Why it cannot be started here; empty when it can."""
        if os.geteuid() != 0:
            return f"a private {cls.name} needs root"
        if not (place(cls.name) / ".stamp").exists():
            return f"{cls.name} is not there (packaging/foreign-servers.sh brings it)"
        return ""

    @classmethod
    def may_be_missing(cls) -> bool:
        """Whether it may be missing where every test is to run: this system is too old for it, or another."""
        return False

    @abstractmethod
    def configure(self) -> None:
        """Write its settings for ``self.port``."""

    @abstractmethod
    def command(self) -> Sequence[str]:
        """What starts it, in the foreground."""

    @abstractmethod
    def waiting(self) -> int:
        """How many messages it took and has not handed on."""

    # -- what a test uses --------------------------------------------------------------------------------------------

    def stored(self, deadline: float = 60.0) -> list[Sunk]:
        """Everything it took, oldest first, as it hands it on; what it has not handed on yet is waited for."""
        wait_until(lambda: not self.waiting(), deadline, lambda: f"{self.waiting()} wait\n{self.log()[-3000:]}")
        return self.sink.stored()

    def per_recipient(self) -> Counter[str]:
        """How many messages it has for each recipient."""
        return Counter(address for message in self.stored() for address in message.recipients)

    def log(self) -> str:
        """What it said."""
        file = self.folder / "said"
        return file.read_text(errors="replace") if file.exists() else ""

    # -- starting and ending -----------------------------------------------------------------------------------------

    def start(self) -> None:
        """Lay its folder and start it."""
        self.lay()
        self.port = free_port()
        self.configure()
        with (self.folder / "said").open("wb") as said:
            self._process = subprocess.Popen(
                bound_to_us(self.command()),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "HOME": str(self.folder)},
            )
        wait_until(self._up, 30, lambda: f"{self.name} answers\n{self.log()[-3000:]}")

    def stop(self) -> None:
        """End it, and with it every process that it started."""
        if self._process is not None:
            end(self._process)
            self._process = None

    def _up(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise AssertionError(f"{self.name} did not start:\n{self.log()[-3000:]}")
        return answers(self.port, greeting=b"")  # a test may have told it to refuse from the first word

    def lay(self) -> None:
        """Make ``root`` what its own system would be, without copying a byte of it."""
        shutil.copytree(place(self.name), self.root, symlinks=True, copy_function=_link)

    # -- for those that run in a root folder -------------------------------------------------------------------------

    def inside(self, *command: str) -> list[str]:
        """A command in the root folder."""
        return ["chroot", str(self.root), *command]

    def run_inside(self, *command: str, said: str = "") -> str:
        """Run a command in the root folder to its end; its output."""
        ran = subprocess.run(
            self.inside(*command),
            input=said,
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        )
        assert ran.returncode == 0, f"{command}: {ran.stdout}{ran.stderr}"
        return ran.stdout

    def write(self, name: str, text: str, mode: int = 0o644) -> Path:
        """Write a file of the root folder; never into one that is shared."""
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.unlink(missing_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        return file

    def make_system(self, *users: str) -> None:
        """Devices, users (numbers from 701 on) and names that a server looks for in its root folder."""
        devices = self.root / "dev"
        devices.mkdir(exist_ok=True)
        for name, (major, minor) in _DEVICES.items():
            os.mknod(devices / name, 0o666 | stat.S_IFCHR, os.makedev(major, minor))
            (devices / name).chmod(0o666)
        (self.root / "tmp").mkdir(exist_ok=True)
        (self.root / "tmp").chmod(0o1777)
        named = {"root": 0, **{user: 701 + number for number, user in enumerate(users)}, "nobody": 65534}
        self.write("etc/passwd", "".join(f"{user}:x:{n}:{n}::/tmp:/bin/sh\n" for user, n in named.items()))
        self.write("etc/group", "".join(f"{user}:x:{n}:\n" for user, n in {**named, "mail": 8}.items()))
        self.write("etc/hosts", "127.0.0.1 localhost relay.example\n")
        self.write("etc/nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files\n")
        self.write("etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        etc = self.root / "etc" / "tls"
        etc.mkdir()
        self._authority.write_server_pair(etc)

    def owned(self, name: str, user: str, mode: int = 0o700) -> Path:
        """A folder of the root folder that belongs to one of ``make_system``'s users."""
        folder = self.root / name
        folder.mkdir(parents=True, exist_ok=True)
        lines = (line.split(":") for line in (self.root / "etc/passwd").read_text().splitlines())
        number = next(int(line[2]) for line in lines if line[0] == user)
        os.chown(folder, number, number)
        folder.chmod(mode)
        return folder


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system
        shutil.copy2(source, target)


@contextlib.contextmanager
def running(kind: type[T], authority: Authority, rules: Mapping[str, str], *settings: str) -> Iterator[T]:
    """Start one of a kind, with a sink behind it."""
    folder = Path(tempfile.mkdtemp(prefix=f"smtpdesk-{kind.name}-"))
    folder.chmod(0o755)
    try:
        with running_sink() as sink:
            server = kind(folder, authority, sink, rules, *settings)
            try:
                server.start()
                yield server
            finally:
                server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
