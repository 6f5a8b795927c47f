"""`costmodel plan`: the best deployment with AFD beside the best one without."""

from collections.abc import Iterator, Mapping
from typing import Any

import costmodel as cm
from costmodel.cli.asked import Asked, Csv, Json, of_scenario
from costmodel.cli.shown import Answer, Rows, show
from costmodel.tabulated import rows_csv

EXAMPLES = (
    "costmodel plan step-3 --on h20,h800",
    "costmodel plan step-3 --set rates=measured --set sla.tpot=0.1 --json",
    "costmodel plan --from step-3-32k-h20-h800 --csv",
)
FIGURES = {
    "USD per 1M tokens": "usd_per_million_tokens",
    "token/s per accelerator": "tokens_per_second_per_gpu",
    "low": "tokens_per_second_per_gpu_low",
    "high": "tokens_per_second_per_gpu_high",
    "accelerators": "accelerators",
    "TPOT, s": "tpot",
    "bound by": "binding",
}


@of_scenario
def plan(asked: Asked, *, as_json: Json = False, as_csv: Csv = False) -> None:
    """Servers for an SLA: the best deployment with AFD, the best one without it, and what decides between them."""
    report = cm.verdict_report(asked.scenario())
    rows = [row for row in (report["afd"], report["colocated"]) if row is not None]
    answer = Answer(
        tables=lambda: _tables(report, rows),
        data=lambda: report,
        csv=lambda: rows_csv(rows),
        found=any(row["feasible"] for row in rows),
    )
    show(answer, as_json=as_json, as_csv=as_csv)


def _tables(report: Mapping[str, Any], rows: list[dict[str, Any]]) -> Iterator[Rows | str]:
    if rows:
        yield Rows(
            f"Whole servers at {report['rates']} rates, best by {report['objective']}",
            {
                "": [deployment(row) for row in rows],
                **figures(rows),
            },
        )
    verdict = [report["verdict"]["reason"]] if report["verdict"] else []
    lent = [f"{note[0].upper()}{note[1:]}." for row in rows for note in row["borrowed"]]
    said = [*verdict, *(row["reason"] for row in rows), *report["remedies"], *report["reasons"], *lent]
    yield from filter(None, dict.fromkeys(said))


def figures(rows: list[dict[str, Any]]) -> dict[str, list[Any]]:
    """Columns of the figures; those of the band only where there is one."""
    columns = {heading: [row[name] for row in rows] for heading, name in FIGURES.items()}
    return {
        heading: cells
        for heading, cells in columns.items()
        if heading not in ("low", "high") or any(cell is not None for cell in cells)
    }


def deployment(row: Mapping[str, Any]) -> str:
    """A row of the ranking in words: its accelerators, and its servers where it is feasible."""
    if row["kind"] == "AFD":
        words = f"AFD: {row['attention_on']} + {row['ffn_on']}"
        servers = f", {row['attention_servers']} + {row['ffn_servers']} servers"
    else:
        words, servers = f"{row['attention_on']} alone", f", {row['servers']} servers"
    return words + (servers if row["feasible"] else "")
