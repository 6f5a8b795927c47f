"""Kind of rates behind a measured verdict: that of the scenario, or the best one that was measured."""

from collections.abc import Iterable

from costmodel.accelerator import Accelerator
from costmodel.measured_rates import KERNELS, MEASURED, kernel_rates
from costmodel.model import Model
from costmodel.planner.kernel_timing import KernelTimer
from costmodel.scenario import RatesKind, Scenario

Pools = tuple[Accelerator, Accelerator, bool]
"""Accelerators of attention and FFN, and True for an AFD pair, False for one accelerator that does both."""


def measured_kind(scenario: Scenario, ways: Iterable[Pools]) -> RatesKind:
    """The rates of the scenario where they are not ideal; else kernels where no way borrows one, else shares of peak.

    One kind serves all ways, so that a verdict never ranks kernels and shares, or measured and borrowed, together.
    """
    if scenario.rates != "ideal":
        return scenario.rates
    return MEASURED if any(borrows(scenario.model, way) for way in ways) else KERNELS


def borrows(model: Model, way: Pools) -> bool:
    """True where a kernel, or a link of an accelerator that does both, was not measured on the accelerator itself."""
    attention_on, ffn_on, afd = way
    if afd:
        attention, ffn = _timer(model, attention_on), _timer(model, ffn_on)
        return bool(attention.borrowed(model.attention, ()) or ffn.borrowed((), model.ffn))
    both = _timer(model, attention_on)
    return bool(both.borrowed(model.attention, model.ffn, head=True) or both.links.borrowed)


def _timer(model: Model, accelerator: Accelerator) -> KernelTimer:
    return KernelTimer(accelerator, kernel_rates(accelerator), model.hidden)
