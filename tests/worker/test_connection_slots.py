"""A profile's connections are counted over all processes, and a killed process leaves none behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from smtpdesk.worker import connection_slots
from smtpdesk.worker.connection_slots import ConnectionSlots

_HOLDER = """
import sys
from pathlib import Path
from smtpdesk.worker.connection_slots import ConnectionSlots
slots = ConnectionSlots(Path(sys.argv[1]), "office")
held = [slots.take(3) for _ in range(int(sys.argv[2]))]
print(sum(slot is not None for slot in held), flush=True)
if sys.argv[3] == "wait":
    slots.wait(True)
    print("waits", flush=True)
sys.stdin.read()
"""


def _holder(folder: Path, wanted: int, waits: str = "") -> subprocess.Popen[str]:
    arguments = [sys.executable, "-c", _HOLDER, str(folder), str(wanted), waits]
    return subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def _said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def test_a_limit_holds_over_processes_and_ends_with_them(tmp_path: Path) -> None:
    with _holder(tmp_path, 2) as other:
        assert _said(other) == "2"
        slots = ConnectionSlots(tmp_path, "office")
        mine = slots.take(3)
        assert mine is not None
        assert slots.take(3) is None
        assert slots.take(4) is not None, "a higher limit leaves room for one more"
        os.kill(other.pid, signal.SIGKILL)
        other.wait(30)
        assert slots.take(3) is not None


def test_freed_twice_frees_nobody_elses(tmp_path: Path) -> None:
    slots = ConnectionSlots(tmp_path, "office")
    first = slots.take(1)
    assert first is not None and slots.take(1) is None
    first.free()
    second = slots.take(1)
    assert second is not None
    first.free()
    assert slots.take(1) is None


def test_profiles_do_not_share_and_awkward_names_do(tmp_path: Path) -> None:
    names = ["office", "Office", "../office", "büro / 1", "x" * 300]
    taken = [ConnectionSlots(tmp_path, name).take(1) for name in names]
    assert all(taken)
    assert [ConnectionSlots(tmp_path, name).take(1) for name in names] == [None] * len(names)
    assert [path.name for path in tmp_path.iterdir()] == ["connections"]


def test_whoever_has_held_one_for_a_turn_makes_room_for_a_run_that_waits(tmp_path: Path) -> None:
    slots = ConnectionSlots(tmp_path, "office")
    slot = slots.take(1)
    assert slot is not None
    slot._since -= connection_slots.TURN + 1
    assert not slot.turn_is_over, "nobody waits"
    with _holder(tmp_path, 0, "wait") as other:
        assert (_said(other), _said(other)) == ("0", "waits")
        slots._looked = float("-inf")
        assert slot.turn_is_over
        fresh = slots.take(2)
        assert fresh is not None and not fresh.turn_is_over, "it has only just begun"
        other.communicate("")
    (left,) = (tmp_path / "connections").glob("*.waits")
    os.utime(left, (1, 1))
    slots._looked = float("-inf")
    assert not slot.turn_is_over and not left.exists(), "what a killed process left is cleared away"


def test_a_run_does_not_wait_for_itself(tmp_path: Path) -> None:
    slots = ConnectionSlots(tmp_path, "office")
    slots.take(1)
    slots.wait(True)
    assert not slots.others_wait()
    slots.wait(False)
    assert not list((tmp_path / "connections").glob("*.waits"))
