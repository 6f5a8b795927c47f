"""Pareto dominance on matrices, against comparing every pair of rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costmodel.designspace import pareto
from costmodel.designspace.pareto import frontier_rows


def beaten(values, order, row):
    no_worse = (values <= values[row]).all(axis=1)
    better = (values < values[row]).any(axis=1) | (order[:, 0] < order[row, 0])
    better[row] = False
    return bool((no_worse & better).any())


@st.composite
def matrices(draw):
    rows, columns = draw(st.integers(1, 300)), draw(st.integers(1, 5))
    levels = draw(st.sampled_from([1, 2, 4, 9, 1000]))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    values = random.integers(0, levels, (rows, columns)).astype(float)
    return values, random.permutation(rows)[:, None].astype(np.int64)


@pytest.fixture(params=[True, False], ids=["small steps", "real steps"])
def steps(request, monkeypatch):
    """Small steps force the recursions that only large matrices reach otherwise."""
    if request.param:
        monkeypatch.setattr(pareto, "BRUTE_PAIRS", 4)
        monkeypatch.setattr(pareto, "BRUTE_ROWS", 8)


@settings(max_examples=60, deadline=None, suppress_health_check=[])
@given(matrices())
def test_frontier_holds_exactly_the_undominated_rows(case):
    values, order = case
    expected = {row for row in range(len(values)) if not beaten(values, order, row)}
    assert set(frontier_rows(values, order).tolist()) == expected


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("levels", [2, 5, 1000])
def test_every_way_of_dividing_gives_the_same_rows(steps, seed, levels):
    random = np.random.default_rng(seed)
    values = random.integers(0, levels, (200, 1 + seed % 5)).astype(float)
    order = random.permutation(200)[:, None].astype(np.int64)
    expected = {row for row in range(200) if not beaten(values, order, row)}
    assert set(frontier_rows(values, order).tolist()) == expected


def test_three_columns_with_few_levels_go_level_by_level():
    random = np.random.default_rng(1)
    values = np.column_stack([random.integers(0, 6, 2000), random.random((2000, 2))]).astype(float)
    order = np.arange(2000)[:, None]
    expected = {row for row in range(2000) if not beaten(values, order, row)}
    assert set(frontier_rows(values, order).tolist()) == expected


def test_rows_come_sorted_by_the_first_column():
    values = np.array([[3.0, 1.0], [1.0, 3.0], [2.0, 2.0], [2.0, 2.5]])
    assert frontier_rows(values, np.arange(4)[:, None]).tolist() == [1, 2, 0]
