"""Tables sort numbers as numbers and show every quantity in one style."""

import pytest

import costmodel as cm
from tests.app.running import opened

KINDS = {
    "views/library.py": {
        "models": ("Layers", "Total", "Active", "KV per token"),
        "accelerators table": ("USD/h", "BF16"),
    },
    "views/compare.py": {"break even": ("Now", "Alone", "In a pair")},
    "views/paper.py": {"measured": ("Context", "Ideal", "Measured", "Ratio")},
    "views/truth.py": {"error table": ("Context", "Measured", "Predicted", "Ratio", "Error")},
    "views/plan.py": {"ranking": ("Rank", "USD per 1M", "Tokens/s per accelerator", "Accelerators")},
}


@pytest.mark.parametrize("view", KINDS)
def test_columns_of_numbers_are_numbers(view: str) -> None:
    at = opened(page=view)
    tables = [table.value for table in at.dataframe]
    for columns in KINDS[view].values():
        frame = next(table for table in tables if set(columns) <= set(table.columns))
        assert {str(frame[column].dtype) for column in columns} == {"float64"}


def test_attention_groups_have_distinct_labels() -> None:
    table = next(each.value for each in opened(page="views/library.py").dataframe if "Attention" in each.value.columns)
    shown = dict(zip(table["Model"], table["Attention"], strict=True))
    assert shown["Llama 4 Maverick"] == "12 GQA, 36 GQA 8K window"
    assert shown["MiniMax M1"] == "10 GQA, 70 Lightning"
    assert shown["Step-3"] == "MFA"


def test_a_tie_has_no_tick() -> None:
    pins = "designs=model=step-3|model=step-3%26workload.context=8192%26attention.0.window=9000"
    at = opened(pins, page="views/compare.py")
    rows = {row["Metric"]: list(row) for _, row in at.table[0].value.iterrows()}
    (cells,) = (row for name, row in rows.items() if name.startswith("Cost with AFD on the cheapest pair"))
    assert not [cell for cell in cells if "\u2714" in str(cell)]


def test_compare_opens_with_its_answer_and_groups_metrics() -> None:
    at = opened(page="views/compare.py")
    assert "At 8K context Step-3 is cheapest" in at.header[0].value
    assert any("The price of Ascend 910B is an estimate" in text.value for text in at.caption)
    assert not [name for name in at.table[0].value["Metric"] if "Parameters" in name]
    at.segmented_control(key="page.compare.group").set_value("Memory and size").run()
    shared = next(each.value for each in at.table)["Metric"]
    assert [name for name in shared if "Parameters stored" in name]
    assert [name for name in shared if "State of one sequence" in name]
    at.toggle[0].set_value(True).run()
    assert not [name for name in at.table[0].value["Metric"] if "State of one sequence" in name]


def test_every_preset_has_a_row() -> None:
    tables = [each.value for each in opened(page="views/library.py").dataframe]
    assert [len(each) for each in tables[:2]] == [len(cm.models()), len(cm.accelerators())]
