"""The paper, reproduced to its last printed digit from architecture numbers, prices and rates alone."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import costmodel as cm
from costmodel.validation import paper

KEY = paper.COLUMNS[:5]


def key(row: Mapping[str, str]) -> tuple[str, ...]:
    """What identifies a cell."""
    return tuple(row[column] for column in KEY)


CELLS = paper.printed_cells()
DEVIATIONS = {key(row): row["reason"] for row in paper.known_deviations()}
PUBLISHED = paper.published_parameters()
CELLS_OF = {
    "2": 36,
    "3": 18,
    "4": 18,
    "5": 8,
    "6": 108,
    "7": 4,
    "figure 1": 3,
    "figure 2": 3,
    "figure 4": 6,
    "figure 5": 3,
}


def label(row: dict[str, str]) -> str:
    return "-".join(part.replace(" ", "_") for part in key(row) if part)


@pytest.mark.parametrize("row", [row for row in CELLS if key(row) not in DEVIATIONS], ids=label)
def test_a_published_cell_is_reproduced_to_its_printed_digit(row: dict[str, str]) -> None:
    value = paper.computed(row)
    assert paper.agrees(value, row["printed"]), f"computed {value:.6g}, printed {row['printed']}"


@pytest.mark.parametrize("row", [row for row in CELLS if key(row) in DEVIATIONS], ids=label)
def test_a_listed_deviation_still_deviates(row: dict[str, str]) -> None:
    assert not paper.agrees(paper.computed(row), row["printed"])


@pytest.mark.parametrize(
    "row", [row for row in CELLS if row["table"] == "figure 4" and row["quantity"] == "cost"], ids=label
)
def test_figure_4_costs_are_sums_of_rounded_table_6_cells(row: dict[str, str]) -> None:
    parts = [
        cell["printed"]
        for cell in CELLS
        if cell["table"] == "6"
        and (cell["model"], cell["accelerator"]) == (row["model"], row["accelerator"])
        and cell["context_tokens"] in ("", row["context_tokens"])
    ]
    assert len(parts) == 2
    assert sum(map(Decimal, parts)) == Decimal(row["printed"])


def test_every_deviation_is_a_published_cell_with_a_reason() -> None:
    assert set(DEVIATIONS) <= {key(row) for row in CELLS}
    assert all(len(reason) > 20 for reason in DEVIATIONS.values())


def test_no_published_cell_is_missing_or_listed_twice() -> None:
    assert Counter(row["table"] for row in CELLS) == CELLS_OF
    assert len({key(row) for row in CELLS}) == len(CELLS)


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: row["model"])
def test_stored_parameters_match_the_publisher_within_2_percent(row: dict[str, str]) -> None:
    assert cm.load_model(row["model"]).parameters.total == pytest.approx(float(row["total"]), rel=0.02)


@pytest.mark.parametrize("row", PUBLISHED, ids=lambda row: row["model"])
def test_active_parameters_match_the_publisher_within_2_percent(row: dict[str, str]) -> None:
    parameters = cm.load_model(row["model"]).parameters
    counted = {
        "none": parameters.active - parameters.head,
        "head": parameters.active,
        "both": parameters.active + parameters.embedding,
    }
    published = float(row["active"])
    assert counted[row["active_embeddings"]] == pytest.approx(published, rel=0.02)
    nearest = min(counted, key=lambda convention: abs(counted[convention] - published))
    assert nearest == row["active_embeddings"]


def test_parameter_counts_cover_the_collection() -> None:
    assert sorted(row["model"] for row in PUBLISHED) == cm.models(cm.PAPER_COLLECTION)


@pytest.mark.parametrize(
    ("value", "printed", "expected"),
    [
        (8.0549e9, "8.05e9", True),
        (8.0551e9, "8.05e9", False),
        (590.51, "591", True),
        (590.49, "591", False),
        (0.0405, "0.040", True),
        (0.04051, "0.040", False),
        (-0.040, "0.040", False),
        (float("nan"), "0.040", False),
        (float("inf"), "0.040", False),
    ],
)
def test_agreement_is_half_a_unit_of_the_last_printed_digit(value: float, printed: str, expected: bool) -> None:
    assert paper.agrees(value, printed) is expected


@pytest.mark.parametrize("printed", ["", "about 3", "nan", "inf", "0x10"])
def test_a_printed_value_that_is_no_number_is_refused(printed: str) -> None:
    with pytest.raises(cm.DomainError, match=r"printed: .* must be a number"):
        paper.agrees(1.0, printed)


def cell(**changes: Any) -> dict[str, str]:
    return {"model": "step-3", "accelerator": "h20", "context_tokens": "8192", "quantity": "cost"} | changes


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"quantity": "costs"}, "unknown quantity 'costs'; did you mean cost"),
        ({"model": "step3"}, "unknown model preset 'step3'; did you mean step-3"),
        ({"accelerator": "h900 both"}, "unknown accelerator preset 'h900'"),
    ],
)
def test_a_cell_that_names_nothing_known_is_refused(changes: dict[str, str], message: str) -> None:
    with pytest.raises(cm.UnknownNameError, match=message):
        paper.computed(cell(**changes))


@pytest.mark.parametrize("context", ["-1", "8K", "0", "1e9", "nan", "9" * 5000, "²"])
def test_a_cell_with_a_bad_context_is_refused(context: str) -> None:
    with pytest.raises(cm.DomainError, match="context") as caught:
        paper.computed(cell(context_tokens=context))
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is not the header"),
        (b"table,model\n2,step-3\n", "is not the header; must be table,model,accelerator"),
        (b"\xff\xfe", "cannot be read"),
        (b"x" * 200_000, "larger than 100,000 bytes"),
        (",".join(paper.COLUMNS).encode() + b"\n2,step-3\n", "line 2 must have 7 columns"),
        (",".join(paper.COLUMNS).encode() + b"\n2,a,b,c,d,e,f,g\n", "line 2 must have 7 columns"),
    ],
)
def test_a_file_that_holds_no_cells_is_refused_by_name(tmp_path: Path, content: bytes, message: str) -> None:
    file = tmp_path / "table_9.csv"
    file.write_bytes(content)
    with pytest.raises(cm.PresetError, match=message) as caught:
        paper.load(file)
    assert "table_9.csv" in str(caught.value)


def test_a_missing_file_of_cells_is_refused_by_name() -> None:
    with pytest.raises(cm.PresetError, match=r"table_1\.csv"):
        paper.load(paper.FOLDER / "table_1.csv")
