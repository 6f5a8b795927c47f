"""Rows of a report as CSV."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any


def rows_csv(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV: a column for each key, lists joined by semicolons, empty where a value is not known."""
    text = StringIO()
    table = csv.DictWriter(text, fieldnames=list(rows[0]) if rows else [], lineterminator="\n")
    table.writeheader()
    table.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    return text.getvalue()


def _cell(value: Any) -> Any:
    return "; ".join(map(str, value)) if isinstance(value, list) else value
