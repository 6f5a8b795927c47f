"""Printed cells of the paper beside the computed ones as plain data, for JSON and CSV."""

import csv
import io
from typing import Any

from costmodel.validation.paper import COLUMNS, paper_cells


def paper_report() -> dict[str, Any]:
    """Every printed cell with its unit, the computed value, whether the digits agree, and the reason where they differ.

    >>> found = paper_report()
    >>> found["cells"], found["agree"]
    (207, 204)
    """
    rows = [
        {**cell.row, "computed": cell.computed, "agrees": cell.agrees, "reason": cell.reason} for cell in paper_cells()
    ]
    return {
        "source": "arXiv 2507.19427v1",
        "cells": len(rows),
        "agree": sum(row["agrees"] for row in rows),
        "rows": rows,
    }


def paper_csv() -> str:
    """The rows of `paper_report` as CSV."""
    text = io.StringIO()
    table = csv.DictWriter(text, [*COLUMNS, "computed", "agrees", "reason"], lineterminator="\n")
    table.writeheader()
    table.writerows(paper_report()["rows"])
    return text.getvalue()
