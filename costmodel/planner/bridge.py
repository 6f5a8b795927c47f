"""Steps from the ideal limit to the plan: whole servers, SLA, memory, rates, each with its cost."""

from dataclasses import dataclass
from itertools import pairwise

from costmodel.accelerator import Accelerator
from costmodel.cost import cheapest, decode_cost
from costmodel.measured_rates import scenario_rates
from costmodel.planner.decision import limit_level, replace_objective
from costmodel.planner.plans import PlanRow, plans
from costmodel.scenario import Scenario

STEPS = ("limit", "servers", "SLA", "memory", "rates")

MEASURED = 4
"""Place of the measured rates among the levels of a lane."""

UNBOUNDED_TPOT = 100.0
"""Time per output token [s] that binds nothing: the largest that an SLA may ask for."""

UNBOUNDED_MEMORY = 1e15
"""Memory of an accelerator [byte] that binds nothing: the largest that one may have."""


@dataclass(frozen=True)
class BridgeStep:
    """One step: its name, the cost after it [USD per 1M tokens] (None where nothing is feasible or known), and why.

    `bounded` is True where the largest pool of the scenario binds.
    """

    name: str
    usd_per_million_tokens: float | None
    reason: str
    bounded: bool = False


@dataclass(frozen=True)
class BridgeLane:
    """The steps of one way to deploy: an AFD pair, or one accelerator without AFD (`afd` False).

    `measured` is the step behind memory with measured rates, also where the scenario plans with ideal ones; its cost is
    None where `unmeasured` accelerators have no measured rates for the model.
    """

    attention_on: Accelerator
    ffn_on: Accelerator
    afd: bool
    steps: tuple[BridgeStep, ...]
    measured: BridgeStep
    unmeasured: tuple[Accelerator, ...] = ()

    @property
    def levels(self) -> tuple[BridgeStep, ...]:
        """Limit, whole servers, SLA, memory and measured rates."""
        return (*self.steps[:4], self.measured)

    @property
    def increases(self) -> tuple[float | None, ...]:
        """What each level adds to the level before, as a share; None for the first and where a cost is missing."""
        costs = [level.usd_per_million_tokens for level in self.levels]
        pairs = pairwise(costs)
        return (None, *(None if before is None or after is None else after / before - 1 for before, after in pairs))

    @property
    def usd_per_million_tokens(self) -> float | None:
        """Cost after the last step."""
        return self.steps[-1].usd_per_million_tokens


@dataclass(frozen=True)
class Bridge:
    """From the ideal limit to the plan: the single accelerators first, then the limit's pair, then the plan's pair.

    `single` is the lane of the accelerator that is cheapest in the limit, `single_anew` that of the one that the
    planner finds cheapest (None where it is the same), `pair` that of the limit's best pair (of two kinds, where there
    are two), `pair_anew` that of the pair that the plan chooses (None where it is the same). The last lane ends at the
    cost of `plan(scenario)`.
    """

    single: BridgeLane
    single_anew: BridgeLane | None
    pair: BridgeLane
    pair_anew: BridgeLane | None

    @property
    def lanes(self) -> tuple[BridgeLane, ...]:
        """The existing lanes, the plan's pair last."""
        every = (self.single, self.single_anew, self.pair, self.pair_anew)
        return tuple(lane for lane in every if lane is not None)

    @property
    def changes(self) -> tuple[float | None, ...]:
        """Cost of the best AFD lane over that of the best lane without AFD, minus 1, at each level of the lanes.

        None where either has no cost, and at measured rates where any lane lacks them.
        """
        return tuple(self._change(place) for place in range(len(self.single.levels)))

    def _change(self, place: int) -> float | None:
        known = [(lane, lane.levels[place].usd_per_million_tokens) for lane in self.lanes]
        afd, alone = ([cost for lane, cost in known if lane.afd == kind and cost is not None] for kind in (True, False))
        unmeasured = place == MEASURED and any(lane.unmeasured for lane in self.lanes)
        return None if unmeasured or not afd or not alone else min(afd) / min(alone) - 1


def bridge(scenario: Scenario) -> Bridge:
    """Cost of each step from the ideal limit to the plan, for the limit's choices and for the plan's own.

    Every step repeats the search of the plan with the later constraints lifted, so no step costs less than the one
    before. DomainError where no accelerator has a price.
    """
    costed = replace_objective(scenario)
    best = cheapest(costed)
    rows = plans(costed)
    single = best.single.attention_on
    single_row = next((row for row in rows if not row.afd and row.rank), None)
    pair_row = next((row for row in rows if row.afd and row.deployment is not None), None)
    way = limit_level(costed).pair or best.pair
    pair = (way.attention_on, way.ffn_on)
    return Bridge(
        single=_lane(costed, rows, single, single, afd=False),
        single_anew=_anew(costed, rows, single_row, (single, single)),
        pair=_lane(costed, rows, *pair, afd=True),
        pair_anew=_anew(costed, rows, pair_row, pair),
    )


def _anew(
    scenario: Scenario, rows: tuple[PlanRow, ...], row: PlanRow | None, known: tuple[Accelerator, Accelerator]
) -> BridgeLane | None:
    if row is None or (row.attention_on.id, row.ffn_on.id) == tuple(each.id for each in known):
        return None
    return _lane(scenario, rows, row.attention_on, row.ffn_on, afd=row.afd)


def _lane(
    scenario: Scenario, rows: tuple[PlanRow, ...], attention_on: Accelerator, ffn_on: Accelerator, *, afd: bool
) -> BridgeLane:
    asked = scenario.replace(
        accelerators=tuple({each.id: each for each in (attention_on, ffn_on)}.values()),
        attention_on=attention_on.id,
        ffn_on=ffn_on.id,
        prefill_on="any",
    )
    ideal = asked.replace(rates="ideal")
    roomy = ideal.replace(accelerators=tuple(_roomy(each) for each in ideal.accelerators))
    patient = roomy.replace(sla=roomy.sla.replace(tpot=UNBOUNDED_TPOT))
    limit = decode_cost(scenario.model, attention_on=attention_on, ffn_on=ffn_on, workload=scenario.workload)
    servers, sla, memory = (_row(plans(each), afd=afd) for each in (patient, roomy, ideal))
    rates = next(
        row for row in rows if row.afd == afd and (row.attention_on.id, row.ffn_on.id) == (attention_on.id, ffn_on.id)
    )
    used, measured = rates.reason, rates
    known = scenario_rates(asked.replace(rates="measured") if scenario.rates == "ideal" else asked)
    unmeasured = tuple(each for each in asked.accelerators if each.id not in known)
    if scenario.rates == "ideal":
        used = "Ideal rates: kernels reach the peak."
        measured = _row(plans(asked.replace(rates="measured")), afd=afd)
    return BridgeLane(
        attention_on,
        ffn_on,
        afd,
        (
            BridgeStep(STEPS[0], float(limit.total), "Peak rates, always busy, network hidden."),
            _step(STEPS[1], servers, servers.reason),
            _step(STEPS[2], sla, sla.reason),
            _step(STEPS[3], memory, memory.reason),
            _step(STEPS[4], rates, used),
        ),
        _step("measured", measured, measured.reason),
        unmeasured,
    )


def _roomy(accelerator: Accelerator) -> Accelerator:
    return accelerator.model_copy(update={"memory_bytes": UNBOUNDED_MEMORY})


def _row(rows: tuple[PlanRow, ...], *, afd: bool) -> PlanRow:
    """The AFD pair, or the first single accelerator: of a pair on one kind there is one row each."""
    return next(row for row in rows if row.afd == afd)


def _step(name: str, row: PlanRow, reason: str) -> BridgeStep:
    found = row.deployment
    cost = found.usd_per_million_tokens if found is not None and found.feasible else None
    return BridgeStep(name, cost, reason, bounded=found is not None and found.pool_limit is not None)
