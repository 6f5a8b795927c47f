"""A front as a result: numbered rows, slices, thinning, equality."""

import pickle

import numpy as np
import pytest

import costmodel as cm
from costmodel.designspace.front import Front
from costmodel.designspace.query import Query
from costmodel.designspace.table import Table

ACCELERATORS = ("h800", "h20", "a800", "910b")
AXES = {
    "attention.0.heads": range(16, 129, 16),
    "attention.0.head_dim": [64, 128, 256],
    "ffn.1.top_k": range(1, 6),
    "workload.context": [8192, 32768],
}
ASKED = {"minimise": ["cost"], "maximise": ["effective_rank", "parameters.active"]}


def asked(axes=AXES, **changes):
    return cm.search(cm.Space("step-3", axes), ACCELERATORS, **(ASKED | changes))


@pytest.fixture(scope="module")
def front():
    return asked()


@pytest.fixture(scope="module")
def huge():
    """A front of a million rows that no search had to find."""
    axes = {"attention.0.heads": range(1, 1001), "ffn.1.intermediate": range(1, 1001)}
    found = asked(axes, maximise=["parameters.active"])
    rows = 1_000_000
    random = np.random.default_rng(0)
    values = np.column_stack([random.random(rows), -random.random(rows)])
    return Front.of(found.query, {0: Table(values, np.arange(rows)[:, None], 0)}, {}, 0)


@pytest.fixture
def rows_looked_at(monkeypatch):
    """How many rows were turned into settings, call by call."""
    looked = []
    original = Query.coordinates

    def coordinates(query, order):
        looked.append(len(order))
        return original(query, order)

    monkeypatch.setattr(Query, "coordinates", coordinates)
    return looked


def test_equal_searches_give_equal_fronts(front):
    assert front == asked()
    assert hash(front) == hash(asked())
    assert front == pickle.loads(pickle.dumps(front))  # noqa: S301 - bytes of our own


@pytest.mark.parametrize(
    "changes",
    [
        {"minimise": ["cost.ffn"]},
        {"where": ["parameters.total <= 330e9"]},
        {"axes": AXES | {"ffn.1.top_k": [1, 2]}},
        {"axes": AXES | {"workload.context": [8192, 32769]}},
    ],
)
def test_different_searches_give_different_fronts(front, changes):
    assert front != asked(**changes)
    assert front != "front"


def test_a_design_has_the_same_number_everywhere(front):
    table = front.to_dataset()
    assert table["design"].values.tolist() == list(range(len(front)))
    assert front.to_dataframe().index.tolist() == list(range(len(front)))
    for number in (0, 5, len(front) - 1):
        scenario = front.scenario(number)
        settings = front.settings([number])[0]
        assert settings == front.designs[number]
        assert scenario.model.attention[0].heads == settings["attention.0.heads"]
        assert scenario.workload.context == int(table.sel(design=number)["workload.context"])


@pytest.mark.parametrize("rows", [slice(3, 9), [4, 2, 7], np.array([0, 5]), slice(None), []])
def test_a_slice_holds_the_same_rows_as_the_whole(front, rows):
    whole, part = front.to_dataset(["kv_bytes"]), front.to_dataset(["kv_bytes"], rows)
    assert part.identical(whole.isel(design=rows))
    assert front.settings(rows) == [front.designs[number] for number in part["design"].values]


def test_a_slice_of_a_huge_front_looks_at_its_own_rows_only(huge, rows_looked_at):
    table = huge.to_dataframe(rows=slice(500, 1500))
    assert table.index.tolist() == list(range(500, 1500))
    huge.scenario(999_999)
    assert max(rows_looked_at) == 1000


def test_thinning_a_huge_front_looks_no_setting_up(huge, rows_looked_at):
    rows = huge.thinned(2000, "parameters.active", "cost")
    assert len(huge.settings(rows)) == len(rows)
    assert rows_looked_at == [len(rows)]


def test_thinned_rows_are_even_and_hold_all_extremes(huge):
    rows = huge.thinned(2000, "parameters.active", "cost")
    assert 1900 < len(rows) <= 2000
    assert (np.diff(rows) > 0).all()
    for name in ("cost", "parameters.active"):
        column = huge.column(name)
        assert {int(column.argmin()), int(column.argmax())} <= set(rows.tolist())
    across = huge.column("parameters.active")
    tenths = np.histogram(across[rows], bins=np.quantile(across, np.linspace(0, 1, 11)))[0]
    assert tenths.min() > 190


def test_thinning_keeps_all_rows_where_they_are_few(front):
    assert front.thinned(len(front), "cost", "effective_rank").tolist() == list(range(len(front)))
    assert len(front.thinned(2, "cost", "effective_rank")) == 2
    with pytest.raises(cm.DomainError, match="count must be at least 2, got 1"):
        front.thinned(1, "cost", "effective_rank")


def test_columns_of_objectives_agree_with_the_table(front):
    table = front.to_dataset(["kv_bytes"])
    for name in ("cost", "effective_rank", "kv_bytes"):
        assert front.column(name) == pytest.approx(table[name].values, rel=1e-12)
    assert front.column("cost / 2") == pytest.approx(table["cost"].values / 2)


def test_an_empty_front_is_an_empty_table():
    front = asked(where=["cost < 0"])
    assert len(front.to_dataset()["cost"]) == len(front.thinned(10, "cost", "effective_rank")) == 0
    assert front == asked(where=["cost < 0"])
    assert front.emptied == {0: "cost < 0", 1: "cost < 0"}
