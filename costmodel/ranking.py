"""Ranking of a scenario's deployments as plain data, for JSON and CSV."""

from typing import Any

from costmodel.deployments import UNITS, plan_row
from costmodel.io.link import to_query
from costmodel.planner.plans import plans
from costmodel.planner.verdict import judge
from costmodel.scenario import Scenario
from costmodel.tabulated import rows_csv


def plan_report(scenario: Scenario) -> dict[str, Any]:
    """Link, rates and the ranking: a row for each pair and each single accelerator, with units and reasons.

    The figures of an infeasible deployment are left out.
    """
    return {
        "link": to_query(scenario),
        "rates": scenario.rates,
        "prices": scenario.prices,
        "own_prices": list(scenario.own_prices),
        "objective": scenario.objective,
        "placement": None if scenario.placement is None else f"{scenario.placement.words}; of rows without AFD only",
        "units": UNITS,
        "rows": [plan_row(row) for row in plans(scenario)],
    }


def verdict_report(scenario: Scenario) -> dict[str, Any]:
    """The best AFD pair and the best accelerator alone as rows of `plan_report`, remedies, and what decides.

    Both and the verdict are None where no deployment can be computed; `reasons` then name the missing facts.
    """
    rows = plans(scenario)
    pair = next((row for row in rows if row.plan is not None), None)
    alone = next((row for row in rows if row.colocated is not None), None)
    found = judge(pair.plan, alone.colocated) if pair and pair.plan and alone and alone.colocated else None
    return {
        "link": to_query(scenario),
        "rates": scenario.rates,
        "prices": scenario.prices,
        "objective": scenario.objective,
        "units": UNITS,
        "afd": None if pair is None else plan_row(pair),
        "colocated": None if alone is None else plan_row(alone),
        "remedies": [remedy.text for remedy in pair.plan.remedies] if pair and pair.plan else [],
        "verdict": None if found is None else {**vars(found), "even": found.even},
        "reasons": list(dict.fromkeys(row.reason for row in rows if row.deployment is None)),
    }


def plan_csv(scenario: Scenario) -> str:
    """The rows of `plan_report` as CSV; a cell is empty where there is no figure."""
    return rows_csv(plan_report(scenario)["rows"])
