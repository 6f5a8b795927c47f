"""`costmodel scenarios`: the scenario presets with their answers."""

from collections.abc import Iterator, Mapping
from typing import Any

import costmodel as cm
from costmodel.cli.asked import Csv, Json
from costmodel.cli.shown import Answer, Rows, show

EXAMPLES = ("costmodel scenarios", "costmodel scenarios --csv")


def scenarios(*, as_json: Json = False, as_csv: Csv = False) -> None:
    """List the scenario presets: each question with its answer in the limit and in whole servers."""
    report = cm.scenarios_report()
    show(
        Answer(tables=lambda: _tables(report["rows"]), data=lambda: report, csv=cm.scenarios_csv),
        as_json=as_json,
        as_csv=as_csv,
    )


def _tables(rows: list[Mapping[str, Any]]) -> Iterator[Rows | str]:
    yield Rows(
        "",
        {
            "scenario": [row["id"] for row in rows],
            "title": [row["title"] for row in rows],
            "answer": [row["answer"] for row in rows],
            "best in the limit": [row["best"] or "none" for row in rows],
            "USD per 1M": [row["usd_per_million_tokens"] for row in rows],
            "best in whole servers": [row["best_in_servers"] or "none" for row in rows],
            "USD per 1M in servers": [row["usd_per_million_tokens_in_servers"] for row in rows],
        },
    )
