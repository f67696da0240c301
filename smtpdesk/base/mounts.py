"""Which mount a file lies on, told apart from an earlier one of the same disk at the same place."""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys
import time
from pathlib import Path

#: Of Linux's statx(2): the flag for an empty path, the mask bits, and the size of the answer.
_AT_EMPTY_PATH = 0x1000
_MNT_ID, _MNT_ID_UNIQUE = 0x1000, 0x4000
_SIZE, _MASK_AT, _MOUNT_AT = 256, 0, 144


def boot_id() -> str:
    """A name for the time since this computer was started."""
    kernel = Path("/proc/sys/kernel/random/boot_id")
    if kernel.exists():
        return kernel.read_text(encoding="ascii").strip()
    # Elsewhere: the moment of the boot, coarse enough that a clock correction does not look like another boot.
    return str(round((time.time() - time.monotonic()) / 600))


def mount_id(descriptor: int) -> str:
    """A name for the mount that an open file lies on.

    What was written and is not on the disk yet is lost with a mount that goes away. From Linux 6.8 on no two mounts
    since the boot have the same name. Before, it is the system's number of the mount, which may be given out again,
    with how often the disk was plugged in; elsewhere it is the device's number alone.
    """
    device = os.fstat(descriptor).st_dev
    unique, number = _statx_mount(descriptor)
    return f"{device}:{number}" if unique else f"{device}:{number}:{_plugged_in(device)}"


def _statx_mount(descriptor: int) -> tuple[bool, int]:
    """Whether the number is one that is never given out again, and the number."""
    if sys.platform != "linux":
        return False, 0
    with contextlib.suppress(AttributeError, OSError):  # a C library without statx
        statx = ctypes.CDLL(None, use_errno=True).statx
        answer = ctypes.create_string_buffer(_SIZE)
        if statx(descriptor, b"", _AT_EMPTY_PATH, _MNT_ID | _MNT_ID_UNIQUE, answer) == 0:
            (mask,) = struct.unpack_from("=I", answer, _MASK_AT)
            (number,) = struct.unpack_from("=Q", answer, _MOUNT_AT)
            return bool(mask & _MNT_ID_UNIQUE), int(number)
    return False, 0


def _plugged_in(device: int) -> str:
    """Linux's count of the disk's appearances ("" where it keeps none): another one each time a stick is plugged in."""
    if sys.platform != "linux":
        return ""
    place = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}")
    with contextlib.suppress(OSError):
        place = place.resolve(strict=True)
        for folder in (place, place.parent):  # a partition's is its disk's
            if (folder / "diskseq").is_file():
                return (folder / "diskseq").read_text(encoding="ascii").strip()
    return ""
