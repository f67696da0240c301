"""Means of latencies that stand for different numbers of attempts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping


def weighted(parts: Iterable[tuple[int, Mapping[str, float]]]) -> dict[str, float]:
    """The mean by stage of means, each weighted by its number of attempts (by 1 where there was none)."""
    sums: dict[str, float] = {}
    weights: dict[str, int] = {}
    for attempts, means in parts:
        weight = attempts or 1
        for stage, seconds in means.items():
            sums[stage] = sums.get(stage, 0.0) + seconds * weight
            weights[stage] = weights.get(stage, 0) + weight
    return {stage: total / weights[stage] for stage, total in sums.items()}
