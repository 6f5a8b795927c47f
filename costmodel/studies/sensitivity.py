"""Sensitivity of cost to each field of a scenario, moved up and down one at a time."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel import paths
from costmodel.cost import cheapest
from costmodel.errors import DomainError, Problem, quote
from costmodel.evaluation import Evaluation
from costmodel.scenario import Scenario
from costmodel.spec import Check, Field

Column = NDArray[np.float64]
Move = tuple[str, int]
"""A field and the direction it moves in: -1 down, 1 up."""

MOST_TRIES = 128
NEAR = 0.25
"""How far a move may be from the step, as a share of it, to be compared with others."""


@dataclass(frozen=True)
class Effect:
    """One field: its value, the lower and higher value tried (None: none is valid) and the cost at each of them."""

    path: str
    label: str
    unit: str
    value: float
    low: float | None
    high: float | None
    cost_at_low: float | None
    cost_at_high: float | None
    cost: float

    @property
    def change_at_low(self) -> float:
        """Relative change of the cost at the lower value; 0 where there is none."""
        return 0.0 if self.cost_at_low is None else self.cost_at_low / self.cost - 1

    @property
    def change_at_high(self) -> float:
        """Relative change of the cost at the higher value; 0 where there is none."""
        return 0.0 if self.cost_at_high is None else self.cost_at_high / self.cost - 1

    @property
    def largest_change(self) -> float:
        """The larger of the two changes, without its sign."""
        return max(abs(self.change_at_low), abs(self.change_at_high))


@dataclass(frozen=True)
class Sensitivity:
    """Cost [USD per 1M tokens] of a scenario on its cheapest pair and what moves it, most effective field first.

    `fixed` lists the fields that cannot be moved alone: a relation to other fields would break, or they are 0. `step`
    is the share that was asked for.
    """

    cost: float
    effects: tuple[Effect, ...]
    fixed: tuple[str, ...]
    step: float

    @property
    def alike(self) -> tuple[Effect, ...]:
        """Effects of moves that are close to the step: prices, rates and sizes that can be compared."""
        return tuple(effect for effect in self.effects if self._is_alike(effect))

    @property
    def apart(self) -> tuple[Effect, ...]:
        """Effects of larger moves: precisions, and whole numbers whose next value is far."""
        return tuple(effect for effect in self.effects if not self._is_alike(effect))

    def _is_alike(self, effect: Effect) -> bool:
        tried = [value for value in (effect.low, effect.high) if value is not None]
        return all(abs(abs(value / effect.value - 1) - self.step) <= self.step * NEAR for value in tried)


def sensitivity(scenario: Scenario, step: float = 0.1) -> Sensitivity:
    """Move each numeric field by a share `step` (in (0, 1)) down and up, one at a time, and compute the cost.

    Whole numbers and fields with a list of choices go to the nearest valid value beyond the step that is not the value
    itself; `Effect.low` and `Effect.high` hold the values used. Accelerators are reassigned each time: the cost
    is that of the cheapest pair. Fields that do not move the cost are left out.
    """
    if not isinstance(step, int | float) or not 0 < step < 1:
        raise DomainError(Problem("step", f"{quote(step)} is not allowed; must be a number above 0 and below 1"))
    values, known = paths.values(scenario), paths.fields(scenario)
    knobs = {path: field for path, field in known.items() if isinstance(field, Field) and values[path] is not None}
    trials = {
        (path, sign): _candidates(field, values[path], step * sign) for path, field in knobs.items() for sign in (-1, 1)
    }
    moved = _nearest_valid(scenario, values, {move: tried for move, tried in trials.items() if len(tried)})
    costs = _costs(scenario, values, moved)
    moved = {move: new for move, new in moved.items() if move in costs}
    base = float(cheapest(scenario).pair.total)
    effects, fixed = [], []
    for path, field in knobs.items():
        low, high = (moved.get((path, sign)) for sign in (-1, 1))
        if low is None and high is None:
            fixed.append(path)
            continue
        low_cost, high_cost = (costs.get((path, sign)) for sign in (-1, 1))
        effect = Effect(path, field.label, field.unit, values[path], low, high, low_cost, high_cost, base)
        if effect.largest_change > 0:
            effects.append(effect)
    effects.sort(key=lambda effect: -effect.largest_change)
    return Sensitivity(base, tuple(effects), tuple(fixed), step)


def _candidates(field: Field, value: float, share: float) -> Column:
    """Values that a field may move to, the best first; none from 0."""
    target = value * (1 + share)
    if not value:
        return np.empty(0)
    if field.choices:
        near = np.array(field.choices, dtype=float)
    elif field.whole:
        near = np.arange(floor(target) - MOST_TRIES // 2, ceil(target) + MOST_TRIES // 2, dtype=float)
    else:
        near = np.array([target])
    near = near[((near - value) * share > 0) & (near >= field.low) & (near <= field.high)]
    return near[np.argsort(np.abs(near - target), kind="stable")]


def _nearest_valid(scenario: Scenario, values: Mapping[str, Any], trials: Mapping[Move, Column]) -> dict[Move, float]:
    """For each move the first candidate that breaks no relation, where there is one; all are tried as one array."""
    keep = np.ones(sum(map(len, trials.values())), dtype=bool)
    for rule in paths.relations(_each_alone(scenario, values, trials)):
        keep &= np.asarray(rule.holds)
    ends = np.cumsum([len(tried) for tried in trials.values()])[:-1]
    parts = zip(trials.items(), np.split(keep, ends), strict=True)
    # Whole numbers are reported as whole numbers.
    return {move: type(values[move[0]])(tried[np.argmax(valid)]) for (move, tried), valid in parts if valid.any()}


def _costs(scenario: Scenario, values: Mapping[str, Any], moved: Mapping[Move, float]) -> dict[Move, float]:
    """Cost after each move, evaluated as one array; a move to a precision whose rate is not known has none."""
    try:
        return _costs_together(scenario, values, moved)
    except DomainError:
        found: dict[Move, float] = {}
        for move, new in moved.items():
            with suppress(DomainError):
                found |= _costs_together(scenario, values, {move: new})
        return found


def _costs_together(scenario: Scenario, values: Mapping[str, Any], moved: Mapping[Move, float]) -> dict[Move, float]:
    run = Evaluation(_each_alone(scenario, values, {move: np.array([new]) for move, new in moved.items()}))
    return dict(
        zip(moved, np.broadcast_to(run.cheapest_attention + run.cheapest_ffn, len(moved)).tolist(), strict=True)
    )


def _each_alone(scenario: Scenario, values: Mapping[str, Any], trials: Mapping[Move, Column]) -> Scenario:
    """Arrays with a row for each candidate of each move, in which that field alone has moved."""
    count = sum(map(len, trials.values()))
    arrays = {path: np.full(count, values[path], dtype=float) for path, _ in trials}
    start = 0
    for (path, _), tried in trials.items():
        arrays[path][start : start + len(tried)] = tried
        start += len(tried)
    return paths.update(scenario, arrays, Check.NOTHING)
