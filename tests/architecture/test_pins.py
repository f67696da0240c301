"""What is installed is what is pinned, and the pins leave nothing open: nothing newer can get in on a later day."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from types import ModuleType

import pytest

from tests.servers.proc import ROOT

PACKAGING = ROOT / "packaging"
FILES = ["requirements.txt", "requirements-dev.txt"]
SYSTEMS = [("linux", "Linux", "posix"), ("darwin", "Darwin", "posix"), ("win32", "Windows", "nt")]


def _load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_pins", PACKAGING / "check_pins.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


check_pins = _load()


def _made_by_make() -> None:
    """An environment that somebody put together by hand may hold anything."""
    if not (Path(sys.prefix) / ".pins").exists() and not os.environ.get("CI"):
        pytest.skip("this environment was not made by make")


def test_every_installed_distribution_equals_its_pin() -> None:
    _made_by_make()
    assert check_pins.differences(PACKAGING / "requirements-dev.txt") == []


def test_pip_itself_misses_nothing() -> None:
    _made_by_make()
    said = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.parametrize("name", FILES)
def test_the_pins_are_closed_under_what_each_package_needs(name: str) -> None:
    """Extras too: ``pytest-cov`` needs ``coverage[toml]``, which in turn needs ``tomli`` on some Pythons."""
    assert check_pins.open_needs(PACKAGING / name) == []


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system[0])
@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_the_pins_are_closed_on_other_pythons_and_systems(version: str, system: tuple[str, str, str]) -> None:
    """As far as the packages that are installed here can tell."""
    environment = {"python_version": version, "python_full_version": f"{version}.1"}
    environment |= dict(zip(("sys_platform", "platform_system", "os_name"), system, strict=True))
    found = {name: check_pins.open_needs(PACKAGING / name, environment) for name in FILES}
    assert not any(found.values()), found


def test_an_extra_that_is_not_pinned_is_seen(tmp_path: Path) -> None:
    text = (PACKAGING / "requirements-dev.txt").read_text(encoding="utf-8")
    cut = tmp_path / "requirements-dev.txt"
    cut.write_text("".join(block for block in _blocks(text) if not block.startswith("pynacl==")), encoding="utf-8")
    assert check_pins.open_needs(cut) == ["dkimpy needs pynacl, which is not pinned"]


def test_a_pin_below_what_another_needs_is_seen(tmp_path: Path) -> None:
    text = (PACKAGING / "requirements-dev.txt").read_text(encoding="utf-8")
    version = check_pins.pins(PACKAGING / "requirements-dev.txt")["coverage"]
    old = tmp_path / "requirements-dev.txt"
    old.write_text(text.replace(f"coverage=={version} ", "coverage==7.0.0 "), encoding="utf-8")
    assert any(said.startswith("pytest-cov needs coverage") for said in check_pins.open_needs(old))


def _blocks(text: str) -> list[str]:
    """The file's pins, each with its hashes."""
    blocks: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.startswith(" ") and blocks:
            blocks[-1] += line
        else:
            blocks.append(line)
    return blocks


# -- nothing newer gets in ------------------------------------------------------------------------------------------


def _wheel(shelf: Path, name: str, version: str, needs: str = "") -> str:
    """Put a package on the shelf; the sha256 of its file."""
    file = shelf / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    head = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + (f"Requires-Dist: {needs}\n" if needs else "")
    if name == "shelf_cover":
        head += "Provides-Extra: toml\n"
    with zipfile.ZipFile(file, "w") as wheel:
        wheel.writestr(f"{name}.py", f"version = {version!r}\n")
        wheel.writestr(f"{info}/METADATA", head)
        wheel.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{info}/RECORD", f"{name}.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _install(tmp_path: Path, shelf: Path, *lines: str) -> subprocess.CompletedProcess[str]:
    """``packaging/pip-pinned.sh``, from the shelf into a folder."""
    pins = tmp_path / "pins.txt"
    pins.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    where = ["--no-index", "--find-links", shelf, "--target", tmp_path / "here"]
    command = [PACKAGING / "pip-pinned.sh", sys.executable, pins, *where]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=100)


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    folder = tmp_path / "shelf"
    folder.mkdir()
    return folder


def test_a_newer_release_of_what_others_need_with_an_extra_stays_outside(tmp_path: Path, shelf: Path) -> None:
    tool = _wheel(shelf, "shelf_tool", "1.0", "shelf_cover[toml]>=1.0")
    cover = _wheel(shelf, "shelf_cover", "1.0")
    _wheel(shelf, "shelf_cover", "2.0")
    said = _install(tmp_path, shelf, f"shelf_tool==1.0 --hash=sha256:{tool}", f"shelf_cover==1.0 --hash=sha256:{cover}")
    assert said.returncode == 0, said.stderr
    assert sorted(path.name for path in (tmp_path / "here").glob("*.dist-info")) == [
        "shelf_cover-1.0.dist-info",
        "shelf_tool-1.0.dist-info",
    ]


def test_a_need_that_is_not_pinned_is_not_fetched(tmp_path: Path, shelf: Path) -> None:
    tool = _wheel(shelf, "shelf_tool", "1.0", "shelf_cover>=1.0")
    _wheel(shelf, "shelf_cover", "1.0")
    said = _install(tmp_path, shelf, f"shelf_tool==1.0 --hash=sha256:{tool}")
    assert said.returncode == 0, said.stderr
    assert not (tmp_path / "here" / "shelf_cover.py").exists()


def test_a_file_other_than_the_pinned_one_is_refused(tmp_path: Path, shelf: Path) -> None:
    _wheel(shelf, "shelf_tool", "1.0")
    said = _install(tmp_path, shelf, f"shelf_tool==1.0 --hash=sha256:{'0' * 64}")
    assert said.returncode != 0
    assert "DO NOT MATCH" in said.stderr


def test_a_line_without_a_hash_is_refused(tmp_path: Path, shelf: Path) -> None:
    _wheel(shelf, "shelf_tool", "1.0")
    assert _install(tmp_path, shelf, "shelf_tool==1.0").returncode != 0


def test_a_package_that_would_have_to_be_built_is_refused(tmp_path: Path, shelf: Path) -> None:
    """A build fetches what it needs by itself: the newest."""
    folder = tmp_path / "shelf_source-1.0"
    folder.mkdir()
    (folder / "setup.py").write_text("from setuptools import setup\nsetup(name='shelf_source', version='1.0')\n")
    file = shelf / "shelf_source-1.0.tar.gz"
    with tarfile.open(file, "w:gz") as archive:
        archive.add(folder, "shelf_source-1.0")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    said = _install(tmp_path, shelf, f"shelf_source==1.0 --hash=sha256:{digest}")
    assert said.returncode != 0
    assert not (tmp_path / "here").exists()
