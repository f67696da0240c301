"""Attachments: the same file for everyone, encoded once; or a file of their own for each row."""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from smtpdesk.base import files
from smtpdesk.base.errors import InputError
from smtpdesk.base.i18n import _
from smtpdesk.message.encode import BLOCK
from smtpdesk.message.mime import ATTACHED_LIMIT, ENCODED_LIMIT, Entity, attachment_entity, too_heavy, weight
from smtpdesk.message.paths import attachment
from smtpdesk.message.templates import Piece

#: Octets of encoded per-row files that are kept, for rows that share one.
_KEPT = 32_000_000


class Attachments:
    """The attachments of one campaign.

    Raises:
        InputError: ``message.attachment-missing`` or ``message.outside-folder`` for one that everyone gets.
    """

    def __init__(self, folder: Path, pieces: Sequence[Piece], where: str) -> None:
        self._folder = folder
        self.pieces = pieces
        self._where = where
        self._cache: OrderedDict[Path, tuple[tuple[int, int], Entity]] = OrderedDict()
        self._cached = 0
        names = [piece.render({}) for piece in pieces if not piece.dynamic]
        self._refuse_too_much(names)
        self.fixed = {name: self._entity(name) for name in names}
        self.dynamic = any(piece.dynamic for piece in pieces)

    def names(self, values: dict[str, object]) -> tuple[str, ...]:
        """The file names for one row; a pattern that comes out empty attaches nothing.

        Raises:
            InputError: a field is missing.
        """
        if not self.dynamic:
            return tuple(self.fixed)
        rendered = (piece.render(values).strip() for piece in self.pieces)
        return tuple(dict.fromkeys(name for name in rendered if name))

    def entities(self, names: Sequence[str]) -> list[Entity]:
        """The MIME parts for file names.

        Raises:
            InputError: ``message.attachment-missing``, ``message.outside-folder``.
        """
        found: list[Entity] = []
        total = 0
        for name in names:
            entity = self.fixed.get(name) or self._entity(name)
            total += weight(entity)
            if total > ENCODED_LIMIT:
                raise too_heavy(self._where)
            found.append(entity)
        return found

    def _refuse_too_much(self, names: Sequence[str]) -> None:
        """Look at the sizes of all of them before one is read."""
        total = 0
        for name in dict.fromkeys(names):
            path = attachment(self._folder, name, self._where)
            with contextlib.suppress(OSError):  # reading says it
                total += files.check(path, ATTACHED_LIMIT, self._where)
            if total > ATTACHED_LIMIT:
                raise too_heavy(self._where)

    def _entity(self, name: str) -> Entity:
        path = attachment(self._folder, name, self._where)
        try:
            status = path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            known = self._cache.get(path)
            if known is not None and known[0] == stamp:
                self._cache.move_to_end(path)
                return known[1]
            entity = attachment_entity(path.name, files.blocks(path, ATTACHED_LIMIT, self._where, BLOCK))
        except OSError as error:
            raise InputError(
                "message.attachment-missing",
                _("The attachment “{name}” cannot be read: {reason}").format(name=name, reason=error.strerror or error),
                _("Put the file there, or correct its name."),
                self._where,
            ) from error
        self._keep(path, stamp, entity)
        return entity

    def _keep(self, path: Path, stamp: tuple[int, int], entity: Entity) -> None:
        old = self._cache.pop(path, None)
        self._cached += weight(entity) - (weight(old[1]) if old else 0)
        self._cache[path] = (stamp, entity)
        while self._cached > _KEPT and len(self._cache) > 1:
            _path, (_stamp, dropped) = self._cache.popitem(last=False)
            self._cached -= weight(dropped)
