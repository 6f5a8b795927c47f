"""What a search found: the designs on each frontier, what they are worth, and how many others they stand for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from costmodel import paths
from costmodel.designspace.dominance import Rows
from costmodel.designspace.expression import Name, evaluate, names
from costmodel.designspace.query import Question, Separation, separate
from costmodel.designspace.steps import Report, run_here
from costmodel.designspace.table import Candidates, coordinates, metric_lookup
from costmodel.metrics import Evaluation, metric
from costmodel.scenario import Scenario
from costmodel.spec import Check, Field
from costmodel.units import Numeric

DESIGN = "design"
BROKEN_RELATIONS = "relations between fields"
ALWAYS_SHOWN = ("cost", "cost.attention", "cost.ffn")


@dataclass(frozen=True, eq=False)
class Front:
    """Frontiers of a search, condition after condition, each sorted by its first objective, the best first.

    `searched` counts what was covered: designs x conditions of the space; `invalid` of them broke a relation between
    fields and were no designs.
    """

    split: Separation
    found: tuple[Candidates | None, ...]
    searched: int
    invalid: int

    def __len__(self) -> int:
        return sum(len(rows) for rows in self.found if rows is not None)

    @property
    def objectives(self) -> tuple[str, ...]:
        """What was minimised and then what was maximised, as written."""
        return tuple(goal.text for goal in self._question.objectives)

    @property
    def constraints(self) -> tuple[str, ...]:
        """What designs had to meet, as written."""
        return tuple(rule.text for rule in self._question.constraints)

    @property
    def hardware_pairs(self) -> int:
        """Ordered pairs of accelerators that every design was tried on."""
        return len(self._question.scenario.accelerators) ** 2

    @cached_property
    def conditions(self) -> list[dict[str, float]]:
        """The values of the condition axes, one entry for each frontier."""
        axes = self._question.condition_axes
        shape = [len(self._question.values[path]) for path in axes]
        return [
            {path: self._plain(path)[place] for path, place in zip(axes, np.unravel_index(index, shape), strict=True)}
            if axes
            else {}
            for index in range(len(self.found))
        ]

    @cached_property
    def designs(self) -> list[dict[str, float]]:
        """The designs found: for each row the values of all axes, conditions included, by path."""
        columns = {path: self._plain(path)[places].tolist() for path, places in self._places.items()}
        return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]

    @cached_property
    def emptied_by(self) -> tuple[str | None, ...]:
        """For each condition without designs, the first constraint, in the order given, that removed the last ones.

        None where a frontier exists. Found by searching again with the first constraint, the first two, and so on.
        """
        question = self._question
        reasons: list[str | None] = [None] * len(self.found)
        empty = {index for index, rows in enumerate(self.found) if not rows}
        for count in range(len(question.constraints) + 1):
            if not empty:
                break
            fewer = replace(question, objectives=question.objectives[:1], constraints=question.constraints[:count])
            split = separate(fewer)
            fronts, _ = run_here(split, Report(split, None, None))
            for index in [index for index in empty if not fronts[index]]:
                reasons[index] = question.constraints[count - 1].text if count else BROKEN_RELATIONS
                empty.discard(index)
        return tuple(reasons)

    def scenario(self, row: int) -> Scenario:
        """The whole scenario of one row, ready for any other function of the library."""
        return paths.update(self._question.scenario, self.designs[row])

    def to_dataset(self, metrics: Sequence[str] = ()) -> xr.Dataset:
        """One row per design: axes, accelerators (ids) of attention and FFN, objectives, and metrics with their units.

        Metrics are cost and its two parts, those that constraints name, and the further `metrics` asked for.
        """
        question = self._question
        arrays = {path: question.values[path][places] for path, places in self._places.items()}
        run = Evaluation(paths.update(question.scenario, arrays, Check.NOTHING))
        look_up = metric_lookup(run)
        dataset = xr.Dataset({path: (DESIGN, self._plain(path)[places]) for path, places in self._places.items()})
        dataset["attention_on"] = (DESIGN, self._cheapest([share.total for share in run.attention]))
        dataset["ffn_on"] = (DESIGN, self._cheapest(run.ffn))
        for goal in question.objectives:
            dataset[goal.text] = (DESIGN, self._column(evaluate(goal.node, look_up)))
        sides = [side for rule in question.constraints for side in (rule.left, rule.right)]
        for name in (*map(Name, ALWAYS_SHOWN), *(name for side in sides for name in names(side)), *map(Name, metrics)):
            item = metric(name.metric)
            described = {"units": item.unit, "long_name": item.label}
            dataset[name.text] = (DESIGN, self._column(look_up(name)), described)
        return dataset

    def to_dataframe(self, metrics: Sequence[str] = ()) -> Any:
        """`to_dataset` as a pandas DataFrame; needs pandas."""
        return self.to_dataset(metrics).to_dataframe()

    @property
    def _question(self) -> Question:
        return self.split.question

    @cached_property
    def _places(self) -> dict[str, Rows]:
        """For each axis, the place of its value in every row."""
        kept = [(index, rows) for index, rows in enumerate(self.found) if rows]
        found = [coordinates(self.split, rows.order) for _, rows in kept]
        places = {path: _one([each[path] for each in found]) for path in self._question.design_axes}
        axes = self._question.condition_axes
        condition = _one([np.full(len(rows), index) for index, rows in kept])
        at = np.unravel_index(condition, [len(self._question.values[path]) for path in axes]) if axes else ()
        places |= dict(zip(axes, at, strict=True))
        return {path: places[path] for path in self._question.values}

    def _plain(self, path: str) -> NDArray[Any]:
        """The values of an axis, as integers where the field is one."""
        mark = paths.fields(self._question.scenario)[path]
        whole = isinstance(mark, Field) and mark.whole
        return self._question.values[path].astype(np.int64 if whole else np.float64)

    def _cheapest(self, costs: Sequence[Numeric]) -> NDArray[np.str_]:
        ids = np.array([accelerator.id for accelerator in self._question.scenario.accelerators])
        return np.asarray(ids[np.argmin(np.stack([self._column(cost) for cost in costs]), axis=0)])

    def _column(self, value: Numeric) -> NDArray[np.float64]:
        return np.broadcast_to(np.asarray(value, dtype=float), (len(self),)).copy()


def _one(arrays: list[Rows]) -> Rows:
    return np.concatenate(arrays) if arrays else np.empty(0, dtype=np.intp)
