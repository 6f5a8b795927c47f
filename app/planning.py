"""The planner's answers for a page, remembered: a slider that comes back to a value shows it at once."""

from dataclasses import dataclass

from app.remembered import MEGABYTE, remembered
from costmodel import (
    Bridge,
    Colocated,
    Comparison,
    Decision,
    DomainError,
    Plan,
    PlanRow,
    PublishedCost,
    Scenario,
    VariedPlan,
    Verdict,
    bridge,
    compared,
    decide,
    judge,
    plan,
    plans,
    published_costs,
    vary,
)

MOST_BYTES = 50 * MEGABYTE
"""Of each kind of answer. A usual ranking takes 0.1 MB, one of 24 accelerators 4 MB."""

CONTEXTS = tuple(2**power for power in range(12, 18))


@dataclass(frozen=True)
class Answer:
    """The ranking, the best AFD row, the best row without AFD (either may lack a deployment), and the verdict."""

    rows: tuple[PlanRow, ...]
    afd: PlanRow
    alone: PlanRow
    verdict: Verdict | None

    @property
    def plan(self) -> Plan | None:
        """The AFD plan to show; None where every pair lacks a fact."""
        return self.afd.plan

    @property
    def colocated(self) -> Colocated | None:
        """The pool without AFD to compare with; None where every accelerator lacks a fact."""
        return self.alone.colocated


@remembered(MOST_BYTES)
def answer(scenario: Scenario) -> Answer:
    """Everything the page shows about one scenario."""
    rows = plans(scenario)
    afd = next(row for row in rows if row.afd)
    alone = next(row for row in rows if not row.afd)
    both = afd.plan is not None and alone.colocated is not None
    return Answer(rows, afd, alone, judge(afd.plan, alone.colocated) if both else None)  # type: ignore[arg-type]


@remembered(MOST_BYTES)
def decided(scenario: Scenario) -> Decision:
    """Whether to split, at three levels of detail."""
    return decide(scenario)


@remembered(MOST_BYTES)
def bridged(scenario: Scenario) -> Bridge:
    """The steps from the ideal limit to the plan."""
    return bridge(scenario)


@remembered(MOST_BYTES)
def side_by_side(designs: tuple[tuple[str, Scenario], ...]) -> Comparison:
    """Designs by name, compared at the rates that they share."""
    return compared(dict(designs))


def published(scenario: Scenario) -> tuple[PublishedCost | None, PublishedCost | None]:
    """Measured deployments of the model at today's prices, with AFD and without."""
    return published_costs(scenario)


@remembered(MOST_BYTES)
def varied(plan: Plan) -> tuple[VariedPlan, ...]:
    """A plan simulated at several coefficients of variation: about a second, once per plan."""
    return vary(plan)


@remembered(MOST_BYTES)
def over_context(scenario: Scenario, attention_on: str, ffn_on: str) -> tuple[tuple[int, Plan], ...]:
    """The best plan of one pair at each of a few contexts; contexts at which a fact is missing are left out."""
    pair = scenario.replace(attention_on=attention_on, ffn_on=ffn_on)
    found = []
    for context in CONTEXTS:
        try:
            found.append((context, plan(pair.replace(workload=pair.workload.replace(context=context)))))
        except DomainError:
            continue
    return tuple(found)
