"""System packages: only those of the group that is asked for, and one line for whoever may not install them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.proc import ROOT

LIST = """\
# GROUP PACKAGE
needed   dpkg
needed   smtpdesk-never-there
needed   smtpdesk-never-there-t64|smtpdesk-never-there-old
further  smtpdesk-not-asked-for
whole    smtpdesk-renamed|dpkg
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """The script beside a list of its own, where another user may read it; and a sudo that refuses."""
    if shutil.which("dpkg-query") is None:
        pytest.skip("this is not Debian or Ubuntu")
    place = Path(tempfile.mkdtemp(prefix="smtpdesk-system-"))
    place.chmod(0o755)
    shutil.copy(ROOT / "packaging" / "install-system.sh", place)
    (place / "system-packages").write_text(LIST, encoding="utf-8")
    (place / "sudo").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (place / "sudo").chmod(0o755)
    yield place
    shutil.rmtree(place)


def ask(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it as somebody who may not install."""
    as_nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"] if os.geteuid() == 0 else []
    command = [*as_nobody, "bash", str(folder / "install-system.sh"), *arguments]
    path = f"{folder}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "TMPDIR": "/tmp"}
    return subprocess.run(command, capture_output=True, text=True, check=False, env=env, cwd="/", timeout=60)


def lines(said: str) -> list[str]:
    return [line.strip() for line in said.splitlines() if line.startswith("    ")]


def test_the_one_line_names_what_is_missing_in_that_group_and_no_more(folder: Path) -> None:
    said = ask(folder, "needed")
    assert said.returncode == 1
    assert lines(said.stderr) == [
        "sudo apt-get install --no-install-recommends smtpdesk-never-there smtpdesk-never-there-old"
    ]


def test_optional_groups_say_it_and_go_on(folder: Path) -> None:
    said = ask(folder, "--optional", "needed")
    assert said.returncode == 0
    assert "smtpdesk-never-there" in said.stderr


def test_a_package_under_its_other_name_is_there(folder: Path) -> None:
    said = ask(folder, "whole")
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_each_group_is_looked_at_by_itself(folder: Path) -> None:
    said = ask(folder, "needed", "whole", "further")
    assert said.returncode == 1
    assert lines(said.stderr)[1:] == ["sudo apt-get install --no-install-recommends smtpdesk-not-asked-for"]


def test_running_the_program_asks_for_nothing_that_only_the_tests_need() -> None:
    script = (ROOT / "packaging" / "run.sh").read_text(encoding="utf-8")
    asked = [line.strip().partition("install-system.sh")[2] for line in script.splitlines() if "install-system" in line]
    assert asked == ['" --optional window']
    said = subprocess.run(
        ["make", "--dry-run", "run", "demo", "lint"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert "install-system.sh" not in said.stdout
