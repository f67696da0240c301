"""How much of a run may be begun now."""

from __future__ import annotations


class Budget:
    """How many rows this run may still begin (``--limit``); None means all."""

    def __init__(self, limit: int | None) -> None:
        self._left = limit

    @property
    def spent(self) -> bool:
        """True when nothing more may be begun."""
        return self._left == 0

    def take(self, wanted: int) -> int:
        """Reserve up to ``wanted`` rows."""
        if self._left is None:
            return wanted
        granted = min(wanted, self._left)
        self._left -= granted
        return granted

    def give_back(self, unused: int) -> None:
        """Rows reserved but not begun."""
        if self._left is not None:
            self._left += unused
