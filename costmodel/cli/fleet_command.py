"""`costmodel fleet`: the servers of three pools over a day, their bill and their power."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import typer

import costmodel as cm
from costmodel.cli.asked import Asked, Csv, Json, of_scenario
from costmodel.cli.shown import Answer, Rows, show

EXAMPLES = (
    "costmodel fleet step-3 --requests-per-day 1e7",
    "costmodel fleet step-3 --on h800,h20 --set demand.peak=2 --set request.cached=0.5 --json",
    "costmodel fleet --from 'v=2&model=step-3&demand.headroom=0.5' --csv",
)
COLUMNS = {
    "pool": "pool",
    "on": "accelerator",
    "servers at the peak": "peak_servers",
    "mean servers": "mean_servers",
    "spares": "peak_spares",
    "utilization": "utilization",
    "USD/day": "usd_per_day",
}

PerDay = Annotated[str, typer.Option("--requests-per-day", metavar="NUMBER", help="Requests of a day.")]


@of_scenario
def fleet(asked: Asked, *, per_day: PerDay = "", as_json: Json = False, as_csv: Csv = False) -> None:
    """Servers of the prefill, attention and FFN pools over a day, what they cost and what they draw."""
    scenario = asked.having({"demand.requests_per_day": per_day} if per_day else {}).scenario()
    answer = Answer(
        tables=lambda: _tables(scenario, cm.fleet_report(scenario)),
        data=lambda: cm.fleet_report(scenario),
        csv=lambda: cm.fleet_csv(scenario),
    )
    show(answer, as_json=as_json, as_csv=as_csv)


def _tables(scenario: cm.Scenario, report: Mapping[str, Any]) -> Iterator[Rows | str]:
    pools = report["pools"]
    yield Rows(
        f"{scenario.model.name}, {scenario.demand.requests_per_day:,.0f} requests per day",
        {heading: [pool[name] for pool in pools] for heading, name in COLUMNS.items()},
    )
    yield f"{report['usd_per_month']:,.0f} USD per month, {report['usd_per_request']:.4g} USD per request."
    yield f"Without autoscaling {report['static_usd_per_month']:,.0f} USD per month."
    yield f"An instance: {report['instance']}."
    yield from report["warnings"]
    yield from report["assumptions"]
