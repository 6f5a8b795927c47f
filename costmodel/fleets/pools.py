"""Servers of every pool on every accelerator, over the slots of a day: closed form, as arrays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, inf

import numpy as np
from numpy.typing import NDArray

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem
from costmodel.fleets.capacity import MOST_FFN_SERVERS, PromptWork, attention_requests, best_ffn_instance
from costmodel.fleets.demand import Demand, Slots
from costmodel.fleets.queueing import least_servers
from costmodel.fleets.sizing import ahead, concurrent, whole_servers
from costmodel.measured_rates import without_rates
from costmodel.planner.pair_plans import RatesByAccelerator, pipeline_of, rates_of
from costmodel.planner.pipeline import Pipeline
from costmodel.planner.plan import Plan
from costmodel.rates import Rates
from costmodel.requests.transfer import kv_transfer, nic_bytes_per_second
from costmodel.scenario import Scenario
from costmodel.service import Service

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

POOLS = ("prefill", "attention", "ffn")


@dataclass(frozen=True)
class PoolNeed:
    """Units that a pool needs in each slot, real-valued, and the servers of a unit, which start and stop together."""

    units: Floats
    unit: int

    @property
    def servers(self) -> Whole:
        """Whole servers of each slot, in whole units."""
        return whole_servers(self.units) * self.unit


@dataclass(frozen=True)
class PoolTable:
    """Units [accelerator, pool, slot] that each accelerator would need for each pool, alone; infinite where it cannot.

    `unit` [accelerator, pool] is the servers of a unit; `reasons` says why a pool cannot stand on an accelerator.
    """

    accelerators: tuple[Accelerator, ...]
    slot_hours: float
    units: Floats
    unit: Whole
    reasons: Mapping[tuple[str, str], str]

    def servers(self, accelerator: Accelerator, pool: str) -> Whole:
        """Whole servers of each slot; DomainError with the reason where the pool cannot stand on the accelerator."""
        if (accelerator.id, pool) in self.reasons:
            raise DomainError(Problem(f"{pool}_on", self.reasons[accelerator.id, pool], accelerator.id))
        place = self.accelerators.index(accelerator), POOLS.index(pool)
        return PoolNeed(self.units[place], int(self.unit[place])).servers

    def usd_per_day(self, accelerator: Accelerator, pool: str) -> float:
        """Price of a pool alone on an accelerator [USD/day]; infinite where it cannot stand there or has no price."""
        if (accelerator.id, pool) in self.reasons or accelerator.usd_per_hour is None:
            return inf
        hourly = accelerator.accelerators_per_server * accelerator.usd_per_hour
        return float(self.servers(accelerator, pool).sum() * self.slot_hours * hourly)

    def cheapest(self, pool: str, candidates: Sequence[Accelerator]) -> Accelerator:
        """The candidate on which a pool costs least over the day; DomainError with the reasons where none can."""
        best = min(candidates, key=lambda each: self.usd_per_day(each, pool))
        if self.usd_per_day(best, pool) == inf:
            ids = [each.id for each in candidates]
            known = [f"{name}: {text}" for (name, of), text in self.reasons.items() if of == pool and name in ids]
            known += [f"{each.id}: no price is known" for each in candidates if each.usd_per_hour is None]
            raise DomainError(Problem(f"{pool}_on", f"no accelerator can hold the {pool} pool: {'; '.join(known)}"))
        return best


@dataclass(frozen=True)
class PoolSizes:
    """Sizes pools for one demand: what the arrivals of a slot need, with headroom and ahead of cold starts."""

    scenario: Scenario
    demand: Demand
    slots: Slots
    service: Service
    rates: RatesByAccelerator
    prefill_rates: RatesByAccelerator
    work: PromptWork

    def provisioned(self, need: Floats) -> Floats:
        """Need with headroom, and what will be needed by the time that a server started now serves."""
        roomy = need * (1 + self.demand.headroom)
        return ahead(roomy, self.slots.hours, self.demand.cold_start_seconds)

    def rates_for(self, accelerator: Accelerator) -> Rates:
        """Rates of an accelerator in prefill."""
        return rates_of(accelerator, self.prefill_rates)

    @property
    def in_flight(self) -> Floats:
        """Requests decoded together in each slot, by Little's law at the TPOT of the SLA."""
        return np.asarray(concurrent(self.slots.output_tokens_per_second, self.scenario.sla.tpot))

    def pipeline(self, attention_on: Accelerator, ffn_on: Accelerator) -> Pipeline:
        """The pipeline of a pair of accelerators; contexts enter slot by slot."""
        context = ceil(self.slots.lengths.decode_context)
        workload = self.scenario.workload.replace(context=context, context_deviation=0.0)
        return pipeline_of(
            self.scenario.model, attention_on, ffn_on, workload=workload, sla=self.scenario.sla, rates=self.rates
        )

    def prefill(self, accelerator: Accelerator, lost_per_second: Floats | float = 0.0) -> PoolNeed:
        """Prefill units of each slot: throughput, and where a TTFT is asked for, the wait for a worker.

        Requests lost with a failed attention server are prefilled again, at the context they had reached.
        """
        found = self.work.prefill(accelerator, self.rates_for(accelerator))
        seconds = np.broadcast_to(np.asarray(found.seconds, dtype=float), (self.slots.count,))
        each = accelerator.accelerators_per_server
        again = self.work.again(accelerator, self.rates_for(accelerator))
        servers = self.provisioned(self.slots.arrivals * seconds + lost_per_second * again) / each
        if self.demand.ttft is not None:
            servers = np.maximum(servers, self._waiting(accelerator, seconds) / each)
        unit = self.work.unit(accelerator)
        return PoolNeed(servers / unit, unit)

    def _waiting(self, accelerator: Accelerator, seconds: Floats) -> Floats:
        """Accelerators with which the wait for prefill leaves the TTFT to a request of mean length."""
        limit, parts = self.ttft_left(accelerator, seconds)
        if not (limit > 0).all():
            least = float((self.demand.ttft - limit).max()) if self.demand.ttft else 0.0
            reason = f"{self.demand.ttft:g} s cannot be met on {accelerator.name}: {least:.3g} s pass without any wait"
            raise DomainError(Problem("ttft", reason))
        workers = least_servers(
            self.provisioned(self.slots.arrivals),
            parts,
            limit,
            share=self.demand.ttft_share,
            service_cv=self.work.service_cv(accelerator, self.rates_for(accelerator)),
            arrival_cv=self.demand.arrival_cv,
        )
        return np.asarray(workers) * float(self.service.accelerators_per_prompt)

    def ttft_left(self, accelerator: Accelerator, seconds: Floats) -> tuple[Floats, Floats]:
        """Time that a wait may take [s] once prefill, cache transfer and the first step are done, and the prefill."""
        service = self.service
        parts = seconds / (service.accelerators_per_prompt * service.parallel_efficiency)
        moved = 0.0
        if accelerator.nics_per_server is not None:
            rate = nic_bytes_per_second(accelerator, self.rates_for(accelerator))
            moved = float(
                self.slots.lengths.mean(kv_transfer(self.scenario.model, self.slots.lengths.prompt, rate).seconds)
            )
        return (self.demand.ttft or np.inf) - parts - moved - self.scenario.sla.tpot, parts

    def ffn(self, accelerator: Accelerator) -> PoolNeed:
        """FFN instances of each slot, of the size that carries most requests per server."""
        size, carried = best_ffn_instance(self.pipeline(accelerator, accelerator))
        if not carried:
            raise DomainError(Problem("ffn_on", f"{accelerator.name} holds no batch within the SLA and its memory"))
        return PoolNeed(self.provisioned(self.in_flight) / carried, size)

    def attention(self, accelerator: Accelerator, ffn_servers: int) -> PoolNeed:
        """Attention servers of each slot at its own context mix, feeding instances of that many FFN servers."""
        carried = attention_requests(self.pipeline(accelerator, accelerator), self.slots.context, ffn_servers)
        if not carried.all():
            reason = f"{accelerator.name} holds no request within the SLA and its memory"
            raise DomainError(Problem("attention_on", reason))
        return PoolNeed(self.provisioned(self.in_flight / carried), 1)

    def needed(self, plan: Plan, prefill_on: Accelerator, per_attention: Floats, per_ffn: float) -> dict[str, Floats]:
        """Servers of each pool that demand alone would keep busy, real-valued: without headroom and rounding."""
        seconds = self.work.prefill(prefill_on, self.rates_for(prefill_on)).seconds
        return {
            "prefill": self.slots.arrivals * seconds / prefill_on.accelerators_per_server,
            "attention": self.in_flight / per_attention,
            "ffn": self.in_flight / per_ffn * plan.ffn_servers,
        }

    def table(self, accelerators: Sequence[Accelerator]) -> PoolTable:
        """Units of each pool on each accelerator alone; attention servers feed the smallest FFN instance of them."""
        units = np.full((len(accelerators), len(POOLS), self.slots.count), inf)
        unit = np.ones(units.shape[:2], dtype=np.int64)
        reasons: dict[tuple[str, str], str] = {}
        for pool in ("prefill", "ffn", "attention"):
            place = POOLS.index(pool)
            possible = unit[np.isfinite(units[:, POOLS.index("ffn"), 0]), POOLS.index("ffn")]
            feeds = int(possible.min(initial=MOST_FFN_SERVERS))
            for row, accelerator in enumerate(accelerators):
                try:
                    need = self._need(pool, accelerator, feeds)
                except DomainError as error:
                    reasons[accelerator.id, pool] = error.problems[0].reason
                else:
                    units[row, place], unit[row, place] = need.units, need.unit
        return PoolTable(tuple(accelerators), self.slots.hours, units, unit, reasons)

    def _need(self, pool: str, accelerator: Accelerator, ffn_servers: int) -> PoolNeed:
        if pool == "prefill":
            return self.prefill(accelerator)
        if not isinstance(self.rates, Rates) and accelerator.id not in self.rates:
            raise DomainError(without_rates(self.scenario.model, accelerator))
        return self.ffn(accelerator) if pool == "ffn" else self.attention(accelerator, ffn_servers)
