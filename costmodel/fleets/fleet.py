"""A fleet: three pools over the day for a demand, its bill, power and failures."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem
from costmodel.fleets.capacity import PromptWork
from costmodel.fleets.demand import Demand, Slots
from costmodel.fleets.energy import Draw, carbon_grams_per_million, electricity_usd_per_million
from costmodel.fleets.options import Service
from costmodel.fleets.pools import POOLS, PoolSizes, PoolTable
from costmodel.fleets.queueing import APPROXIMATE
from costmodel.fleets.schedules import Schedule, ScheduleName, failures_per_second, schedules
from costmodel.planner.pairs import RatesByAccelerator, best_of, rates_of
from costmodel.planner.plan import Plan
from costmodel.rates import IDEAL
from costmodel.scenario import Scenario

Floats = NDArray[np.float64]

DAYS_PER_MONTH = 365 / 12
WATTS_PER_KILOWATT = 1000
SECONDS_PER_DAY = 86_400


@dataclass(frozen=True)
class Fleet:
    """The servers of three pools in every slot of a day, by two schedules, and what they cost and draw.

    `table` holds the servers that every accelerator of the scenario would need for every pool.
    """

    scenario: Scenario = field(repr=False)
    demand: Demand = field(repr=False)
    service: Service
    slots: Slots = field(repr=False)
    plan: Plan = field(repr=False)
    prefill_on: Accelerator
    table: PoolTable = field(repr=False)
    schedules: Mapping[ScheduleName, Schedule] = field(repr=False)
    pool_rates: Mapping[str, RatesByAccelerator] = field(repr=False)
    tdp_watts: Mapping[str, float]
    assumptions: tuple[str, ...]

    @property
    def fixed(self) -> Schedule:
        """Instances of one shape."""
        return self.schedules["fixed"]

    @property
    def follow(self) -> Schedule:
        """Attention servers that follow the context."""
        return self.schedules["follow"]

    @property
    def saved_usd_per_day(self) -> float:
        """What attention servers that follow the context save against instances of one shape [USD/day]."""
        return self.fixed.usd_per_day - self.follow.usd_per_day

    @property
    def usd_per_month(self) -> float:
        """Bill of a mean month with attention servers that follow the context [USD]."""
        return self.follow.usd_per_day * DAYS_PER_MONTH

    @property
    def usd_per_request(self) -> float:
        """Reservation cost of a request: the bill over the requests of the day [USD]."""
        return self.follow.usd_per_day / float(self.slots.arrivals.mean() * SECONDS_PER_DAY)

    def watts(self, pool: str, schedule: ScheduleName = "follow") -> Floats:
        """Power of a pool at the meter in every slot [W], spares idle; DomainError where a TDP is not known."""
        chosen = self.schedules[schedule]
        accelerator = chosen.accelerators[pool]
        each = accelerator.accelerators_per_server
        draw = self.draw(pool)
        serving = draw.facility_watts(chosen.servers[pool] * each, np.minimum(chosen.utilization[pool], 1.0))
        return np.asarray(serving + draw.facility_watts(chosen.spares[pool] * each, 0.0))

    def draw(self, pool: str) -> Draw:
        """The power assumed of one accelerator of a pool, from its TDP."""
        return self.draw_of(self.follow.accelerators[pool], pool)

    def draw_of(self, accelerator: Accelerator, pool: str) -> Draw:
        """The power assumed of an accelerator in that pool; DomainError where its TDP is not known."""
        if accelerator.id not in self.tdp_watts:
            reason = f"no TDP is known for {accelerator.name}; give one to compute power"
            raise DomainError(Problem("tdp_watts", reason, accelerator.id))
        tdp, service = self.tdp_watts[accelerator.id], self.service
        busy = service.prefill_share if pool == "prefill" else service.decode_share
        return Draw(service.idle_share * tdp, busy * tdp, service.host_watts, service.pue)

    def transfer_load(self, pool: str, schedule: ScheduleName = "follow") -> Floats:
        """Share of a pool's network in every slot that sending ("prefill") or receiving ("attention") caches takes.

        Above 1 the network binds, whatever the servers compute. DomainError where the network is not known.
        """
        chosen = self.schedules[schedule]
        accelerator = chosen.accelerators[pool]
        rate = accelerator.server_bytes_per_second() * rates_of(accelerator, self.pool_rates[pool]).network
        sent = self.slots.mean(np.asarray(self.scenario.model.kv_bytes_per_sequence(self.slots.lengths.prompt)))
        return np.asarray(self.slots.arrivals * sent / (np.maximum(chosen.servers[pool], 1) * rate))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Where the transfer of caches exceeds a pool's network."""
        said = []
        for pool in ("prefill", "attention"):
            if self.follow.accelerators[pool].nics_per_server is None:
                continue
            load = float(self.transfer_load(pool).max())
            if load > 1:
                said.append(f"Sending caches takes {load:.2f} of the network of the {pool} pool: it binds.")
        return tuple(said)

    def joules_per_input_token(self, schedule: ScheduleName = "follow") -> float:
        """Energy of the prefill pool per computed prompt token, over the day [J]."""
        return float(self.watts("prefill", schedule).sum() / (self.slots.arrivals * self.slots.missed).sum())

    def joules_per_output_token(self, schedule: ScheduleName = "follow") -> float:
        """Energy of the attention and FFN pools per output token, over the day [J]."""
        watts = self.watts("attention", schedule) + self.watts("ffn", schedule)
        return float(watts.sum() / self.slots.output_tokens_per_second.sum())

    def joules_per_request(self, schedule: ScheduleName = "follow") -> float:
        """Energy of all pools per request, the idle power of headroom and spares included [J]."""
        return float(sum(self.watts(pool, schedule).sum() for pool in POOLS) / self.slots.arrivals.sum())

    def electricity_usd_per_million_output(self, schedule: ScheduleName = "follow") -> float:
        """Electricity of 1M output tokens [USD]."""
        return float(electricity_usd_per_million(self.joules_per_output_token(schedule), self.service.usd_per_kwh))

    def carbon_grams_per_million_output(self, schedule: ScheduleName = "follow") -> float:
        """Carbon of 1M output tokens [g CO2]."""
        return float(carbon_grams_per_million(self.joules_per_output_token(schedule), self.service.grams_per_kwh))

    def failures_per_day(self, pool: str, schedule: ScheduleName = "follow") -> float:
        """Server failures of a pool per day."""
        chosen = self.schedules[schedule]
        each = failures_per_second(chosen.accelerators[pool], self.service)
        return float(chosen.total(pool).mean() * each * SECONDS_PER_DAY)

    @property
    def hours(self) -> xr.Dataset:
        """Servers, spares and utilization [schedule, pool, slot], USD [schedule, slot]; kW where every TDP is known."""

        def stacked(name: str) -> Floats:
            return np.array([[getattr(each, name)[pool] for pool in POOLS] for each in self.schedules.values()])

        dims, names = ["schedule", "pool", "slot"], list(self.schedules)
        data = {name: (dims, stacked(name)) for name in ("servers", "spares", "utilization")}
        data["usd"] = (["schedule", "slot"], np.array([each.usd for each in self.schedules.values()]))
        if all(accelerator.id in self.tdp_watts for accelerator in self.follow.accelerators.values()):
            watts = np.array([[self.watts(pool, name) for pool in POOLS] for name in self.schedules])
            data["kilowatts"] = (dims, watts / WATTS_PER_KILOWATT)
        data["requests_per_second"] = (["slot"], self.slots.arrivals)
        data["context"] = (["slot"], self.slots.context)
        slot = np.arange(self.slots.count)
        coords = {"schedule": names, "pool": list(POOLS), "slot": slot, "hour": ("slot", slot * self.slots.hours)}
        return xr.Dataset(data, coords=coords)


def fleet(
    scenario: Scenario,
    *,
    demand: Demand,
    plan: Plan | None = None,
    prefill_on: Accelerator | None = None,
    rates: RatesByAccelerator = IDEAL,
    prefill_rates: RatesByAccelerator = IDEAL,
    service: Service | None = None,
    tdp_watts: Mapping[str, float] | None = None,
) -> Fleet:
    """The servers of three pools over a day: each pool on its cheapest accelerator, or on those of a `plan`.

    Hours are independent (a ceiling per pool and hour), so this is exact without start costs; see `schedule` for those.
    DomainError where no accelerator can hold a pool, or no deployment keeps the SLA.

    >>> import costmodel as cm
    >>> day = cm.Demand(requests_per_second=50, prompt=4096, output=512, hit_rate=0.0)
    >>> found = fleet(cm.default_scenario(), demand=day)
    >>> {pool: int(found.follow.servers[pool][0]) for pool in ("prefill", "attention", "ffn")}
    {'prefill': 2, 'attention': 1, 'ffn': 2}
    """
    settings = Service() if service is None else service
    slots = demand.slots()
    work = PromptWork(scenario.model, slots, settings)
    sizes = PoolSizes(scenario, demand, slots, settings, rates, prefill_rates, work)
    table = sizes.table(scenario.accelerators)
    first = table.cheapest("prefill") if prefill_on is None else prefill_on
    chosen = _plan(sizes, table) if plan is None else plan
    return Fleet(
        scenario=scenario,
        demand=demand,
        service=settings,
        slots=slots,
        plan=chosen,
        prefill_on=first,
        table=table,
        schedules=schedules(sizes, chosen, first),
        pool_rates={"prefill": prefill_rates, "attention": rates, "ffn": rates},
        tdp_watts={} if tdp_watts is None else tdp_watts,
        assumptions=_assumptions(demand, settings),
    )


def _plan(sizes: PoolSizes, table: PoolTable) -> Plan:
    """The instance on the cheapest accelerators of both pools, no larger than the day's peak needs."""
    attention_on, ffn_on = table.cheapest("attention"), table.cheapest("ffn")
    pipeline = sizes.pipeline(attention_on, ffn_on)
    most = [
        min(int(table.servers(each, pool).max()), sizes.scenario.largest_pool)
        for pool, each in (("attention", attention_on), ("ffn", ffn_on))
    ]
    found = best_of(pipeline, "usd", most[0], ffn_pool=most[1])
    if not found.feasible:
        raise DomainError(Problem("sla.tpot", found.reason))
    return found


def _assumptions(demand: Demand, service: Service) -> tuple[str, ...]:
    said = [f"The attention core of prefill computes in {service.core_bits} bit."]
    if demand.ttft is not None:
        said.append(APPROXIMATE)
    if demand.availability:
        said.append(
            f"Servers fail {service.failures_per_accelerator_year:.2f} times per accelerator and year (start value: "
            f"Llama 3 training) and are back after {service.repair_hours:g} h."
        )
    said.append(
        f"Accelerators draw {service.prefill_share:.0%} of TDP in prefill, {service.decode_share:.0%} in decode and "
        f"{service.idle_share:.0%} idle."
    )
    return tuple(said)
