"""What the program is made of, and under which licences, read from the installed packages themselves."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import metadata

_NAME = re.compile(r"[A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class Part:
    """An installed package: name, version, licence as it states it."""

    name: str
    version: str
    licence: str


def _one(info: metadata.PackageMetadata, key: str) -> str:
    return str(info[key] or "") if key in info else ""


def _licence(info: metadata.PackageMetadata) -> str:
    stated = _one(info, "License-Expression")
    classifiers = [
        line.rsplit("::", 1)[-1].strip() for line in info.get_all("Classifier") or [] if "License ::" in line
    ]
    plain = _one(info, "License").strip().splitlines()
    return stated or ", ".join(classifiers) or (plain[0][:60] if plain else "")


def parts(package: str = "smtpdesk") -> list[Part]:
    """The packages that ``package`` needs (without its extras), by name; those not installed are left out."""
    try:
        wanted = metadata.requires(package) or []
    except metadata.PackageNotFoundError:
        return []
    found: dict[str, Part] = {}
    for line in wanted:
        match = _NAME.match(line)
        if match is None or "extra ==" in line:
            continue
        try:
            info = metadata.metadata(match.group())
        except metadata.PackageNotFoundError:
            continue
        found[info["Name"].lower()] = Part(info["Name"], info["Version"], _licence(info))
    return [found[name] for name in sorted(found)]
