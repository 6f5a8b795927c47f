"""Table of a search: one row per design of one stack, reduced to the rows that a frontier may need.

Tables hold no reference to the query they belong to and travel between processes as plain arrays.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from costmodel.designspace.expression import compare
from costmodel.designspace.pareto import (
    Checkpoint,
    Mask,
    Matrix,
    Order,
    Rows,
    frontier_rows,
    minimal_rows,
    sorted_rows,
    unchecked,
)

ALIKE = 64
"""Attention rows for which the FFN rows that may be needed are chosen together."""

AT_MOST, AT_LEAST, EQUAL = ("<=", "<"), (">=", ">"), "=="


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of the attention stack, of the FFN stack, or of whole designs.

    `values` [row, column]: what each row contributes to the objectives (to be minimised), and then to the left and the
    right of each constraint that couples the stacks; `signs` are the signs of these constraints, in order. `order`
    [row, word]: place in axis order, additive over the stacks. `valid`: how many rows met every relation between
    fields, before constraints and dominance dropped any.
    """

    values: Matrix
    order: Order
    valid: int
    signs: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.values)

    @property
    def objectives(self) -> int:
        """How many of the columns are objectives."""
        return int(self.values.shape[1]) - 2 * len(self.signs)

    def take(self, rows: Rows | Mask | slice) -> "Table":
        """Some of the rows."""
        return Table(self.values[rows], self.order[rows], self.valid, self.signs)

    def couplings(self) -> Iterator[tuple[str, int, int]]:
        """The sign of each coupled constraint with the columns of its left and its right."""
        for place, sign in enumerate(self.signs):
            left = self.objectives + 2 * place
            yield sign, left, left + 1

    def pruned(self, check: Checkpoint = unchecked) -> "Table":
        """The rows that some row of the other stack may need."""
        never = np.zeros(len(self), dtype=bool)
        return self._needed([never for _ in self.signs], check)

    def front(self, check: Checkpoint = unchecked) -> "Table":
        """The rows that no other dominates, sorted by value: the frontier, where rows are whole designs."""
        return self.take(frontier_rows(self.values, self.order, check)) if len(self) else self

    def by_value(self) -> "Table":
        """Sorted by value, the first objective first."""
        return self.take(sorted_rows(np.arange(len(self)), self.values))

    def minimal(self, check: Checkpoint = unchecked) -> "Table":
        """As `front`, in any order."""
        return self.take(minimal_rows(self.values, self.order, check)) if len(self) else self

    def useful_to(self, group: "Table", check: Checkpoint = unchecked) -> "Table":
        """The rows that some row of a group of the other stack may need.

        Where every pair with the group meets a constraint, what a row contributes to it no longer matters.
        """
        if not self.signs or not len(group) or not len(self):
            return self
        possible = np.ones(len(self), dtype=bool)
        certain = []
        low, high = group.values.min(axis=0), group.values.max(axis=0)
        for sign, left, right in self.couplings():
            lefts, rights = self.values[:, left], self.values[:, right]
            at_most = low[left] + lefts, high[right] + rights
            at_least = high[left] + lefts, low[right] + rights
            if sign == EQUAL:
                possible &= (at_most[0] <= at_most[1]) & (at_least[0] >= at_least[1])
                certain.append(np.zeros(len(self), dtype=bool))
                continue
            best, worst = (at_most, at_least) if sign in AT_MOST else (at_least, at_most)
            possible &= compare(sign, *best)
            certain.append(np.asarray(compare(sign, *worst)))
        return self.take(possible)._needed([mask[possible] for mask in certain], check)

    def parts(self, most: int) -> "list[Table]":
        """At most that many parts (a power of two) of similar rows."""
        parts = [self] if len(self) else []
        while 0 < len(parts) < most and max(map(len, parts)) > ALIKE:
            parts = [half for part in parts for half in part.halves()]
        return parts

    def halves(self) -> "list[Table]":
        """Two halves, cut in the column of constraints (or else of objectives) that varies most."""
        if len(self) < 2:
            return [self]
        columns = self.values[:, self.objectives :] if self.signs else self.values
        scale = np.abs(columns).max(axis=0, initial=0.0)
        widest = int(np.argmax(np.ptp(columns, axis=0) / np.where(scale > 0, scale, 1.0)))
        half = len(self) // 2
        place = np.argsort(columns[:, widest], kind="stable")
        return [self.take(place[:half]), self.take(place[half:])]

    def _needed(self, certain: Sequence[Mask], check: Checkpoint) -> "Table":
        """Rows that may be needed; `certain`: by coupled constraint, True for rows that meet it with every partner."""
        if len(self) < 2:
            return self
        columns = [self.values[:, : self.objectives]]
        for (sign, left, right), met in zip(self.couplings(), certain, strict=True):
            signed = []
            if sign in AT_MOST or sign == EQUAL:
                signed += [self.values[:, left], -self.values[:, right]]
            if sign in AT_LEAST or sign == EQUAL:
                signed += [-self.values[:, left], self.values[:, right]]
            columns += [np.where(met, column.min(), column)[:, None] for column in signed]
        return self.take(frontier_rows(np.hstack(columns), self.order, check))


def joined(tables: Sequence[Table]) -> Table:
    """The rows of several tables of the same kind, one table after another."""
    first = tables[0]
    return Table(
        np.concatenate([each.values for each in tables]),
        np.concatenate([each.order for each in tables]),
        sum(each.valid for each in tables),
        first.signs,
    )
