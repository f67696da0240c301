from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from tests.servers.proc import ROOT

#: In two halves each, so that this file does not find itself.
REGISTRIES = [
    "pypi" + ".org",
    "python" + "hosted.org",
    "deb" + ".debian.org",
    "npm" + "js.org",
    "crates" + ".io",
    "proxy." + "golang.org",
    "maven" + ".org",
]
#: Ana is the example person of the tests and the docs.
HOMES = re.compile(
    r"(?<![\w.~-])/(?:" + "|".join(["ro" + "ot", r"ho" + r"me/(?!ana\b)\w+", r"Us" + r"ers/\w+", "wo" + "rk"]) + r")/\w"
)


def tracked() -> list[Path]:
    """The files under version control; without git or a checkout, all but what make and the tools produce."""
    if shutil.which("git"):
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
        if listed.returncode == 0:
            paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
            return [path for path in paths if path.is_file()]
    made = {".venv", "build", "dist", "__pycache__"}
    shown = [path for path in ROOT.iterdir() if path.name[0] != "." or path.name in (".ci", ".github")]
    inside = [path for top in shown for path in ([top] if top.is_file() else top.rglob("*"))]
    return [path for path in inside if path.is_file() and not made & set(path.relative_to(ROOT).parts)]


def lines() -> list[tuple[str, str]]:
    """Every line of every text file that is tracked, with where it is."""
    found = []
    for path in tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [(f"{path.relative_to(ROOT)}:{number}", line) for number, line in enumerate(text.splitlines(), 1)]
    return found


def test_no_file_names_a_package_registrys_host() -> None:
    assert [where for where, line in lines() if any(host in line.lower() for host in REGISTRIES)] == []


def test_no_file_names_somebodys_home() -> None:
    assert [f"{where}: {line.strip()[:100]}" for where, line in lines() if HOMES.search(line)] == []


def test_no_private_key_or_password_file_is_tracked() -> None:
    wrong = {".pem", ".key", ".p12", ".env", ".sqlite", ".db"}
    assert [str(path.relative_to(ROOT)) for path in tracked() if path.suffix in wrong or path.name == ".env"] == []
