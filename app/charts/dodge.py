"""Keeps labels at the ends of lines from lying on each other."""

import math
from collections.abc import Sequence


def dodge(values: Sequence[float], gap: float) -> list[float]:
    """Positions near positive `values`, at least a factor of `gap` apart, in the order of the values (log axis)."""
    order = sorted(range(len(values)), key=lambda index: values[index])
    logs = [math.log(values[index]) for index in order]
    step = math.log(gap)
    for index in range(1, len(logs)):
        logs[index] = max(logs[index], logs[index - 1] + step)
    # Pushing up drifts away from the values; half of the drift is taken back.
    drift = sum(log - math.log(values[index]) for log, index in zip(logs, order, strict=True)) / max(len(logs), 1)
    placed = [0.0] * len(values)
    for log, index in zip(logs, order, strict=True):
        placed[index] = math.exp(log - drift)
    return placed
