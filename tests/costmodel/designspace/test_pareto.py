"""Pareto frontiers: of rows one by one, of Figure 1, and of matrices against comparing every pair of rows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.designspace import pareto
from costmodel.designspace.pareto import frontier_rows
from costmodel.errors import SearchCancelledError


def test_figure_1_frontier_of_the_nine_models_is_led_by_step_3():
    """Activated parameters against decoding cost at 8K: Step-3 is the cheapest of all and beats all smaller models."""
    accelerators = [cm.load_accelerator(name) for name in ("h800", "h20", "a800", "910b")]
    rows = []
    for name in cm.models(cm.PAPER_COLLECTION):
        model = cm.load_model(name)
        cost = cm.cheapest(
            cm.Scenario(model=model, accelerators=accelerators, workload=cm.Workload(context=8192))
        ).pair.total
        rows.append({"model": name, "cost": cost, "active": model.parameters.active})
    assert len(rows) == 9
    best = cm.frontier(rows, minimise=["cost"], maximise=["active"])
    assert [row["model"] for row in best] == ["ernie-4.5-300b", "minimax-m1", "step-3"]
    assert min(rows, key=lambda row: row["cost"])["model"] == "step-3"


def test_equal_rows_are_kept_once_and_order_is_kept():
    rows = [{"n": 1, "cost": 2}, {"n": 2, "cost": 1}, {"n": 3, "cost": 1}]
    assert cm.frontier(rows, minimise=["cost"]) == [{"n": 2, "cost": 1}]
    assert cm.frontier([], minimise=["cost"]) == []


@pytest.mark.parametrize(
    ("rows", "columns", "error"),
    [
        ([{"cost": 1}], ["price"], cm.UnknownNameError),
        ([{"cost": "dear"}], ["cost"], cm.DomainError),
        ([{"cost": float("nan")}], ["cost"], cm.DomainError),
        ([{"cost": 1}], [], cm.DomainError),
    ],
)
def test_rows_that_cannot_be_compared_are_refused(rows, columns, error):
    with pytest.raises(error):
        cm.frontier(rows, minimise=columns)


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


def test_three_columns_with_few_levels_go_level_by_level(monkeypatch):
    monkeypatch.setattr(pareto, "minima_of_sorted", None)
    random = np.random.default_rng(1)
    rows = 5 * pareto.ROWS_PER_LEVEL
    values = np.column_stack([random.integers(0, 5, rows), random.random((rows, 2))]).astype(float)
    order = np.arange(rows)[:, None]
    expected = {row for row in range(rows) if not beaten(values, order, row)}
    assert set(frontier_rows(values, order).tolist()) == expected


def test_rows_come_sorted_by_the_first_column():
    values = np.array([[3.0, 1.0], [1.0, 3.0], [2.0, 2.0], [2.0, 2.5]])
    assert frontier_rows(values, np.arange(4)[:, None]).tolist() == [1, 2, 0]


def sphere(rows, columns):
    """Rows none of which dominates another."""
    values = np.abs(np.random.default_rng(2).normal(size=(rows, columns)))
    return 1 - values / np.linalg.norm(values, axis=1)[:, None]


@pytest.mark.parametrize("columns", [3, 5])
def test_long_work_is_checked_often(columns):
    looks = []
    frontier_rows(sphere(10_000, columns), np.arange(10_000)[:, None], lambda: looks.append(1))
    assert len(looks) > 100


def test_long_work_ends_when_a_check_raises():
    looks = iter([None, None, SearchCancelledError("enough")])

    def check():
        error = next(looks)
        if error is not None:
            raise error

    with pytest.raises(SearchCancelledError, match="enough"):
        frontier_rows(sphere(10_000, 5), np.arange(10_000)[:, None], check)
