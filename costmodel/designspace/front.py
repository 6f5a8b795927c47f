"""Front: the result of a search, with the designs on each frontier and their values."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from costmodel import paths
from costmodel.designspace.expression import Name, evaluate, names, parse_expression
from costmodel.designspace.pareto import Rows
from costmodel.designspace.query import Query
from costmodel.designspace.question import Question, metric_lookup
from costmodel.designspace.table import Table, joined
from costmodel.errors import DomainError
from costmodel.evaluation import Evaluation
from costmodel.metrics import metric
from costmodel.scenario import Scenario
from costmodel.spec import Check, Field
from costmodel.units import Numeric

DESIGN = "design"
ALWAYS_SHOWN = ("cost", "cost.attention", "cost.ffn")
RowNumbers = Sequence[int] | slice | NDArray[np.intp]
ALL = slice(None)


@dataclass(frozen=True, eq=False)
class Front:
    """Frontiers of a search, condition after condition, each sorted by its first objective, the best first.

    A design has one number, its row, counted from 0 over all frontiers. `searched` counts what was covered: designs x
    conditions of the space; `invalid` of them broke a relation between fields and were no designs. `emptied` holds, by
    condition, the first constraint with which a condition without designs has none left.
    """

    query: Query
    table: Table
    condition: Rows
    emptied: Mapping[int, str]
    invalid: int

    @classmethod
    def of(cls, query: Query, fronts: Mapping[int, Table], emptied: Mapping[int, str], invalid: int) -> Self:
        """A front from the frontier of each condition that has one."""
        tables = list(fronts.values())
        empty = Table(np.empty((0, len(query.question.objectives))), np.empty((0, query.words), np.int64), 0)
        condition = np.repeat(np.array(list(fronts), dtype=np.intp), [len(table) for table in tables])
        return cls(query, joined(tables) if tables else empty, condition, emptied, invalid)

    def __len__(self) -> int:
        return len(self.table)

    def __eq__(self, other: object) -> bool:
        """The same question with the same designs."""
        if not isinstance(other, Front):
            return NotImplemented
        arrays = ((front.table.values, front.table.order, front.condition) for front in (self, other))
        return (
            self._question == other._question
            and (self.invalid, self.emptied) == (other.invalid, other.emptied)
            and all(np.array_equal(mine, its) for mine, its in zip(*arrays, strict=True))
        )

    def __hash__(self) -> int:
        return hash((self._question, len(self), self.invalid))

    @property
    def searched(self) -> int:
        """Designs x conditions of the space."""
        return self._question.count(self._question.values)

    @property
    def objectives(self) -> tuple[str, ...]:
        """Expressions that were minimised, and then those that were maximised, as written."""
        return tuple(goal.text for goal in self._question.objectives)

    @property
    def constraints(self) -> tuple[str, ...]:
        """Constraints that designs had to meet, as written."""
        return tuple(rule.text for rule in self._question.constraints)

    @property
    def hardware_pairs(self) -> int:
        """Ordered pairs of accelerators that every design was tried on."""
        scenario = self._question.scenario
        return len(scenario.candidates("attention_on")) * len(scenario.candidates("ffn_on"))

    @cached_property
    def conditions(self) -> list[dict[str, float]]:
        """The values of the condition axes, one entry for each frontier."""
        columns = self._condition_columns(np.arange(self._question.conditions))
        return _records(columns, self._question.conditions)

    @property
    def emptied_by(self) -> tuple[str | None, ...]:
        """For each condition the first constraint, in the order given, with which no design was left; None otherwise.

        `relations between fields` where no combination is a design.
        """
        return tuple(self.emptied.get(place) for place in range(self._question.conditions))

    @cached_property
    def designs(self) -> list[dict[str, float]]:
        """The settings of all designs found."""
        return self.settings()

    def settings(self, rows: RowNumbers = ALL) -> list[dict[str, float]]:
        """For each of some rows the values of all axes, conditions included, by path."""
        columns = self._axis_columns(rows)
        return _records(columns, len(self.condition[rows]))

    def scenario(self, row: int) -> Scenario:
        """The scenario of one row."""
        return paths.update(self._question.scenario, self.settings([row])[0])

    def column(self, text: str) -> NDArray[np.float64]:
        """Values of an expression over metrics, one per row."""
        if text in self.objectives:
            place = self.objectives.index(text)
            return self._question.objectives[place].sign * self.table.values[:, place]
        with np.errstate(all="ignore"):
            return self._spread(evaluate(parse_expression(text), metric_lookup(self._evaluation(ALL))), len(self))

    def thinned(self, count: int, across: str, up: str) -> Rows:
        """Row numbers of at most `count` (2 or more) designs that stand for all of them in a chart of two expressions.

        They are even in the order of `across`, and the least and the greatest of both expressions are among them.
        """
        if count < 2:
            raise DomainError(f"count must be at least 2, got {count}")
        if len(self) <= count:
            return np.arange(len(self))
        horizontal, vertical = self.column(across), self.column(up)
        sort = np.lexsort((vertical, horizontal))
        ends = [sort[0], sort[-1], np.argmin(vertical), np.argmax(vertical)][:count]
        even = sort[np.linspace(0, len(sort) - 1, max(0, count - len(ends))).astype(np.intp)]
        return np.unique([*ends, *even])

    def to_dataset(self, metrics: Sequence[str] = (), rows: RowNumbers = ALL) -> xr.Dataset:
        """One entry per row: axes, accelerators (ids) of attention and FFN, objectives, and metrics with their units.

        Metrics are cost and its two parts, those that constraints name, and the further `metrics` asked for; nan where
        a price is missing. The coordinate `design` is the row number. `rows` picks some rows; the time taken follows
        their number.
        """
        question = self._question
        numbers = np.arange(len(self))[rows]
        run = self._evaluation(rows)
        look_up = metric_lookup(run)
        dataset = xr.Dataset(coords={DESIGN: numbers})
        for path, column in self._axis_columns(rows).items():
            dataset[path] = (DESIGN, column)
        dataset["attention_on"] = (DESIGN, self._accelerators_of(run.where_attention_is_cheapest, len(numbers)))
        dataset["ffn_on"] = (DESIGN, self._accelerators_of(run.where_ffn_is_cheapest, len(numbers)))
        for goal in question.objectives:
            dataset[goal.text] = (DESIGN, self._spread(evaluate(goal.node, look_up), len(numbers)))
        compared = [node for rule in question.constraints for node in (rule.left, rule.right)]
        for name in (
            *map(Name, ALWAYS_SHOWN),
            *(name for node in compared for name in names(node)),
            *map(Name, metrics),
        ):
            item = metric(name.metric)
            described = {"units": item.unit, "long_name": item.label}
            dataset[name.text] = (DESIGN, self._spread(_or_nan(look_up, name), len(numbers)), described)
        return dataset

    def to_dataframe(self, metrics: Sequence[str] = (), rows: RowNumbers = ALL) -> Any:
        """`to_dataset` as a pandas DataFrame whose index is the row number; needs pandas."""
        return self.to_dataset(metrics, rows).to_dataframe()

    @property
    def _question(self) -> Question:
        return self.query.question

    def _evaluation(self, rows: RowNumbers) -> Evaluation:
        arrays = {path: self._question.values[path][places] for path, places in self._places(rows).items()}
        return Evaluation(paths.update(self._question.scenario, arrays, Check.NOTHING))

    def _places(self, rows: RowNumbers) -> dict[str, Rows]:
        """For each axis, the place of its value in some rows."""
        places = self.query.coordinates(self.table.order[rows]) | self._condition_places(self.condition[rows])
        return {path: places[path] for path in self._question.values}

    def _condition_places(self, condition: Rows) -> dict[str, Rows]:
        axes = self._question.condition_axes
        lengths = [len(self._question.values[path]) for path in axes]
        return dict(zip(axes, np.unravel_index(condition, lengths), strict=True)) if axes else {}

    def _axis_columns(self, rows: RowNumbers) -> dict[str, NDArray[Any]]:
        return {path: self._axis(path)[places] for path, places in self._places(rows).items()}

    def _condition_columns(self, condition: Rows) -> dict[str, NDArray[Any]]:
        return {path: self._axis(path)[places] for path, places in self._condition_places(condition).items()}

    def _axis(self, path: str) -> NDArray[Any]:
        """The values of an axis, as integers where the field is one."""
        field = paths.fields(self._question.scenario)[path]
        whole = isinstance(field, Field) and field.whole
        return self._question.values[path].astype(np.int64 if whole else np.float64)

    def _accelerators_of(self, pick: Callable[[Sequence[Numeric]], Numeric], count: int) -> NDArray[np.str_]:
        """Ids of the accelerators that carry a stack, by row; empty where none has a price."""
        ids = [accelerator.id for accelerator in self._question.scenario.accelerators]
        places = self._spread(_or_nan(pick, range(len(ids))), count)
        return np.array([*ids, ""])[np.nan_to_num(places, nan=len(ids)).astype(np.intp)]

    def _spread(self, value: Numeric, count: int) -> NDArray[np.float64]:
        return np.broadcast_to(np.asarray(value, dtype=float), (count,)).copy()


def _or_nan(value: Callable[[Any], Numeric], of: Any) -> Numeric:
    """A value, or nan where it follows from a price that is not known."""
    try:
        return value(of)
    except DomainError:
        return np.nan


def _records(columns: Mapping[str, NDArray[Any]], count: int) -> list[dict[str, float]]:
    """Columns as one dictionary per row."""
    if not columns:
        return [{} for _ in range(count)]
    lists = [column.tolist() for column in columns.values()]
    return [dict(zip(columns, row, strict=True)) for row in zip(*lists, strict=True)]
