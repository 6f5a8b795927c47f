"""Words for what stops a deployment, and the nearest changes that would make an infeasible one feasible."""

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from costmodel.planner.optimum import Found
from costmodel.planner.pipeline import Pipeline
from costmodel.planner.plan import Constraint, Remedy
from costmodel.units import Numeric

Loads = NDArray[np.float64]
Grid = tuple[NDArray[np.int64], NDArray[np.int64]]

LONGEST_TPOT = 100.0
USUAL_POOL = 64
ROUNDING = 3
"""Significant digits of a proposed value, rounded to the feasible side."""

STAGES = {"attention", "network", "ffn"}


def reason(bound: Constraint, remedies: tuple[Remedy, ...] = ()) -> str:
    """The binding constraint in a sentence, followed by the nearest remedy where it is broken."""
    if bound.load <= 1:
        return f"{_named(bound.name)} stops a larger batch: {bound.text}."
    text = f"{_named(bound.name)} needs {bound.text}, {bound.load:.3g} times what there is."
    return f"{text} {remedies[0].text}" if remedies else text


def remedies(pipeline: Pipeline, largest_pool: int) -> tuple[Remedy, ...]:
    """Changes that each make a request feasible alone, nearest first (by the ratio of new to old value).

    A slower SLA, a shorter context, and where memory binds a larger accelerator. Each is exact at its printed value,
    which is rounded to the feasible side.
    """
    return _sorted(pipeline, _grid(largest_pool))


def deployment_remedies(pipeline: Pipeline, found: Found) -> tuple[Remedy, ...]:
    """Changes that make a deployment with these servers feasible: a smaller batch, else those of `remedies`."""
    cell = np.array([[found.attention_servers]]), np.array([[found.ffn_servers]])
    batch = min(found.limits.values())
    if batch:
        requests = int(pipeline.requests(batch, found.attention_servers))
        text = f"A micro-batch of {requests:,} requests fits these servers."
        return (Remedy("micro_batch", requests, 1.0, text),)
    return _sorted(pipeline, cell)


def least_bad(pipeline: Pipeline, largest_pool: int) -> tuple[int, int]:
    """Server counts whose worst load with one request per accelerator is least: what an infeasible request is shown
    with.
    """
    attention_servers, ffn_servers = _grid(largest_pool)
    worst = _worst(pipeline.loads(1, attention_servers, ffn_servers))
    row, column = np.unravel_index(int(np.argmin(worst)), worst.shape)
    return int(attention_servers[row, 0]), int(ffn_servers[0, column])


def _sorted(pipeline: Pipeline, grid: Grid) -> tuple[Remedy, ...]:
    changes = (_slower(pipeline, grid), _shorter(pipeline, grid), *_larger_cards(pipeline, grid))
    return tuple(sorted((item for item in changes if item is not None), key=lambda item: item.factor))


def _grid(largest_pool: int) -> Grid:
    """Server counts to look at: every one up to a usual pool, beyond that those spaced by a thirtieth."""
    counts = np.arange(1, min(largest_pool, USUAL_POOL) + 1)
    if largest_pool > USUAL_POOL:
        spaced = np.geomspace(USUAL_POOL, largest_pool, int(30 * np.log(largest_pool / USUAL_POOL)) + 2)
        counts = np.unique(np.concatenate([counts, spaced.astype(int)]))
    return counts[:, None], counts[None, :]


def _worst(loads: dict[str, Numeric]) -> Loads:
    worst: Loads = np.maximum.reduce(np.broadcast_arrays(*loads.values()))
    return worst


def _fits(pipeline: Pipeline, grid: Grid) -> bool:
    return bool((_worst(pipeline.loads(1, *grid)) <= 1).any())


def _slower(pipeline: Pipeline, grid: Grid) -> Remedy | None:
    """The TPOT at which one request per accelerator fits some server counts whose memory suffices."""
    loads = pipeline.loads(1, *grid)
    stages = _worst({name: load for name, load in loads.items() if name in STAGES})
    stored = _worst({name: load for name, load in loads.items() if name not in STAGES}) <= 1
    if not stored.any():
        return None
    factor = float(np.where(stored, stages, np.inf).min())
    # Without a fixed part the time per token is in proportion to the stages; the product keeps its last digit.
    stage = pipeline.attention
    needed = pipeline.tpot(factor * stage.budget_seconds) if stage.step_seconds else pipeline.sla.tpot * factor
    tpot = _rounded(float(needed), math.ceil)
    if factor <= 1 or tpot > LONGEST_TPOT:
        return None
    text = f"A time per output token of {tpot * 1e3:,.4g} ms would do."
    return Remedy("sla.tpot", tpot, tpot / pipeline.sla.tpot, text)


def _shorter(pipeline: Pipeline, grid: Grid) -> Remedy | None:
    """The longest context at which one request per accelerator fits."""

    def at(context: int) -> bool:
        workload = pipeline.workload.replace(context=context)
        attention = replace(pipeline.attention, workload=workload)
        return _fits(Pipeline(attention, replace(pipeline.ffn, workload=workload)), grid)

    low, high = 1, pipeline.workload.context
    if not at(low):
        return None
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if at(middle) else (low, middle - 1)
    context = int(_rounded(low, math.floor))
    text = f"A context of {context:,} tokens would do."
    return Remedy("workload.context", context, pipeline.workload.context / context, text)


def _larger_cards(pipeline: Pipeline, grid: Grid) -> list[Remedy | None]:
    """Accelerators with more memory, where memory alone stands in the way."""
    loads = pipeline.loads(1, *grid)
    found: list[Remedy | None] = []
    for name, accelerator, side in (
        ("attention memory", pipeline.attention_on, "attention_on"),
        ("ffn memory", pipeline.ffn_on, "ffn_on"),
    ):
        rest = _worst({other: load for other, load in loads.items() if other != name}) <= 1
        factor = float(np.where(rest, loads[name], np.inf).min())
        if 1 < factor < np.inf and accelerator.memory_bytes is not None:
            needed = _rounded(accelerator.memory_bytes * factor, math.ceil)
            text = f"An accelerator with {needed / 1e9:,.4g} GB in place of {accelerator.name} would do."
            found.append(Remedy(f"{side}.memory_bytes", needed, needed / accelerator.memory_bytes, text))
    return found


def _rounded(value: float, toward: Callable[[float], int]) -> float:
    """`value` to three significant digits, rounded by `math.floor` or `math.ceil`."""
    digits = ROUNDING - 1 - math.floor(math.log10(value))
    scaled = toward(value * 10**digits) if digits >= 0 else toward(value / 10**-digits)
    return scaled / 10**digits if digits >= 0 else float(scaled * 10**-digits)


def _named(constraint: str) -> str:
    return {"ffn": "FFN", "ffn memory": "FFN memory"}.get(constraint, constraint.capitalize())
