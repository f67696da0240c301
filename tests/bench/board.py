"""What was measured, part by part, and in the end every goal with the figure seen beside it."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.table import Table

#: Characters in a line of a report that goes into a file.
_WIDTH = 120


@dataclass(frozen=True)
class Goal:
    """A goal of the engine: the figure is to be at least (or at most) so much."""

    part: str
    what: str
    seen: float
    goal: float
    unit: str
    at_most: bool = False

    @property
    def reached(self) -> bool:
        """Whether the figure is on the right side."""
        return self.seen <= self.goal if self.at_most else self.seen >= self.goal


class Board:
    """Prints each part as it is done, and collects the goals for the table at the end."""

    def __init__(self, console: Console | None = None) -> None:
        shown = Console()
        self.console = console or (shown if shown.is_terminal else Console(width=_WIDTH))
        self.goals: list[Goal] = []

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Print one part."""
        self.console.print(f"\n[bold]{title}[/bold]")
        table = Table()
        for index, column in enumerate(columns):
            table.add_column(column, justify="left" if index == 0 else "right")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)

    def say(self, sentence: str) -> None:
        """Print a line of explanation."""
        self.console.print(sentence, style="dim")

    def goal(self, part: str, what: str, seen: float, goal: float, unit: str, *, at_most: bool = False) -> None:
        """Note a figure that has a goal."""
        self.goals.append(Goal(part, what, seen, goal, unit, at_most))

    def close(self) -> None:
        """Print all goals."""
        rows = [
            (
                goal.part,
                goal.what,
                f"{goal.seen:,.1f} {goal.unit}",
                f"{'at most' if goal.at_most else 'at least'} {goal.goal:g} {goal.unit}",
                "reached" if goal.reached else "MISSED",
            )
            for goal in self.goals
        ]
        self.table("Goals", ("part", "what", "seen", "goal", ""), rows)


def interleaved(ways: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, float]:
    """Each way once a round, in turn; the median of the rounds: what else the machine does meets all of them alike."""
    seen: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(rounds):
        order = list(ways) if number % 2 == 0 else list(ways)[::-1]
        for name in order:
            seen[name].append(ways[name]())
    return {name: statistics.median(figures) for name, figures in seen.items()}


def ratios(figures: Mapping[str, float], to: str) -> list[tuple[str, str, str]]:
    """Rows of a table: name, messages a second, how many times what ``to`` does."""
    return [(name, f"{figure:,.1f}", f"{figure / figures[to]:.2f}") for name, figure in figures.items()]
