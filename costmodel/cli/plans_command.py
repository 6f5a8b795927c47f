"""`costmodel plans`: every pair and every accelerator alone, ranked."""

from collections.abc import Iterator

import costmodel as cm
from costmodel.cli.asked import Asked, Csv, Json, of_scenario
from costmodel.cli.plan_command import deployment, figures
from costmodel.cli.shown import Answer, Rows, show

EXAMPLES = (
    "costmodel plans step-3",
    "costmodel plans kimi-k2 --on h800,h20,a800 --set objective=throughput",
    "costmodel plans --from 'v=2&model=step-3&rates=measured' --csv",
)


@of_scenario
def plans(asked: Asked, *, as_json: Json = False, as_csv: Csv = False) -> None:
    """Rank every pair of accelerators and every accelerator alone by cost, throughput or number."""
    scenario = asked.scenario()
    report = cm.plan_report(scenario)
    answer = Answer(
        tables=lambda: _tables(report),
        data=lambda: report,
        csv=lambda: cm.plan_csv(scenario),
        found=any(row["feasible"] for row in report["rows"]),
    )
    show(answer, as_json=as_json, as_csv=as_csv)


def _tables(report: dict[str, list[dict[str, str]]]) -> Iterator[Rows | str]:
    rows = report["rows"]
    yield Rows(
        f"Best by {report['objective']}, {report['rates']} rates",
        {
            "rank": [row["rank"] for row in rows],
            "": [deployment(row) for row in rows],
            **figures(rows),
        },
    )
    yield from (f"{deployment(row)}: {row['reason']}" for row in rows if not row["feasible"])
    lent = dict.fromkeys(note for row in rows for note in row["borrowed"])
    yield from (f"{note[0].upper()}{note[1:]}." for note in lent)
