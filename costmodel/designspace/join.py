"""The second half of a search: rows of both sides put together into designs, without trying every pair."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np

from costmodel.designspace.dominance import frontier_rows, minimal_rows
from costmodel.designspace.expression import compare
from costmodel.designspace.query import Separation
from costmodel.designspace.table import Candidates, coupled_columns, joined, needed_rows

PAIRS_PER_CHUNK = 1 << 19
ROWS_KEPT_UNMERGED = 1 << 21
"""Sized so that a chunk takes about a second and a hundred megabytes at most."""

ALIKE = 64
"""Rows of the first side that share one look at which rows of the second side are of use."""

PARTS = 16
"""Into how many parts one step is cut at most, whether they run here or on a cluster: the pairs looked at are the same,
and with them which one of several designs with equal objectives is kept."""


def usable(split: Separation, group: Candidates, rows: Candidates) -> Candidates:
    """Only those rows of the second side that some row of a group of the first side may need.

    Where every pair with the group meets a constraint, what a row contributes to it no longer matters.
    """
    if not split.coupled or not len(group) or not len(rows):
        return rows
    possible = np.ones(len(rows), dtype=bool)
    certain = []
    for rule, left, right in coupled_columns(split):
        low, high = group.values.min(axis=0), group.values.max(axis=0)
        lefts, rights = rows.values[:, left], rows.values[:, right]
        at_most = low[left] + lefts, high[right] + rights
        at_least = high[left] + lefts, low[right] + rights
        if rule.sign == "==":
            possible &= (at_most[0] <= at_most[1]) & (at_least[0] >= at_least[1])
            certain.append(np.zeros(len(rows), dtype=bool))
            continue
        best, worst = (at_most, at_least) if rule.sign in ("<=", "<") else (at_least, at_most)
        possible &= compare(rule.sign, *best)
        certain.append(np.asarray(compare(rule.sign, *worst)))
    left_over = rows.take(possible)
    if len(left_over) < 2:
        return left_over
    return left_over.take(needed_rows(split, left_over, [mask[possible] for mask in certain]))


def groups(split: Separation, first: Candidates) -> list[Candidates]:
    """The first side in parts that may be combined with the second one by one, anywhere, in any order."""
    parts = [first] if len(first) else []
    while 0 < len(parts) < PARTS and max(map(len, parts)) > ALIKE:
        parts = [half for part in parts for half in _halves(split, part)]
    return parts


def combine(
    split: Separation,
    first: Candidates,
    second: Candidates,
    found: "Collector",
    *,
    done: Callable[[float], object] | None = None,
    share: float = 1.0,
) -> None:
    """Add to `found` the pairs of rows of the two sides that meet the coupled constraints and may be on the frontier.

    The first side is halved along the constraints until its rows are so alike that few rows of the second side are of
    use to them. `done` is told how much of `share` each piece makes up.
    """
    pieces = [(first, second, share)]
    while pieces:
        group, others, share = pieces.pop()
        others = usable(split, group, others)
        few = len(group) * len(others) <= PAIRS_PER_CHUNK
        if (few and (not split.coupled or len(group) <= ALIKE)) or len(group) <= 1:
            found.add(_pairs(split, group, others))
            if done is not None:
                done(share)
            continue
        pieces += [(half, others, share / 2) for half in reversed(_halves(split, group))]


class Collector:
    """Whole designs that arrive in chunks, reduced to their frontier whenever many have gathered.

    The reduction runs in a thread beside the search for the next ones: NumPy sorts without holding the interpreter.
    """

    def __init__(self) -> None:
        self.thread = ThreadPoolExecutor(1)
        self.reduced: Future[Candidates] | None = None
        self.chunks: list[Candidates] = []
        self.kept = self.fresh = 0

    def add(self, rows: Candidates) -> None:
        """Take in one chunk."""
        self.chunks.append(rows)
        self.fresh += len(rows)
        if self.fresh > max(ROWS_KEPT_UNMERGED, self.kept):
            chunks = self._all()
            self.kept = len(chunks[0])
            self.reduced = self.thread.submit(_minimal, chunks)
            self.chunks, self.fresh = [], 0

    def result(self) -> Candidates | None:
        """The frontier of all chunks, sorted by value; None when there was no chunk."""
        chunks = self._all()
        self.thread.shutdown()
        if not chunks:
            return None
        rows = joined(chunks)
        return rows.take(frontier_rows(rows.values, rows.order)) if len(rows) else rows

    def _all(self) -> list[Candidates]:
        return self.chunks if self.reduced is None else [self.reduced.result(), *self.chunks]


def _minimal(chunks: list[Candidates]) -> Candidates:
    rows = joined(chunks)
    return rows.take(minimal_rows(rows.values, rows.order))


def _pairs(split: Separation, first: Candidates, second: Candidates) -> Candidates:
    """Whole designs: every row of the first with every row of the second side, if the coupled constraints are met."""
    left_row, right_row = (part.ravel() for part in np.indices((len(first), len(second)), sparse=False))
    met = np.ones(len(left_row), dtype=bool)
    for rule, left, right in coupled_columns(split):
        sides = ((first.values[:, None, column] + second.values[None, :, column]).ravel() for column in (left, right))
        met &= compare(rule.sign, *sides)
    left_row, right_row = left_row[met], right_row[met]
    objectives = len(split.goals)
    values = first.values[left_row, :objectives] + second.values[right_row, :objectives]
    return Candidates(values, first.order[left_row] + second.order[right_row], 0)


def _halves(split: Separation, rows: Candidates) -> list[Candidates]:
    """Rows in two halves, split where what they contribute to the constraints (or else to the goals) differs most."""
    if len(rows) < 2:
        return [rows]
    objectives = len(split.goals)
    columns = rows.values[:, objectives:] if split.coupled else rows.values[:, :objectives]
    scale = np.abs(columns).max(axis=0, initial=0.0)
    widest = int(np.argmax(np.ptp(columns, axis=0) / np.where(scale > 0, scale, 1.0)))
    half = len(rows) // 2
    place = np.argsort(columns[:, widest], kind="stable")
    return [rows.take(place[:half]), rows.take(place[half:])]
