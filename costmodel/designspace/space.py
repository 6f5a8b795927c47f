"""A design space: a scenario, and fields of it that take several values each."""

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.accelerator import Accelerator
from costmodel.axis import axis_values, list_of_values
from costmodel.errors import DomainError, UnknownNameError
from costmodel.io.presets import load_accelerator, load_model
from costmodel.model import REFERENCE_CONTEXT, Model
from costmodel.paths import fields
from costmodel.scenario import Scenario
from costmodel.sla import Sla
from costmodel.workload import Workload

ACCELERATORS = "accelerators."
ANY_ACCELERATOR = "h800"
"""Completes a scenario where only its model, workload and SLA are looked at."""


def spans_designs(path: str) -> bool:
    """True for a field of the model: an axis of designs; every other axis is a condition that a design meets."""
    return path.partition(".")[0] in Model.model_fields


class Space:
    """Every combination of the values of `axes` (field path -> values) on top of a scenario or a model.

    `base` is a Scenario, or a Model or preset name: then `workload` (by default a context of 8,192 tokens) and `sla`
    may be given, and the search is given the accelerators. Axes inside the model span the designs; all others
    (`workload.`, `sla.`, `accelerators.<id>.`) are conditions that a design meets: one frontier for each combination.
    Fields that are no axis keep their value. Combinations that break a relation between fields, such as top_k above
    experts, belong to the space but are no designs: searches leave them out and count them.

    UnknownNameError lists near matches of a path that does not exist; DomainError names a bad value and its axis.

    >>> space = Space("step-3", {"ffn.1.top_k": range(1, 5), "workload.context": [8192, 32768]})
    >>> space.designs, space.conditions, space.size
    (4, 2, 8)
    """

    def __init__(
        self,
        base: str | Model | Scenario,
        axes: Mapping[str, Iterable[Any]],
        *,
        workload: Workload | None = None,
        sla: Sla | None = None,
    ) -> None:
        self._base = base if isinstance(base, Scenario) else None
        if isinstance(base, Scenario):
            if workload is not None or sla is not None:
                raise DomainError("a scenario brings its own workload and SLA; give workload and sla with a model only")
            self.model, self.workload, self.sla = base.model, base.workload, base.sla
        else:
            self.model = base if isinstance(base, Model) else load_model(base)
            self.workload = workload or Workload(context=REFERENCE_CONTEXT)
            self.sla = sla or Sla()
        self._raw = {path: list_of_values(path, values) for path, values in axes.items()}
        if self._base is not None:
            self.values(self._base)
        else:
            own = [path for path in self._raw if not path.startswith(ACCELERATORS)]
            self._check(self.scenario([ANY_ACCELERATOR]), own)

    @property
    def axes(self) -> tuple[str, ...]:
        """Paths of all axes, in the order given; this order decides between designs that are equally good."""
        return tuple(self._raw)

    @property
    def design_axes(self) -> tuple[str, ...]:
        """Paths of the axes that span the designs: those inside the model."""
        return tuple(path for path in self._raw if spans_designs(path))

    @property
    def condition_axes(self) -> tuple[str, ...]:
        """Paths of the axes that are conditions."""
        return tuple(path for path in self._raw if path not in self.design_axes)

    @property
    def designs(self) -> int:
        """Combinations of the design axes, those that break a relation included."""
        return prod(len(self._raw[path]) for path in self.design_axes)

    @property
    def conditions(self) -> int:
        """Combinations of the condition axes."""
        return prod(len(self._raw[path]) for path in self.condition_axes)

    @property
    def size(self) -> int:
        """Designs x conditions."""
        return self.designs * self.conditions

    def scenario(self, accelerators: Sequence[str | Accelerator] | None = None) -> Scenario:
        """The scenario that the axes are laid on, with other accelerators where some are given."""
        if accelerators is None:
            if self._base is None:
                raise DomainError("accelerators must name at least one accelerator; only a Scenario brings its own")
            return self._base
        if isinstance(accelerators, str | Accelerator):
            accelerators = [accelerators]
        chosen = tuple(each if isinstance(each, Accelerator) else load_accelerator(each) for each in accelerators)
        if self._base is not None:
            return self._base.replace(accelerators=chosen)
        return Scenario(model=self.model, accelerators=chosen, workload=self.workload, sla=self.sla)

    def values(self, scenario: Scenario) -> dict[str, NDArray[np.float64]]:
        """Checked values of every axis, `accelerators.` included, as float64: integers would overflow silently."""
        return self._check(scenario, list(self._raw))

    def _check(self, scenario: Scenario, paths: list[str]) -> dict[str, NDArray[np.float64]]:
        known = fields(scenario)
        for path in paths:
            if path not in known:
                raise UnknownNameError("field path", path, known)
        return {path: axis_values(path, self._raw[path], known[path]).astype(float) for path in paths}
