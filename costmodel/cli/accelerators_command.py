"""`costmodel accelerators`: the accelerator presets."""

from collections.abc import Iterator
from typing import Any

import costmodel as cm
from costmodel.cli.asked import Csv, Json
from costmodel.cli.models_command import Find, holding
from costmodel.cli.shown import Answer, Rows, show
from costmodel.tabulated import rows_csv

EXAMPLES = ("costmodel accelerators", "costmodel accelerators --find h20 --csv")
COLUMNS = {
    "USD/h": ("usd_per_hour", 1),
    "BF16 TFLOP/s": ("bf16_flops_per_second", 1e12),
    "FP8 TFLOP/s": ("fp8_flops_per_second", 1e12),
    "TB/s": ("bytes_per_second", 1e12),
    "GB": ("memory_bytes", 1e9),
    "per server": ("accelerators_per_server", 1),
}


def accelerators(*, find: Find = "", as_json: Json = False, as_csv: Csv = False) -> None:
    """List the accelerator presets with price, peak rates, memory and source."""
    report = cm.accelerators_report()
    rows = holding(find, report["rows"])
    answer = Answer(
        tables=lambda: _tables(rows),
        data=lambda: report | {"rows": rows},
        csv=lambda: rows_csv(rows),
        found=bool(rows),
    )
    show(answer, as_json=as_json, as_csv=as_csv)


def _tables(rows: list[dict[str, Any]]) -> Iterator[Rows | str]:
    figures = {
        heading: [None if row[name] is None else row[name] / scale for row in rows]
        for heading, (name, scale) in COLUMNS.items()
    }
    yield Rows(
        "",
        {
            "preset": [row["id"] for row in rows],
            "name": [row["name"] for row in rows],
            **figures,
            "basis": [row["basis"] for row in rows],
        },
    )
