"""The planner's answers for a page, remembered: a slider that comes back to a value shows it at once."""

from dataclasses import dataclass
from functools import lru_cache

from costmodel import (
    IDEAL,
    Colocated,
    DomainError,
    PairRow,
    Plan,
    Rates,
    Scenario,
    Verdict,
    cheapest,
    colocated,
    load_rates,
    plan,
    plans,
    rates_presets,
    verdict,
)

ANY = "any"

PROFILES = {
    "ideal": "Ideal rates",
    "measured": "Measured, GQA and MFA kernels",
    "measured-mla": "Measured, MLA kernels",
    "measured-fa3": "Measured, FlashAttention-3 tiles",
}
_SUFFIX = {"measured": "", "measured-mla": "-mla", "measured-fa3": "-fa3"}

CONTEXTS = tuple(2**power for power in range(12, 18))


@dataclass(frozen=True)
class Request:
    """What the page asks: a Scenario, the accelerators of each pool (an id or `any`), an objective, a profile of
    rates.
    """

    scenario: Scenario
    attention_on: str
    ffn_on: str
    objective: str
    profile: str


@dataclass(frozen=True)
class Answer:
    """All pairs, the one to show, the baseline on one kind of accelerator, and which of the two wins."""

    rows: tuple[PairRow, ...]
    best: PairRow
    baseline: Colocated | None
    verdict: Verdict | None


def profiles(request: Request) -> dict[str, Rates]:
    """Rates by accelerator id: the measured profile of that kind, where there is one, else ideal."""
    known = rates_presets()
    suffix = _SUFFIX.get(request.profile)
    if suffix is None:
        return {}
    found = {}
    for accelerator in request.scenario.accelerators:
        name = next((name for name in (f"{accelerator.id}{suffix}", accelerator.id) if name in known), None)
        found[accelerator.id] = load_rates(name) if name else IDEAL
    return found


@lru_cache(maxsize=128)
def answer(request: Request) -> Answer:
    """Everything the page shows about one request."""
    scenario = request.scenario
    rows = plans(
        scenario.model,
        scenario.accelerators,
        scenario.workload,
        scenario.sla,
        rates=profiles(request),
        objective=request.objective,  # type: ignore[arg-type]
    )
    chosen = [
        row
        for row in rows
        if request.attention_on in (ANY, row.attention_on.id) and request.ffn_on in (ANY, row.ffn_on.id)
    ]
    best = chosen[0]
    baseline = _baseline(request)
    judged = verdict(best.plan, baseline) if best.plan is not None and baseline is not None else None
    return Answer(rows, best, baseline, judged)


def _baseline(request: Request) -> Colocated | None:
    """The best pool without AFD, on the accelerator that is cheapest when it does everything; None where a fact is
    missing.
    """
    scenario = request.scenario
    try:
        accelerator = cheapest(scenario.model, scenario.accelerators, scenario.workload).best_single.attention_on
        return colocated(
            scenario.model,
            next(each for each in scenario.accelerators if each.id == accelerator),
            workload=scenario.workload,
            sla=scenario.sla,
            rates=profiles(request),
            objective=request.objective,  # type: ignore[arg-type]
        )
    except DomainError:
        return None


@lru_cache(maxsize=128)
def over_context(request: Request, attention_on: str, ffn_on: str) -> tuple[tuple[int, Plan], ...]:
    """The best plan of one pair at each of a few contexts."""
    scenario = request.scenario
    accelerators = {accelerator.id: accelerator for accelerator in scenario.accelerators}
    return tuple(
        (
            context,
            plan(
                scenario.model,
                attention_on=accelerators[attention_on],
                ffn_on=accelerators[ffn_on],
                workload=scenario.workload.replace(context=context),
                sla=scenario.sla,
                rates=profiles(request),
                objective=request.objective,  # type: ignore[arg-type]
            ),
        )
        for context in CONTEXTS
    )
