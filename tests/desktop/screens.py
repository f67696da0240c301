"""``python -m tests.desktop.screens OUT [--only NAME …]``: pictures of every page from the real window on real data.

Each scene (see ``tests/desktop/scenes``) gets a workspace of its own. The exit status is 1 when a scene could not be
made, or when something went wrong in the window meanwhile.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.desktop.screens_stage import Scene

#: Seconds for one scene with all its pictures.
PATIENCE = 90.0


def main(argv: Sequence[str] | None = None) -> int:
    """Take the pictures; the exit status."""
    options = _options().parse_args(argv)
    _prepare(options.scale)
    options.out.mkdir(parents=True, exist_ok=True)
    began, (taken, failed) = time.monotonic(), _photograph(options.out, options.only, options.scale)
    if options.scale == 1 and not _once_more(options.out, options.only):
        failed.append("twice the resolution")
    print(
        f"{taken} pictures in {time.monotonic() - began:.0f} s" + (f"; failed: {', '.join(failed)}" if failed else "")
    )
    return 1 if failed else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.desktop.screens", description=__doc__)
    parser.add_argument("out", type=Path, help="folder for the pictures")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="only scenes whose name contains one")
    parser.add_argument("--scale", type=int, default=1, help="pixels for each pixel of the window")
    return parser


def _prepare(scale: int) -> None:
    """Settings that must be there before Qt or keyring is imported."""
    if not os.environ.get("DISPLAY") and not os.environ.get("WAYLAND_DISPLAY"):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.environ.setdefault("QTWEBENGINE_DISABLE_SANDBOX", "1")  # Chromium refuses to run as root with it
    os.environ["QT_SCALE_FACTOR"] = str(scale)
    os.environ["LC_ALL"] = "C.UTF-8"
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"


def _once_more(out: Path, only: Sequence[str]) -> bool:
    """Qt knows one scale a process: the few scenes at twice the resolution are another one's."""
    command = [sys.executable, "-m", "tests.desktop.screens", str(out), "--scale", "2"]
    return subprocess.run([*command, *(["--only", *only] if only else [])], check=False).returncode == 0


def _photograph(out: Path, only: Sequence[str], scale: int) -> tuple[int, list[str]]:
    """All wanted scenes; how many pictures, and the names of the scenes that failed."""
    import qasync
    from PySide6.QtGui import QFont, QFontDatabase

    from smtpdesk.desktop.main import application
    from smtpdesk.desktop.theme import look

    wanted = [each for each in _scenes() if not only or any(name in each.name for name in only)]
    wanted = [each for each in wanted if scale == 1 or each.twice]
    if not wanted:
        return 0, []
    app = application(["screens"])
    font = QFont("Inter") if "Inter" in QFontDatabase.families() else QFont()
    font.setPixelSize(13)
    app.setFont(font)
    app.setCursorFlashTime(0)
    look.set_mode("light")
    with asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner:
        return runner.run(_take_all(wanted, out, scale))


def _scenes() -> Iterable[Scene]:
    from smtpdesk.base.registry import members
    from tests.desktop.screens_stage import Scene

    for module in members("tests.desktop.scenes"):
        yield from (value for value in vars(module).values() if isinstance(value, Scene))


async def _take_all(scenes: Sequence[Scene], out: Path, scale: int) -> tuple[int, list[str]]:
    taken, failed = 0, []
    troubles = _Troubles()
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: troubles.heard.append(str(context)))
    logging.getLogger("smtpdesk").addHandler(troubles)
    sys.excepthook = troubles.from_slot
    for each in scenes:
        try:
            async with asyncio.timeout(PATIENCE):
                for modes in [(mode,) for mode in each.modes] if each.fresh else [each.modes]:
                    taken += await _take(each, modes, out, "-2x" if scale > 1 else "")
        except Exception:  # noqa: BLE001 - one scene that fails must not keep the others from being taken
            traceback.print_exc()
            failed.append(each.name)
        if troubles.heard:
            print(f"{each.name}: {' | '.join(troubles.heard)}", file=sys.stderr)
            failed.append(each.name)
            troubles.heard.clear()
    return taken, list(dict.fromkeys(failed))


async def _take(each: Scene, modes: Sequence[str], out: Path, suffix: str) -> int:
    """The pictures of one scene in these modes."""
    from smtpdesk.desk import Desk
    from tests.desktop.screens_stage import Stage, turn

    folder = Path(tempfile.mkdtemp(prefix="screens-"))
    turn(each.rtl)
    try:
        stage = Stage(folder, await Desk.open(folder / "workspace"), modes[0])
        try:
            await each.make(stage)
            for mode in modes:
                for size in each.sizes:
                    file = out / f"{each.name}-{mode}-{size[0]}{suffix}.png"
                    (await stage.picture(mode, size)).save(str(file))
                    print(file, flush=True)
        finally:
            await stage.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return len(modes) * len(each.sizes)


class _Troubles(logging.Handler):
    """What nobody caught, and what the program itself calls an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.heard: list[str] = []

    def from_slot(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """An exception that a slot let out."""
        self.heard.append("".join(traceback.format_exception(kind, error, trace)))

    def emit(self, record: logging.LogRecord) -> None:
        """Remember it, with its exception."""
        self.heard.append(logging.Formatter().format(record))


if __name__ == "__main__":
    sys.exit(main())
