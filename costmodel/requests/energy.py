"""Power of a pool of accelerators, energy per token and request, its price and carbon, and power budgets."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.checks import check_range
from costmodel.io.presets import accelerators, load_accelerator
from costmodel.service import IDLE_SHARE_OF_TDP, Service
from costmodel.units import Numeric, percent

JOULES_PER_KWH = 3.6e6


@dataclass(frozen=True)
class Draw:
    """Power of one accelerator [W], idle and busy, its share of the host [W], and the PUE of the facility."""

    idle: Numeric
    busy: Numeric
    host: Numeric = 0.0
    pue: Numeric = 1.25

    def __post_init__(self) -> None:
        check_range("idle", self.idle, 0)
        check_range("busy", self.busy, 0)
        check_range("busy - idle", np.subtract(self.busy, self.idle), 0)
        check_range("host", self.host, 0)
        check_range("pue", self.pue, 1, 10)

    @classmethod
    def of_tdp(cls, watts: Numeric, *, busy_share: float, host: Numeric = 0.0, pue: Numeric = 1.25) -> "Draw":
        """The draw assumed of an accelerator of that TDP [W]; see `Service`."""
        check_range("watts", watts, 0, above=True)
        return cls(IDLE_SHARE_OF_TDP * watts, busy_share * watts, host, pue)

    def facility_watts(self, accelerators: Numeric, utilization: Numeric = 1.0) -> Numeric:
        """Power at the meter [W]: (idle + (busy - idle) u + host) x accelerators x PUE."""
        used = check_range("utilization", utilization, 0, 1)
        return accelerators * (self.idle + (self.busy - self.idle) * used + self.host) * self.pue


def assumed_power(service: Service) -> str:
    """The sentence beside every power and energy: draws over TDP, host, PUE and carbon of electricity."""
    return (
        f"Power is assumed: {percent(service.prefill_share)} of TDP in prefill, {percent(service.decode_share)} in "
        f"decode, {percent(service.idle_share)} idle, {service.host_watts:g} W of host per accelerator, PUE "
        f"{service.pue:g}, {service.grams_per_kwh:g} g CO2 per kWh."
    )


def tdp_estimates(used: Iterable[Accelerator]) -> tuple[str, ...]:
    """A sentence for each accelerator whose TDP is its preset's estimate; one that was set by hand is none."""
    return tuple(
        f"The TDP of {each.name}, {each.tdp_watts:g} W, is an estimate: {each.tdp_estimate}."
        for each in {each.id: each for each in used}.values()
        if each.tdp_estimate
        and each.tdp_watts is not None
        and each.id in accelerators()
        and each.tdp_watts == load_accelerator(each.id).tdp_watts
    )


def busy_watts(tdp: Numeric, busy_share: Numeric, service: Service) -> Numeric:
    """Power of one busy accelerator at the meter [W]: (share of its TDP + host) x PUE."""
    return (busy_share * tdp + service.host_watts) * service.pue


def joules_per_token(facility_watts: Numeric, tokens_per_second: Numeric) -> Numeric:
    """Energy per token [J] of a pool that delivers that many tokens per second."""
    return facility_watts / check_range("tokens_per_second", tokens_per_second, 0, above=True)


def joules_per_request(
    computed_prompt: Numeric, output: Numeric, joules_per_input: Numeric, joules_per_output: Numeric
) -> Numeric:
    """Energy of a request [J]: computed prompt tokens x J per input token + output tokens x J per output token."""
    return computed_prompt * joules_per_input + output * joules_per_output


def electricity_usd_per_million(joules: Numeric, usd_per_kwh: Numeric) -> Numeric:
    """Electricity of 1M tokens of that energy each [USD]."""
    return joules * 1e6 / JOULES_PER_KWH * check_range("usd_per_kwh", usd_per_kwh, 0)


def carbon_grams_per_million(joules: Numeric, grams_per_kwh: Numeric) -> Numeric:
    """Carbon of 1M tokens of that energy each [g CO2]."""
    return joules * 1e6 / JOULES_PER_KWH * check_range("grams_per_kwh", grams_per_kwh, 0)


def accelerators_in_budget(megawatts: Numeric, kilowatts_each: Numeric) -> Numeric:
    """Accelerators that a power budget feeds, at that all-in power per accelerator.

    >>> int(accelerators_in_budget(1.0, 1.73))
    578
    """
    check_range("megawatts", megawatts, 0)
    return np.floor(megawatts * 1000 / check_range("kilowatts_each", kilowatts_each, 0, above=True))
