"""Ranking of a scenario's deployments as plain data, for JSON and CSV."""

from typing import Any

from costmodel.io.link import to_query
from costmodel.planner.colocated import Colocated
from costmodel.planner.plan import Plan
from costmodel.planner.plans import PlanRow, plans
from costmodel.planner.verdict import judge
from costmodel.scenario import Scenario
from costmodel.tabulated import rows_csv

UNITS = {
    "usd_per_million_tokens": "USD/1M tokens",
    "tokens_per_second_per_gpu": "token/s",
    "accelerators": "accelerators",
    "tpot": "s",
    "attention_servers": "servers",
    "ffn_servers": "servers",
    "servers": "servers",
    "micro_batch": "requests",
}


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
        "rows": [_row(row) for row in plans(scenario)],
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
        "afd": None if pair is None else _row(pair),
        "colocated": None if alone is None else _row(alone),
        "remedies": [remedy.text for remedy in pair.plan.remedies] if pair and pair.plan else [],
        "verdict": None if found is None else {**vars(found), "even": found.even},
        "reasons": list(dict.fromkeys(row.reason for row in rows if row.deployment is None)),
    }


def plan_csv(scenario: Scenario) -> str:
    """The rows of `plan_report` as CSV; a cell is empty where there is no figure."""
    return rows_csv(plan_report(scenario)["rows"])


def _row(row: PlanRow) -> dict[str, Any]:
    found = row.deployment if row.feasible else None
    return {
        "rank": row.rank,
        "kind": "AFD" if row.afd else "colocated",
        "attention_on": row.attention_on.id,
        "ffn_on": row.ffn_on.id,
        "feasible": row.feasible,
        **_figures(found),
        "reason": row.reason,
    }


def _figures(found: Plan | Colocated | None) -> dict[str, Any]:
    afd = found if isinstance(found, Plan) else None
    alone = found if isinstance(found, Colocated) else None
    return {
        "usd_per_million_tokens": None if found is None else found.usd_per_million_tokens,
        "tokens_per_second_per_gpu": None if found is None else found.tokens_per_second_per_gpu,
        "accelerators": None if found is None else found.accelerator_count,
        "tpot": None if found is None else found.tpot,
        "attention_servers": afd.attention_servers if afd else None,
        "ffn_servers": afd.ffn_servers if afd else None,
        "servers": alone.servers if alone else None,
        "micro_batch": afd.micro_batch if afd else None,
        "binding": None if found is None else found.binding,
    }
