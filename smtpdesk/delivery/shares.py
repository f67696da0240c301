"""Who gets the next rows when several lanes want them: by weight among those who have room."""

from __future__ import annotations

from collections.abc import Mapping

#: A lane that has not asked for so many seconds has no room; the others do not wait for it.
ASKING = 1.0
#: How many rows (by its weight) a lane may be ahead of another that asks as well.
AHEAD = 200


class Shares:
    """Rows that lanes have taken, against their weights. A lane that is slow by its limits holds nobody up."""

    def __init__(self, weights: Mapping[str, int]) -> None:
        self._weights = {name: max(1, weight) for name, weight in weights.items()}
        self._taken = dict.fromkeys(weights, 0.0)
        self._asked = dict.fromkeys(weights, float("-inf"))

    @property
    def several(self) -> bool:
        """True where a row that one lane cannot send now may be another's."""
        return len(self._weights) > 1

    def grant(self, name: str, wanted: int, moment: float, *, bounded: bool = False) -> int:
        """How many of the wanted rows a lane may take now.

        Args:
            bounded: it wants so few because of its own limits. Nobody waits for it: it has what it can take.
        """
        rivals = [other for other, asked in self._asked.items() if other != name and moment - asked < ASKING]
        fresh = moment - self._asked[name] >= ASKING
        if not bounded:
            self._asked[name] = moment
        if not rivals:
            return wanted
        weight = self._weights[name]
        least = min(self._taken[other] / self._weights[other] for other in rivals)
        if fresh:  # back from a rest: it does not make up for what it has missed
            self._taken[name] = max(self._taken[name], least * weight)
        ahead = self._taken[name] - least * weight
        return max(0, min(wanted, round(AHEAD * weight - ahead)))

    def took(self, name: str, count: int) -> None:
        """A lane has taken rows (or, below 0, given them back)."""
        self._taken[name] += count
