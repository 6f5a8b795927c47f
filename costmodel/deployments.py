"""Whole servers behind a scenario at its rates: the best plans, a request on them, and both as plain data."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from costmodel.errors import DomainError
from costmodel.fleets.request import deployed_request
from costmodel.planner.colocated import Colocated
from costmodel.planner.decision import Unranked, replace_objective, unranked
from costmodel.planner.plan import Plan
from costmodel.planner.plans import PlanRow, plans
from costmodel.scenario import RatesKind, Scenario

UNITS = {
    "usd_per_million_tokens": "USD/1M tokens",
    "tokens_per_second_per_gpu": "token/s",
    "tokens_per_second_per_gpu_low": "token/s",
    "tokens_per_second_per_gpu_high": "token/s",
    "accelerators": "accelerators",
    "tpot": "s",
    "attention_servers": "servers",
    "ffn_servers": "servers",
    "servers": "servers",
    "micro_batch": "requests",
}


@dataclass(frozen=True)
class Deployed:
    """The cheapest deployments of a scenario at its rates, with AFD and without, and a request on whole servers.

    `afd` and `alone` are None where nothing meets the SLA or no rates of that kind are known, `request_usd` where the
    context of the requests has no AFD plan [USD per request]. `reason` says why one is missing; `unranked` names the
    accelerators that no deployment can use, as those without such rates.
    """

    rates: RatesKind
    afd: PlanRow | None
    alone: PlanRow | None
    request_usd: float | None
    reason: str
    unranked: tuple[Unranked, ...] = ()

    @property
    def remarks(self) -> tuple[str, ...]:
        """Sentences: what is missing and why, which accelerators are not ranked, and what is borrowed."""
        left = [] if self.best is None else [f"Not ranked: {each.reason}" for each in self.unranked]
        lent = [f"{note[0].upper()}{note[1:]}." for note in self.borrowed]
        return tuple(filter(None, (self.reason, *left, *lent)))

    @property
    def best(self) -> PlanRow | None:
        """The cheaper of the two; None where neither has a price."""
        costs = [
            (row.deployment.usd_per_million_tokens, row) for row in (self.afd, self.alone) if row and row.deployment
        ]
        priced = [(cost, row) for cost, row in costs if cost is not None]
        return min(priced, key=lambda each: each[0])[1] if priced else None

    @property
    def usd_per_million_tokens(self) -> float | None:
        """Cost of the cheaper of the two [USD per 1M tokens]."""
        return (
            None if self.best is None or self.best.deployment is None else self.best.deployment.usd_per_million_tokens
        )

    @property
    def borrowed(self) -> tuple[str, ...]:
        """What either borrows from other accelerators, precisions or mechanisms."""
        return tuple(dict.fromkeys(note for row in (self.afd, self.alone) if row for note in row.borrowed))


def deployed(scenario: Scenario) -> Deployed:
    """The best deployments of a scenario by cost, at the rates that it asks for."""
    rows = plans(replace_objective(scenario))
    afd, alone = (next((row for row in rows if row.afd == kind), None) for kind in (True, False))
    missing = [row.reason for row in (afd, alone) if row is not None and not row.feasible]
    try:
        request_usd = deployed_request(scenario).usd
    except DomainError as error:
        request_usd = None
        missing.append(str(error))
    return Deployed(
        scenario.rates,
        afd if afd is not None and afd.feasible else None,
        alone if alone is not None and alone.feasible else None,
        request_usd,
        " ".join(dict.fromkeys(missing)),
        unranked(scenario, rows),
    )


class Figure(NamedTuple):
    """A figure of deployments by name, with its unit, its label, and which direction is better (None: neither)."""

    name: str
    unit: str
    label: str
    better: str | None
    value: Callable[[Deployed], float | None]


def _of(kind: str, name: str) -> Callable[[Deployed], float | None]:
    def value(found: Deployed) -> float | None:
        row = getattr(found, kind)
        figure = None if row is None else _figures(row.deployment)[name]
        return None if figure is None else float(figure)

    return value


def _pool(kind: str, words: str) -> tuple[Figure, ...]:
    output = f"Tokens/s per accelerator {words}"
    return (
        Figure(
            f"deployed.{kind}.cost",
            UNITS["usd_per_million_tokens"],
            f"Cost {words}",
            "lower",
            _of(kind, "usd_per_million_tokens"),
        ),
        *(
            Figure(f"deployed.{kind}.{name}", "token/s", label, better, _of(kind, name))
            for name, label, better in (
                ("tokens_per_second_per_gpu", output, "higher"),
                ("tokens_per_second_per_gpu_low", f"{output}, low end of the band", None),
                ("tokens_per_second_per_gpu_high", f"{output}, high end of the band", None),
            )
        ),
        Figure(f"deployed.{kind}.tpot", "s", f"Time per output token {words}", None, _of(kind, "tpot")),
    )


FIGURES = (
    *_pool("afd", "with AFD on whole servers"),
    *_pool("alone", "without AFD on whole servers"),
    Figure("deployed.request", "USD/request", "A request on whole servers", "lower", lambda found: found.request_usd),
    Figure(
        "deployed.borrowed",
        "1",
        "Borrowed kernels and links on whole servers",
        None,
        lambda found: float(len(found.borrowed)),
    ),
)
"""What is reported of deployments, beside the metrics of the limit."""


def deployed_report(found: Deployed) -> dict[str, Any]:
    """Deployments as plain data: rates, figures by name with unit, the two plans, what is borrowed, what is missing."""
    figures: Mapping[str, Any] = {
        figure.name: {"unit": figure.unit, "value": figure.value(found)} for figure in FIGURES
    }
    return {
        "rates": found.rates,
        "figures": figures,
        "afd": None if found.afd is None else plan_row(found.afd),
        "colocated": None if found.alone is None else plan_row(found.alone),
        "borrowed": list(found.borrowed),
        "reason": found.reason,
        "unranked": {each.accelerator.id: each.reason for each in found.unranked},
    }


def plan_row(row: PlanRow) -> dict[str, Any]:
    """A row of a ranking as plain data; figures of an infeasible deployment are left out."""
    found = row.deployment if row.feasible else None
    return {
        "rank": row.rank,
        "kind": "AFD" if row.afd else "colocated",
        "attention_on": row.attention_on.id,
        "ffn_on": row.ffn_on.id,
        "feasible": row.feasible,
        **_figures(found),
        "borrowed": [] if found is None else list(found.borrowed),
        "reason": row.reason,
    }


def _figures(found: Plan | Colocated | None) -> dict[str, Any]:
    afd = found if isinstance(found, Plan) else None
    alone = found if isinstance(found, Colocated) else None
    low, high = (None, None) if found is None or found.output_range is None else found.output_range
    return {
        "usd_per_million_tokens": None if found is None else found.usd_per_million_tokens,
        "tokens_per_second_per_gpu": None if found is None else found.tokens_per_second_per_gpu,
        "tokens_per_second_per_gpu_low": low,
        "tokens_per_second_per_gpu_high": high,
        "accelerators": None if found is None else found.accelerator_count,
        "tpot": None if found is None else found.tpot,
        "attention_servers": afd.attention_servers if afd else None,
        "ffn_servers": afd.ffn_servers if afd else None,
        "servers": alone.servers if alone else None,
        "micro_batch": afd.micro_batch if afd else None,
        "binding": None if found is None else found.binding,
    }
