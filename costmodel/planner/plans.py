"""The planner's answer to a scenario: every pair and every single accelerator in one ranking, and the verdict."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError
from costmodel.measured_rates import scenario_rates, without_rates
from costmodel.planner.colocated import Colocated, colocated
from costmodel.planner.pair_plans import best_of
from costmodel.planner.pipeline import Pipeline
from costmodel.planner.plan import Plan
from costmodel.planner.stages import AttentionStage, FfnStage
from costmodel.planner.verdict import Verdict, judge
from costmodel.scenario import Objective, Scenario

RANKED, UNPRICED, INFEASIBLE, UNKNOWN = range(4)


@dataclass(frozen=True)
class PlanRow:
    """One way to deploy a scenario's model: an AFD pair, or one kind of accelerator without AFD.

    `rank` counts from 1 over both kinds; it is None where the SLA is not met, where the objective needs a price that is
    not known, or where a fact is missing (rates of the chosen kind, memory, network). `reason` says which, or what
    stops a better result. Exactly one of `plan` and `colocated` is given, or neither where a fact is missing.
    """

    rank: int | None
    attention_on: Accelerator
    ffn_on: Accelerator
    afd: bool
    plan: Plan | None
    colocated: Colocated | None
    reason: str

    @property
    def deployment(self) -> Plan | Colocated | None:
        """The plan or the colocated pool."""
        return self.plan or self.colocated

    @property
    def borrowed(self) -> tuple[str, ...]:
        """What the deployment borrows from other accelerators, precisions or mechanisms."""
        return () if self.deployment is None else self.deployment.borrowed

    @property
    def feasible(self) -> bool:
        """True where the deployment meets the SLA and fits in memory."""
        return self.deployment is not None and self.deployment.feasible


def plan(scenario: Scenario) -> Plan:
    """The best AFD deployment of a scenario, on the pools it names or on the best pair of its accelerators.

    When nothing meets the SLA, the plan has `feasible` False, shows the least bad deployment, and says in `reason` and
    `remedies` what stops it and what helps. DomainError where no pair has all the facts it needs.

    >>> import costmodel as cm
    >>> best = plan(cm.Scenario(model="step-3", accelerators=["h20", "h800"], workload=cm.Workload(context=8192)))
    >>> best.words
    '6 attention servers of H20, 1 FFN server of H800, 56 accelerators'
    """
    return _afd(_sorted(scenario, _pairs(scenario)))


def plans(scenario: Scenario) -> tuple[PlanRow, ...]:
    """The best plan of every ordered pair and of every single accelerator without AFD, best first.

    Unpriced rows follow the ranked ones, then those that miss the SLA, then those that lack a fact. The placement of
    the scenario is that of the rows without AFD; pairs have pools of their own.
    """
    return _sorted(scenario, [*_pairs(scenario), *_alone(scenario)])


def verdict(scenario: Scenario) -> Verdict:
    """The best AFD plan against the best accelerator without AFD; DomainError where either lacks a fact."""
    rows = plans(scenario)
    alone = next((row.colocated for row in rows if row.colocated is not None), None)
    if alone is None:
        raise DomainError(next(row.reason for row in rows if not row.afd))
    return judge(_afd(rows), alone)


def _pairs(scenario: Scenario) -> Iterator[PlanRow]:
    """Every ordered pair of candidates; what depends on one accelerator alone is computed once."""
    rates = scenario_rates(scenario)
    parts = scenario.workload, scenario.sla
    attention = {
        each.id: AttentionStage(scenario.model, each, *parts, rates[each.id])
        for each in scenario.candidates("attention_on")
        if each.id in rates
    }
    ffn = {
        each.id: FfnStage(scenario.model, each, *parts, rates[each.id])
        for each in scenario.candidates("ffn_on")
        if each.id in rates
    }
    for attention_on in scenario.candidates("attention_on"):
        for ffn_on in scenario.candidates("ffn_on"):
            missing = [each for each in (attention_on, ffn_on) if each.id not in rates]
            if missing:
                reason = sentence(without_rates(scenario.model, missing[0]))
                yield _unknown(attention_on, ffn_on, afd=True, reason=reason)
                continue
            pipeline = Pipeline(attention[attention_on.id], ffn[ffn_on.id])
            try:
                found = best_of(pipeline, _objective(scenario, attention_on, ffn_on), scenario.largest_pool)
                yield PlanRow(None, attention_on, ffn_on, afd=True, plan=found, colocated=None, reason=found.reason)
            except DomainError as error:
                yield _unknown(attention_on, ffn_on, afd=True, reason=str(error))


def _alone(scenario: Scenario) -> Iterator[PlanRow]:
    rates = scenario_rates(scenario)
    for each in scenario.accelerators:
        if each.id not in rates:
            yield _unknown(each, each, afd=False, reason=sentence(without_rates(scenario.model, each)))
            continue
        try:
            found = colocated(
                scenario.model,
                each,
                workload=scenario.workload,
                sla=scenario.sla,
                rates=rates,
                objective=_objective(scenario, each),
                largest_pool=scenario.largest_pool,
                placement=scenario.placement,
                servers=None if scenario.placement is None else scenario.largest_pool,
            )
            yield PlanRow(None, each, each, afd=False, plan=None, colocated=found, reason=found.reason)
        except DomainError as error:
            yield _unknown(each, each, afd=False, reason=str(error))


def _objective(scenario: Scenario, *pools: Accelerator) -> Objective:
    """The scenario's objective; an accelerator without a price is planned for throughput and listed without cost."""
    unpriced = any(each.usd_per_hour is None for each in pools)
    return "throughput" if unpriced and scenario.objective == "usd" else scenario.objective


def _unknown(attention_on: Accelerator, ffn_on: Accelerator, *, afd: bool, reason: str) -> PlanRow:
    return PlanRow(None, attention_on, ffn_on, afd=afd, plan=None, colocated=None, reason=reason)


def _sorted(scenario: Scenario, rows: Iterator[PlanRow] | list[PlanRow]) -> tuple[PlanRow, ...]:
    ordered = sorted(rows, key=lambda row: _order(row, scenario.objective))
    ranked = [
        replace(row, rank=place if _order(row, scenario.objective)[0] == RANKED else None)
        for place, row in enumerate(ordered, start=1)
    ]
    return tuple(_with_price_reason(row, scenario.objective) for row in ranked)


def _order(row: PlanRow, objective: Objective) -> tuple[int, float, float]:
    found = row.deployment
    if found is None:
        return UNKNOWN, 0.0, 0.0
    if not found.feasible:
        return INFEASIBLE, found.load, 0.0
    if objective == "usd" and found.usd_per_million_tokens is None:
        return UNPRICED, -found.tokens_per_second_per_gpu, found.accelerator_count
    if objective == "usd":
        return RANKED, found.usd_per_million_tokens or 0.0, found.accelerator_count
    if objective == "throughput":
        return RANKED, -found.tokens_per_second_per_gpu, found.accelerator_count
    return RANKED, found.accelerator_count, -found.tokens_per_second


def _with_price_reason(row: PlanRow, objective: Objective) -> PlanRow:
    if _order(row, objective)[0] != UNPRICED:
        return row
    unpriced = ", ".join(
        dict.fromkeys(each.name for each in (row.attention_on, row.ffn_on) if each.usd_per_hour is None)
    )
    return replace(row, reason=f"No price is known for {unpriced}: not ranked by cost. {row.reason}")


def _afd(rows: tuple[PlanRow, ...]) -> Plan:
    """The first AFD plan of some rows; DomainError with the first reason where there is none."""
    found = next((row.plan for row in rows if row.plan is not None), None)
    if found is None:
        raise DomainError(next(row.reason for row in rows if row.afd))
    return found


def sentence(text: str) -> str:
    """A reason as a sentence."""
    return f"{text[0].upper()}{text[1:]}."
