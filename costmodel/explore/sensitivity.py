"""Which numbers of a scenario the cost hangs on: every one moved up and down on its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor

import numpy as np

from costmodel import paths
from costmodel.cost import cheapest
from costmodel.errors import DomainError, Problem, quote
from costmodel.explore.metrics import Evaluation
from costmodel.scenario import Scenario
from costmodel.spec import Quantity

MOST_TRIES = 128


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

    `fixed` lists the fields that cannot be moved on their own, because a relation to other fields would break or
    because they are 0, and a share of nothing is nothing.
    """

    cost: float
    effects: tuple[Effect, ...]
    fixed: tuple[str, ...]


def sensitivity(scenario: Scenario, step: float = 0.1) -> Sensitivity:
    """Move each numeric field by a share `step` (in (0, 1)) down and up, one at a time, and see what cost does.

    Whole numbers and fields with a list of choices go to the nearest valid value beyond the step that is not the value
    itself; `Effect.low` and `Effect.high` say which values were used. Accelerators are reassigned each time: the cost
    is that of the cheapest pair. Fields that do not move the cost are left out.
    """
    if not isinstance(step, int | float) or not 0 < step < 1:
        raise DomainError(Problem("step", f"{quote(step)} is not allowed; must be a number above 0 and below 1"))
    base = _cost(scenario)
    effects, fixed = [], []
    values = paths.values(scenario)
    for path, mark in paths.fields(scenario).items():
        value = values[path]
        if not isinstance(mark, Quantity) or value is None:
            continue
        low, high = (_moved(scenario, path, mark, list(_candidates(mark, value, step * sign))) for sign in (-1, 1))
        if low is None and high is None:
            fixed.append(path)
            continue
        low_cost, high_cost = _costs_at(scenario, path, low, high)
        effect = Effect(path, mark.label, mark.unit, value, low, high, low_cost, high_cost, base)
        if effect.largest_change > 0:
            effects.append(effect)
    effects.sort(key=lambda effect: -effect.largest_change)
    return Sensitivity(base, tuple(effects), tuple(fixed))


def _moved(scenario: Scenario, path: str, mark: Quantity, candidates: list[float]) -> float | None:
    """The first candidate that the field takes and that breaks no relation; all are tried at once, as one array."""
    valid = [candidate for candidate in candidates if mark.low <= candidate <= mark.high]
    if not valid:
        return None
    tried = paths.with_checked_arrays(scenario, {path: np.asarray(valid)})
    keep = np.ones(len(valid), dtype=bool)
    for rule in paths.relations(tried):
        keep &= np.asarray(rule.holds)
    return valid[int(np.argmax(keep))] if keep.any() else None


def _costs_at(scenario: Scenario, path: str, *moved: float | None) -> list[float | None]:
    """Cost at each value of a field, evaluated as one array; None where there is no value."""
    known = [value for value in moved if value is not None]
    run = Evaluation(paths.with_checked_arrays(scenario, {path: np.asarray(known, dtype=float)}))
    costs = iter(np.broadcast_to(run.cheapest_attention + run.cheapest_ffn, len(known)).tolist())
    return [None if value is None else next(costs) for value in moved]


def _candidates(mark: Quantity, value: float, share: float) -> Iterator[float]:
    target = value * (1 + share)
    if not value:
        return
    if mark.choices:
        side = [choice for choice in mark.choices if (choice - value) * share > 0]
        yield from sorted(side, key=lambda choice: abs(choice - target))
    elif mark.whole:
        near = sorted(
            {*range(floor(target) - MOST_TRIES // 2, ceil(target) + MOST_TRIES // 2)}, key=lambda n: abs(n - target)
        )
        yield from (number for number in near if (number - value) * share > 0)
    elif value:
        yield target


def _cost(scenario: Scenario) -> float:
    return float(cheapest(scenario.model, scenario.accelerators, scenario.workload).cost.total)
