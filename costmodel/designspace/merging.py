"""Merging of tables from many tasks, and frontiers of large tables computed in parallel blocks."""

from collections.abc import Callable
from concurrent.futures import Future
from itertools import pairwise

import numpy as np

from costmodel.designspace.executor import Executor
from costmodel.designspace.pareto import (
    Checkpoint,
    Mask,
    Matrix,
    covered,
    minima_of_sorted,
    sorted_candidates,
    unchecked,
)
from costmodel.designspace.table import Table, joined

BLOCKS = 16
ROWS_WORTH_BLOCKS = 1 << 16
COLUMNS_WORTH_BLOCKS = 4


class Gathered:
    """Collects tables one by one, and reduces them in a thread whenever many rows have gathered."""

    def __init__(self, executor: Executor, reduce: Callable[..., Table], most_rows: int) -> None:
        self._executor, self._reduce, self._most_rows = executor, reduce, most_rows
        self._reduced: Future[Table] | None = None
        self._tables: list[Table] = []
        self._kept = self._fresh = 0
        self.count = 0

    def add(self, table: Table) -> None:
        """Add a table."""
        self.count += 1
        self._tables.append(table)
        self._fresh += len(table)
        if self._fresh > max(self._most_rows, self._kept):
            tables = self._all()
            self._kept = len(tables[0])
            self._reduced = self._executor.start_here(self._reduce, joined(tables))
            self._tables, self._fresh = [], 0

    def result(self) -> Table:
        """All remaining rows, before their last reduction."""
        return joined(self._all())

    def _all(self) -> list[Table]:
        return self._tables if self._reduced is None else [self._executor.result(self._reduced), *self._tables]


def takes_long(table: Table) -> bool:
    """True where finding the frontier of a table takes seconds: many rows that differ in four columns or more."""
    if len(table) <= ROWS_WORTH_BLOCKS or table.values.shape[1] < COLUMNS_WORTH_BLOCKS:
        return False
    varies = table.values.min(axis=0) < table.values.max(axis=0)
    return int(np.count_nonzero(varies)) >= COLUMNS_WORTH_BLOCKS


def front_in_blocks(table: Table, executor: Executor, done: Callable[[float], object]) -> Table:
    """The frontier of a table that takes long, as `Table.front`: sorted blocks in parallel, then merged in pairs.

    Only an earlier row dominates a later one, so merging two blocks reduces only the later one. `done` is called with
    shares of the work, which add up to 1.
    """
    levels = BLOCKS.bit_length()
    values, rows = executor.result(executor.start_here(sorted_candidates, table.values, table.order))
    borders = np.linspace(0, len(values), BLOCKS + 1).astype(int).tolist()
    blocks = [(values[start:stop],) for start, stop in pairwise(borders)]
    kept = []
    for start, minima in zip(borders[:-1], executor.each_here(minima_of_sorted, blocks), strict=True):
        kept.append(start + minima)
        done(1 / BLOCKS / levels)
    while len(kept) > 1:
        pairs = list(zip(kept[::2], kept[1::2], strict=True))
        cuts = max(1, executor.threads // len(pairs))
        tasks = [(values[top], values[part]) for top, low in pairs for part in np.array_split(low, cuts)]
        dominated: list[Mask] = []
        for mask in executor.each_here(_dominated_later, tasks):
            dominated.append(mask)
            done(1 / len(tasks) / levels)
        masks = [np.concatenate(dominated[place : place + cuts]) for place in range(0, len(tasks), cuts)]
        kept = [np.concatenate([top, low[~mask]]) for (top, low), mask in zip(pairs, masks, strict=True)]
    return table.take(rows[kept[0]]).by_value()


def _dominated_later(earlier: Matrix, later: Matrix, check: Checkpoint = unchecked) -> Mask:
    return covered(earlier[:, 1:], later[:, 1:], check)
