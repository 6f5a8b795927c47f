"""What the same model does without AFD, and which of the two wins."""

from dataclasses import dataclass, field

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem
from costmodel.model import Model
from costmodel.planner.inputs import MOST_SERVERS, REQUESTS, SERVERS, checked
from costmodel.planner.optimum import Objective, Whole, best, check_objective, largest, usd_per_million
from costmodel.planner.pipeline import RatesByAccelerator, capacity, rates_of
from costmodel.planner.plan import Plan, PoolMemory
from costmodel.planner.pool import MICRO_BATCHES, Pool
from costmodel.rates import IDEAL
from costmodel.sla import Sla
from costmodel.units import Numeric
from costmodel.workload import Workload


@dataclass(frozen=True)
class Colocated:
    """One pool without AFD and what it delivers; `batch` counts requests per accelerator and micro-batch, of which two
    run.

    `binding` is "compute", "network" or "memory": what is broken worst or, if nothing is, what a larger batch meets
    first. Times are those of one layer of one micro-batch, averaged over the layers [s]. `load` above 1 says by how
    much an infeasible pool misses its sla or its memory.
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


@dataclass(frozen=True)
class Verdict:
    """AFD against the colocated baseline: the winner, by which factor in output per accelerator and in cost, and why.

    Factors are AFD over colocated output, and colocated over AFD cost: above 1 AFD is better. None where one of the two
    is infeasible or has no price.
    """

    winner: str
    output_factor: float | None
    cost_factor: float | None
    reason: str


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
    most_servers: int = MOST_SERVERS,
) -> Colocated:
    """The baseline without AFD on one kind of accelerator, at its largest feasible batch (or at a given one, per
    accelerator).

    `servers` None looks for the best count up to `most_servers`, ties to fewer accelerators. `batch` is the number of
    requests per accelerator in each of the two micro-batches. DomainError for a fact that is needed and not known.
    """
    check_objective(objective)
    profile = rates_of(accelerator, rates)
    sla = Sla() if sla is None else sla

    def pool(count: Numeric) -> Pool:
        return Pool(model, accelerator, count, workload, sla, profile)

    if batch is not None:
        fixed = checked(REQUESTS, "batch", batch)
        if servers is None:
            raise DomainError(Problem("servers", "must be given together with batch"))
        return _built(pool(checked(SERVERS, "servers", servers)), fixed)
    if servers is not None:
        counts = [checked(SERVERS, "servers", servers)]
    else:
        counts = list(range(1, checked(SERVERS, "most_servers", most_servers) + 1))
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


def verdict(plan: Plan, baseline: Colocated) -> Verdict:
    """Which of the two delivers cheaper tokens (more per accelerator where a price is missing), and what decides it."""
    if not (plan.feasible and baseline.feasible):
        if plan.feasible or baseline.feasible:
            winner, loser = ("AFD", baseline.reason) if plan.feasible else ("colocated", plan.reason)
            return Verdict(winner, None, None, f"Only {winner} keeps the sla. {loser}")
        return Verdict("neither", None, None, f"Neither keeps the sla. AFD: {plan.reason}")
    output = plan.tokens_per_second_per_gpu / baseline.tokens_per_second_per_gpu
    cost = None
    if plan.usd_per_million_tokens is not None and baseline.usd_per_million_tokens is not None:
        cost = baseline.usd_per_million_tokens / plan.usd_per_million_tokens
    factor = output if cost is None else cost
    winner = "AFD" if factor > 1 else "colocated"
    return Verdict(winner, output, cost, _why(plan, baseline, factor))


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
    return (
        f"{better}. AFD: {plan.micro_batch:,} requests share one reading of the experts, the {emptier} accelerators "
        f"wait {idle[emptier]:.0%} of the time. Colocated: {baseline.batch * baseline.accelerator_count:,} share it, "
        f"the all-to-all {network} ({baseline.network_seconds * 1e6:,.0f} of {spread * 1e6:,.0f} us per layer)."
    )


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
