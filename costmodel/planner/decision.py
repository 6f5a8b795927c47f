"""Whether to split attention and FFN: the best pair against the best single accelerator at three levels of detail."""

from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from costmodel.accelerator import Accelerator
from costmodel.cost import attention_unranked, cheapest, decode_cost, ffn_unranked
from costmodel.measured_rates import KERNELS, scenario_rates, without_rates
from costmodel.planner.measured_kind import measured_kind
from costmodel.planner.plans import PlanRow, plans, sentence
from costmodel.planner.verdict import Band, is_even, widest
from costmodel.scenario import RatesKind, Scenario

Form = Literal["split", "alone", "on paper", "depends", "even", "one", "no SLA"]


@dataclass(frozen=True)
class Way:
    """One way to deploy: the accelerators of both pools and the cost [USD per 1M tokens].

    `split` is True for an AFD pair, also one of two pools of one kind. `bounded` is True where the largest pool of the
    scenario binds: larger pools would cost less. `borrowed` names the kernels measured elsewhere that stand behind it,
    `band` the factors between which measured output lies of predicted output; None without measured kernels.
    """

    attention_on: Accelerator
    ffn_on: Accelerator
    usd_per_million_tokens: float
    split: bool
    bounded: bool = False
    borrowed: tuple[str, ...] = ()
    band: Band | None = None


@dataclass(frozen=True)
class Unranked:
    """An accelerator that a ranking leaves out, and why, in a sentence."""

    accelerator: Accelerator
    reason: str


@dataclass(frozen=True)
class Level:
    """The cheapest pair and the cheapest single accelerator at one level of detail; None where there is none.

    `rates` is the kind at which both are computed. `reason` says in a sentence why a way is missing; `unmeasured` names
    the accelerators without measured rates that keep the measured level from being computed, `unranked` those that its
    ranking leaves out, each with the reason.
    """

    pair: Way | None
    single: Way | None
    reason: str = ""
    unmeasured: tuple[Accelerator, ...] = ()
    rates: RatesKind = "ideal"
    unranked: tuple[Unranked, ...] = ()

    @property
    def change(self) -> float | None:
        """Cost of the pair over that of the single accelerator, minus 1: negative where splitting is cheaper."""
        if self.pair is None or self.single is None:
            return None
        return self.pair.usd_per_million_tokens / self.single.usd_per_million_tokens - 1

    @property
    def even(self) -> bool:
        """True where the two differ by less than `EVEN` or lie within the band of their errors."""
        return self.change is not None and is_even(1 + self.change, self.band)

    @property
    def band(self) -> Band | None:
        """The wider band of the two ways."""
        return widest(way.band for way in (self.pair, self.single) if way is not None)

    @property
    def split(self) -> bool | None:
        """True where the pair is cheaper or the only way; None where there is no way at all."""
        if self.change is not None:
            return self.change < 0
        return None if self.pair is None and self.single is None else self.pair is not None

    @property
    def borrowed(self) -> tuple[str, ...]:
        """What the two ways borrow from other accelerators, precisions or mechanisms."""
        ways = (way for way in (self.pair, self.single) if way is not None)
        return tuple(dict.fromkeys(note for way in ways for note in way.borrowed))

    @property
    def winner(self) -> Way | None:
        """The cheaper of the two."""
        return self.pair if self.split else self.single

    @property
    def saving(self) -> float | None:
        """Share of the loser's cost that the winner saves."""
        if self.pair is None or self.single is None:
            return None
        costs = self.pair.usd_per_million_tokens, self.single.usd_per_million_tokens
        return 1 - min(costs) / max(costs)


@dataclass(frozen=True)
class Decision:
    """The answer at three levels: the ideal limit, whole servers under the SLA, and whole servers at measured rates.

    Every level has its own best pair and its own best single accelerator. In the limit a pair is two different kinds;
    in whole servers two pools of one kind are a pair too. `asked` is True where the scenario asks for the rates of the
    measured level, which then is the ranking of its plans.
    """

    limit: Level
    servers: Level
    measured: Level
    asked: bool = False

    @property
    def form(self) -> Form:
        """What the first two levels say together.

        "even" where neither level differs by `EVEN`; "one" where the limit has no second kind to split on; "no SLA"
        where no deployment meets the SLA.
        """
        if self.limit.pair is None:
            return "one"
        if self.servers.split is None:
            return "no SLA"
        if self.limit.even and self.servers.even:
            return "even"
        if self.limit.split:
            return "split" if self.servers.split else "on paper"
        return "depends" if self.servers.split else "alone"

    @property
    def overturned(self) -> bool:
        """True where measured rates turn an answer on which limit and whole servers agree."""
        agreed = self.form in ("split", "alone") and self.measured.split is not None and not self.measured.even
        return agreed and self.measured.split != self.limit.split


def decide(scenario: Scenario) -> Decision:
    """Whether to split, by cost, in the ideal limit, in whole servers under the SLA, and at measured rates.

    The first two levels use ideal rates, the third those of the scenario. Where these are ideal too, the third takes
    measured kernels if none behind the first two levels is borrowed, else shares of peak if every accelerator behind
    them has some for the mechanisms of the model, and is left out otherwise. DomainError where no accelerator has a
    price.

    >>> import costmodel as cm
    >>> found = cm.decide(cm.Scenario(model="step-3", accelerators=["h800", "h20"], workload=cm.Workload(context=8192)))
    >>> found.form, f"{found.limit.change:+.3f}"
    ('split', '-0.129')
    """
    asked = replace_objective(scenario)
    ideal = asked if asked.rates == "ideal" else asked.replace(rates="ideal")
    limit = limit_level(ideal)
    servers = _servers(ideal)
    return Decision(limit, servers, _measured(asked, limit, servers), asked=asked.rates != "ideal")


def replace_objective(scenario: Scenario) -> Scenario:
    """The scenario with objective cost."""
    return scenario if scenario.objective == "usd" else scenario.replace(objective="usd")


def limit_level(scenario: Scenario) -> Level:
    """The ideal limit: the cheapest pair of two kinds and the cheapest single accelerator."""
    single = cheapest(scenario).single
    work = scenario.model.decode_work(scenario.workload)
    reading = [each for each in scenario.candidates("attention_on") if attention_unranked(work, each) is None]
    computing = [each for each in scenario.candidates("ffn_on") if ffn_unranked(work, each) is None]
    pairs = [
        decode_cost(scenario.model, attention_on=attention_on, ffn_on=ffn_on, workload=scenario.workload)
        for attention_on, ffn_on in product(reading, computing)
        if attention_on.id != ffn_on.id
    ]
    best = min(pairs, key=lambda cost: float(cost.total), default=None)
    return Level(
        pair=None if best is None else Way(best.attention_on, best.ffn_on, float(best.total), split=True),
        single=Way(single.attention_on, single.ffn_on, float(single.total), split=False),
        reason="" if best else "There is no second accelerator with a price.",
    )


def _servers(scenario: Scenario) -> Level:
    return _level(scenario, plans(scenario))


def _level(scenario: Scenario, rows: tuple[PlanRow, ...]) -> Level:
    pair, single = (next((row for row in rows if row.afd == afd), None) for afd in (True, False))
    missing = [row.reason for row in (pair, single) if row is not None and _way(row) is None]
    return Level(_way(pair), _way(single), " ".join(dict.fromkeys(missing)), rates=scenario.rates)


def _measured(scenario: Scenario, limit: Level, servers: Level) -> Level:
    ways = [way for level in (limit, servers) for way in (level.pair, level.single) if way is not None]
    kind = measured_kind(scenario, ((way.attention_on, way.ffn_on, way.split) for way in ways))
    asked = scenario if scenario.rates == kind else scenario.replace(rates=kind)
    known = scenario_rates(asked)
    involved = {each.id: each for way in ways for each in (way.attention_on, way.ffn_on)}
    wanted = asked.accelerators if scenario.rates == kind else tuple(involved.values())
    missing = tuple(each for each in wanted if each.id not in known)
    if missing and (scenario.rates == "ideal" or len(missing) == len(wanted)):
        reasons = " ".join(sentence(without_rates(scenario.model, each)) for each in missing)
        return Level(None, None, reasons, missing, kind)
    rows = plans(asked)
    if scenario.rates == "ideal" and kind == KERNELS:
        rows = tuple(row for row in rows if not row.borrowed)
    return replace(_level(asked, rows), unranked=unranked(asked, rows))


def unranked(scenario: Scenario, rows: tuple[PlanRow, ...]) -> tuple[Unranked, ...]:
    """The accelerators of a scenario that no deployment among some of its plans uses."""
    used = {each.id for row in rows if row.deployment is not None for each in (row.attention_on, row.ffn_on)}
    known = scenario_rates(scenario)
    left = (each for each in scenario.accelerators if each.id not in used)
    return tuple(Unranked(each, _why_unranked(scenario, each, rows, measured=each.id in known)) for each in left)


def _why_unranked(scenario: Scenario, accelerator: Accelerator, rows: tuple[PlanRow, ...], *, measured: bool) -> str:
    if not measured:
        return sentence(without_rates(scenario.model, accelerator))
    of_its_own = (row for row in rows if accelerator.id in (row.attention_on.id, row.ffn_on.id))
    return next((row.reason for row in of_its_own), f"Kernels of {accelerator.name} are borrowed.")


def _way(row: PlanRow | None) -> Way | None:
    if row is None or row.rank is None or row.deployment is None:
        return None
    price = row.deployment.usd_per_million_tokens
    bounded = row.deployment.pool_limit is not None
    if price is None:
        return None
    return Way(row.attention_on, row.ffn_on, price, row.afd, bounded, row.borrowed, row.deployment.band)
