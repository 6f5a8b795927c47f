"""A design space: a model, and fields of it that take several values each."""

from collections.abc import Iterable, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from costmodel.accelerator import Accelerator
from costmodel.axis import axis_values, list_of_values
from costmodel.errors import UnknownNameError
from costmodel.io.presets import load_accelerator, load_model
from costmodel.model import REFERENCE_CONTEXT, Model
from costmodel.paths import fields
from costmodel.scenario import Scenario
from costmodel.sla import Sla
from costmodel.workload import Workload

CONDITIONS = ("workload.", "sla.", "accelerators.")
"""Axes under these paths are conditions a design meets, not choices of the designer: one frontier for each."""

_ACCELERATORS = "accelerators."


class Space:
    """Every combination of the values of `axes` (field path -> values) on top of a model.

    `model` is a preset name or a Model. Axes inside the model span the designs; axes under `workload.`, `sla.` and
    `accelerators.<id>.` are conditions. Fields that are no axis keep the value of the model, of `workload` (by default
    a context of 8,192 tokens) and of `sla`. Combinations that break a relation between fields, such as top_k above
    experts, belong to the space but are no designs: searches leave them out and count them.

    UnknownNameError lists near matches of a path that does not exist; DomainError names a bad value and its axis.

    >>> space = Space("step-3", {"ffn.1.top_k": range(1, 5), "workload.context": [8192, 32768]})
    >>> space.designs, space.conditions, space.size
    (4, 2, 8)
    """

    def __init__(
        self,
        model: str | Model,
        axes: Mapping[str, Iterable[Any]],
        *,
        workload: Workload | None = None,
        sla: Sla | None = None,
    ) -> None:
        self.model = model if isinstance(model, Model) else load_model(model)
        self.workload = workload or Workload(context=REFERENCE_CONTEXT)
        self.sla = sla or Sla()
        self._raw = {path: list_of_values(path, values) for path, values in axes.items()}
        own = [path for path in self._raw if not path.startswith(_ACCELERATORS)]
        # Paths of the model, workload and SLA do not depend on the accelerators; any one completes the scenario.
        self._check(self.scenario(["h800"]), own)

    @property
    def axes(self) -> tuple[str, ...]:
        """Paths of all axes, in the order given; this order decides between designs that are equally good."""
        return tuple(self._raw)

    @property
    def design_axes(self) -> tuple[str, ...]:
        """Paths of the axes that span the designs."""
        return tuple(path for path in self._raw if not path.startswith(CONDITIONS))

    @property
    def condition_axes(self) -> tuple[str, ...]:
        """Paths of the axes that are conditions."""
        return tuple(path for path in self._raw if path.startswith(CONDITIONS))

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

    def scenario(self, accelerators: Sequence[str | Accelerator]) -> Scenario:
        """The scenario that the axes are laid on."""
        if isinstance(accelerators, str | Accelerator):
            accelerators = [accelerators]
        accelerators = [
            accelerator if isinstance(accelerator, Accelerator) else load_accelerator(accelerator)
            for accelerator in accelerators
        ]
        return Scenario(model=self.model, accelerators=tuple(accelerators), workload=self.workload, sla=self.sla)

    def values(self, scenario: Scenario) -> dict[str, NDArray[np.float64]]:
        """Checked values of every axis, `accelerators.` included, as float64: integers would overflow silently."""
        return self._check(scenario, list(self._raw))

    def _check(self, scenario: Scenario, paths: list[str]) -> dict[str, NDArray[np.float64]]:
        known = fields(scenario)
        for path in paths:
            if path not in known:
                raise UnknownNameError("field path", path, known)
        return {path: axis_values(path, self._raw[path], known[path]).astype(float) for path in paths}
