"""Pareto dominance on plain matrices: rows are candidates, columns are to be minimised.

Divide and conquer after Kung, Luccio and Preparata (J. ACM 22, 1975): two columns need one sort, each further column
a factor log n. Everything here is exact; no row is sampled or rounded.
"""

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
Order = NDArray[np.int64]
Rows = NDArray[np.intp]
Mask = NDArray[np.bool_]

BRUTE_PAIRS = 1 << 16
BRUTE_ROWS = 128
SCREENING_ROWS = 4
MOST_LEVELS = 1000


def frontier_rows(values: Matrix, order: Order) -> Rows:
    """Indices of the rows that no other row beats (at least as good everywhere, better somewhere).

    Of equal rows the first by `order` [row, word] is kept. The result is sorted by value, first column first.
    """
    found = _minima(values, order)
    return found[np.lexsort(values[found].T[::-1])]


def reduced_rows(values: Matrix, objectives: int, order: Order, margin: float) -> Rows:
    """Indices of the rows that may still be needed once every row has been added to rows of another matrix.

    The first `objectives` columns are objectives, the others feed constraints. A row is dropped when another one is at
    least as good in every column and, either better in an objective by more than the relative `margin` (so that it
    stays better after the addition is rounded), or earlier by `order` (so that it also wins the tie).
    """
    varying = np.flatnonzero(values.min(axis=0) < values.max(axis=0))
    values, objectives = values[:, varying], int(np.count_nonzero(varying < objectives))
    kept = _distinct(values, order, _screened(values, objectives, margin))
    best = kept[_minima(values[kept], order[kept])]
    rest = np.setdiff1d(kept, best, assume_unique=True)
    rest = rest[~beaten(values[best], values[rest], objectives, _absolute(values, objectives, margin))]
    if not len(rest):
        return best
    pool = np.concatenate([best, rest])
    rank = np.empty((len(pool), 1), dtype=np.int64)
    rank[_by(order[pool]), 0] = np.arange(len(pool))
    return pool[frontier_rows(np.hstack([values[pool], rank.astype(float)]), rank)]


def beaten(by: Matrix, values: Matrix, objectives: int, margin: Matrix) -> Mask:
    """True for rows of `values` that some row of `by` equals or betters everywhere, one objective by over `margin`."""
    result = np.zeros(len(values), dtype=bool)
    for column in range(objectives):
        shifted = by.copy()
        shifted[:, column] = np.nextafter(shifted[:, column] + margin[column], np.inf)
        alive = np.flatnonzero(~result)
        result[alive] = covered(shifted, values[alive])
    return result


def covered(by: Matrix, values: Matrix) -> Mask:
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
    return _covered_by_halves(by, values)


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


def _covered_by_halves(by: Matrix, values: Matrix) -> Mask:
    """Split `by` on its first column: rows beyond the split need not look at that column for the nearer half."""
    first = by[:, 0]
    middle = np.partition(first, len(first) // 2)[len(first) // 2]
    near = first < middle
    if not near.any():
        near = first <= middle
    result = np.zeros(len(values), dtype=bool)
    split = first[near].min() if near.all() else first[~near].min()
    beyond = np.flatnonzero(values[:, 0] >= split)
    result[beyond] = covered(by[near][:, 1:], values[beyond, 1:])
    if near.all():
        return result
    rest = beyond[~result[beyond]]
    result[rest] = covered(by[~near], values[rest])
    before = np.flatnonzero(values[:, 0] < split)
    result[before] = covered(by[near], values[before])
    return result


def _screened(values: Matrix, objectives: int, margin: float) -> Rows:
    """Rows left after a few good rows have thrown out what they beat: where that is a lot, the rest is fast."""
    rows = np.arange(len(values))
    if len(values) <= BRUTE_ROWS or not objectives:
        return rows
    low = values.min(axis=0)
    span = values.max(axis=0) - low
    scaled = (values - low) / np.where(span > 0, span, 1.0)
    every = scaled.sum(axis=1)
    weighted = [every, *(every + values.shape[1] * column for column in scaled.T)]
    picks = np.unique([np.argpartition(score, SCREENING_ROWS)[:SCREENING_ROWS] for score in weighted])
    threshold = values[:, :objectives] - _absolute(values, objectives, margin)
    for tried, pick in enumerate(picks):
        if tried == SCREENING_ROWS and len(rows) > len(values) // 2:
            break
        row = values[pick]
        beaten_rows = (row[:objectives] < threshold[rows]).any(axis=1)
        for column, value in enumerate(row):
            beaten_rows &= value <= values[rows, column]
        rows = rows[~beaten_rows]
    return rows


def _absolute(values: Matrix, objectives: int, margin: float) -> Matrix:
    return np.asarray(margin * np.abs(values[:, :objectives]).max(axis=0, initial=0.0))


def _minima(values: Matrix, order: Order) -> Rows:
    """The best rows, one of each set of equal ones, in any order."""
    if values.shape[1] > 2:
        # Columns with few different values first: they split the rows into few groups.
        levels = [1 + int(np.count_nonzero(np.diff(np.sort(column)))) for column in values.T]
        values = values[:, np.argsort(levels, kind="stable")]
        if len(levels) == 3 and min(levels) <= min(MOST_LEVELS, len(values) // 32):
            return _minima_by_levels(values, order)
    rows = _distinct(values, order, _screened(values, values.shape[1], 0.0))
    return rows[_minima_of_sorted(values[rows])]


def _by(order: Order) -> Rows:
    return np.lexsort(order.T[::-1])


def _distinct(values: Matrix, order: Order, rows: Rows) -> Rows:
    """`rows` sorted by value, one of each set of equal ones: the first by order."""
    keys = (*order[rows].T[::-1], *values[rows].T[::-1])
    rows = rows[np.lexsort(keys)]
    new = np.ones(len(rows), dtype=bool)
    new[1:] = np.any(values[rows[1:]] != values[rows[:-1]], axis=1)
    return rows[new]


def _minima_of_sorted(values: Matrix) -> Rows:
    """Positions of the minima among distinct rows in lexicographic order: no row is beaten by a later one."""
    count, columns = values.shape
    if columns < 2:
        return np.arange(min(count, 1))
    if columns == 2:
        return _lower_steps(values[:, 1])
    if count <= BRUTE_ROWS:
        worse = values[:, None, 0] <= values[None, :, 0]
        for column in range(1, columns):
            worse &= values[:, None, column] <= values[None, :, column]
        np.fill_diagonal(worse, val=False)
        return np.flatnonzero(~worse.any(axis=0))
    half = count // 2
    top = _minima_of_sorted(values[:half])
    low = half + _minima_of_sorted(values[half:])
    return np.concatenate([top, low[~covered(values[top, 1:], values[low, 1:])]])


def _lower_steps(column: NDArray[np.float64]) -> Rows:
    """Positions where a column is lower than everywhere before."""
    lower = np.ones(len(column), dtype=bool)
    lower[1:] = column[1:] < np.minimum.accumulate(column)[:-1]
    return np.flatnonzero(lower)


def _minima_by_levels(values: Matrix, order: Order) -> Rows:
    """Three columns, the first with few different values: level by level, against the stairs of the better levels."""
    level = np.argsort(values[:, 0], kind="stable")
    starts = np.flatnonzero(np.diff(values[level, 0], prepend=-np.inf))
    found = []
    stairs = np.empty((0, 2))
    for members in np.split(level, starts[1:]):
        first, second = values[members, 1], values[members, 2]
        free = np.ones(len(members), dtype=bool)
        if len(stairs):
            place = np.searchsorted(stairs[:, 0], first, side="right") - 1
            free = (place < 0) | (stairs[np.maximum(place, 0), 1] > second)
        rows = members[free]
        rows = rows[np.lexsort((*order[rows].T[::-1], second[free], first[free]))]
        rows = rows[_lower_steps(values[rows, 2])]
        found.append(rows)
        stairs = np.concatenate([stairs, values[rows, 1:]])
        stairs = stairs[np.lexsort((stairs[:, 1], stairs[:, 0]))]
        stairs = stairs[_lower_steps(stairs[:, 1])]
    return np.concatenate(found)
