"""Results of scenarios as plain data, for JSON and CSV."""

import csv
import io
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from math import isclose
from typing import Any

import numpy as np

from costmodel.cost import Bound, attention_bound, cheapest
from costmodel.errors import DomainError
from costmodel.evaluation import Evaluation
from costmodel.io.link import to_query
from costmodel.metrics import GROUPS, METRICS, Metric
from costmodel.scenario import Scenario

ACCOUNTING = "ideal peak rates; paper arXiv 2507.19427 sec. 4"

SAME = 1e-12
"""Values closer than this ratio are a tie."""


def report(scenario: Scenario) -> dict[str, Any]:
    """Link, cheapest pair, bounds, and every metric with its unit; a metric that cannot be computed has its reason."""
    run = Evaluation(scenario)
    metrics: dict[str, Any] = {}
    for name, metric in METRICS.items():
        try:
            metrics[name] = {"unit": metric.unit, "value": _value(metric, run)}
        except DomainError as error:
            metrics[name] = {"unit": metric.unit, "missing": str(error)}
    bounds: dict[str, dict[str, Any]] = {}
    for accelerator in scenario.accelerators:
        if missing := accelerator.unknown(*run.work.attention_bits):
            bounds[accelerator.id] = {"missing": missing}
            continue
        bound = attention_bound(scenario.model, accelerator, scenario.workload)
        bounds[accelerator.id] = _bound(bound)
        if bound.indexer is not None:
            bounds[accelerator.id]["indexer"] = _bound(bound.indexer)
    return {
        "link": to_query(scenario),
        "accounting": ACCOUNTING,
        "cheapest_pair": _pair(scenario),
        "attention_bound": bounds,
        "metrics": metrics,
    }


def _value(metric: Metric, run: Evaluation) -> float | dict[str, float | None]:
    if not metric.per_accelerator:
        return float(metric.value(run))
    ids = (accelerator.id for accelerator in run.scenario.accelerators)
    parts = zip(ids, metric.each(run), strict=True)
    return {name: float(part) if np.isfinite(part) else None for name, part in parts}


def _bound(bound: Bound) -> dict[str, Any]:
    return {
        "bound": "memory" if bound.memory else "compute",
        "intensity_flop_per_byte": float(bound.intensity),
        "ridge_flop_per_byte": float(bound.ridge),
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
            [name, accelerator, repr(cell) if cell not in ("", None) else "", entry["unit"]]
            for accelerator, cell in cells
        )
    return text.getvalue()


@dataclass(frozen=True)
class ComparisonRow:
    """One metric of several designs: values in their order (None where it cannot be computed), index of the best.

    `group` says what the metric is about. `best` is None where no direction is better or where designs share the best
    value.
    """

    group: str
    label: str
    unit: str
    values: tuple[float | None, ...]
    best: int | None

    @property
    def differs(self) -> bool:
        """True where the designs do not all have the same value."""
        return any(value != self.values[0] for value in self.values[1:])


@dataclass(frozen=True)
class Leader:
    """The cheapest of several designs on its cheapest pair [USD per 1M tokens], and the next.

    `less` is the share of the next design's cost that it saves; `after` is None where only one design has a cost.
    """

    name: str
    usd: float
    after: str | None
    less: float


def leader(designs: Mapping[str, Scenario]) -> Leader | None:
    """The cheapest of several designs and by how much; None where none has a priced accelerator."""
    costs: dict[str, float] = {}
    for name, scenario in designs.items():
        with suppress(DomainError):
            costs[name] = float(cheapest(scenario).pair.total)
    if not costs:
        return None
    first, *rest = sorted(costs, key=lambda name: costs[name])
    after = rest[0] if rest else None
    return Leader(first, costs[first], after, 0.0 if after is None else 1 - costs[first] / costs[after])


def comparison(designs: Mapping[str, Scenario]) -> list[ComparisonRow]:
    """Every metric of several designs on the same accelerators, and the single best design where there is one."""
    reports = [report(scenario)["metrics"] for scenario in designs.values()]
    rows = []
    for group, metrics in GROUPS.items():
        for metric in metrics:
            found = [each[metric.name].get("value") for each in reports]
            if metric.per_accelerator:
                for accelerator in next(iter(designs.values())).accelerators:
                    values = tuple(None if value is None else value[accelerator.id] for value in found)
                    rows.append(_row(group, f"{metric.label}: {accelerator.name}", metric, values))
            else:
                rows.append(_row(group, metric.label, metric, tuple(found)))
    return rows


def comparison_report(designs: Mapping[str, Scenario]) -> dict[str, Any]:
    """Links of the designs and every metric of `comparison`, with its unit and the name of the best design, if any."""
    names = list(designs)
    return {
        "designs": {name: to_query(scenario) for name, scenario in designs.items()},
        "accounting": ACCOUNTING,
        "metrics": [
            {
                "group": row.group,
                "metric": row.label,
                "unit": row.unit,
                "values": dict(zip(names, row.values, strict=True)),
                "best": None if row.best is None else names[row.best],
            }
            for row in comparison(designs)
        ],
    }


def comparison_csv(designs: Mapping[str, Scenario]) -> str:
    """The metrics of `comparison` as CSV: metric, unit, and a column for each design; empty where unknown."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["metric", "unit", *designs])
    for row in comparison(designs):
        table.writerow([row.label, row.unit, *("" if value is None else repr(value) for value in row.values)])
    return text.getvalue()


def _row(group: str, label: str, metric: Metric, values: tuple[float | None, ...]) -> ComparisonRow:
    known = [value for value in values if value is not None]
    best = None
    if known and metric.better is not None:
        wanted = min(known) if metric.better == "lower" else max(known)
        # Designs that differ by rounding only share the best value.
        sharing = [at for at, value in enumerate(values) if value is not None and isclose(value, wanted, rel_tol=SAME)]
        best = sharing[0] if len(sharing) == 1 and len(known) > 1 else None
    return ComparisonRow(group, label, metric.unit, values, best)


def _pair(scenario: Scenario) -> dict[str, str] | None:
    try:
        best = cheapest(scenario).pair
    except DomainError:
        return None
    return {"attention_on": best.attention_on.id, "ffn_on": best.ffn_on.id}
