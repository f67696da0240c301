from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.servers.proc import ROOT

PACKAGE = ROOT / "smtpdesk"
#: Names that collect whatever has no place; everything here has one.
HOMELESS = {"misc", "util", "utils", "helpers", "helper", "common", "tools", "stuff"}


def layers() -> list[str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (floors,) = [contract for contract in contracts if contract["type"] == "layers"]
    return [name.strip() for layer in floors["layers"] for name in layer.split("|")]


def test_no_package_imports_from_above_or_an_outside_library_that_has_another_home() -> None:
    lint = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-4000:]


def test_every_package_stands_on_a_floor() -> None:
    packages = {file.parent.name for file in PACKAGE.glob("*/__init__.py")}
    assert packages == set(layers())


def test_nothing_is_called_misc() -> None:
    found = [path for path in PACKAGE.rglob("*") if path.stem.strip("_") in HOMELESS]
    assert found == []


def test_no_file_is_longer_than_400_lines() -> None:
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > 400} == {}


def test_every_package_says_in_one_sentence_what_it_is() -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file in PACKAGE.rglob("__init__.py")
        if not file.read_text(encoding="utf-8").lstrip().startswith(('"""', "'''"))
    ]
    assert silent == []
