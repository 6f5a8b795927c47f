"""The claims of the paper and its printed cells beside the computed ones as plain data, for JSON and CSV."""

from dataclasses import asdict
from typing import Any

from costmodel.tabulated import rows_csv
from costmodel.validation.abstract import claim_costs, claims
from costmodel.validation.paper import paper_cells

COMPUTED = ("computed", "agrees", "formula", "reason")


def paper_report() -> dict[str, Any]:
    """The claims of the abstract with the costs behind them, and every printed cell with ours, formula and reason.

    >>> found = paper_report()
    >>> found["cells"], found["agree"]
    (207, 204)
    """
    rows = [{**cell.row, **{name: getattr(cell, name) for name in COMPUTED}} for cell in paper_cells()]
    return {
        "source": "arXiv 2507.19427v1",
        "claims": [asdict(claim) for claim in claims()],
        "costs": [asdict(cost) for cost in claim_costs()],
        "cells": len(rows),
        "agree": sum(row["agrees"] for row in rows),
        "rows": rows,
    }


def paper_csv() -> str:
    """The rows of `paper_report` as CSV."""
    return rows_csv(paper_report()["rows"])
