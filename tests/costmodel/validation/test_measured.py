"""Published measurements beside the predictions: the table of the docs is what the library says."""

from pathlib import Path

import pytest

import costmodel as cm

DOCS = Path(__file__).parents[3] / "docs" / "measurements.md"

TABLE_9 = {
    ("Step-3", 8192): {"H800": "281", "H20": "438", "A800": "531"},
    ("DeepSeek-V3", 8192): {"H800": "372", "H20": "1252"},
    ("Qwen3-235B-A22B", 8192): {"H800": "382", "H20": "812", "A800": "791"},
    ("Step-3", 32768): {"H800": "791", "H20": "1452", "A800": "1484"},
    ("DeepSeek-V3", 32768): {"H800": "1125", "H20": "4817"},
    ("Qwen3-235B-A22B", 32768): {"H800": "1391", "H20": "3042", "A800": "3010"},
}
"""As printed [us], attention and its projections of one layer; the paper gives no A800 figure for MLA."""


def as_line(row):
    scale, digits = (1e6, 0) if row.unit == "s" else (1, 0)
    figures = (f"{value * scale:,.{digits}f}" for value in (row.ideal, row.profiled, row.measured))
    return f"| {row.system} | {row.context:,} | {row.profile} | {' | '.join(figures)} | {row.ratio:.2f} |"


def test_all_five_rows_of_table_8_are_there_as_printed():
    assert [row.measured for row in cm.measurements() if row.unit != "s"] == [1850, 2324, 3321, 4039, 2643]


def test_all_sixteen_cells_of_table_9_are_there_as_printed():
    printed = {
        (f"{model} layer on {accelerator}", context): text
        for (model, context), accelerators in TABLE_9.items()
        for accelerator, text in accelerators.items()
    }
    layers = [row for row in cm.measurements() if row.unit == "s"]
    assert len(layers) == len(printed) == 16
    assert {(row.system, row.context): f"{row.measured * 1e6:g}" for row in layers} == printed


@pytest.mark.parametrize("row", cm.measurements(), ids=lambda row: f"{row.system} {row.context}")
def test_the_docs_print_every_row_as_the_library_computes_it(row):
    assert as_line(row) in DOCS.read_text(encoding="utf-8")


@pytest.mark.parametrize("row", cm.measurements(), ids=lambda row: f"{row.system} {row.context}")
def test_no_measurement_is_faster_than_ideal_rates(row):
    assert row.ideal < row.measured if row.unit == "s" else row.ideal > row.measured


def test_hopper_layers_with_few_query_heads_need_the_tile():
    (row,) = [row for row in cm.measurements() if row.system == "Qwen3-235B-A22B layer on H20" and row.context == 8192]
    assert row.ideal / row.measured == pytest.approx(0.37, abs=0.01)
    assert row.profile == "h20-fa3"
    assert row.ratio == pytest.approx(0.88, abs=0.01)
