"""Power of a schedule: of each pool, energy per token and request, electricity and carbon."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem
from costmodel.fleets.demand import Slots
from costmodel.fleets.pools import POOLS
from costmodel.fleets.schedules import Schedule
from costmodel.requests.energy import JOULES_PER_KWH, Draw, carbon_grams_per_million, electricity_usd_per_million
from costmodel.service import Service

Floats = NDArray[np.float64]
WATTS_PER_KILOWATT = 1000


def draw_of(accelerator: Accelerator, pool: str, service: Service, tdp_watts: Mapping[str, float]) -> Draw:
    """The power assumed of an accelerator in that pool; DomainError where its TDP is not known."""
    tdp = known_tdp(accelerator, tdp_watts)
    if tdp is None:
        reason = f"no TDP is known for {accelerator.name}; give one to compute power"
        raise DomainError(Problem("tdp_watts", reason, accelerator.id))
    busy = service.prefill_share if pool == "prefill" else service.decode_share
    return Draw(service.idle_share * tdp, busy * tdp, service.host_watts, service.pue)


def known_tdp(accelerator: Accelerator, tdp_watts: Mapping[str, float]) -> float | None:
    """TDP of an accelerator [W]: as given by id, or its own; None where neither is known."""
    return tdp_watts.get(accelerator.id, accelerator.tdp_watts)


@dataclass(frozen=True)
class Power:
    """Power and energy of a schedule at the meter, the idle power of headroom and spares included."""

    schedule: Schedule
    slots: Slots
    service: Service
    tdp_watts: Mapping[str, float]

    def watts(self, pool: str) -> Floats:
        """Power of a pool in every slot [W]; spares idle."""
        accelerator = self.schedule.accelerators[pool]
        each = accelerator.accelerators_per_server
        draw = draw_of(accelerator, pool, self.service, self.tdp_watts)
        used = np.minimum(self.schedule.utilization[pool], 1.0)
        serving = draw.facility_watts(self.schedule.servers[pool] * each, used)
        return np.asarray(serving + draw.facility_watts(self.schedule.spares[pool] * each, 0.0))

    @property
    def joules_per_input_token(self) -> float:
        """Energy of the prefill pool per computed prompt token, over the day [J]."""
        return float(self.watts("prefill").sum() / (self.slots.arrivals * self.slots.missed).sum())

    @property
    def joules_per_output_token(self) -> float:
        """Energy of the attention and FFN pools per output token, over the day [J]."""
        watts = self.watts("attention") + self.watts("ffn")
        return float(watts.sum() / self.slots.output_tokens_per_second.sum())

    @property
    def joules_per_request(self) -> float:
        """Energy of all pools per request [J]."""
        return float(sum(self.watts(pool).sum() for pool in POOLS) / self.slots.arrivals.sum())

    @property
    def kilowatts(self) -> Floats:
        """Power of all pools in every slot [kW]."""
        return np.asarray(sum(self.watts(pool) for pool in POOLS)) / WATTS_PER_KILOWATT

    @property
    def usd_per_day(self) -> float:
        """Electricity of a day [USD]; part of the price where accelerators are rented."""
        return float(self.kilowatts.sum() * self.slots.hours * self.service.usd_per_kwh)

    @property
    def grams_per_request(self) -> float:
        """Carbon of a request [g CO2]."""
        return self.joules_per_request / JOULES_PER_KWH * self.service.grams_per_kwh

    @property
    def kilowatts_per_accelerator(self) -> float:
        """Mean power at the meter of one accelerator of the fleet, spares included [kW]."""
        totals = (self.schedule.total(p) * self.schedule.accelerators[p].accelerators_per_server for p in POOLS)
        return float(self.kilowatts.sum() / np.asarray(sum(totals)).sum())

    @property
    def usd_per_million_output(self) -> float:
        """Electricity of 1M output tokens [USD]."""
        return float(electricity_usd_per_million(self.joules_per_output_token, self.service.usd_per_kwh))

    @property
    def grams_per_million_output(self) -> float:
        """Carbon of 1M output tokens [g CO2]."""
        return float(carbon_grams_per_million(self.joules_per_output_token, self.service.grams_per_kwh))
