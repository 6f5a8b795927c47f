"""Every result of one scenario as plain data: what the JSON and CSV of the front door hold."""

import csv
import io
from typing import Any

from costmodel.cost import attention_bound, cheapest
from costmodel.errors import DomainError
from costmodel.explore.metrics import METRICS, Evaluation
from costmodel.link import to_query
from costmodel.scenario import Scenario


def report(scenario: Scenario) -> dict[str, Any]:
    """Link, cheapest pair, bounds, and every metric with its unit; a metric that cannot be computed says why."""
    run = Evaluation(scenario)
    metrics: dict[str, Any] = {}
    for name, metric in METRICS.items():
        try:
            value = metric.formula(run)
        except DomainError as error:
            metrics[name] = {"unit": metric.unit, "missing": str(error)}
            continue
        if metric.per_accelerator:
            value = {card.id: float(part) for card, part in zip(scenario.accelerators, value, strict=True)}
        else:
            value = float(value)
        metrics[name] = {"unit": metric.unit, "value": value}
    bounds = {}
    for card in scenario.accelerators:
        bound = attention_bound(scenario.model, card, scenario.workload)
        bounds[card.id] = {
            "bound": "memory" if bound.memory else "compute",
            "intensity_flop_per_byte": float(bound.intensity),
            "ridge_flop_per_byte": float(bound.ridge),
        }
    return {
        "link": to_query(scenario),
        "accounting": "ideal peak rates; paper arXiv 2507.19427 sec. 4",
        "cheapest_pair": _pair(scenario),
        "attention_bound": bounds,
        "metrics": metrics,
    }


def report_csv(scenario: Scenario) -> str:
    """The metrics of `report` as CSV: metric, accelerator (empty where it does not matter), value, unit."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["metric", "accelerator", "value", "unit"])
    for name, entry in report(scenario)["metrics"].items():
        value = entry.get("value", "")
        cells = value.items() if isinstance(value, dict) else [("", value)]
        table.writerows([name, card, repr(cell) if cell != "" else "", entry["unit"]] for card, cell in cells)
    return text.getvalue()


def _pair(scenario: Scenario) -> dict[str, str] | None:
    try:
        best = cheapest(scenario.model, scenario.accelerators, scenario.workload)
    except DomainError:
        return None
    return {"attention_on": best.attention_on.id, "ffn_on": best.ffn_on.id}
