"""Uncertainty of a cost under random prices and rates."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.cost import attention_cost, attention_unranked, cheapest, ffn_cost, ffn_unranked
from costmodel.errors import DomainError, Problem, quote
from costmodel.scenario import Pool, Scenario
from costmodel.spec import Check

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_SAMPLES = 1_000_000
RATES = ("bf16_flops_per_second", "fp8_flops_per_second", "fp4_flops_per_second", "int8_flops_per_second")
POOLS: tuple[Pool, Pool] = ("attention_on", "ffn_on")


@dataclass(frozen=True)
class Uncertainty:
    """Cost [USD per 1M tokens], over the samples, of the scenario's cheapest pair.

    `cost` is its cost without any spread, `mean` and `quantiles` (share to cost) those of that same pair. `pairs` maps
    (attention accelerator id, FFN accelerator id) to the share of samples in which that pair is the cheapest, most
    frequent first.
    """

    pair: tuple[str, str]
    cost: float
    mean: float
    quantiles: dict[float, float]
    pairs: dict[tuple[str, str], float]
    samples: int
    seed: int

    @property
    def kept(self) -> float:
        """Share of samples in which the pair stays the cheapest."""
        return self.pairs.get(self.pair, 0.0)


def uncertainty(
    scenario: Scenario, *, price_spread: float = 0.2, rate_spread: float = 0.1, samples: int = 10_000, seed: int = 0
) -> Uncertainty:
    """Quantiles of the cost of the cheapest pair, and the share of samples that each pair wins.

    Every accelerator gets three independent log-normal factors with median 1: its price with a log-standard deviation
    of `price_spread`, its FLOP rates (one factor for all precisions) and its bandwidth with one of `rate_spread`;
    both in [0, 1]. So 0.2 means: in two of three samples within about 20 %. The same seed gives the same result.
    """
    for name, value in {"price_spread": price_spread, "rate_spread": rate_spread}.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
            raise DomainError(Problem(name, f"{quote(value)} is not allowed; must be a number from 0 to 1"))
    for name, value, low, high in (("samples", samples, 1, MOST_SAMPLES), ("seed", seed, 0, 2**63)):
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise DomainError(Problem(name, f"{quote(value)} is not allowed; must be a whole number {low} to {high:,}"))
    accelerators = [each for each in scenario.accelerators if each.usd_per_hour is not None]
    work = scenario.model.decode_work(scenario.workload)
    now = cheapest(scenario).pair
    random = np.random.default_rng(seed)
    attention, ffn = [], []
    for accelerator in accelerators:
        prices = np.exp(price_spread * random.standard_normal(samples))
        speeds = np.exp(rate_spread * random.standard_normal(samples))
        bandwidths = np.exp(rate_spread * random.standard_normal(samples))
        factors = {"usd_per_hour": prices, "bytes_per_second": bandwidths, **dict.fromkeys(RATES, speeds)}
        drawn = accelerator.update(
            {
                name: value * factor
                for name, factor in factors.items()
                if (value := getattr(accelerator, name)) is not None
            },
            Check.RELATIONS,
        )
        nowhere = np.full(samples, np.inf)
        attention.append(nowhere if attention_unranked(work, drawn) else attention_cost(work, drawn).total)
        ffn.append(nowhere if ffn_unranked(work, drawn) else ffn_cost(work, drawn))
    ids = [each.id for each in accelerators]
    allowed = [[each.id in {one.id for one in scenario.candidates(pool)} for each in accelerators] for pool in POOLS]
    costs = [np.stack(attention), np.stack(ffn)]
    attention_on, ffn_on = (ids.index(each.id) for each in (now.attention_on, now.ffn_on))
    cost = costs[0][attention_on] + costs[1][ffn_on]
    winners = [
        np.where(np.array(may)[:, None], each, np.inf).argmin(axis=0) for may, each in zip(allowed, costs, strict=True)
    ]
    return Uncertainty(
        pair=(now.attention_on.id, now.ffn_on.id),
        cost=float(now.total),
        mean=float(cost.mean()),
        quantiles={share: float(value) for share, value in zip(QUANTILES, np.quantile(cost, QUANTILES), strict=True)},
        pairs=_shares(winners[0], winners[1], ids),
        samples=samples,
        seed=seed,
    )


def _shares(attention: NDArray[np.intp], ffn: NDArray[np.intp], ids: list[str]) -> dict[tuple[str, str], float]:
    """The share of samples in which each pair wins, most frequent first."""
    counts = np.bincount(attention * len(ids) + ffn, minlength=len(ids) ** 2)
    order = [int(place) for place in np.argsort(-counts, kind="stable") if counts[place]]
    return {(ids[place // len(ids)], ids[place % len(ids)]): float(counts[place] / len(attention)) for place in order}
