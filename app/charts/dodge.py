"""Keeps labels from lying on each other."""

import math
from collections.abc import Sequence

RIGHT, LEFT = "right", "left"
"""Where the name of a point stands."""


def dodge(values: Sequence[float], gap: float) -> list[float]:
    """Positions near positive `values`, at least a factor of `gap` apart, in the order of the values (log axis)."""
    return dodge_near([0.0] * len(values), values, 1.0, gap)


def dodge_near(across: Sequence[float], values: Sequence[float], width: float, gap: float) -> list[float]:
    """Like `dodge`, but only labels less than `width` apart on the other axis keep their distance.

    Labels are pushed up; where all are in one column, half of the drift is taken back.
    """
    order = sorted(range(len(values)), key=lambda index: values[index])
    step = math.log(gap)
    placed: dict[int, float] = {}
    for index in order:
        log = math.log(values[index])
        below = [placed[other] for other in placed if abs(across[other] - across[index]) < width]
        placed[index] = max([log, *(other + step for other in below)])
    drift = 0.0
    if values and max(across) - min(across) < width:
        drift = sum(placed[index] - math.log(values[index]) for index in order) / len(order)
    return [math.exp(placed[index] - drift) for index in range(len(values))]
