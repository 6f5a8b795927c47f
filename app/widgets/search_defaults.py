"""Where a search starts: axes and constraints that the model itself meets."""

from costmodel import Field, Scenario, fields, sparsity_floors

MINIMISE, MAXIMISE = "cost", "parameters.active"
FIRST_AXES = ("heads", "query_rank", "experts", "top_k")
HEADROOM = 1.05
"""Designs may be this much larger than the model, and have half of its effective rank."""


def axes(scenario: Scenario) -> list[str]:
    """The fields that decide most: heads, query rank, experts, top-k, where the model has them."""
    marks = {path: mark for path, mark in fields(scenario).items() if isinstance(mark, Field)}
    return [path for path, mark in marks.items() if path.rpartition(".")[2] in FIRST_AXES and mark.stops]


def constraints(scenario: Scenario) -> str:
    """Size, effective rank and the network's floor of the sparsity, each so that the model itself meets it."""
    model, floors = scenario.model, sparsity_floors(scenario)
    parts = [f"parameters.total <= {float(model.parameters.total) * HEADROOM:.3g}".replace("e+", "e")]
    if model.effective_rank:
        parts.append(f"effective_rank >= {int(model.effective_rank) // 2}")
    if len(floors) == len(scenario.accelerators) and all(floor.met for _, floor in floors):
        parts.append("sparsity >= minimum_sparsity")
    return "; ".join(parts)
