"""A search taken apart: which axes each term depends on, and so what can be minimised alone.

Cost is a sum of an attention part and an FFN part (paper sec. 4.4); so are parameter counts. Axes are sorted into two
sides that no term mixes, and into outer axes that are stepped through because both sides depend on them. What a term
depends on is not declared but seen: it is evaluated once on labelled arrays, which carry the axes along.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from costmodel.accelerator import Accelerator
from costmodel.designspace.expression import (
    Binary,
    Comparison,
    Name,
    Negative,
    Node,
    names,
    parse_comparison,
    parse_expression,
)
from costmodel.designspace.space import Space
from costmodel.errors import DomainError, UnknownNameError
from costmodel.metrics import Evaluation, metric
from costmodel.paths import relations, update
from costmodel.scenario import Scenario
from costmodel.spec import Check

Dims = frozenset[str]
Axes = tuple[str, ...]

SECONDS_PER_STEP = 4e-3
SECONDS_PER_ROW = 1e-6
"""Rough costs of one step through the outer axes and of one row, to choose between stepping and multiplying out."""


@dataclass(frozen=True)
class Objective:
    """What is minimised (sign 1) or maximised (sign -1)."""

    text: str
    sign: int
    node: Node


@dataclass(frozen=True)
class Question:
    """A search as asked: scenario, checked axis values, objectives and constraints, and what each depends on."""

    scenario: Scenario
    values: Mapping[str, NDArray[np.float64]]
    design_axes: Axes
    condition_axes: Axes
    objectives: tuple[Objective, ...]
    constraints: tuple[Comparison, ...]
    term_dims: Mapping[Name, tuple[Dims, ...]]
    rule_dims: tuple[Dims, ...]

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


def ask(
    space: Space,
    accelerators: Sequence[str | Accelerator],
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
    nodes += [side for rule in constraints for side in (rule.left, rule.right)]
    labelled = {path: xr.DataArray(array[:1], dims=[path]) for path, array in values.items()}
    probe = update(scenario, labelled, Check.NOTHING)
    run = Evaluation(probe)
    term_dims = {}
    with np.errstate(all="ignore"):
        for name in {name for node in nodes for name in names(node)}:
            terms = metric(name.metric).terms(run, accelerator_index(scenario, name.accelerator))
            term_dims[name] = tuple(_dims(term) for term in terms)
    return Question(
        scenario,
        values,
        space.design_axes,
        space.condition_axes,
        objectives,
        constraints,
        term_dims,
        tuple(_dims(rule.holds) for rule in relations(probe)),
    )


@dataclass(frozen=True)
class Separation:
    """A question with its axes sorted: two `sides` that no term mixes, and `outer` axes, the conditions first."""

    question: Question
    outer: Axes
    sides: tuple[Axes, Axes]

    @cached_property
    def goals(self) -> tuple[tuple[list[Node], list[Node]], ...]:
        """For each objective, its addends on each side."""
        return tuple(self._by_side(goal.node) for goal in self.question.objectives)

    @cached_property
    def coupled(self) -> tuple[Comparison, ...]:
        """Constraints that both sides have a say in."""
        return tuple(rule for rule in self.question.constraints if self._side(rule) is None)

    @cached_property
    def coupled_sides(self) -> tuple[tuple[list[Node], list[Node]], ...]:
        """For the left and the right of each coupled constraint in turn, the addends on each side."""
        return tuple(self._by_side(node) for rule in self.coupled for node in (rule.left, rule.right))

    def own_constraints(self, side: int) -> list[Comparison]:
        """Constraints that one side alone decides."""
        return [rule for rule in self.question.constraints if self._side(rule) == side]

    def own_rules(self, side: int) -> list[int]:
        """Positions of the relations between fields that one side alone decides."""
        return [place for place, dims in enumerate(self.question.rule_dims) if self.side_of(dims) == side]

    def side_of(self, dims: Dims) -> int | None:
        """The side that depends on these axes (the first when neither does), None when both do."""
        first, second = (bool(dims.intersection(axes)) for axes in self.sides)
        if first and second:
            return None
        return int(second)

    def conflict(self) -> Dims | None:
        """Axes of the first term or relation that mixes both sides."""
        question = self.question
        nodes = [goal.node for goal in question.objectives]
        nodes += [node for rule in question.constraints for node in (rule.left, rule.right)]
        mixed = [question.depends(addend) for node in nodes for addend in self.addends(node)]
        return next((dims for dims in (*mixed, *question.rule_dims) if self.side_of(dims) is None), None)

    def addends(self, node: Node) -> Iterator[Node]:
        """Nodes that add up to `node`, as far as it can be taken apart."""
        if isinstance(node, Name) and node.term is None:
            terms = self.question.term_dims[node]
            yield from (Name(node.metric, node.accelerator, term) for term in range(len(terms)))
        elif isinstance(node, Negative):
            yield from map(Negative, self.addends(node.of))
        elif isinstance(node, Binary) and node.sign in "+-":
            yield from self.addends(node.left)
            yield from self.addends(node.right if node.sign == "+" else Negative(node.right))
        elif isinstance(node, Binary) and self._same_everywhere(node.right):
            yield from (Binary(node.sign, addend, node.right) for addend in self.addends(node.left))
        elif isinstance(node, Binary) and node.sign == "*" and self._same_everywhere(node.left):
            yield from (Binary("*", node.left, addend) for addend in self.addends(node.right))
        else:
            yield node

    def _same_everywhere(self, node: Node) -> bool:
        return not self.question.depends(node).intersection(self.sides[0] + self.sides[1])

    def _by_side(self, node: Node) -> tuple[list[Node], list[Node]]:
        parts: tuple[list[Node], list[Node]] = ([], [])
        for addend in self.addends(node):
            parts[self.side_of(self.question.depends(addend)) or 0].append(addend)
        return parts

    def _side(self, rule: Comparison) -> int | None:
        return self.side_of(self.question.depends(rule.left) | self.question.depends(rule.right))


def separate(question: Question) -> Separation:
    """Sort the axes: attention and FFN apart; of axes that a term or relation mixes, the smaller group is outer.

    When stepping would take longer than multiplying everything out, all design axes go to one side: exact in any case.
    """
    attention = tuple(path for path in question.design_axes if path.startswith("attention."))
    ffn = tuple(path for path in question.design_axes if path.startswith("ffn."))
    shared = tuple(path for path in question.design_axes if path not in (*attention, *ffn))
    split = Separation(question, (*question.condition_axes, *shared), (attention, ffn))
    while (mixed := split.conflict()) is not None:
        smaller = min((mixed.intersection(axes) for axes in split.sides), key=question.count)
        sides = tuple(tuple(path for path in axes if path not in smaller) for axes in split.sides)
        moved = tuple(path for path in question.design_axes if path in smaller)
        split = Separation(question, (*split.outer, *moved), (sides[0], sides[1]))
    rows = sum(question.count(axes) for axes in split.sides)
    stepping = question.count(split.outer) * (SECONDS_PER_STEP + SECONDS_PER_ROW * rows)
    multiplied = Separation(question, question.condition_axes, (question.design_axes, ()))
    steps = question.count(question.condition_axes)
    multiplying = steps * (SECONDS_PER_STEP + SECONDS_PER_ROW * question.count(question.design_axes))
    return split if stepping <= multiplying else multiplied


def accelerator_index(scenario: Scenario, accelerator: str) -> int | None:
    """Position of the accelerator with that id; None for the empty id."""
    if not accelerator:
        return None
    ids = [accelerator.id for accelerator in scenario.accelerators]
    if accelerator not in ids:
        raise UnknownNameError("accelerator", accelerator, ids)
    return ids.index(accelerator)


def _texts(given: Sequence[str]) -> Sequence[str]:
    return [given] if isinstance(given, str) else list(given)


def _dims(term: object) -> Dims:
    return frozenset(map(str, getattr(term, "dims", ())))
