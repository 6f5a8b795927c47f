"""Question of a search: scenario, axes, objectives and constraints, checked, and the axes that each term depends on.

Dependencies are found by evaluation: each term is evaluated once with an empty array for each axis, in a dimension of
its own; it depends on the axes whose dimension of the result is empty. Empty arrays broadcast as any others do.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np
from numpy.typing import NDArray

from costmodel.accelerator import Accelerator
from costmodel.designspace.expression import Comparison, Name, Node, names, parse_comparison, parse_expression
from costmodel.designspace.space import Space
from costmodel.errors import DomainError, UnknownNameError
from costmodel.evaluation import Evaluation
from costmodel.metrics import Terms, metric
from costmodel.paths import relations, update
from costmodel.scenario import Scenario
from costmodel.spec import Check
from costmodel.units import Numeric

MOST_DIMENSIONS = 60
"""NumPy knows 64."""

Dims = frozenset[str]
Axes = tuple[str, ...]


@dataclass(frozen=True)
class Objective:
    """What is minimised (sign 1) or maximised (sign -1)."""

    text: str
    sign: int
    node: Node


@dataclass(frozen=True, eq=False)
class Question:
    """Scenario, checked axis values, objectives and constraints, and the axes that terms and relations depend on."""

    scenario: Scenario
    values: Mapping[str, NDArray[np.float64]]
    design_axes: Axes
    condition_axes: Axes
    objectives: tuple[Objective, ...]
    constraints: tuple[Comparison, ...]
    term_dims: Mapping[Name, tuple[Dims, ...]]
    relation_dims: tuple[Dims, ...]

    @property
    def conditions(self) -> int:
        """Combinations of the condition axes: the number of frontiers."""
        return self.count(self.condition_axes)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Question):
            return NotImplemented
        mine, its = ((q.scenario, q.objectives, q.constraints, list(q.values)) for q in (self, other))
        return mine == its and all(np.array_equal(self.values[path], other.values[path]) for path in self.values)

    def __hash__(self) -> int:
        return hash((self.objectives, self.constraints, tuple(self.values)))

    def depends(self, node: Node) -> Dims:
        """The axes that the value of a node varies with."""
        found: set[str] = set()
        for name in names(node):
            terms = self.term_dims[Name(name.metric, name.accelerator)]
            found.update(*(terms if name.term is None else [terms[name.term]]))
        return frozenset(found)

    def count(self, axes: Iterable[str]) -> int:
        """Combinations of some axes."""
        return prod(len(self.values[path]) for path in axes)

    def with_first_constraints(self, count: int) -> "Question":
        """The question without objectives and with the first constraints only: whether designs exist."""
        return replace(self, objectives=(), constraints=self.constraints[:count])


def ask(
    space: Space,
    accelerators: Sequence[str | Accelerator] | None,
    minimise: Sequence[str],
    maximise: Sequence[str],
    where: Sequence[str],
) -> Question:
    """The question in checked form; UnknownNameError and DomainError name what is wrong with it."""
    scenario = space.scenario(accelerators)
    values = space.values(scenario)
    wanted = [(1, text) for text in _texts(minimise)] + [(-1, text) for text in _texts(maximise)]
    if not wanted:
        raise DomainError("minimise and maximise must name at least one objective, got none")
    objectives = tuple(Objective(text.strip(), sign, parse_expression(text)) for sign, text in wanted)
    constraints = tuple(parse_comparison(text) for text in _texts(where))
    nodes = [goal.node for goal in objectives]
    nodes += [node for rule in constraints for node in (rule.left, rule.right)]
    term_dims, relation_dims = _dependencies(scenario, values, {name for node in nodes for name in names(node)})
    axes = space.design_axes, space.condition_axes
    return Question(scenario, values, *axes, objectives, constraints, term_dims, relation_dims)


def terms(run: Evaluation, name: Name) -> Terms:
    """The terms whose sum is the metric of that name; UnknownNameError lists near matches."""
    return metric(name.metric).terms(run, _accelerator_index(run.scenario, name.accelerator))


def metric_lookup(run: Evaluation) -> Callable[[Name], Numeric]:
    """A function from the names in expressions to their values in one evaluation."""
    known: dict[Name, Terms] = {}

    def look_up(name: Name) -> Numeric:
        whole = Name(name.metric, name.accelerator)
        if whole not in known:
            known[whole] = terms(run, whole)
        return sum(known[whole]) if name.term is None else known[whole][name.term]

    return look_up


def _accelerator_index(scenario: Scenario, accelerator: str) -> int | None:
    """Position of the accelerator with that id; None for the empty id."""
    if not accelerator:
        return None
    ids = [each.id for each in scenario.accelerators]
    if accelerator not in ids:
        raise UnknownNameError("accelerator", accelerator, ids)
    return ids.index(accelerator)


def _texts(given: Sequence[str]) -> Sequence[str]:
    return [given] if isinstance(given, str) else list(given)


def _dependencies(
    scenario: Scenario, values: Mapping[str, NDArray[np.float64]], named: Iterable[Name]
) -> tuple[dict[Name, tuple[Dims, ...]], tuple[Dims, ...]]:
    """The axes that each term of the named metrics depends on, and each relation between fields."""
    found: dict[Name, tuple[Dims, ...]] = dict.fromkeys(named, ())
    related: tuple[Dims, ...] = ()
    paths = list(values)
    for start in range(0, max(1, len(paths)), MOST_DIMENSIONS):
        axes = paths[start : start + MOST_DIMENSIONS]
        shapes = [tuple(0 if other == path else 1 for other in axes) for path in axes]
        run = Evaluation(update(scenario, dict(zip(axes, map(np.empty, shapes), strict=True)), Check.NOTHING))
        with np.errstate(all="ignore"):
            found = {
                name: _united(before, [_dims(term, axes) for term in terms(run, name)])
                for name, before in found.items()
            }
            related = _united(related, [_dims(rule.holds, axes) for rule in relations(run.scenario)])
    return found, related


def _dims(value: Numeric, axes: Sequence[str]) -> Dims:
    """The axes whose dimension of a value is empty."""
    return frozenset(path for path, length in zip(axes, np.shape(value), strict=False) if length == 0)


def _united(before: tuple[Dims, ...], dims: Sequence[Dims]) -> tuple[Dims, ...]:
    return tuple(mine | its for mine, its in zip(before or [frozenset()] * len(dims), dims, strict=True))
