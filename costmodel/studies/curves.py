"""Cost against context for accelerators or designs, and the contexts where the cheapest one changes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from costmodel.evaluation import Evaluation
from costmodel.paths import update
from costmodel.scenario import Scenario
from costmodel.workload import CONTEXTS

CONTEXT = "workload.context"
PROBES = 66
"""Contexts tried at once between two neighbours whose lowest lines differ: two or three rounds find the token."""

Contexts = np.ndarray
Lines = dict[str, np.ndarray]


@dataclass(frozen=True)
class Crossing:
    """The lowest line changes from `was` to `to` at `context` [token]; `cost` there in USD/1M tokens."""

    context: int
    was: str
    to: str
    cost: float


@dataclass(frozen=True)
class PairSpan:
    """The cheapest pair, by accelerator ids, from one context of a curve to another [token]."""

    first: int
    last: int
    attention_on: str
    ffn_on: str


@dataclass(frozen=True, eq=False)
class ContextCurve:
    """Costs [USD per 1M tokens] at `contexts` [token]: by accelerator id, and with AFD; and the crossings between.

    `pairs` are the cheapest pairs along the contexts; one ends where the next begins.
    """

    contexts: np.ndarray
    single: dict[str, np.ndarray]
    afd: np.ndarray
    crossings: tuple[Crossing, ...]
    pairs: tuple[PairSpan, ...]

    @property
    def above_pair(self) -> dict[str, np.ndarray]:
        """Cost of each accelerator alone above that of the cheapest pair, as a share, by accelerator id."""
        return {name: cost / self.afd - 1 for name, cost in self.single.items()}


@dataclass(frozen=True, eq=False)
class DesignCurves:
    """Costs with AFD [USD per 1M tokens] at `contexts` [token], a line for each design, and the crossings between."""

    contexts: np.ndarray
    lines: dict[str, np.ndarray]
    crossings: tuple[Crossing, ...]


def context_curve(scenario: Scenario, contexts: tuple[int, ...] = CONTEXTS) -> ContextCurve:
    """Cost of the scenario's design at each of some increasing contexts.

    A change of the cheapest accelerator is located to the token; two changes between neighbouring contexts that
    undo each other are not seen.
    """
    grid = np.asarray(contexts)
    run = _at(scenario, grid)
    single = _single(run, grid)
    crossings = _crossings(grid, single, lambda some: _single(_at(scenario, some), some))
    return ContextCurve(grid, single, _afd(run, grid), crossings, _pairs(run, grid))


def design_curves(designs: Mapping[str, Scenario], contexts: tuple[int, ...] = CONTEXTS) -> DesignCurves:
    """Cost with AFD of several designs, by name, at some increasing contexts; crossings as in `context_curve`.

    Paper Figure 3.
    """
    grid = np.asarray(contexts)

    def at(some: Contexts) -> Lines:
        return {name: _afd(_at(scenario, some), some) for name, scenario in designs.items()}

    lines = at(grid)
    return DesignCurves(grid, lines, _crossings(grid, lines, at))


def _at(scenario: Scenario, contexts: Contexts) -> Evaluation:
    return Evaluation(update(scenario, {CONTEXT: contexts}))


def _single(run: Evaluation, contexts: Contexts) -> Lines:
    """Cost of each accelerator alone, of those that have one."""
    return {
        each.id: np.broadcast_to(attention.total + ffn, contexts.shape)
        for each, attention, ffn in zip(run.scenario.accelerators, run.attention, run.ffn, strict=True)
        if run.has_cost(each, "alone")
    }


def _afd(run: Evaluation, contexts: Contexts) -> np.ndarray:
    return np.broadcast_to(run.cheapest_attention + run.cheapest_ffn, contexts.shape)


def _pairs(run: Evaluation, contexts: Contexts) -> tuple[PairSpan, ...]:
    ids = [accelerator.id for accelerator in run.scenario.accelerators]
    places = range(len(ids))
    attention = np.broadcast_to(run.where_attention_is_cheapest(places), contexts.shape)
    ffn = np.broadcast_to(run.where_ffn_is_cheapest(places), contexts.shape)
    changed = (np.diff(attention) != 0) | (np.diff(ffn) != 0)
    starts = [0, *(np.flatnonzero(changed) + 1).tolist()]
    ends = [*starts[1:], len(contexts) - 1]
    return tuple(
        PairSpan(int(contexts[start]), int(contexts[end]), ids[int(attention[start])], ids[int(ffn[start])])
        for start, end in zip(starts, ends, strict=True)
    )


def _crossings(grid: Contexts, lines: Lines, at: Callable[[Contexts], Lines]) -> tuple[Crossing, ...]:
    """Contexts where the lowest line changes, exact to the token."""
    if not lines:
        return ()
    names = list(lines)
    best = _lowest(lines)
    found = []
    for index in np.flatnonzero(np.diff(best)):
        low, high = int(grid[index]), int(grid[index + 1])
        while high - low > 1:
            probes = np.unique(np.linspace(low, high, PROBES, dtype=int))[1:-1]
            changed = _lowest(at(probes)) != best[index]
            first = int(np.argmax(changed)) if changed.any() else len(probes)
            low, high = int([low, *probes][first]), int([*probes, high][first])
        here = at(np.array([high]))
        to = names[_lowest(here)[0]]
        found.append(Crossing(high, names[best[index]], to, float(here[to][0])))
    return tuple(found)


def _lowest(lines: Lines) -> np.ndarray:
    """At each context the position of the lowest line; the first one on a tie."""
    return np.asarray(np.argmin(np.stack(list(lines.values())), axis=0))
