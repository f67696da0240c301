"""A disk that takes nothing any more: it is said, nothing is begun meanwhile, and nobody is doubled when it is back."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import sqlite3
import struct
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from smtpdesk.base.errors import DeskError
from smtpdesk.domain.delivery import RunState
from smtpdesk.store.opening import FILE_NAME
from tests.scenarios.campaigns import Program, people
from tests.scenarios.office import Office, open_office
from tests.scenarios.settled import settled
from tests.scenarios.test_outside import fill, small_disk
from tests.servers.proc import Running, wait_until
from tests.servers.scripted import ScriptedServer, hold

#: EXT4_IOC_SHUTDOWN: the file system ends as when its disk is pulled out; what is not written by then is lost.
_SHUTDOWN, _WITHOUT_A_FLUSH = 0x8004587D, 2


def begins_nothing(server: ScriptedServer) -> None:
    """The one connection has nothing to do: it is closed as idle ones are. An envelope on the wire is finished."""
    bodies = server.count("body")
    server.wait(lambda it: it.open_now == 0, 60)
    assert server.count("body") <= bodies + 1


# -- a ledger that cannot be written for a while ----------------------------------------------------------------------


class Trouble:
    """Something that keeps the ledger from being written, until it is over."""

    def __init__(self, begin: Callable[[], None], end: Callable[[], None]) -> None:
        self.begin = begin
        self.end = end


@contextmanager
def full(place: Path) -> Iterator[tuple[Path, Trouble]]:
    with small_disk(place, 6) as disk:
        hogs: list[Path] = []
        yield disk, Trouble(lambda: hogs.append(fill(disk)), lambda: hogs.pop().unlink())


@contextmanager
def locked(place: Path) -> Iterator[tuple[Path, Trouble]]:
    place.mkdir()
    with closing(sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)) as db:

        def lock() -> None:
            db.execute("ATTACH ? AS desk", (str(place / "workspace" / FILE_NAME),))
            db.execute("BEGIN IMMEDIATE")
            db.execute("DELETE FROM desk.settings WHERE key = 'none such'")

        yield place, Trouble(lock, lambda: db.execute("ROLLBACK") and None)


Maker = Callable[[Path], Any]


def heard(send: Running) -> list[dict[str, Any]]:
    """What a command has said so far, in whole lines."""
    return [json.loads(line) for line in send.said().splitlines(keepends=True) if line.endswith("\n")]


def troubles(send: Running) -> list[str]:
    """The codes of what was in the way, in order; "" when it was over."""
    return [event["code"] for event in heard(send) if event["event"] == "trouble"]


@pytest.mark.parametrize(("maker", "code"), [(full, "workspace.full"), (locked, "workspace.locked")])
def test_a_ledger_that_cannot_be_written_is_said_as_json_and_when_it_is_over(
    tmp_path: Path, maker: Maker, code: str
) -> None:
    gate = threading.Event()
    with maker(tmp_path / "disk") as (disk, trouble), ScriptedServer() as server, open_office(disk) as office:
        server.on("body", hold(gate), after=19, times=1)
        office.profile(server.port, max_connections=1)
        folder = office.campaign(people(400))
        with Program(office.workspace).start("send", folder, "--yes", "--json") as send:
            server.wait(lambda it: len(it.taken) >= 20, 40)
            trouble.begin()
            wait_until(lambda: troubles(send), 30, send.said)
            gate.set()
            first = next(event for event in heard(send) if event["event"] == "trouble")
            assert (first["code"], bool(first["error"]), bool(first["hint"])) == (code, True, True)
            trouble.end()
            wait_until(lambda: troubles(send)[-1] == "", 30, send.said)
            assert send.process.wait(60) == 0
            assert heard(send)[-1]["event"] == "done"
            assert heard(send)[-1]["accepted"] == 400
        settled(office.workspace, server)


def test_a_ledger_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    gate = threading.Event()
    with full(tmp_path / "disk") as (disk, trouble), ScriptedServer() as server, open_office(disk) as office:
        server.on("body", hold(gate), after=19, times=1)
        office.profile(server.port, max_connections=1)
        folder = office.campaign(people(100))
        with Program(office.workspace).start("send", folder, "--yes") as send:
            server.wait(lambda it: len(it.taken) >= 20, 40)
            trouble.begin()
            wait_until(lambda: "Sending resumes by itself" in send.complained(), 30, send.complained)
            assert "is full" in send.complained()
            trouble.end()
            gate.set()
            assert send.process.wait(60) == 0
            assert "It can be written down again" in send.complained()
        settled(office.workspace, server)


def test_nothing_is_begun_while_the_disk_is_full(tmp_path: Path) -> None:
    gate = threading.Event()
    with full(tmp_path / "disk") as (disk, trouble), ScriptedServer() as server, open_office(disk) as office:
        server.on("body", hold(gate), after=19, times=1)
        run = office.start(server.port, 400, max_connections=1).id
        server.wait(lambda it: len(it.taken) >= 20, 30)
        trouble.begin()
        view = office.wait(run, lambda view: view.trouble == "workspace.full")
        assert view.trouble_error and view.trouble_hint
        gate.set()  # what was on the wire is answered and kept in memory
        server.wait(lambda it: it.count("body") == 20)
        begins_nothing(server)
        trouble.end()
        office.wait(run, lambda view: not view.trouble)
        view = office.end(run)
        assert (view.run.state, view.counts.accepted) == (RunState.DONE, 400)
        settled(office.workspace, server)


# -- a disk that goes away ------------------------------------------------------------------------------------------


class Stick:
    """A disk of its own, in a file, that can be pulled out and put in again."""

    def __init__(self, image: Path, place: Path) -> None:
        self.image = image
        self.place = place

    def mount(self) -> None:
        subprocess.run(["mount", "-o", "loop", self.image, self.place], check=True, capture_output=True)

    def pull(self) -> None:
        """Nothing can be read or written from now on, and what was not on the disk is lost."""
        folder = os.open(self.place, os.O_RDONLY)
        try:
            fcntl.ioctl(folder, _SHUTDOWN, struct.pack("=I", _WITHOUT_A_FLUSH))
        finally:
            os.close(folder)

    def out(self) -> None:
        subprocess.run(["umount", self.place], check=True, capture_output=True)


@pytest.fixture
def stick(tmp_path: Path) -> Iterator[Stick]:
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("only root can mount a disk")
    place = tmp_path / "stick"
    place.mkdir()
    image = tmp_path / "image"
    with image.open("wb") as file:
        file.truncate(48 << 20)
    stick = Stick(image, place)
    try:
        subprocess.run(["mkfs.ext4", "-q", "-F", image], capture_output=True, check=True)
        stick.mount()
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no disk image can be mounted here: {error}")
    try:
        yield stick
    finally:
        subprocess.run(["umount", "-l", place], check=False, capture_output=True)


def test_a_stick_that_is_pulled_out_and_put_in_again_doubles_nobody(stick: Stick, tmp_path: Path) -> None:
    """159 of 900 got it twice: the file that came back was older than what had been sent."""
    gate = threading.Event()
    with ScriptedServer() as server:
        server.on("body", hold(gate), after=299, times=1)
        (stick.place / "workspace").mkdir()
        office = Office(stick.place / "workspace", tmp_path / "campaigns")
        office.profile(server.port, max_connections=1)
        run = office.send(office.campaign(people(900))).id
        server.wait(lambda it: it.count("body") >= 300, 60)
        worker = office.worker(run)
        stick.pull()
        gate.set()
        server.wait(lambda it: it.open_now == 0 or it.count("body") > 300 or not worker.is_running(), 30)
        begun = server.count("body")
        assert begun <= 301, "nothing more is begun than the one whose envelope was on the wire"
        worker.kill()
        worker.wait(20)
        with contextlib.suppress(DeskError):
            office.close()  # nothing of it can be written any more
        stick.out()
        stick.mount()
        office = Office(stick.place / "workspace", tmp_path / "campaigns")
        office.resume(run)
        view = office.end(run, 120)
        office.close()
        assert view.run.state is RunState.DONE, (view.failed, view.run.note)
        result = settled(office.workspace, server)
        assert result.counts.accepted + result.counts.uncertain == 900
        assert result.counts.uncertain


def test_a_disk_that_becomes_read_only_by_an_error_doubles_nobody(stick: Stick, tmp_path: Path) -> None:
    gate = threading.Event()
    with ScriptedServer() as server:
        server.on("body", hold(gate), after=99, times=1)
        (stick.place / "workspace").mkdir()
        office = Office(stick.place / "workspace", tmp_path / "campaigns")
        office.profile(server.port, max_connections=1)
        run = office.send(office.campaign(people(400))).id
        server.wait(lambda it: it.count("body") >= 100, 60)
        worker = office.worker(run)
        subprocess.run(["mount", "-o", "remount,abort", stick.place], check=True, capture_output=True)
        view = office.wait(run, lambda view: view.trouble)
        assert view.trouble == "workspace.read-only", view.trouble
        gate.set()
        server.wait(lambda it: len(it.accepted()) >= 100 or it.open_now == 0)
        worker.kill()
        worker.wait(20)
        with contextlib.suppress(DeskError):
            office.close()
        stick.out()
        stick.mount()
        office = Office(stick.place / "workspace", tmp_path / "campaigns")
        office.resume(run)
        assert office.end(run, 120).run.state is RunState.DONE
        office.close()
        result = settled(office.workspace, server)
        assert result.counts.accepted + result.counts.uncertain == 400
