"""The sandbox as a process: one for each folder, found again, ending by itself."""

from __future__ import annotations

import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from smtpdesk.base.errors import RelayUnusable
from smtpdesk.sandbox import Inbox, dismiss, ensure
from smtpdesk.sandbox.process import SERVER_FILE, Running, read_running, running_port, write_running
from tests.servers.proc import ROOT, wait_until

ENSURE = "import sys; from pathlib import Path; from smtpdesk.sandbox import ensure; print(ensure(Path(sys.argv[1])))"


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    place = tmp_path / "sandbox with blanks"
    yield place
    running = read_running(place)
    dismiss(place)
    if running is not None:
        wait_until(lambda: over(running.pid), 15, "the sandbox process to end")


def over(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_it_is_started_once_found_again_and_keeps_mail(folder: Path) -> None:
    port = ensure(folder)
    assert ensure(folder) == port
    with smtplib.SMTP("127.0.0.1", port, timeout=20) as link:
        link.sendmail("ana@example.com", ["ben@example.com"], b"Subject: Hi\r\n\r\nHello\r\n")
    assert [item.subject for item in Inbox(folder).messages()] == ["Hi"]


def test_processes_that_ask_at_the_same_time_get_the_same_one(folder: Path) -> None:
    asking = [
        subprocess.Popen([sys.executable, "-c", ENSURE, str(folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _n in range(3)
    ]
    ports = {int(process.communicate(timeout=60)[0]) for process in asking}
    assert len(ports) == 1
    assert ports == {running_port(folder)}, "it outlives the processes that started it"


def test_another_server_on_the_old_port_is_not_taken_for_it(folder: Path) -> None:
    folder.mkdir()
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        stranger.settimeout(10)
        write_running(folder, Running(1, stranger.getsockname()[1], "token-of-a-dead-one"))
        assert running_port(folder) == 0, "it says nothing"
    (folder / SERVER_FILE).write_text("not json")
    assert ensure(folder) > 0


def test_it_ends_by_itself_when_nobody_uses_it(folder: Path) -> None:
    command = [sys.executable, "-m", "smtpdesk.sandbox", "--idle", "1"]
    port = ensure(folder, command=command)
    running = read_running(folder)
    assert running is not None
    with socket.create_connection(("127.0.0.1", port), timeout=10) as link:
        link.recv(100)
        assert not over(running.pid), "not while somebody is connected"
    wait_until(lambda: over(running.pid), 20, "the idle sandbox to end")
    assert not (folder / SERVER_FILE).exists()
    assert ensure(folder, command=command) > 0, "and starts again when asked"


def test_it_ends_when_its_folder_is_given_to_another(folder: Path) -> None:
    ensure(folder)
    running = read_running(folder)
    assert running is not None
    dismiss(folder)
    wait_until(lambda: over(running.pid), 15, "the dismissed sandbox to end")


def test_a_sandbox_that_cannot_start_is_said_so_with_its_reason_kept(folder: Path) -> None:
    with pytest.raises(RelayUnusable) as refused:
        ensure(folder, command=[sys.executable, "-c", "raise SystemExit('no such thing')"])
    assert refused.value.code == "sandbox.not-started"
    assert "no such thing" in (folder / "server.log").read_text()
    with pytest.raises(RelayUnusable):
        ensure(folder, command=[str(folder / "no-such-program")])


def test_the_command_runs_with_a_user_whose_password_is_no_argument(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "smtpdesk.sandbox", "--dir", str(tmp_path), "--security", "starttls"]
    with subprocess.Popen(
        [*command, "--user", "ana", "--reject", "0.5"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write("correct horse\n")
        process.stdin.flush()
        host, _colon, port = process.stdout.readline().strip().partition(":")
        with smtplib.SMTP(host, int(port), timeout=20) as link:
            link.starttls()
            link.login("ana", "correct horse")
        assert running_port(tmp_path) == 0, "a sandbox that asks for a password is nobody else's"
        process.terminate()
        assert process.wait(20) == 0


def test_wrong_options_and_a_taken_port_end_with_a_sentence(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "smtpdesk.sandbox", "--dir", str(tmp_path)]
    wrong = subprocess.run(
        [*command, "--reject", "2"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert (wrong.returncode, "Traceback" in wrong.stderr) == (2, False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        busy = subprocess.run(
            [*command, "--port", port], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
        )
    assert (busy.returncode, "Traceback" in busy.stderr) == (4, False)
