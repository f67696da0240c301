from __future__ import annotations

import re
import subprocess
import tomllib
import xml.etree.ElementTree as ElementTree
from configparser import ConfigParser
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from tests.servers.proc import ROOT

PACKAGING = ROOT / "packaging"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SCRIPTS = sorted([*PACKAGING.glob("*.sh"), ROOT / ".ci" / "run"])
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==(\S+?)(?: ; (.+?))? \\$", re.MULTILINE)


def pins(name: str) -> dict[str, list[Requirement]]:
    """The pins of a file, by normalised name; a package may be pinned twice, for different Pythons."""
    found: dict[str, list[Requirement]] = {}
    for package, version, marker in PINNED.findall((PACKAGING / name).read_text(encoding="utf-8")):
        requirement = Requirement(f"{package}=={version}" + (f" ; {marker}" if marker else ""))
        found.setdefault(re.sub(r"[-_.]+", "-", package.lower()), []).append(requirement)
    return found


def wanted(extra: bool) -> list[Requirement]:
    lines = PROJECT["dependencies"] + (PROJECT["optional-dependencies"]["dev"] if extra else [])
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize(("name", "extra"), [("requirements.txt", False), ("requirements-dev.txt", True)])
def test_the_pins_answer_what_the_project_asks_for(name: str, extra: bool) -> None:
    pinned = pins(name)
    wrong = []
    for want in wanted(extra):
        here = [
            pin
            for pin in pinned.get(re.sub(r"[-_.]+", "-", want.name.lower()), [])
            if pin.marker is None or pin.marker.evaluate()
        ]
        fits = [pin for pin in here for one in pin.specifier if want.specifier.contains(one.version, prereleases=True)]
        if (want.marker is None or want.marker.evaluate()) and not fits:
            wrong.append(str(want))
    assert wrong == [], "run: make pin"


def test_both_files_pin_the_same_versions() -> None:
    runtime, dev = pins("requirements.txt"), pins("requirements-dev.txt")
    assert {
        name: pin for name, pin in runtime.items() if [str(p) for p in dev.get(name, [])] != [str(p) for p in pin]
    } == {}


@pytest.mark.parametrize("name", ["installer.txt", "requirements.txt", "requirements-dev.txt"])
def test_every_pin_has_hashes_and_no_address(name: str) -> None:
    text = (PACKAGING / name).read_text(encoding="utf-8")
    assert "://" not in text
    assert "--find-links" not in text
    blocks = re.split(r"\n(?=\S)", text.strip())
    assert [
        block.splitlines()[0] for block in blocks if not block.startswith("#") and "--hash=sha256:" not in block
    ] == []
    assert [block for block in blocks if not block.startswith("#") and not PINNED.match(block)] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_scripts_can_be_read_by_bash_and_run(script: Path) -> None:
    checked = subprocess.run(["bash", "-n", script], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert script.stat().st_mode & 0o100, f"{script} is not executable"


def test_the_desktop_entry_starts_what_is_installed() -> None:
    entry = ConfigParser(interpolation=None)
    entry.read(PACKAGING / "smtpdesk.desktop", encoding="utf-8")
    assert entry["Desktop Entry"]["Exec"] in PROJECT["gui-scripts"]


def test_the_metainfo_names_what_is_installed() -> None:
    root = ElementTree.parse(PACKAGING / "smtpdesk.metainfo.xml").getroot()
    named = {node.text for node in root.iterfind("provides/binary")}
    assert named == set(PROJECT["scripts"]) | set(PROJECT["gui-scripts"])
    assert root.findtext("launchable") == "smtpdesk.desktop"
    assert root.findtext("project_license") == PROJECT["license"]


def test_change_fragments_are_named_as_their_readme_says() -> None:
    names = [file.name for file in (PACKAGING / "changes").iterdir() if file.name != "README.md"]
    form = re.compile(r"(\d+[a-z]*|\+[a-z0-9-]+)\.(added|changed|fixed|removed|security)\.md")
    assert [name for name in names if not form.fullmatch(name)] == []
