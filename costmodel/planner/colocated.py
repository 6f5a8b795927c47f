"""The baseline without AFD: the best pool of one kind of accelerator, and any given one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem
from costmodel.model import Model
from costmodel.planner.inputs import LARGEST_POOL, REQUESTS, SERVERS, check_objective, checked
from costmodel.planner.optimum import best
from costmodel.planner.pairs import GAIN_SHOWN, RatesByAccelerator, rates_of
from costmodel.planner.pipeline import usd_per_million
from costmodel.planner.plan import PoolLimit, PoolMemory
from costmodel.planner.pool import MICRO_BATCHES, Pool
from costmodel.planner.stages import Whole, capacity, largest
from costmodel.rates import IDEAL
from costmodel.scenario import Objective
from costmodel.sla import Sla
from costmodel.units import Numeric
from costmodel.workload import Workload


@dataclass(frozen=True)
class Colocated:
    """One pool without AFD and what it delivers; `batch` counts requests per accelerator and micro-batch, of which two
    run.

    `binding` is "compute", "network" or "memory": what is broken worst or, if nothing is, what a larger batch meets
    first. Times are those of one layer of one micro-batch, averaged over the layers [s]. `load` above 1 says by how
    much an infeasible pool misses the SLA or its memory.
    """

    pool: Pool = field(repr=False)
    servers: int
    batch: int
    feasible: bool
    binding: str
    load: float
    compute_seconds: float
    network_seconds: float
    servers_visited: float
    memory: PoolMemory
    tpot: float
    tokens_per_second: float
    usd_per_hour: float | None
    usd_per_million_tokens: float | None
    reason: str
    pool_limit: PoolLimit | None = None

    @property
    def accelerator_count(self) -> int:
        """All accelerators."""
        return int(self.pool.accelerators)

    @property
    def tokens_per_second_per_gpu(self) -> float:
        """Output per accelerator [token/s]."""
        return self.tokens_per_second / self.accelerator_count

    @property
    def words(self) -> str:
        """The pool in a phrase."""
        servers = f"{self.servers} server{'s' * (self.servers != 1)} of {self.pool.accelerator.name}"
        return f"{servers}, {self.accelerator_count} accelerators"


def colocated(
    model: Model,
    accelerator: Accelerator,
    *,
    servers: int | None = None,
    workload: Workload,
    sla: Sla | None = None,
    rates: RatesByAccelerator = IDEAL,
    batch: int | None = None,
    objective: Objective = "usd",
    largest_pool: int = LARGEST_POOL,
) -> Colocated:
    """The baseline without AFD on one kind of accelerator, at its largest feasible batch (or at a given one, per
    accelerator).

    `servers` None looks for the best count up to `largest_pool`, ties to fewer accelerators. `batch` is the number of
    requests per accelerator in each of the two micro-batches. DomainError for a fact that is needed and not known.
    """
    check_objective(objective)
    most = checked(SERVERS, "largest_pool", largest_pool)
    kept = Sla() if sla is None else sla

    def pool(count: Numeric) -> Pool:
        return Pool(model, accelerator, count, workload, kept, rates_of(accelerator, rates))

    if batch is not None:
        fixed = checked(REQUESTS, "batch", batch)
        if servers is None:
            raise DomainError(Problem("servers", "must be given together with batch"))
        return _built(pool(checked(SERVERS, "servers", servers)), fixed)
    if servers is not None:
        return _best(pool, [checked(SERVERS, "servers", servers)], objective)
    found = _best(pool, list(range(1, most + 1)), objective)
    wider = min(2 * most, int(SERVERS.high))
    if not found.feasible or found.servers < most or wider == most or objective == "accelerators":
        return found
    gain = (
        1
        - found.tokens_per_second_per_gpu / _best(pool, list(range(1, wider + 1)), objective).tokens_per_second_per_gpu
    )
    if gain <= GAIN_SHOWN:
        return found
    limit = PoolLimit("colocated", most, gain)
    return replace(found, pool_limit=limit, binding="largest pool", reason=f"{limit.text} {found.reason}")


def _best(pool: Callable[[Numeric], Pool], counts: list[int], objective: Objective) -> Colocated:
    """The best feasible number of servers, or the least bad one where none is."""
    pools = pool(np.array(counts))
    sizes = _largest_batches(pools)
    if not sizes.any():
        return min((_built(pool(count), 1) for count in counts), key=lambda item: item.load)
    output = np.where(sizes > 0, pools.tokens_per_second(np.maximum(sizes, 1)), 0.0)
    with np.errstate(divide="ignore"):
        # One kind of accelerator: the cheapest pool per token is the one with the most output per accelerator.
        scores = (
            (pools.accelerators, 1 / output)
            if objective == "accelerators"
            else (pools.accelerators / output, pools.accelerators)
        )
    chosen = best(tuple(np.where(sizes > 0, score, np.inf) for score in scores))
    return _built(pool(counts[chosen]), int(sizes[chosen]))


def _largest_batches(pools: Pool) -> Whole:
    """The largest feasible batch for each count of servers; 0 where not even one request fits."""
    most = int(capacity(pools.accelerator) / (MICRO_BATCHES * pools.sequence_bytes)) + 1
    return largest(pools.fits, most / 2, np.full(np.shape(pools.servers), most))


def _built(pool: Pool, batch: int) -> Colocated:
    mean = {
        "compute": sum(n * pool.compute_seconds(batch, pair) for pair, n in pool.layer_kinds.items()),
        "network": sum(n * pool.network_seconds(batch, pair) for pair, n in pool.layer_kinds.items()),
    }
    depth = int(pool.model.round_trips)
    compute, network = float(mean["compute"]) / depth, float(mean["network"]) / depth
    tpot, used = float(pool.tpot(batch)), float(pool.memory(batch))
    memory_load, time_load = used / capacity(pool.accelerator), tpot / pool.sla.tpot
    load = max(memory_load, time_load)
    larger = batch + (load <= 1)
    growth = {"memory": pool.memory(larger) / capacity(pool.accelerator), "time": pool.tpot(larger) / pool.sla.tpot}
    slower = "compute" if compute >= network else "network"
    binding = "memory" if growth["memory"] > growth["time"] else slower
    output = float(pool.tokens_per_second(batch))
    price = None if pool.accelerator.usd_per_hour is None else float(pool.accelerators) * pool.accelerator.usd_per_hour
    resident = MICRO_BATCHES * batch
    return Colocated(
        pool=pool,
        servers=int(pool.servers),
        batch=batch,
        feasible=load <= 1,
        binding=binding,
        load=load,
        compute_seconds=compute,
        network_seconds=network,
        servers_visited=max(group.servers_visited(int(pool.servers)) for group in pool.model.ffn),
        memory=PoolMemory(
            float(pool.weight_bytes),
            resident * pool.sequence_bytes,
            resident * float(pool.activation_bytes),
            capacity(pool.accelerator),
        ),
        tpot=tpot,
        tokens_per_second=output,
        usd_per_hour=price,
        usd_per_million_tokens=None if price is None else float(usd_per_million(price, output)),
        reason=_reason(pool, binding, tpot, used, load),
    )


def _reason(pool: Pool, binding: str, tpot: float, used: float, load: float) -> str:
    if binding == "memory":
        state = f"{used / 1e9:,.1f} GB of {capacity(pool.accelerator) / 1e9:,.1f} GB per accelerator"
    else:
        state = f"{tpot * 1e3:,.1f} ms of {pool.sla.tpot * 1e3:,.1f} ms per token"
    if load <= 1:
        return f"{binding.capitalize()} stops a larger batch: {state}."
    return f"{binding.capitalize()} needs {state}, {load:.3g} times what there is."
