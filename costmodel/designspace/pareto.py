"""Pareto frontiers: of rows given one by one, and of plain matrices whose columns are all to be minimised.

Divide and conquer after Kung, Luccio and Preparata (J. ACM 22, 1975): two columns need one sort, each further column
a factor log n. Everything here is exact; no row is sampled or rounded. `check` is called between steps of a fraction
of a second at most; it may raise to end the work.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from costmodel.errors import DomainError, Problem, UnknownNameError, quote

Matrix = NDArray[np.float64]
Order = NDArray[np.int64]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]
Column = NDArray[np.float64]
Checkpoint = Callable[[], object]
Row = TypeVar("Row", bound=Mapping[str, Any])

BRUTE_PAIRS = 1 << 16
BRUTE_ROWS = 128
PIVOT_ROWS = 4
MOST_LEVELS = 1000
ROWS_PER_LEVEL = 512
LEVELS_SAMPLE = 1 << 14
PIVOTS_SAMPLE = 1 << 17


def unchecked() -> None:
    """A check that never ends the work."""


def frontier(rows: Sequence[Row], *, minimise: Sequence[str] = (), maximise: Sequence[str] = ()) -> list[Row]:
    """Rows, in their order, that no other row dominates: at least as good in every column named, better in one.

    Rows map names to numbers and may hold more than the columns named. Of rows that are equal in all of them the first
    is kept. UnknownNameError when a row lacks a column, DomainError when it holds no finite number.

    >>> rows = [{"cost": 2.0, "rank": 8}, {"cost": 1.0, "rank": 8}, {"cost": 3.0, "rank": 16}]
    >>> frontier(rows, minimise=["cost"], maximise=["rank"])
    [{'cost': 1.0, 'rank': 8}, {'cost': 3.0, 'rank': 16}]
    """
    wanted = [(name, 1) for name in minimise] + [(name, -1) for name in maximise]
    if not wanted:
        raise DomainError("minimise and maximise must name at least one column, got none")
    if not rows:
        return []
    values = np.array([[sign * _number(row, name, place) for name, sign in wanted] for place, row in enumerate(rows)])
    order = np.arange(len(rows), dtype=np.int64)[:, None]
    return [rows[place] for place in sorted(frontier_rows(values, order).tolist())]


def frontier_rows(values: Matrix, order: Order, check: Checkpoint = unchecked) -> Rows:
    """`minimal_rows` sorted by value, first column first."""
    return sorted_rows(minimal_rows(values, order, check), values, check)


def minimal_rows(values: Matrix, order: Order, check: Checkpoint = unchecked) -> Rows:
    """Indices, in any order, of the rows that no other row dominates.

    Of equal rows the first by `order` [row, word] is kept.
    """
    check()
    varies = values.min(axis=0) < values.max(axis=0) if len(values) else np.ones(values.shape[1], dtype=bool)
    values = values if varies.all() else values[:, varies]
    check()
    if values.shape[1] == 2:
        return _stairs(values[:, 0], values[:, 1], order)
    if values.shape[1] > 2:
        levels = _levels(values)
        if values.shape[1] == 3 and levels.min() <= min(MOST_LEVELS, len(values) // ROWS_PER_LEVEL):
            return _minimal_by_levels(values[:, np.argsort(levels, kind="stable")], order, check)
    values, rows = sorted_candidates(values, order, check)
    check()
    return rows[minima_of_sorted(values, check)]


def sorted_candidates(values: Matrix, order: Order, check: Checkpoint = unchecked) -> tuple[Matrix, Rows]:
    """Distinct rows that may be minimal, sorted by their columns in an order that suits the search, and their indices.

    The columns with few different values come first: they divide the rows into few groups.
    """
    values = values[:, np.argsort(_levels(values), kind="stable")] if values.shape[1] > 3 else values
    check()
    rows = _distinct(values, order, _undominated_by_pivots(values, check), check)
    return values[rows], rows


def sorted_rows(rows: Rows, values: NDArray[Any], check: Checkpoint = unchecked) -> Rows:
    """`rows` sorted by value, first column first; equal ones keep their order.

    Column by column, where np.lexsort would take seconds between two checks, and longer.
    """
    for column in values.T[::-1]:
        check()
        rows = rows[np.argsort(column[rows], kind="stable")]
    return rows


def covered(by: Matrix, values: Matrix, check: Checkpoint = unchecked) -> Mask:
    """True for rows of `values` that some row of `by` equals or betters in every column."""
    if not len(by) or not len(values):
        return np.zeros(len(values), dtype=bool)
    columns = values.shape[1]
    if columns == 0:
        return np.ones(len(values), dtype=bool)
    if columns == 1:
        return np.asarray(values[:, 0] >= by[:, 0].min())
    if columns == 2:
        return _covered_by_stairs(by, values)
    if len(by) * len(values) <= BRUTE_PAIRS:
        return _covered_by_pairs(by, values)
    check()
    return _covered_by_halves(by, values, check)


def _covered_by_stairs(by: Matrix, values: Matrix) -> Mask:
    sort = np.argsort(by[:, 0])
    lowest = np.minimum.accumulate(by[sort, 1])
    place = np.searchsorted(by[sort, 0], values[:, 0], side="right") - 1
    return (place >= 0) & (lowest[np.maximum(place, 0)] <= values[:, 1])


def _covered_by_pairs(by: Matrix, values: Matrix) -> Mask:
    worse = by[:, 0, None] <= values[None, :, 0]
    for column in range(1, values.shape[1]):
        worse &= by[:, column, None] <= values[None, :, column]
    return np.asarray(worse.any(axis=0))


def _covered_by_halves(by: Matrix, values: Matrix, check: Checkpoint) -> Mask:
    """Halve `by` on its first column: for rows beyond the border the near half needs no look at that column."""
    first = by[:, 0]
    middle = np.partition(first, len(first) // 2)[len(first) // 2]
    near = first < middle
    if not near.any():
        near = first <= middle
    result = np.zeros(len(values), dtype=bool)
    border = first[near].min() if near.all() else first[~near].min()
    beyond = np.flatnonzero(values[:, 0] >= border)
    result[beyond] = covered(by[near][:, 1:], values[beyond, 1:], check)
    if near.all():
        return result
    rest = beyond[~result[beyond]]
    result[rest] = covered(by[~near], values[rest], check)
    before = np.flatnonzero(values[:, 0] < border)
    result[before] = covered(by[near], values[before], check)
    return result


def _undominated_by_pivots(values: Matrix, check: Checkpoint) -> Rows:
    """Pre-filter: rows that a few strong pivots do not dominate; it stops early where pivots drop few rows."""
    rows = np.arange(len(values))
    if len(values) <= BRUTE_ROWS:
        return rows
    sample = values[:: max(1, len(values) // PIVOTS_SAMPLE)]
    low = sample.min(axis=0)
    span = sample.max(axis=0) - low
    scaled = (sample - low) / np.where(span > 0, span, 1.0)
    every = scaled.sum(axis=1)
    weighted = [every, *(every + values.shape[1] * column for column in scaled.T)]
    picks = np.unique([np.argpartition(score, PIVOT_ROWS)[:PIVOT_ROWS] for score in weighted])
    for tried, row in enumerate(sample[picks]):
        if tried == PIVOT_ROWS and len(rows) > len(values) // 2:
            break
        check()
        dominated = (row < values[rows]).any(axis=1)
        for column, value in enumerate(row):
            dominated &= value <= values[rows, column]
        rows = rows[~dominated]
    return rows


def _levels(values: Matrix) -> Rows:
    """About how many different values each column has, from a sample: only speed depends on it."""
    rows = np.random.default_rng(0).integers(len(values), size=min(len(values), LEVELS_SAMPLE))
    sample = values[rows]
    return np.array([len(np.unique(column)) for column in sample.T])


def _distinct(values: Matrix, order: Order, rows: Rows, check: Checkpoint) -> Rows:
    """`rows` sorted by value, one of each set of equal ones: the first by order."""
    rows = sorted_rows(sorted_rows(rows, order, check), values, check)
    new = np.ones(len(rows), dtype=bool)
    new[1:] = np.any(values[rows[1:]] != values[rows[:-1]], axis=1)
    return rows[new]


def minima_of_sorted(values: Matrix, check: Checkpoint = unchecked) -> Rows:
    """Positions of the minima among distinct rows in lexicographic order: no row is dominated by a later one."""
    count, columns = values.shape
    if columns < 2:
        return np.arange(min(count, 1))
    if count <= BRUTE_ROWS:
        worse = values[:, None, 0] <= values[None, :, 0]
        for column in range(1, columns):
            worse &= values[:, None, column] <= values[None, :, column]
        np.fill_diagonal(worse, val=False)
        return np.flatnonzero(~worse.any(axis=0))
    check()
    half = count // 2
    top = minima_of_sorted(values[:half], check)
    low = half + minima_of_sorted(values[half:], check)
    return np.concatenate([top, low[~covered(values[top, 1:], values[low, 1:], check)]])


def _lower_steps(column: Column) -> Rows:
    """Positions where a column is lower than everywhere before."""
    lower = np.ones(len(column), dtype=bool)
    lower[1:] = column[1:] < np.minimum.accumulate(column)[:-1]
    return np.flatnonzero(lower)


def _stairs(first: Column, second: Column, order: Order) -> Rows:
    """Positions of the minima of two columns, by the first one; of equal ones the first by order."""
    sort = np.argsort(first)
    sort = sort[second[sort] <= np.minimum.accumulate(second[sort])]
    if (first[sort[1:]] == first[sort[:-1]]).any():
        sort = sort[np.lexsort((*order[sort].T[::-1], second[sort], first[sort]))]
    return sort[_lower_steps(second[sort])]


def _minimal_by_levels(values: Matrix, order: Order, check: Checkpoint) -> Rows:
    """Three columns, the first with few different values: level by level, against the stairs of the better levels."""
    level = np.argsort(values[:, 0], kind="stable")
    starts = np.flatnonzero(np.diff(values[level, 0], prepend=-np.inf))
    found = []
    stairs = np.empty((2, 0))
    for members in np.split(level, starts[1:]):
        check()
        place = np.searchsorted(stairs[0], values[members, 1], side="right") - 1
        lowest = np.append(stairs[1], np.inf)[place]
        free = members[lowest > values[members, 2]]
        rows = free[_stairs(values[free, 1], values[free, 2], order[free])]
        found.append(rows)
        stairs = np.concatenate([stairs, values[rows, 1:].T], axis=1)
        stairs = stairs[:, np.argsort(stairs[0], kind="stable")]
        stairs = stairs[:, _lower_steps(stairs[1])]
    return np.concatenate(found)


def _number(row: Mapping[str, Any], name: str, place: int) -> float:
    if name not in row:
        raise UnknownNameError("column", name, row)
    try:
        number = float(row[name])
    except (TypeError, ValueError):
        number = np.nan
    if not np.isfinite(number):
        raise DomainError(Problem(name, f"{quote(row[name])} is not a finite number", f"row {place}"))
    return number
