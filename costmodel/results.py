"""Every result of one scenario as plain data: what the JSON and CSV of the front door hold."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from costmodel.cost import attention_bound, cheapest
from costmodel.errors import DomainError
from costmodel.io.link import to_query
from costmodel.metrics import METRICS, Evaluation
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
            value = {
                accelerator.id: float(part) for accelerator, part in zip(scenario.accelerators, value, strict=True)
            }
        else:
            value = float(value)
        metrics[name] = {"unit": metric.unit, "value": value}
    bounds = {}
    for accelerator in scenario.accelerators:
        bound = attention_bound(scenario.model, accelerator, scenario.workload)
        bounds[accelerator.id] = {
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
        table.writerows(
            [name, accelerator, repr(cell) if cell != "" else "", entry["unit"]] for accelerator, cell in cells
        )
    return text.getvalue()


@dataclass(frozen=True)
class ComparisonRow:
    """One metric of several designs: values in their order (None where it cannot be computed), index of the best."""

    label: str
    unit: str
    values: tuple[float | None, ...]
    best: int | None


SMALLER_IS_BETTER = (
    "cost",
    "single",
    "training",
    "kv_bytes",
    "core_flops",
    "linear_flops",
    "ffn_flops",
    "weight_bytes",
    "plan.gpu_seconds",
)
LARGER_IS_BETTER = ("effective_rank", "plan.tokens_per_second_per_gpu")


def comparison(designs: Mapping[str, Scenario]) -> list[ComparisonRow]:
    """Every metric of several designs on the same accelerators, and the best design where a direction is better."""
    reports = [report(scenario)["metrics"] for scenario in designs.values()]
    rows = []
    for name, metric in METRICS.items():
        found = [each[name].get("value") for each in reports]
        if metric.per_accelerator:
            accelerators = next(iter(designs.values())).accelerators
            for accelerator in accelerators:
                values = tuple(None if value is None else value[accelerator.id] for value in found)
                rows.append(_row(f"{metric.label}: {accelerator.name}", name, metric.unit, values))
        else:
            rows.append(_row(metric.label, name, metric.unit, tuple(found)))
    return rows


def _row(label: str, name: str, unit: str, values: tuple[float | None, ...]) -> ComparisonRow:
    known = [value for value in values if value is not None]
    wanted = None
    if known and min(known) != max(known):
        if name.startswith(SMALLER_IS_BETTER):
            wanted = min(known)
        elif name.startswith(LARGER_IS_BETTER):
            wanted = max(known)
    return ComparisonRow(label, unit, values, None if wanted is None else values.index(wanted))


def _pair(scenario: Scenario) -> dict[str, str] | None:
    try:
        best = cheapest(scenario.model, scenario.accelerators, scenario.workload)
    except DomainError:
        return None
    return {"attention_on": best.attention_on.id, "ffn_on": best.ffn_on.id}
