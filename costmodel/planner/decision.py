"""Whether to split attention and FFN: the best pair against the best single accelerator at three levels of detail."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Literal

from costmodel.accelerator import Accelerator
from costmodel.cost import cheapest, decode_cost
from costmodel.measured_rates import scenario_rates
from costmodel.planner.plans import PlanRow, plans
from costmodel.planner.verdict import EVEN
from costmodel.scenario import Scenario

Form = Literal["split", "alone", "on paper", "depends", "even", "one", "no SLA"]


@dataclass(frozen=True)
class Way:
    """One way to deploy: the accelerators of both pools and the cost [USD per 1M tokens].

    `split` is True for an AFD pair, also one of two pools of one kind. `bounded` is True where the largest pool of the
    scenario binds: larger pools would cost less.
    """

    attention_on: Accelerator
    ffn_on: Accelerator
    usd_per_million_tokens: float
    split: bool
    bounded: bool = False


@dataclass(frozen=True)
class Level:
    """The cheapest pair and the cheapest single accelerator at one level of detail; None where there is none.

    `reason` says in a sentence why a way is missing; `unmeasured` names the accelerators without measured rates that
    keep the measured level from being computed.
    """

    pair: Way | None
    single: Way | None
    reason: str = ""
    unmeasured: tuple[Accelerator, ...] = ()

    @property
    def change(self) -> float | None:
        """Cost of the pair over that of the single accelerator, minus 1: negative where splitting is cheaper."""
        if self.pair is None or self.single is None:
            return None
        return self.pair.usd_per_million_tokens / self.single.usd_per_million_tokens - 1

    @property
    def even(self) -> bool:
        """True where the two differ by less than `EVEN`."""
        return self.change is not None and abs(self.change) < EVEN

    @property
    def split(self) -> bool | None:
        """True where the pair is cheaper or the only way; None where there is no way at all."""
        if self.change is not None:
            return self.change < 0
        return None if self.pair is None and self.single is None else self.pair is not None

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
    in whole servers two pools of one kind are a pair too.
    """

    limit: Level
    servers: Level
    measured: Level

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

    The first two levels use ideal rates. The third is computed only where every accelerator of the first two has
    measured rates with the mechanisms of the model. DomainError where no accelerator has a price.

    >>> import costmodel as cm
    >>> found = cm.decide(cm.Scenario(model="step-3", accelerators=["h800", "h20"], workload=cm.Workload(context=8192)))
    >>> found.form, f"{found.limit.change:+.3f}"
    ('split', '-0.129')
    """
    asked = replace_objective(scenario)
    ideal = asked if asked.rates == "ideal" else asked.replace(rates="ideal")
    limit = limit_level(ideal)
    servers = _servers(ideal)
    return Decision(limit, servers, _measured(asked, limit, servers))


def replace_objective(scenario: Scenario) -> Scenario:
    """The scenario with objective cost."""
    return scenario if scenario.objective == "usd" else scenario.replace(objective="usd")


def limit_level(scenario: Scenario) -> Level:
    """The ideal limit: the cheapest pair of two kinds and the cheapest single accelerator."""
    single = cheapest(scenario).single
    pairs = [
        decode_cost(scenario.model, attention_on=attention_on, ffn_on=ffn_on, workload=scenario.workload)
        for attention_on, ffn_on in product(scenario.candidates("attention_on"), scenario.candidates("ffn_on"))
        if attention_on.id != ffn_on.id and None not in (attention_on.usd_per_hour, ffn_on.usd_per_hour)
    ]
    best = min(pairs, key=lambda cost: float(cost.total), default=None)
    return Level(
        pair=None if best is None else Way(best.attention_on, best.ffn_on, float(best.total), split=True),
        single=Way(single.attention_on, single.ffn_on, float(single.total), split=False),
        reason="" if best else "There is no second accelerator with a price.",
    )


def _servers(scenario: Scenario) -> Level:
    rows = plans(scenario)
    pair, single = (next((row for row in rows if row.afd == afd), None) for afd in (True, False))
    missing = [row.reason for row in (pair, single) if row is not None and _way(row) is None]
    return Level(_way(pair), _way(single), " ".join(dict.fromkeys(missing)))


def _measured(scenario: Scenario, limit: Level, servers: Level) -> Level:
    measured = scenario.replace(rates="measured") if scenario.rates in ("ideal", "kernels") else scenario
    known = scenario_rates(measured)
    involved = {each.id: each for level in (limit, servers) for each in _accelerators(level)}
    unmeasured = tuple(each for name, each in involved.items() if name not in known)
    if unmeasured:
        names = ", ".join(each.name for each in unmeasured)
        return Level(None, None, f"No measured rates for {names} with this attention.", unmeasured)
    return _servers(measured)


def _accelerators(level: Level) -> Iterator[Accelerator]:
    for way in (level.pair, level.single):
        if way is not None:
            yield way.attention_on
            yield way.ffn_on


def _way(row: PlanRow | None) -> Way | None:
    if row is None or row.rank is None or row.deployment is None:
        return None
    price = row.deployment.usd_per_million_tokens
    bounded = row.deployment.pool_limit is not None
    return None if price is None else Way(row.attention_on, row.ffn_on, price, row.afd, bounded)
