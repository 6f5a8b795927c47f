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
    pins = "page.compare.designs=model=step-3|model=step-3%26workload.context=8192%26attention.0.window=9000"
    at = opened(pins, page="views/compare.py")
    table = next(each.value for each in at.dataframe if "Metric" in each.value.columns)
    rows = table.set_index("Metric")
    assert not [cell for cell in rows.loc["Cost with AFD on the cheapest pair"] if "\u2714" in str(cell)]


def test_every_preset_has_a_row() -> None:
    tables = [each.value for each in opened(page="views/library.py").dataframe]
    assert [len(each) for each in tables[:2]] == [len(cm.models()), len(cm.accelerators())]
