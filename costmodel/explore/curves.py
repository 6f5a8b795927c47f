"""Cost against context: one curve per accelerator and one for AFD, and where the best card changes."""

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
    """From this context [token] on, accelerator `to` is the cheapest single one, where it was `was`; cost in USD/1M."""

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
    best = np.argmin(np.stack(list(single.values())), axis=0)
    crossings = []
    for index in np.flatnonzero(np.diff(best)):
        was = ids[best[index]]
        context = _change(scenario, was, int(grid[index]), int(grid[index + 1]))
        to, cost = _best(scenario, context)
        crossings.append(Crossing(context, was, to, cost))
    return ContextCurve(grid, single, afd, tuple(crossings))


def _best(scenario: Scenario, context: int) -> tuple[str, float]:
    workload = scenario.workload.replace(context=context)
    best = cheapest(scenario.model, scenario.accelerators, workload).best_single
    return best.attention_on, best.total


def _change(scenario: Scenario, was: str, low: int, high: int) -> int:
    """Least context above `low` where the best card is no longer `was`; it is at `low` and is not at `high`."""
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _best(scenario, middle)[0] != was else (middle, high)
    return high
