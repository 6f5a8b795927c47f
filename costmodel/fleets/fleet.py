"""A fleet: three pools over the day for a demand, its bill, power and failures."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem
from costmodel.fleets.capacity import PromptWork
from costmodel.fleets.demand import Demand, Slots, trace_of
from costmodel.fleets.failures import attention_blast_radius, instance_availability
from costmodel.fleets.pools import POOLS, PoolSizes, PoolTable
from costmodel.fleets.power import Power, known_tdp
from costmodel.fleets.queueing import APPROXIMATE, Wait, wait
from costmodel.fleets.schedules import Schedule, ScheduleName, down_time, failures_per_second, schedules
from costmodel.measured_rates import scenario_rates
from costmodel.planner.pair_plans import RatesByAccelerator, best_of
from costmodel.planner.plan import Plan
from costmodel.rates import IDEAL
from costmodel.request_mix import UNKNOWN_HIT_RATE
from costmodel.requests.energy import accelerators_in_budget, assumed_power, tdp_estimates
from costmodel.requests.prefill import Prefill
from costmodel.scenario import Scenario
from costmodel.service import Service
from costmodel.trace import Trace

Floats = NDArray[np.float64]

DAYS_PER_MONTH = 365 / 12
WATTS_PER_KILOWATT = 1000
SECONDS_PER_DAY = 86_400

IDEAL_PREFILL = "Prefill runs at ideal rates while decoding does not: no measured rates of prefill are known."


@dataclass(frozen=True)
class Fleet:
    """The servers of three pools in every slot of a day, by two schedules, and what they cost and draw.

    `table` holds what every accelerator of the scenario would need for every pool; `sizes` how servers follow from
    demand. Figures without a named schedule are those of attention servers that follow the context.
    """

    sizes: PoolSizes = field(repr=False)
    plan: Plan = field(repr=False)
    prefill_on: Accelerator
    table: PoolTable = field(repr=False)
    schedules: Mapping[ScheduleName, Schedule] = field(repr=False)
    tdp_watts: Mapping[str, float]
    assumptions: tuple[str, ...]

    @property
    def demand(self) -> Demand:
        """What is served."""
        return self.sizes.demand

    @property
    def slots(self) -> Slots:
        """The day in slots."""
        return self.sizes.slots

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
        """Bill of a mean month [USD]."""
        return self.follow.usd_per_day * DAYS_PER_MONTH

    @property
    def static_usd_per_month(self) -> float:
        """Bill of a mean month when each pool's peak runs all day [USD]."""
        return self.follow.static_usd_per_day * DAYS_PER_MONTH

    @property
    def monthly_bills(self) -> dict[str, dict[str, float]]:
        """Bill of a mean month by pool [USD]: both schedules, perfectly autoscaled, and "static": the peak all day."""
        bills = {
            str(name): {pool: float(each.pool_usd(pool).sum()) * DAYS_PER_MONTH for pool in POOLS}
            for name, each in self.schedules.items()
        }
        peaks = {pool: float(self.follow.pool_usd(pool).max()) * self.slots.count for pool in POOLS}
        return bills | {"static": {pool: usd * DAYS_PER_MONTH for pool, usd in peaks.items()}}

    @property
    def busiest(self) -> int:
        """The slot with most servers, spares included."""
        return int(np.argmax(sum(self.follow.total(pool) for pool in POOLS)))

    @property
    def binding(self) -> str:
        """The pool that is used most in the busiest slot: the next one to grow."""
        slot = int(np.argmax(self.slots.arrivals))
        return max(POOLS, key=lambda pool: float(self.follow.utilization[pool][slot]))

    @property
    def usd_per_request(self) -> float:
        """Reservation cost of a request: the bill over the requests of the day [USD]."""
        return self.follow.usd_per_day / float(self.slots.arrivals.mean() * SECONDS_PER_DAY)

    def power(self, schedule: ScheduleName = "follow") -> Power:
        """What a schedule draws; DomainError where the TDP of one of its accelerators is not known."""
        return Power(self.schedules[schedule], self.slots, self.sizes.service, self.tdp_watts)

    @property
    def accelerators_in_budget(self) -> int | None:
        """Accelerators of this fleet's mix that the service's power budget feeds; None where none is asked about."""
        budget = self.sizes.service.power_budget
        if budget is None:
            return None
        return int(accelerators_in_budget(budget, self.power().kilowatts_per_accelerator))

    @property
    def prefill_wait(self) -> Wait:
        """Wait for a prefill worker in every slot with the servers that run; approximate."""
        seconds = np.asarray(self.sizes.work.prefill(self.prefill_on, self.sizes.rates_for(self.prefill_on)).seconds)
        _, parts = self.sizes.ttft_left(self.prefill_on, seconds)
        accelerators = self.follow.servers["prefill"] * self.prefill_on.accelerators_per_server
        return wait(
            np.maximum(accelerators // self.sizes.service.accelerators_per_prompt, 1),
            self.slots.arrivals,
            parts,
            service_cv=self.sizes.work.service_cv(self.prefill_on, self.sizes.rates_for(self.prefill_on)),
            arrival_cv=self.demand.arrival_cv,
        )

    @property
    def worst_wait(self) -> float:
        """Wait for a prefill worker [s] that the demand's share of requests stays below in the worst slot."""
        return float(np.max(self.prefill_wait.quantile(self.demand.ttft_share)))

    def transfer_load(self, pool: str, schedule: ScheduleName = "follow") -> Floats:
        """Share of a pool's network in every slot that sending ("prefill") or receiving ("attention") caches takes.

        Above 1 the network binds, whatever the servers compute. DomainError where the network is not known.
        """
        chosen = self.schedules[schedule]
        accelerator = chosen.accelerators[pool]
        rates = self.sizes.rates_for(accelerator) if pool == "prefill" else self.plan.pipeline.attention.rates
        rate = accelerator.server_bytes_per_second() * rates.network
        sent = self.slots.mean(np.asarray(self.sizes.scenario.model.sequence_bytes(self.slots.lengths.prompt)))
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

    def failures_per_day(self, pool: str, schedule: ScheduleName = "follow") -> float:
        """Server failures of a pool per day."""
        chosen = self.schedules[schedule]
        each = failures_per_second(chosen.accelerators[pool], self.sizes.service)
        return float(chosen.total(pool).mean() * each * SECONDS_PER_DAY)

    @property
    def instance_availability(self) -> float:
        """Share of time that an instance without spares runs: one lost FFN server stops it."""
        return float(instance_availability(self.plan.ffn_servers, down_time(self.plan.ffn_on, self.sizes.service)))

    @property
    def requests_prefilled_again(self) -> float:
        """Share of an instance's requests that one lost attention server takes with it; they are prefilled again."""
        return float(attention_blast_radius(self.plan.attention_servers))

    @property
    def hours(self) -> xr.Dataset:
        """Servers, spares and utilization [schedule, pool, slot], USD [schedule, slot].

        kW and J per output token where every TDP is known; the latter is no finite number in a slot without output.
        """

        def stacked(name: str) -> Floats:
            return np.array([[getattr(each, name)[pool] for pool in POOLS] for each in self.schedules.values()])

        dims, names = ["schedule", "pool", "slot"], list(self.schedules)
        data = {name: (dims, stacked(name)) for name in ("servers", "spares", "utilization")}
        data["usd"] = (["schedule", "slot"], np.array([each.usd for each in self.schedules.values()]))
        if None not in (known_tdp(each, self.tdp_watts) for each in self.follow.accelerators.values()):
            watts = np.array([[self.power(name).watts(pool) for pool in POOLS] for name in self.schedules])
            data["kilowatts"] = (dims, watts / WATTS_PER_KILOWATT)
            decode = watts[:, POOLS.index("attention")] + watts[:, POOLS.index("ffn")]
            tokens = self.slots.output_tokens_per_second
            with np.errstate(divide="ignore", invalid="ignore"):
                data["joules_per_output_token"] = (["schedule", "slot"], decode / tokens)
        data["requests_per_second"] = (["slot"], self.slots.arrivals)
        data["context"] = (["slot"], self.slots.context)
        slot = np.arange(self.slots.count)
        coords = {"schedule": names, "pool": list(POOLS), "slot": slot, "hour": ("slot", slot * self.slots.hours)}
        return xr.Dataset(data, coords=coords)


def fleet(
    scenario: Scenario,
    *,
    demand: Demand | None = None,
    trace: Trace | None = None,
    plan: Plan | None = None,
    prefill_rates: RatesByAccelerator = IDEAL,
    service: Service | None = None,
    tdp_watts: Mapping[str, float] | None = None,
) -> Fleet:
    """The servers of three pools over a day: each pool on its cheapest candidate, or decoding as in a `plan`.

    `demand` and `service` are those of the scenario unless given; a `trace`, or the
    scenario's own, brings lengths and course to its demand.
    Decoding runs at the rates of the scenario, prefill at `prefill_rates`: none that were measured are known.
    `tdp_watts` by accelerator id stands for a TDP that a preset lacks. Hours are independent (a ceiling per pool and
    hour), so this is exact without start costs; see `schedule` for those. DomainError where no accelerator can hold a
    pool, or no deployment keeps the SLA.

    >>> import costmodel as cm
    >>> day = cm.Demand(requests_per_second=50, prompt=4096, output=512, hit_rate=0.0)
    >>> found = fleet(cm.default_scenario(), demand=day)
    >>> {pool: int(found.follow.servers[pool][0]) for pool in ("prefill", "attention", "ffn")}
    {'prefill': 2, 'attention': 1, 'ffn': 2}
    """
    settings = scenario.service if service is None else service
    if demand is not None and trace is not None:
        raise DomainError(Problem("trace", "and demand are given; only one of them can be"))
    trace = trace_of(scenario) if demand is None and trace is None else trace
    known = demand is not None or (trace is not None and trace.cached is not None)
    assumed = not known and scenario.request.cached is None
    demand = Demand.of(scenario, trace) if demand is None else demand
    slots = demand.slots()
    work = PromptWork(scenario.model, slots, settings)
    sizes = PoolSizes(scenario, demand, slots, settings, scenario_rates(scenario), prefill_rates, work)
    table = sizes.table(scenario.accelerators)
    first = table.cheapest("prefill", scenario.candidates("prefill_on"))
    chosen = _plan(sizes, table) if plan is None else plan
    used = (first, chosen.attention_on, chosen.ffn_on)
    return Fleet(
        sizes=sizes,
        plan=chosen,
        prefill_on=first,
        table=table,
        schedules=schedules(sizes, chosen, first),
        tdp_watts={} if tdp_watts is None else tdp_watts,
        assumptions=(
            *((UNKNOWN_HIT_RATE,) if assumed else ()),
            *_assumptions(scenario, demand, settings, prefill_rates),
            *_unit(sizes.work.prefill(first, sizes.rates_for(first))),
            *chosen.assumptions,
            *tdp_estimates(each for each in used if each.id not in (tdp_watts or {})),
        ),
    )


def _plan(sizes: PoolSizes, table: PoolTable) -> Plan:
    """The instance on the cheapest accelerators of both pools, no larger than the day's peak needs."""
    scenario = sizes.scenario
    attention_on = table.cheapest("attention", scenario.candidates("attention_on"))
    ffn_on = table.cheapest("ffn", scenario.candidates("ffn_on"))
    pipeline = sizes.pipeline(attention_on, ffn_on)
    most = [
        min(int(table.servers(each, pool).max()), scenario.largest_pool)
        for pool, each in (("attention", attention_on), ("ffn", ffn_on))
    ]
    found = best_of(pipeline, "usd", most[0], ffn_pool=most[1])
    if not found.feasible:
        raise DomainError(Problem("sla.tpot", found.reason))
    return found


def _unit(found: Prefill) -> tuple[str, ...]:
    return (found.network_words,) if found.servers > 1 else ()


def _assumptions(
    scenario: Scenario, demand: Demand, service: Service, prefill_rates: RatesByAccelerator
) -> tuple[str, ...]:
    said = [f"The attention core of prefill computes in {service.core_bits} bit."]
    if scenario.rates != "ideal" and prefill_rates == IDEAL:
        said.append(IDEAL_PREFILL)
    if demand.ttft is not None:
        said.append(APPROXIMATE)
    if demand.availability:
        said.append(
            f"Servers fail {service.failures_per_accelerator_year:.2f} times per accelerator and year (start value: "
            f"Llama 3 training) and are back after {service.repair_hours:g} h."
        )
    said.append(assumed_power(service))
    return tuple(said)
