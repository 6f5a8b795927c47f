"""Query: a question with its axes divided into two tables that no term mixes, and axes that are stepped through.

Cost is a sum of an attention part and an FFN part (paper sec. 4.4); so are parameter counts. Each part is tabulated and
pruned alone; axes that both parts depend on are stepped through, with one pair of tables at each axis step.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

import numpy as np

from costmodel.designspace.expression import Binary, Comparison, Name, Negative, Node, compare, evaluate
from costmodel.designspace.pareto import Mask, Matrix, Order, Rows
from costmodel.designspace.question import Axes, Dims, Question, metric_lookup
from costmodel.designspace.table import Table
from costmodel.errors import DomainError
from costmodel.evaluation import Evaluation
from costmodel.paths import relations, update
from costmodel.spec import Check
from costmodel.units import Numeric

ROWS_PER_BLOCK = 1 << 17
"""Sized so that a block takes a fraction of a second and some tens of megabytes."""

LARGEST_WORD = 1 << 62


class Stack(IntEnum):
    """The stack whose designs a table holds; the first table holds whole designs where stacks cannot be separated."""

    ATTENTION = 0
    FFN = 1


class Block(NamedTuple):
    """Rows `start` to `stop` of a table at one axis step."""

    step: int
    start: int
    stop: int


class Column(NamedTuple):
    """A column of the tables: the expression it belongs to, its sign, and its addends in each table."""

    text: str
    sign: int
    addends: tuple[list[Node], list[Node]]


@dataclass(frozen=True, eq=False)
class Query:
    """A question and its axes: `table_axes` of each stack, which no term mixes, and `step_axes`, conditions first."""

    question: Question
    step_axes: Axes
    table_axes: tuple[Axes, Axes]

    @property
    def steps(self) -> int:
        """Axis steps: combinations of the step axes."""
        return self.question.count(self.step_axes)

    @property
    def steps_per_condition(self) -> int:
        """Axis steps that belong to one condition; conditions are the slowest of the step axes."""
        return self.steps // self.question.conditions

    def rows(self, stack: Stack) -> int:
        """Rows of the table of a stack before any is dropped."""
        return self.question.count(self.table_axes[stack])

    def blocks(self, stack: Stack, step: int) -> Iterator[Block]:
        """The table of a stack at one axis step, cut into blocks."""
        rows = self.rows(stack)
        for start in range(0, rows, ROWS_PER_BLOCK):
            yield Block(step, start, min(start + ROWS_PER_BLOCK, rows))

    def table(self, stack: Stack, block: Block) -> Table:
        """Rows of one stack that meet the relations and constraints which the stack decides alone."""
        places = self._places(stack, block)
        arrays = {path: self.question.values[path][place] for path, place in places.items()}
        scenario = update(self.question.scenario, arrays, Check.NOTHING)
        keep = np.ones(block.stop - block.start, dtype=bool)
        with np.errstate(all="ignore"):
            run = Evaluation(scenario)
            for rule, decides in zip(relations(scenario), self._relation_stacks, strict=True):
                if decides == stack:
                    keep &= np.asarray(rule.holds)
            valid = int(np.count_nonzero(keep))
            values = self._columns(stack, keep, run)
        return Table(values, self._order(stack, places, keep), valid, self.signs)

    def table_at(self, stack: Stack, step: int) -> tuple[int, ...]:
        """Places at an axis step of the step axes that the table of a stack varies with: equal tables, equal places."""
        places = self._step_places(step)
        return tuple(places[path] for path in self._table_steps[stack])

    def coordinates(self, order: Order) -> dict[str, Rows]:
        """For each design axis, the places of its values in rows of that order."""
        found: dict[str, Rows] = {}
        for word, axes in enumerate(self._words):
            lengths = [len(self.question.values[path]) for path in axes]
            found |= dict(zip(axes, np.unravel_index(order[:, word], lengths), strict=True)) if axes else {}
        return found

    @property
    def words(self) -> int:
        """How many 64-bit integers hold a place in axis order: one, unless a space is huge."""
        return len(self._words)

    @cached_property
    def columns(self) -> tuple[Column, ...]:
        """Columns of every table: objectives, then left and right of each coupled constraint."""
        columns = [Column(goal.text, goal.sign, self._by_stack(goal.node)) for goal in self.question.objectives]
        for rule in self._constraints(None):
            columns += [Column(rule.text, 1, self._by_stack(node)) for node in (rule.left, rule.right)]
        return tuple(columns)

    @cached_property
    def own_constraints(self) -> tuple[list[Comparison], list[Comparison]]:
        """Constraints that one stack alone decides."""
        return self._constraints(Stack.ATTENTION), self._constraints(Stack.FFN)

    @cached_property
    def signs(self) -> tuple[str, ...]:
        """Signs of the coupled constraints, which depend on both stacks."""
        return tuple(rule.sign for rule in self._constraints(None))

    def stack_of(self, dims: Dims) -> Stack | None:
        """The table that varies with these axes (the first when neither does), None when both do."""
        first, second = (bool(dims.intersection(axes)) for axes in self.table_axes)
        if first and second:
            return None
        return Stack.FFN if second else Stack.ATTENTION

    def mixed(self) -> Dims | None:
        """Axes of the first term or relation that depends on both tables."""
        question = self.question
        nodes = [goal.node for goal in question.objectives]
        nodes += [node for rule in question.constraints for node in (rule.left, rule.right)]
        found = [question.depends(addend) for node in nodes for addend in self.addends(node)]
        return next((dims for dims in (*found, *question.relation_dims) if self.stack_of(dims) is None), None)

    def addends(self, node: Node) -> Iterator[Node]:
        """Nodes that add up to `node`, taken apart where its operators allow it."""
        if isinstance(node, Name) and node.term is None:
            terms = self.question.term_dims[node]
            yield from (Name(node.metric, node.accelerator, term) for term in range(len(terms)))
        elif isinstance(node, Negative):
            yield from map(Negative, self.addends(node.of))
        elif isinstance(node, Binary) and node.sign in "+-":
            yield from self.addends(node.left)
            yield from self.addends(node.right if node.sign == "+" else Negative(node.right))
        elif isinstance(node, Binary) and self._is_constant_in_tables(node.right):
            yield from (Binary(node.sign, addend, node.right) for addend in self.addends(node.left))
        elif isinstance(node, Binary) and node.sign == "*" and self._is_constant_in_tables(node.left):
            yield from (Binary("*", node.left, addend) for addend in self.addends(node.right))
        else:
            yield node

    def _is_constant_in_tables(self, node: Node) -> bool:
        return not self.question.depends(node).intersection(self.table_axes[0] + self.table_axes[1])

    def _by_stack(self, node: Node) -> tuple[list[Node], list[Node]]:
        parts: tuple[list[Node], list[Node]] = ([], [])
        for addend in self.addends(node):
            parts[self.stack_of(self.question.depends(addend)) or Stack.ATTENTION].append(addend)
        return parts

    def _constraints(self, stack: Stack | None) -> list[Comparison]:
        depends = self.question.depends
        return [
            rule
            for rule in self.question.constraints
            if self.stack_of(depends(rule.left) | depends(rule.right)) == stack
        ]

    def _columns(self, stack: Stack, keep: Mask, run: Evaluation) -> Matrix:
        """Contributions of the rows kept to objectives and coupled constraints; other rows leave `keep`."""
        look_up = metric_lookup(run)
        for rule in self.own_constraints[stack]:
            keep &= np.asarray(compare(rule.sign, evaluate(rule.left, look_up), evaluate(rule.right, look_up)))
        values = np.empty((int(np.count_nonzero(keep)), len(self.columns)))
        for place, column in enumerate(self.columns):
            total: Numeric = column.sign * sum(evaluate(addend, look_up) for addend in column.addends[stack])
            values[:, place] = np.broadcast_to(total, keep.shape)[keep]
            if not np.isfinite(values[:, place]).all():
                raise DomainError(f"{column.text!r} is not a finite number for some designs (division by zero?)")
        return values

    def _places(self, stack: Stack, block: Block) -> Mapping[str, int | Rows]:
        """For each axis that is set: one place (step axes) or one per row (axes of the table)."""
        places: dict[str, int | Rows] = dict(self._step_places(block.step))
        own = self.table_axes[stack]
        if own:
            lengths = [len(self.question.values[path]) for path in own]
            places |= dict(zip(own, np.unravel_index(np.arange(block.start, block.stop), lengths), strict=True))
        return places

    def _step_places(self, step: int) -> dict[str, int]:
        places: dict[str, int] = {}
        for path in reversed(self.step_axes):
            step, places[path] = divmod(step, len(self.question.values[path]))
        return places

    @cached_property
    def _relation_stacks(self) -> tuple[Stack | None, ...]:
        return tuple(self.stack_of(dims) for dims in self.question.relation_dims)

    @cached_property
    def _table_steps(self) -> tuple[Axes, Axes]:
        """The step axes that each table varies with; design axes among them count in the order of the first table."""
        depends = self.question.depends
        axes: list[Axes] = []
        for stack in Stack:
            nodes = [addend for column in self.columns for addend in column.addends[stack]]
            nodes += [node for rule in self.own_constraints[stack] for node in (rule.left, rule.right)]
            related = zip(self.question.relation_dims, self._relation_stacks, strict=True)
            dims = [*map(depends, nodes), *(dims for dims, decides in related if decides == stack)]
            dims += [frozenset(self.question.design_axes)] if stack == Stack.ATTENTION else []
            axes.append(tuple(path for path in self.step_axes if any(path in each for each in dims)))
        return axes[0], axes[1]

    def _order(self, stack: Stack, places: Mapping[str, int | Rows], keep: Mask) -> Order:
        """Place in axis order of each row; the step axes are counted in the first table."""
        order = np.zeros((int(np.count_nonzero(keep)), len(self._words)), dtype=np.int64)
        counted = self.table_axes[stack] if stack else (*self.table_axes[stack], *self.step_axes)
        for word, axes in enumerate(self._words):
            stride = 1
            for path in reversed(axes):
                if path in counted:
                    order[:, word] += np.broadcast_to(places[path], keep.shape)[keep] * stride
                stride *= len(self.question.values[path])
        return order

    @cached_property
    def _words(self) -> list[list[str]]:
        """Design axes packed, in order, into groups whose combinations fit a 64-bit integer: usually one group."""
        words: list[list[str]] = [[]]
        for path in self.question.design_axes:
            if self.question.count([*words[-1], path]) > LARGEST_WORD:
                words.append([])
            words[-1].append(path)
        return words
