"""The Pareto frontier of designs that are given one by one, such as presets."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from costmodel.designspace.dominance import frontier_rows
from costmodel.errors import DomainError, Problem, UnknownNameError, quote

Row = TypeVar("Row", bound=Mapping[str, Any])


def frontier(rows: Sequence[Row], *, minimise: Sequence[str] = (), maximise: Sequence[str] = ()) -> list[Row]:
    """Those rows, in their order, that no other row beats: at least as good in every column named, better in one.

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
