from __future__ import annotations

import shutil
import subprocess
import sys

import psutil
import pytest

from tests.servers.proc import ROOT, Late, end, free_ports, run_cli, wait_until
from tests.servers.secret_service import SecretService


def test_waiting_returns_what_came_true_or_says_what_did_not() -> None:
    turns = iter([0, 0, 7])
    assert wait_until(lambda: next(turns)) == 7
    with pytest.raises(Late, match="the moon"):
        wait_until(lambda: False, 0.01, "the moon")


def test_free_ports_are_all_different() -> None:
    assert len(set(free_ports(20))) == 20


def test_a_process_that_will_not_listen_is_ended_all_the_same() -> None:
    deaf = (
        "import signal, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen([sys.executable, "-c", deaf], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"up\n"
    assert end(process, patience=0.1) == -9


def test_the_command_line_runs_without_this_shells_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMTPDESK_WORKSPACE", "/nowhere/at/all")
    ran = run_cli(["--help"])
    assert ran.status == 0, ran
    assert "/nowhere" not in ran.stdout


@pytest.mark.keyring
def test_the_keyring_is_real_unlocked_and_private(keyring_service: SecretService) -> None:
    put = "import keyring; print(keyring.get_keyring().name); keyring.set_password('smtpdesk', 'a', 'b')"
    get = "import keyring; print(keyring.get_password('smtpdesk', 'a'))"
    first = keyring_service.run([sys.executable, "-c", put])
    assert (first.status, first.stdout.split(" ")[0]) == (0, "SecretService"), first
    assert keyring_service.run([sys.executable, "-c", get]).stdout == "b\n"


@pytest.mark.skipif(shutil.which("setpriv") is None, reason="setpriv is Linux's")
def test_what_is_bound_to_us_ends_when_we_are_killed() -> None:
    starter = (
        "import subprocess, sys; from tests.servers.proc import bound_to_us;"
        "child = subprocess.Popen(bound_to_us([sys.executable, '-c', 'input()']), stdin=subprocess.PIPE);"
        "print(child.pid, flush=True); input()"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", starter], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    parent.kill()
    end(parent)
    wait_until(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE, what="the child's end")
