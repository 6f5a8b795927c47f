"""How far predictions are from measurements, in a sentence and as plain data for JSON and CSV."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from costmodel.units import percent
from costmodel.validation.measured import (
    FITTED,
    PREDICTED,
    ErrorSummary,
    MeasurementRow,
    error_summary,
    measurements,
)
from costmodel.validation.rows import DEPLOYMENT

ERROR_AIM = 0.15
"""The error that predictions aim to stay within: the band of the chart."""

COLUMNS = (
    "publication",
    "kind",
    "system",
    "model",
    "accelerator",
    "engine",
    "context",
    "unit",
    "measured",
    "predicted",
    "ideal",
    "ratio",
    "error",
    "state",
    "reason",
    "rates",
    "notes",
)


def accuracy(rows: Sequence[MeasurementRow] | None = None) -> ErrorSummary | None:
    """Errors of whole deployments that nothing was fitted to; None where there are none.

    >>> found = accuracy()
    >>> found.rows, round(found.median_error, 3), round(found.p90_error, 3)
    (119, 0.136, 0.263)
    """
    given = measurements() if rows is None else rows
    counted = [row for row in given if row.state == PREDICTED and row.kind == DEPLOYMENT]
    return error_summary(counted, by=lambda _: "deployments")[0] if counted else None


def accuracy_words(rows: Sequence[MeasurementRow] | None = None) -> str:
    """The same in a sentence."""
    found = accuracy(rows)
    if found is None:
        return "No deployment among these rows was predicted without a constant that was fitted to it."
    return (
        f"Median error {percent(found.median_error, 1)}, 90 % of rows within {percent(found.p90_error, 1)}, on "
        f"{found.rows} deployments that nothing was fitted to."
    )


def measurements_report() -> dict[str, Any]:
    """Headline, a summary per model, accelerator and engine, and every row of `measurements` with ratio and error."""
    rows = measurements()
    return {
        "headline": accuracy_words(),
        "fitted": sum(row.state == FITTED for row in rows),
        "summary": [asdict(each) for each in error_summary()],
        "rows": [{name: _plain(getattr(row, name)) for name in COLUMNS} for row in rows],
    }


def measurements_csv() -> str:
    """The rows of `measurements_report` as CSV, empty where a row has no value; notes are separated by semicolons."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in measurements():
        table.writerow([_cell(getattr(row, name)) for name in COLUMNS])
    return text.getvalue()


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _cell(value: object) -> object:
    if isinstance(value, tuple):
        return "; ".join(value)
    return "" if value is None else repr(value) if isinstance(value, float) else value
