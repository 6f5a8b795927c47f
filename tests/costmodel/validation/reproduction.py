"""The published cells in presets/paper and the deviations from them that are known."""

import csv
from pathlib import Path

from costmodel.validation import paper

FOLDER = Path(__file__).parents[3] / "presets" / "paper"
KEY = ("table", "model", "accelerator", "context_tokens", "quantity")


def key(row: dict[str, str]) -> tuple[str, ...]:
    """What identifies a cell."""
    return tuple(row[column] for column in KEY)


def cells() -> list[dict[str, str]]:
    """Every published cell of every table and figure."""
    files = sorted([*FOLDER.glob("table_*.csv"), *FOLDER.glob("figure_*.csv")])
    return [row for file in files for row in paper.load(file)]


def known_deviations() -> dict[tuple[str, ...], str]:
    """Cells that the paper's own arithmetic does not give, with the reason."""
    return {key(row): row["reason"] for row in rows("known_deviations.csv")}


def rows(name: str) -> list[dict[str, str]]:
    """The rows of one CSV file in presets/paper."""
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
