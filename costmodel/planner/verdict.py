"""AFD against the colocated baseline: which of the two is better, and what decides it."""

from collections.abc import Iterable
from dataclasses import dataclass

from costmodel.planner.colocated import Colocated
from costmodel.planner.plan import Plan
from costmodel.units import percent

EVEN = 0.05
"""Differences below this share are within what the model leaves out; nothing should be decided by them."""

Band = tuple[float, float]
"""Factors between which measured output lies of predicted output for four in five measured deployments."""


def is_even(ratio: float, band: Band | None = None) -> bool:
    """True where a ratio of two predictions decides nothing: within `EVEN` of 1, or within the band of their errors."""
    return abs(ratio - 1) < EVEN or (band is not None and band[0] < ratio < band[1])


def widest(bands: Iterable[Band | None]) -> Band | None:
    """The band that holds all those that are known; None where none is."""
    known = [band for band in bands if band is not None]
    return (min(low for low, _ in known), max(high for _, high in known)) if known else None


@dataclass(frozen=True)
class Verdict:
    """AFD against the colocated baseline: the winner, by which factor in output per accelerator and in cost, and why.

    Factors are AFD over colocated output, and colocated over AFD cost: above 1 AFD is better. None where one of the two
    is infeasible or has no price. `band` is that of the rates behind them, None without measured kernels.
    """

    winner: str
    output_factor: float | None
    cost_factor: float | None
    reason: str
    band: Band | None = None

    @property
    def change(self) -> float | None:
        """Cost with AFD over that without, minus 1; of output per accelerator, inverted, where a price is missing."""
        factor = self.output_factor if self.cost_factor is None else self.cost_factor
        return None if factor is None else 1 / factor - 1

    @property
    def even(self) -> bool:
        """True where neither is better by more than `EVEN` and than the band."""
        return self.change is not None and is_even(1 + self.change, self.band)


def judge(plan: Plan, baseline: Colocated) -> Verdict:
    """Which of the two delivers cheaper tokens (more per accelerator where a price is missing), and what decides it."""
    if not (plan.feasible and baseline.feasible):
        if plan.feasible or baseline.feasible:
            winner, loser = ("AFD", baseline.reason) if plan.feasible else ("colocated", plan.reason)
            return Verdict(winner, None, None, f"Only {winner} meets the SLA. {loser}")
        return Verdict("neither", None, None, f"Neither meets the SLA. AFD: {plan.reason}")
    output = plan.tokens_per_second_per_gpu / baseline.tokens_per_second_per_gpu
    cost = None
    if plan.usd_per_million_tokens is not None and baseline.usd_per_million_tokens is not None:
        cost = baseline.usd_per_million_tokens / plan.usd_per_million_tokens
    factor = output if cost is None else cost
    winner = "AFD" if factor > 1 else "colocated"
    return Verdict(winner, output, cost, _why(plan, baseline, factor), widest((plan.band, baseline.band)))


def _why(plan: Plan, baseline: Colocated, factor: float) -> str:
    stages = plan.stage_seconds
    idle = {
        "attention": 1 - stages.attention / stages.cycle,
        "FFN": 1 - stages.ffn / stages.cycle,
    }
    emptier = max(idle, key=lambda name: idle[name])
    spread = max(baseline.compute_seconds, baseline.network_seconds)
    hidden = baseline.network_seconds <= baseline.compute_seconds
    network = "is hidden behind compute" if hidden else "is not hidden"
    better = f"AFD is {factor:.2f} times as good" if factor > 1 else f"Colocated is {1 / factor:.2f} times as good"
    weights = "experts" if min(float(group.sparsity()) for group in plan.model.ffn) < 1 else "weights"
    return (
        f"{better}. AFD: {plan.micro_batch:,} requests share one reading of the {weights}, the {emptier} "
        f"accelerators wait {percent(idle[emptier])} of the time. Colocated: {_sharing(baseline):,} share it, the "
        f"all-to-all {network} ({baseline.network_seconds * 1e6:,.0f} of {spread * 1e6:,.0f} µs per layer)."
    )


def _sharing(baseline: Colocated) -> int:
    """Requests that share one reading of the FFN weights: those of all accelerators where experts are spread."""
    routed = min(float(group.sparsity()) for group in baseline.pool.model.ffn) < 1
    return round(baseline.micro_batch * (float(baseline.placement.data_parallel) if routed else 1))
