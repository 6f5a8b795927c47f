"""Frontiers of a search as plain data, for JSON and CSV."""

import csv
import io
from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any
from urllib.parse import urlencode

from costmodel.designspace.design_search import DesignSearch
from costmodel.designspace.front import ALL, DESIGN, Front, RowNumbers
from costmodel.designspace.search import search
from costmodel.io.link import to_pairs
from costmodel.io.search_link import search_pairs
from costmodel.paths import fields
from costmodel.results import ACCOUNTING

MOST_ROWS = 10_000
"""Rows of a report: as many as a front end would read."""

Cancel = Callable[[], bool]


def search_report(asked: DesignSearch, cancel: Cancel | None = None) -> dict[str, Any]:
    """The report of `front_report` on a search that is run for it. Raises as `search` does.

    >>> import costmodel as cm
    >>> found = search_report(cm.search_of_query("search.axis.ffn.1.top_k=2..4").search)
    >>> found["designs"], found["searched"], found["rows"][0]["ffn.1.top_k"]
    (3, 3, 2)
    """
    return front_report(asked, _front(asked, cancel))


def front_report(asked: DesignSearch, front: Front) -> dict[str, Any]:
    """Link, counts, what left conditions empty, and the first rows of the frontiers with their units.

    A figure that needs an unknown price is None.
    """
    known = fields(asked.scenario)
    dataset = front.to_dataset(rows=slice(MOST_ROWS))
    units = {name: str(item.attrs["units"]) for name, item in dataset.data_vars.items() if "units" in item.attrs}
    return {
        "link": urlencode([*to_pairs(asked.scenario), *search_pairs(asked)], safe=",.:"),
        "accounting": ACCOUNTING,
        "objectives": list(front.objectives),
        "constraints": list(front.constraints),
        "searched": front.searched,
        "invalid": front.invalid,
        "hardware_pairs": front.hardware_pairs,
        "designs": len(front),
        "empty": [
            {"condition": front.conditions[place], "removed_by": constraint}
            for place, constraint in sorted(front.emptied.items())
        ],
        "units": {path: getattr(known[path], "unit", "") for path in asked.axes} | units,
        "rows": [dict(zip(_columns(dataset), map(_plain, row), strict=True)) for row in _rows(dataset)],
        "rows_left_out": max(0, len(front) - MOST_ROWS),
    }


def search_csv(asked: DesignSearch, cancel: Cancel | None = None) -> str:
    """All rows of the frontiers as CSV."""
    return front_csv(_front(asked, cancel))


def front_csv(front: Front, rows: RowNumbers = ALL) -> str:
    """Rows of a front as CSV: number, axes, accelerators, objectives and metrics; empty where a price is not known."""
    dataset = front.to_dataset(rows=rows)
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(_columns(dataset))
    table.writerows(["" if _plain(value) is None else value for value in row] for row in _rows(dataset))
    return text.getvalue()


def _front(asked: DesignSearch, cancel: Cancel | None) -> Front:
    return search(asked.space, minimise=asked.minimise, maximise=asked.maximise, where=asked.where, cancel=cancel)


def _columns(dataset: Any) -> list[str]:
    return [DESIGN, *map(str, dataset.data_vars)]


def _rows(dataset: Any) -> Iterator[tuple[Any, ...]]:
    return zip(*(dataset[name].values.tolist() for name in _columns(dataset)), strict=True)


def _plain(value: Any) -> Any:
    """The value, None where it is no finite number."""
    return None if isinstance(value, float) and not isfinite(value) else value
