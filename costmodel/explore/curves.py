"""Cost against context, for the cards of one design or for several designs, and where the cheapest one changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from costmodel.cost import cheapest
from costmodel.explore.metrics import Evaluation
from costmodel.paths import with_arrays
from costmodel.scenario import Scenario
from costmodel.workload import CONTEXTS

CONTEXT = "workload.context"


@dataclass(frozen=True)
class Crossing:
    """From this context [token] on, the line `to` is the lowest, where it was `was`; `cost` there in USD/1M tokens."""

    context: int
    was: str
    to: str
    cost: float


@dataclass(frozen=True)
class ContextCurve:
    """Costs [USD per 1M tokens] at `contexts` [token]: by accelerator id, and with AFD; and the crossings between."""

    contexts: np.ndarray
    single: dict[str, np.ndarray]
    afd: np.ndarray
    crossings: tuple[Crossing, ...]


@dataclass(frozen=True)
class DesignCurves:
    """Costs with AFD [USD per 1M tokens] at `contexts` [token], a line for each design, and the crossings between."""

    contexts: np.ndarray
    lines: dict[str, np.ndarray]
    crossings: tuple[Crossing, ...]


def context_curve(scenario: Scenario, contexts: tuple[int, ...] = CONTEXTS) -> ContextCurve:
    """Cost of the scenario's design at each of some increasing contexts.

    A change of the cheapest card is located to the token by bisection; two changes between neighbouring contexts that
    undo each other are not seen.
    """
    grid = np.asarray(contexts)
    run = Evaluation(with_arrays(scenario, {CONTEXT: grid}))
    ids = [card.id for card in scenario.accelerators]
    totals = [attention.total + ffn for attention, ffn in zip(run.attention, run.ffn, strict=True)]
    single = {card: np.broadcast_to(total, grid.shape) for card, total in zip(ids, totals, strict=True)}
    afd = np.broadcast_to(run.cheapest_attention + run.cheapest_ffn, grid.shape)

    def at(context: int) -> dict[str, float]:
        workload = scenario.workload.replace(context=context)
        best = cheapest(scenario.model, scenario.accelerators, workload)
        return {card: cost.total for card, cost in best.single.items()}

    return ContextCurve(grid, single, afd, _crossings(grid, single, at))


def design_curves(designs: Mapping[str, Scenario], contexts: tuple[int, ...] = CONTEXTS) -> DesignCurves:
    """Cost with AFD of several designs, by name, at some increasing contexts; crossings as in `context_curve`."""
    grid = np.asarray(contexts)
    lines = {}
    for name, scenario in designs.items():
        run = Evaluation(with_arrays(scenario, {CONTEXT: grid}))
        lines[name] = np.broadcast_to(run.cheapest_attention + run.cheapest_ffn, grid.shape)

    def at(context: int) -> dict[str, float]:
        return {
            name: cheapest(scenario.model, scenario.accelerators, scenario.workload.replace(context=context)).cost.total
            for name, scenario in designs.items()
        }

    return DesignCurves(grid, lines, _crossings(grid, lines, at))


def _crossings(
    grid: np.ndarray, lines: Mapping[str, np.ndarray], at: Callable[[int], dict[str, float]]
) -> tuple[Crossing, ...]:
    """Where the lowest line changes, to the token: the least context at which the line that was lowest no longer is."""
    names = list(lines)
    best = np.argmin(np.stack(list(lines.values())), axis=0)
    found = []
    for index in np.flatnonzero(np.diff(best)):
        was = names[best[index]]
        low, high = int(grid[index]), int(grid[index + 1])
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if _lowest(at(middle)) != was else (middle, high)
        costs = at(high)
        to = _lowest(costs)
        found.append(Crossing(high, was, to, costs[to]))
    return tuple(found)


def _lowest(costs: Mapping[str, float]) -> str:
    return min(costs, key=lambda name: costs[name])
