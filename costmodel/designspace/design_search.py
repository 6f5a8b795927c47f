"""A search as links, files, pages and the API state it: a scenario, axes as text, objectives and constraints."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod

from costmodel.axis_text import first_axis, read_axis
from costmodel.designspace.space import Space, spans_designs
from costmodel.paths import fields, values
from costmodel.scenario import ANY, Scenario
from costmodel.sparsity import sparsity_floors
from costmodel.spec import Field

FIRST_AXES = ("heads", "query_rank", "experts", "top_k")
HEADROOM = 1.05
"""Designs may be this much larger than the model, and have half of its effective rank."""


@dataclass(frozen=True)
class DesignSearch:
    """Scenario, axes (field path -> values such as `16..256..16` or `64, 128`), objectives and constraints.

    >>> asked = default_search(Scenario(model="step-3", accelerators=["h800", "h20"], workload={"context": 8192}))
    >>> asked.minimise, asked.maximise, asked.axes["ffn.1.top_k"]
    (('cost',), ('parameters.active',), '2..14..1')
    """

    scenario: Scenario
    axes: Mapping[str, str]
    minimise: tuple[str, ...] = ()
    maximise: tuple[str, ...] = ()
    where: tuple[str, ...] = ()

    @cached_property
    def values(self) -> dict[str, list[int | float]]:
        """The values of each axis, read; DomainError names an axis that is neither a range nor a list."""
        return {path: read_axis(path, text) for path, text in self.axes.items()}

    @property
    def conditions(self) -> int:
        """Combinations of the axes outside the model, before any value is checked."""
        return prod(len(listed) for path, listed in self.values.items() if not spans_designs(path))

    @property
    def size(self) -> int:
        """Combinations of all axes, before any value is checked."""
        return prod(map(len, self.values.values()))

    @property
    def space(self) -> Space:
        """The space to search, over the accelerators that have a price, take one from an axis, or are named.

        DomainError names a value that its field refuses.
        """
        scenario = self.scenario
        named = {scenario.attention_on, scenario.ffn_on, scenario.prefill_on} - {ANY}
        usable = [
            each
            for each in scenario.accelerators
            if each.usd_per_hour is not None or each.id in named or f"accelerators.{each.id}.usd_per_hour" in self.axes
        ]
        return Space(scenario.replace(accelerators=usable), self.values)


def default_search(scenario: Scenario) -> DesignSearch:
    """Where a search starts: the fields that decide most around their values, cost against activated parameters.

    The constraints bound size, effective rank and the network's floor of the sparsity; the model itself meets them.
    """
    now = values(scenario)
    known = {path: field for path, field in fields(scenario).items() if isinstance(field, Field)}
    chosen = [path for path, field in known.items() if path.rpartition(".")[2] in FIRST_AXES and field.stops]
    axes = {path: first_axis(known[path], now[path]) for path in chosen}
    return DesignSearch(scenario, axes, ("cost",), ("parameters.active",), _constraints(scenario))


def _constraints(scenario: Scenario) -> tuple[str, ...]:
    model, floors = scenario.model, sparsity_floors(scenario)
    parts = [f"parameters.total <= {float(model.parameters.total) * HEADROOM:.3g}".replace("e+", "e")]
    if model.effective_rank:
        parts.append(f"effective_rank >= {int(model.effective_rank) // 2}")
    if len(floors) == len(scenario.accelerators) and all(floor.met for _, floor in floors):
        parts.append("sparsity >= minimum_sparsity")
    return tuple(parts)
