"""How sure a cost is when prices and achieved rates are not: many scenarios drawn at random, at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.cost import attention_cost, cheapest, ffn_cost
from costmodel.errors import DomainError, Problem, quote
from costmodel.scenario import Scenario
from costmodel.spec import Check

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
MOST_SAMPLES = 1_000_000


@dataclass(frozen=True)
class Uncertainty:
    """Cost of the cheapest pair [USD per 1M tokens] over the samples.

    `cost` is that of the scenario as it stands, `quantiles` maps share to cost, `pairs` maps (attention accelerator id,
    FFN accelerator id) to the share of samples in which that pair is the cheapest, most frequent first.
    """

    cost: float
    mean: float
    quantiles: dict[float, float]
    pairs: dict[tuple[str, str], float]
    samples: int
    seed: int


def uncertainty(
    scenario: Scenario, *, price_spread: float = 0.2, rate_spread: float = 0.1, samples: int = 10_000, seed: int = 0
) -> Uncertainty:
    """Quantiles of the cost, and how often each pair wins, when prices and rates are known only roughly.

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
    accelerators, work = scenario.accelerators, scenario.model.decode_work(scenario.workload)
    now = cheapest(scenario.model, accelerators, scenario.workload).cost.total
    random = np.random.default_rng(seed)
    attention, ffn = [], []
    for accelerator in accelerators:
        prices = np.exp(price_spread * random.standard_normal(samples))
        speeds = np.exp(rate_spread * random.standard_normal(samples))
        drawn = accelerator.update(
            {
                "usd_per_hour": accelerator.price() * prices,
                "bytes_per_second": accelerator.bytes_per_second
                * np.exp(rate_spread * random.standard_normal(samples)),
                **{
                    name: rate * speeds
                    for name in ("bf16_flops_per_second", "fp8_flops_per_second", "fp4_flops_per_second")
                    if (rate := getattr(accelerator, name)) is not None
                },
            },
            Check.RELATIONS,
        )
        attention.append(attention_cost(work, drawn).total)
        ffn.append(ffn_cost(work, drawn))
    return _summary(
        float(now), np.stack(attention), np.stack(ffn), [accelerator.id for accelerator in accelerators], seed
    )


def _summary(
    now: float, attention: NDArray[np.float64], ffn: NDArray[np.float64], ids: list[str], seed: int
) -> Uncertainty:
    """From costs by [accelerator, sample]."""
    cost = attention.min(axis=0) + ffn.min(axis=0)
    samples = cost.size
    pair = attention.argmin(axis=0) * len(ids) + ffn.argmin(axis=0)
    counts = np.bincount(pair, minlength=len(ids) ** 2)
    order = [int(place) for place in np.argsort(-counts, kind="stable") if counts[place]]
    pairs = {(ids[place // len(ids)], ids[place % len(ids)]): float(counts[place] / samples) for place in order}
    quantiles = {share: float(value) for share, value in zip(QUANTILES, np.quantile(cost, QUANTILES), strict=True)}
    return Uncertainty(now, float(cost.mean()), quantiles, pairs, samples, seed)
