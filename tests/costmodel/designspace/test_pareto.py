"""The frontier of designs given one by one, and Figure 1 of the paper."""

import pytest

import costmodel as cm


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
