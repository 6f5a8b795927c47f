"""`costmodel models`: the model presets."""

from collections.abc import Iterator
from typing import Annotated, Any

import typer

import costmodel as cm
from costmodel.cli.asked import Csv, Json
from costmodel.cli.shown import Answer, Rows, show
from costmodel.tabulated import rows_csv

EXAMPLES = ("costmodel models", "costmodel models --find qwen", "costmodel models --json")

Find = Annotated[str, typer.Option("--find", metavar="WORD", help="Only those that hold this word.")]


def models(*, find: Find = "", as_json: Json = False, as_csv: Csv = False) -> None:
    """List the model presets with their sizes and mechanisms."""
    report = cm.models_report()
    rows = holding(find, report["rows"])
    answer = Answer(
        tables=lambda: _tables(rows),
        data=lambda: report | {"rows": rows},
        csv=lambda: rows_csv(rows),
        found=bool(rows),
    )
    show(answer, as_json=as_json, as_csv=as_csv)


def holding(word: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows with a text that holds the word, in capitals or not."""
    return [row for row in rows if any(word.lower() in text.lower() for text in _texts(row))]


def _texts(row: dict[str, Any]) -> Iterator[str]:
    for value in row.values():
        yield from (text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str))


def _tables(rows: list[dict[str, Any]]) -> Iterator[Rows | str]:
    yield Rows(
        "",
        {
            "preset": [row["id"] for row in rows],
            "name": [row["name"] for row in rows],
            "layers": [float(row["layers"]) for row in rows],
            "stored, 1e9": [row["parameters"] / 1e9 for row in rows],
            "active, 1e9": [row["active_parameters"] / 1e9 for row in rows],
            "attention": [", ".join(row["attention"]) for row in rows],
            "FFN": [", ".join(row["ffn"]) for row in rows],
        },
    )
