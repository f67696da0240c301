"""A long secret in a keyring that keeps short ones: in parts, changed in one step.

The entry of the secret's own name is the secret itself, or says where its parts are: a generation and their count. New
parts are written under names that nobody reads yet; then that one entry is changed; then the old parts go. Whoever is
cut off in between leaves the old secret or the new one, never half of each.
"""

from __future__ import annotations

import logging

from keyring.backend import KeyringBackend
from keyring.errors import PasswordDeleteError

_log = logging.getLogger(__name__)

#: Windows keeps 2560 octets an entry, as UTF-16: a token of Microsoft's or an RSA key needs more than one.
PART = 1200
#: Between a name and the number of a part; before their count.
_MARK = "\x1fparts:"
#: The generations that take turns; the nameless one is that of older versions.
_GENERATIONS = ("a", "b")


def read(backend: KeyringBackend, service: str, name: str) -> str | None:
    """The secret, put together again where it is kept in parts; None when there is none, or a part is missing."""
    head = backend.get_password(service, name)
    found = _pointer(head)
    if found is None:
        return head
    parts = [backend.get_password(service, each) for each in _names(name, *found)]
    known = [part for part in parts if part is not None]
    return "".join(known) if len(known) == len(parts) else None


def write(backend: KeyringBackend, service: str, name: str, value: str) -> None:
    """Keep the secret in place of the former one, in one step."""
    former = _pointer(backend.get_password(service, name))
    parts = [value[at : at + PART] for at in range(0, len(value), PART)] if len(value) > PART else []
    generation = next(one for one in _GENERATIONS if former is None or one != former[0])
    for number, part in enumerate(parts, 1):
        backend.set_password(service, _name(name, generation, number), part)
    backend.set_password(service, name, f"{_MARK}{generation}:{len(parts)}" if parts else value)
    # From here on the new one counts; what is left over does no harm and goes with the next change.
    used = (generation, len(parts)) if parts else None
    try:
        _clear(backend, service, name, former, used)
    except PasswordDeleteError:
        _log.warning("old parts of a secret could not be removed")


def remove(backend: KeyringBackend, service: str, name: str) -> None:
    """Forget the secret, and whatever parts there are; no error when there is none."""
    head = backend.get_password(service, name)
    if head is not None:
        backend.delete_password(service, name)
    _clear(backend, service, name, _pointer(head), None)


def _clear(
    backend: KeyringBackend, service: str, name: str, former: tuple[str, int] | None, used: tuple[str, int] | None
) -> None:
    """Remove every part but those in use: the former ones, and what a write that was cut off has left."""
    if former is not None and former != used:
        for each in _names(name, *former):
            if backend.get_password(service, each) is not None:
                backend.delete_password(service, each)
    for generation in _GENERATIONS:
        number = used[1] if used is not None and used[0] == generation else 0
        while backend.get_password(service, _name(name, generation, number + 1)) is not None:
            number += 1
            backend.delete_password(service, _name(name, generation, number))


def _pointer(head: str | None) -> tuple[str, int] | None:
    """Generation and count, when an entry says where the parts are."""
    if head is None or not head.startswith(_MARK):
        return None
    generation, _colon, count = head.removeprefix(_MARK).rpartition(":")
    return (generation, int(count)) if count.isdigit() else None


def _names(name: str, generation: str, count: int) -> list[str]:
    return [_name(name, generation, number) for number in range(1, count + 1)]


def _name(name: str, generation: str, number: int) -> str:
    return f"{name}{_MARK}{generation}:{number}" if generation else f"{name}{_MARK}{number}"
