"""Results of scenarios as plain data, for JSON and CSV."""

import csv
import io
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from math import isclose
from typing import Any

import numpy as np

from costmodel.cost import Bound, attention_bound, cheapest
from costmodel.deployments import FIGURES, Deployed, Figure, deployed, deployed_report
from costmodel.errors import DomainError, Problem
from costmodel.evaluation import Evaluation
from costmodel.io.link import to_query
from costmodel.metrics import GROUPS, METRICS, Metric
from costmodel.scenario import RatesKind, Scenario

ACCOUNTING = "ideal peak rates; paper arXiv 2507.19427 sec. 4"

DEPLOYMENTS = "Whole servers"
"""Group of the figures of deployments at rates that are not ideal; all other groups are the limit of ideal rates."""

SAME = 1e-12
"""Values closer than this ratio are a tie."""


def report(scenario: Scenario) -> dict[str, Any]:
    """Link, cheapest pair, bounds, and every metric with its unit; a metric that cannot be computed has its reason.

    All of them are the limit of ideal rates. `deployed` holds whole servers at the rates of the scenario; None where
    these are ideal.
    """
    run = Evaluation(scenario)
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
        "rates": scenario.rates,
        "cheapest_pair": _pair(scenario),
        "attention_bound": bounds,
        "metrics": _metrics(scenario),
        "deployed": None if scenario.rates == "ideal" else deployed_report(deployed(scenario)),
    }


def _metrics(scenario: Scenario) -> dict[str, Any]:
    run = Evaluation(scenario)
    metrics: dict[str, Any] = {}
    for name, metric in METRICS.items():
        try:
            metrics[name] = {"unit": metric.unit, "value": _value(metric, run)}
        except DomainError as error:
            metrics[name] = {"unit": metric.unit, "missing": str(error)}
    return metrics


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
    """The metrics of `report` as CSV: metric, accelerator (empty where it does not matter), value, unit.

    Figures of whole servers at the rates of the scenario, whose names start with `deployed.`, follow unless these are
    ideal.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["metric", "accelerator", "value", "unit"])
    found = report(scenario)
    figures = found["deployed"]["figures"] if found["deployed"] else {}
    for name, entry in (found["metrics"] | figures).items():
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
    """The cheapest of several designs [USD per 1M tokens], and the next, at the rates that all of them ask for.

    At ideal rates the cost is that of the cheapest pair in the limit, at others that of the best deployment on whole
    servers. `less` is the share of the next design's cost that it saves; `after` is None where only one has a cost.
    """

    name: str
    usd: float
    after: str | None
    less: float
    rates: RatesKind = "ideal"


@dataclass(frozen=True)
class Comparison:
    """Several designs side by side: their metrics, the cheapest, and at rates that are not ideal their deployments.

    `rows` holds the metrics of the limit and the figures of deployments; `leader` is None where no design has a cost.
    `limit` holds the cost of the cheapest pair of every design that has one in the limit [USD per 1M tokens].
    """

    rates: RatesKind
    rows: list[ComparisonRow]
    leader: Leader | None
    limit: dict[str, float]
    deployed: dict[str, Deployed] = field(default_factory=dict)


def compared(designs: Mapping[str, Scenario]) -> Comparison:
    """Every metric of several designs on the same accelerators, at the rates that all of them ask for.

    DomainError where their rates differ: ideal and measured figures are not ranked together.
    """
    rates = _rates(designs)
    found = {} if rates == "ideal" else {name: deployed(scenario) for name, scenario in designs.items()}
    rows, limit = [*_of_limit(designs), *_of_deployments(found)], _limits(designs)
    return Comparison(rates, rows, _leader(rates, _costs(found) if found else limit), limit, found)


def leader(designs: Mapping[str, Scenario]) -> Leader | None:
    """The cheapest of several designs and by how much; None where none has a cost at its rates."""
    rates = _rates(designs)
    if rates == "ideal":
        return _leader(rates, _limits(designs))
    return _leader(rates, _costs({name: deployed(scenario) for name, scenario in designs.items()}))


def comparison(designs: Mapping[str, Scenario]) -> list[ComparisonRow]:
    """The metrics of `compared`, and the single best design where there is one."""
    return compared(designs).rows


def _rates(designs: Mapping[str, Scenario]) -> RatesKind:
    kinds = list(dict.fromkeys(scenario.rates for scenario in designs.values()))
    if len(kinds) > 1:
        reason = f"designs at {' and '.join(kinds)} rates are not compared; give all of them the same rates"
        raise DomainError(Problem("rates", reason))
    return kinds[0] if kinds else "ideal"


def _costs(found: Mapping[str, Deployed]) -> dict[str, float]:
    known = {name: each.usd_per_million_tokens for name, each in found.items()}
    return {name: usd for name, usd in known.items() if usd is not None}


def _limits(designs: Mapping[str, Scenario]) -> dict[str, float]:
    costs: dict[str, float] = {}
    for name, scenario in designs.items():
        with suppress(DomainError):
            costs[name] = float(cheapest(scenario).pair.total)
    return costs


def _leader(rates: RatesKind, costs: Mapping[str, float]) -> Leader | None:
    if not costs:
        return None
    first, *rest = sorted(costs, key=lambda name: costs[name])
    after = rest[0] if rest else None
    return Leader(first, costs[first], after, 0.0 if after is None else 1 - costs[first] / costs[after], rates)


def _of_limit(designs: Mapping[str, Scenario]) -> Iterator[ComparisonRow]:
    reports = [_metrics(scenario) for scenario in designs.values()]
    for group, metrics in GROUPS.items():
        for metric in metrics:
            found = [each[metric.name].get("value") for each in reports]
            if metric.per_accelerator:
                for accelerator in next(iter(designs.values())).accelerators:
                    values = tuple(None if value is None else value[accelerator.id] for value in found)
                    yield _row(group, f"{metric.label}: {accelerator.name}", metric, values)
            else:
                yield _row(group, metric.label, metric, tuple(found))


def _of_deployments(found: Mapping[str, Deployed]) -> Iterator[ComparisonRow]:
    for figure in FIGURES if found else ():
        yield _row(DEPLOYMENTS, figure.label, figure, tuple(figure.value(each) for each in found.values()))


def comparison_report(designs: Mapping[str, Scenario]) -> dict[str, Any]:
    """Links of the designs and every metric of `compared`, with its unit and the name of the best design, if any.

    `deployed` holds each design on whole servers at the rates; it is empty where these are ideal.
    """
    names, found = list(designs), compared(designs)
    return {
        "designs": {name: to_query(scenario) for name, scenario in designs.items()},
        "accounting": ACCOUNTING,
        "rates": found.rates,
        "metrics": [
            {
                "group": row.group,
                "metric": row.label,
                "unit": row.unit,
                "values": dict(zip(names, row.values, strict=True)),
                "best": None if row.best is None else names[row.best],
            }
            for row in found.rows
        ],
        "deployed": {name: deployed_report(each) for name, each in found.deployed.items()},
    }


def comparison_csv(designs: Mapping[str, Scenario]) -> str:
    """The metrics of `comparison` as CSV: metric, unit, and a column for each design; empty where unknown."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["metric", "unit", *designs])
    for row in comparison(designs):
        table.writerow([row.label, row.unit, *("" if value is None else repr(value) for value in row.values)])
    return text.getvalue()


def _row(group: str, label: str, metric: Metric | Figure, values: tuple[float | None, ...]) -> ComparisonRow:
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
