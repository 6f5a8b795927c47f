"""Steps from the ideal limit to the plan: whole servers, SLA, memory, rates, each with its cost."""

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

from costmodel.accelerator import Accelerator
from costmodel.cost import cheapest, decode_cost
from costmodel.measured_rates import scenario_rates
from costmodel.planner.decision import limit_level, replace_objective
from costmodel.planner.measured_kind import Pools, measured_kind
from costmodel.planner.plans import PlanRow, plans
from costmodel.planner.verdict import Band, is_even, widest
from costmodel.scenario import RatesKind, Scenario

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

    `bounded` is True where the largest pool of the scenario binds. `band` is that of measured kernels, where they are
    behind the cost.
    """

    name: str
    usd_per_million_tokens: float | None
    reason: str
    bounded: bool = False
    band: Band | None = None


@dataclass(frozen=True)
class BridgeLane:
    """The steps of one way to deploy: an AFD pair, or one accelerator without AFD (`afd` False).

    `measured` is the step behind memory with measured rates, also where the scenario plans with ideal ones; its cost is
    None where `unmeasured` accelerators have no measured rates for the model. `borrowed` names the kernels of other
    accelerators, precisions or mechanisms behind it.
    """

    attention_on: Accelerator
    ffn_on: Accelerator
    afd: bool
    steps: tuple[BridgeStep, ...]
    measured: BridgeStep
    unmeasured: tuple[Accelerator, ...] = ()
    borrowed: tuple[str, ...] = ()

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
    cost of `plan(scenario)`. `rates` is the kind of rates of the measured level of every lane.
    """

    single: BridgeLane
    single_anew: BridgeLane | None
    pair: BridgeLane
    pair_anew: BridgeLane | None
    rates: RatesKind

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

    @property
    def bands(self) -> tuple[Band | None, ...]:
        """The widest band of the lanes at each level; None where measured kernels are not behind it."""
        return tuple(widest(lane.levels[place].band for lane in self.lanes) for place in range(len(self.single.levels)))

    @property
    def evens(self) -> tuple[bool, ...]:
        """True at each level whose change decides nothing."""
        both = zip(self.changes, self.bands, strict=True)
        return tuple(change is not None and is_even(1 + change, band) for change, band in both)

    def _change(self, place: int) -> float | None:
        known = [(lane, lane.levels[place].usd_per_million_tokens) for lane in self.lanes]
        afd, alone = ([cost for lane, cost in known if lane.afd == kind and cost is not None] for kind in (True, False))
        unmeasured = place == MEASURED and any(lane.unmeasured for lane in self.lanes)
        return None if unmeasured or not afd or not alone else min(afd) / min(alone) - 1


def bridge(scenario: Scenario) -> Bridge:
    """Cost of each step from the ideal limit to the plan, for the limit's choices and for the plan's own.

    Every step repeats the search of the plan with the later constraints lifted, so no step costs less than the one
    before. The measured level has the rates of the scenario or, where these are ideal, the best measured ones for all
    lanes, as in `decide`. DomainError where no accelerator has a price.
    """
    costed = replace_objective(scenario)
    best = cheapest(costed)
    rows = plans(costed)
    single = best.single.attention_on
    single_row = next((row for row in rows if not row.afd and row.rank), None)
    pair_row = next((row for row in rows if row.afd and row.deployment is not None), None)
    limit = limit_level(costed).pair or best.pair
    alone, pair = (single, single, False), (limit.attention_on, limit.ffn_on, True)
    alone_anew, pair_anew = _anew(single_row, alone), _anew(pair_row, pair)
    kind = measured_kind(costed, filter(None, (alone, alone_anew, pair, pair_anew)))
    lane = partial(_lane, costed, rows, kind)
    return Bridge(lane(alone), alone_anew and lane(alone_anew), lane(pair), pair_anew and lane(pair_anew), kind)


def _anew(row: PlanRow | None, known: Pools) -> Pools | None:
    if row is None or (row.attention_on.id, row.ffn_on.id) == (known[0].id, known[1].id):
        return None
    return row.attention_on, row.ffn_on, row.afd


def _lane(scenario: Scenario, rows: tuple[PlanRow, ...], kind: RatesKind, way: Pools) -> BridgeLane:
    attention_on, ffn_on, afd = way
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
    at_kind = asked if scenario.rates == kind else asked.replace(rates=kind)
    known = scenario_rates(at_kind)
    if scenario.rates != kind:
        used = "Ideal rates: kernels reach the peak."
        measured = _row(plans(at_kind), afd=afd)
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
        tuple(each for each in asked.accelerators if each.id not in known),
        measured.borrowed,
    )


def _roomy(accelerator: Accelerator) -> Accelerator:
    return accelerator.model_copy(update={"memory_bytes": UNBOUNDED_MEMORY})


def _row(rows: tuple[PlanRow, ...], *, afd: bool) -> PlanRow:
    """The AFD pair, or the first single accelerator: of a pair on one kind there is one row each."""
    return next(row for row in rows if row.afd == afd)


def _step(name: str, row: PlanRow, reason: str) -> BridgeStep:
    found = row.deployment
    cost = found.usd_per_million_tokens if found is not None and found.feasible else None
    if found is None:
        return BridgeStep(name, cost, reason)
    return BridgeStep(name, cost, reason, bounded=found.pool_limit is not None, band=found.band)
