from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.servers.proc import ROOT

LEAKY = """
import subprocess, sys, threading
import pytest

GATE = threading.Event()

def test_leaves_a_thread():
    threading.Thread(target=GATE.wait, name="forgotten").start()

def test_leaves_a_process():
    GATE.set()
    subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)

@pytest.mark.leaves("on purpose")
def test_says_so():
    threading.Thread(target=threading.Event().wait, args=(1,), name="announced").start()

def test_is_clean():
    worker = threading.Thread(target=int)
    worker.start()
    worker.join()
"""


def test_the_guard_fails_a_test_that_leaves_a_thread_or_a_process(tmp_path: Path) -> None:
    (tmp_path / "test_leaky.py").write_text(LEAKY)
    tools = ["-q", "-p", "tests.conftest", "-p", "no:cacheprovider", "-c", os.devnull]
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *tools, f"--rootdir={tmp_path}", str(tmp_path)],
        cwd=ROOT,
        env=os.environ | {"TESTS_GRACE": "0.2"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "4 passed, 2 errors" in ran.stdout, ran.stdout
    assert "left behind: thread forgotten" in ran.stdout
    assert "left behind: process" in ran.stdout
