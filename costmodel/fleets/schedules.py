"""Servers of the three pools over a day: instances of a fixed shape, or attention servers that follow the context."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem
from costmodel.fleets.capacity import attention_requests, ffn_requests
from costmodel.fleets.failures import HOURS_PER_YEAR, down_share, least_spares, server_hours_between_failures
from costmodel.fleets.pools import POOLS, PoolSizes
from costmodel.fleets.sizing import Course, whole_servers
from costmodel.planner.plan import Plan
from costmodel.service import Service
from costmodel.units import SECONDS_PER_HOUR

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]
ScheduleName = Literal["fixed", "follow"]


@dataclass(frozen=True, eq=False)
class Schedule:
    """Servers of each pool in every slot, spares apart, with the utilization of those that serve.

    "fixed": AFD instances of one shape. "follow": FFN pools follow tokens, attention servers the context mix too.
    """

    name: ScheduleName
    accelerators: Mapping[str, Accelerator]
    slot_hours: float
    servers: Mapping[str, Whole]
    spares: Mapping[str, Whole]
    utilization: Mapping[str, Floats]

    def total(self, pool: str) -> Whole:
        """Servers and spares of a pool in every slot."""
        return self.servers[pool] + self.spares[pool]

    def course(self, pool: str) -> Course:
        """Peak, mean and server-hours of a pool, spares included."""
        return Course(self.total(pool), self.slot_hours)

    def pool_usd(self, pool: str) -> Floats:
        """Price of a pool in every slot [USD], spares included."""
        accelerator = self.accelerators[pool]
        hourly = accelerator.accelerators_per_server * float(accelerator.price())
        return np.asarray(self.total(pool) * hourly * self.slot_hours, dtype=float)

    @property
    def usd(self) -> Floats:
        """Price of all pools in every slot [USD]."""
        return np.asarray(sum(self.pool_usd(pool) for pool in POOLS))

    @property
    def usd_per_day(self) -> float:
        """Bill of a day with a perfect autoscaler [USD]."""
        return float(self.usd.sum())

    @property
    def usd_per_day_without_spares(self) -> float:
        """The same for the servers that demand needs, spares apart [USD]."""
        return float(
            sum(
                self.servers[pool].sum() * each.accelerators_per_server * float(each.price())
                for pool, each in self.accelerators.items()
            )
            * self.slot_hours
        )

    @property
    def static_usd_per_day(self) -> float:
        """Bill of a day when each pool's peak runs all day [USD]."""
        slots = len(self.usd)
        return float(sum(self.pool_usd(pool).max() for pool in POOLS) * slots)


def spares_of(servers: Whole, accelerator: Accelerator, service: Service, target: float) -> Whole:
    """The fewest spares of each slot with which all servers needed are up a share `target` of the time."""
    down = down_time(accelerator, service)
    return np.asarray(least_spares(servers, down, target)) if target and down else np.zeros_like(servers)


def down_time(accelerator: Accelerator, service: Service) -> float:
    """Share of time that one server is down."""
    if not service.failures_per_accelerator_year:
        return 0.0
    hours = server_hours_between_failures(service.failures_per_accelerator_year, accelerator.accelerators_per_server)
    return float(down_share(service.repair_hours, hours))


def failures_per_second(accelerator: Accelerator, service: Service) -> float:
    """Failures of one server per second."""
    yearly = service.failures_per_accelerator_year * accelerator.accelerators_per_server
    return yearly / HOURS_PER_YEAR / SECONDS_PER_HOUR


def schedules(sizes: PoolSizes, plan: Plan, prefill_on: Accelerator) -> dict[ScheduleName, Schedule]:
    """Both schedules of a plan's instance: they differ in the attention servers and in whole FFN instances."""
    if (plan.model, plan.sla) != (sizes.scenario.model, sizes.scenario.sla):
        raise DomainError(Problem("plan", "is of another model or SLA than the scenario"))
    pipeline = plan.pipeline
    per_attention = attention_requests(pipeline, sizes.slots.context, plan.ffn_servers)
    per_ffn = float(ffn_requests(pipeline, np.array([plan.ffn_servers]))[0])
    if not per_attention.all() or not per_ffn:
        raise DomainError(Problem("plan", "its servers hold no request at the contexts of the demand"))
    # An instance carries what the smaller of its two pools does, at the context mix of the slot.
    per_instance = np.minimum(per_attention * plan.attention_servers, per_ffn)
    instances = whole_servers(sizes.provisioned(sizes.in_flight / per_instance))
    ffn_instances = whole_servers(sizes.provisioned(sizes.in_flight) / per_ffn)
    follow = whole_servers(sizes.provisioned(sizes.in_flight / per_attention))
    # Every FFN pool that runs needs one attention server at least.
    follow = np.maximum(follow, ffn_instances)
    lost = follow * per_attention * failures_per_second(plan.attention_on, sizes.service)
    prefill = sizes.prefill(prefill_on, lost).servers
    decode: dict[ScheduleName, tuple[Whole, Whole]] = {
        "fixed": (instances * plan.attention_servers, instances * plan.ffn_servers),
        "follow": (follow, ffn_instances * plan.ffn_servers),
    }
    on = {"prefill": prefill_on, "attention": plan.attention_on, "ffn": plan.ffn_on}
    need = sizes.needed(plan, prefill_on, per_attention, per_ffn)
    return {
        name: _schedule(name, sizes, on, dict(zip(POOLS, (prefill, *servers), strict=True)), need)
        for name, servers in decode.items()
    }


def _schedule(
    name: ScheduleName,
    sizes: PoolSizes,
    on: Mapping[str, Accelerator],
    servers: Mapping[str, Whole],
    need: Mapping[str, Floats],
) -> Schedule:
    target = sizes.demand.availability
    return Schedule(
        name=name,
        accelerators=on,
        slot_hours=sizes.slots.hours,
        servers=servers,
        spares={pool: spares_of(each, on[pool], sizes.service, target) for pool, each in servers.items()},
        utilization={pool: need[pool] / np.maximum(each, 1) for pool, each in servers.items()},
    )
