"""`costmodel measurements`: published measurements beside the predictions of the library."""

from collections.abc import Iterator, Mapping
from typing import Any

import costmodel as cm
from costmodel.cli.asked import Csv, Json
from costmodel.cli.models_command import Find, holding
from costmodel.cli.shown import Answer, Rows, show
from costmodel.tabulated import rows_csv

EXAMPLES = (
    "costmodel measurements",
    "costmodel measurements --find step-3",
    "costmodel measurements --find h20 --csv",
)


def measurements(*, find: Find = "", as_json: Json = False, as_csv: Csv = False) -> None:
    """How far predictions are from published measurements; with --find the rows that hold a word."""
    report = cm.measurements_report()
    rows = holding(find, report["rows"])
    answer = Answer(
        tables=lambda: _rows(rows) if find else _summary(report),
        data=lambda: report | {"rows": rows},
        csv=lambda: rows_csv(rows) if find else cm.measurements_csv(),
        found=bool(rows),
    )
    show(answer, as_json=as_json, as_csv=as_csv)


def _summary(report: Mapping[str, Any]) -> Iterator[Rows | str]:
    groups = report["summary"]
    headings = {"group": "group", "rows": "rows", "median ratio": "median_ratio", "median error": "median_error"}
    yield Rows(
        "Predicted over measured speed, and the absolute error",
        {heading: [group[name] for group in groups] for heading, name in headings.items()},
    )
    yield report["headline"]


def _rows(rows: list[dict[str, Any]]) -> Iterator[Rows | str]:
    names = ("system", "model", "accelerator", "context", "unit", "measured", "predicted", "ideal", "ratio", "state")
    yield Rows("", {name: [row[name] for row in rows] for name in names})
