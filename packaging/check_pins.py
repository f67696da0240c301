"""Whether an environment is exactly what a requirements file pins, and whether the pins are all that is needed.

``python packaging/check_pins.py REQUIREMENTS`` says what is wrong with the environment of this interpreter; the exit
status is 1 then. With ``--strays`` it prints the names of what is installed and not pinned. It asks nobody.
"""

from __future__ import annotations

import re
import sys
import sysconfig
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).resolve().parent
#: Ourselves: installed, and never pinned.
OURS = "smtpdesk"
_PIN = re.compile(r"^([A-Za-z0-9._-]+)==(\S+?)(?: ; (.+?))? \\$", re.MULTILINE)

#: What markers ask about (PEP 508), where it differs from this computer.
Environment = Mapping[str, str]


def pins(file: Path, environment: Environment | None = None) -> dict[str, str]:
    """Name and version of every line that holds in an environment; without one, in this interpreter's."""
    found: dict[str, str] = {}
    for name, version, marker in _PIN.findall(file.read_text(encoding="utf-8")):
        line = Requirement(f"{name}=={version}" + (f" ; {marker}" if marker else ""))
        if line.marker is None or line.marker.evaluate(dict(environment or {})):
            found[canonicalize_name(name)] = version
    return found


def installed() -> dict[str, Distribution]:
    """What this interpreter's own environment holds."""
    places = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    return {canonicalize_name(found.name): found for found in distributions(path=list(dict.fromkeys(places)))}


def roots(development: bool) -> list[Requirement]:
    """What the project itself asks for: to run, to be installed, and to be tested."""
    project = tomllib.loads((HERE.parent / "pyproject.toml").read_text(encoding="utf-8"))
    lines = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    if development:
        lines += project["project"]["optional-dependencies"]["dev"]
        building = (HERE / "build-dev.in").read_text(encoding="utf-8").splitlines()
        lines += [line for line in building if not line.startswith("#")]
    return [Requirement(line) for line in lines]


def needs(
    wanted: list[Requirement], pinned: Mapping[str, str], there: Mapping[str, Distribution], environment: Environment
) -> Iterator[tuple[str, Requirement]]:
    """Everything that is needed, step by step, with who needs it; extras are followed like the rest.

    A distribution of another version than the pin (another Python's) says nothing about what the pin needs.
    """
    asked = [(OURS, line, frozenset[str]()) for line in wanted]
    seen: set[tuple[str, frozenset[str]]] = set()
    while asked:
        who, line, extras = asked.pop()
        if not _holds(line, extras, environment):
            continue
        yield who, line
        name = canonicalize_name(line.name)
        further = frozenset(line.extras)
        found = there.get(name)
        if found is None or found.version != pinned.get(name) or (name, further) in seen:
            continue
        seen.add((name, further))
        asked += [(name, Requirement(text), further) for text in found.requires or ()]


def _holds(line: Requirement, extras: frozenset[str], environment: Environment) -> bool:
    if line.marker is None:
        return True
    return any(line.marker.evaluate({**environment, "extra": extra}) for extra in extras or {""})


def open_needs(file: Path, environment: Environment | None = None) -> list[str]:
    """What the pins leave open: needed and not pinned, or pinned at a version that does not answer it."""
    environment = environment or {}
    pinned = pins(file, environment)
    wrong = set()
    for who, line in needs(roots(_is_development(file)), pinned, installed(), environment):
        version = pinned.get(canonicalize_name(line.name))
        if version is None:
            wrong.add(f"{who} needs {line.name}, which is not pinned")
        elif not line.specifier.contains(version, prereleases=True):
            wrong.add(f"{who} needs {line.name}{line.specifier}; {version} is pinned")
    return sorted(wrong)


def strays(file: Path) -> list[str]:
    """What is installed and not pinned."""
    known = pins(file).keys() | pins(HERE / "installer.txt").keys() | {OURS}
    return sorted(installed().keys() - known)


def differences(file: Path) -> list[str]:
    """How the environment differs from its pins."""
    there = installed()
    wrong = []
    for name, version in {**pins(HERE / "installer.txt"), **pins(file)}.items():
        found = there.get(name)
        if found is None:
            wrong.append(f"{name} {version} is pinned and not installed")
        elif found.version != version:
            wrong.append(f"{name} is {found.version}; {version} is pinned")
    return [*wrong, *(f"{name} is installed and not pinned" for name in strays(file))]


def _is_development(file: Path) -> bool:
    return "dev" in file.stem


def main(arguments: list[str]) -> int:
    """What the command does."""
    file = Path(arguments[-1])
    if "--strays" in arguments:
        print("\n".join(strays(file)), end="")
        return 0
    wrong = [*differences(file), *open_needs(file)]
    if wrong:
        print("The environment is not what the pins say:", *wrong, sep="\n    ", file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
