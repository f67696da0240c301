"""Things that come in many live one file each in a folder that is walked; there is no central list to edit."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType


def members(package: str) -> list[ModuleType]:
    """Import every public module of ``package`` (a dotted name), sorted by name.

    The packager asks the same function, so a bundle holds exactly what a checkout does.
    """
    return [importlib.import_module(f"{package}.{name}") for name in names(package)]


def names(package: str) -> list[str]:
    """The names of those modules, sorted, without importing them."""
    home = importlib.import_module(package)
    return sorted(info.name for info in pkgutil.iter_modules(home.__path__) if not info.name.startswith("_"))
