"""The baseline without AFD: the best pool of one kind of accelerator, and any given one."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem
from costmodel.model import Model
from costmodel.placement import Placement, over_servers
from costmodel.planner.inputs import LARGEST_POOL, REQUESTS, SERVERS, check_objective, checked, checked_share
from costmodel.planner.optimum import best
from costmodel.planner.pair_plans import GAIN_SHOWN, RatesByAccelerator, rates_of
from costmodel.planner.pipeline import usd_per_million
from costmodel.planner.plan import PoolLimit, PoolMemory, borrowed_notes
from costmodel.planner.pool import Pool
from costmodel.planner.stages import Whole, capacity, largest
from costmodel.planner.step import StepSeconds
from costmodel.rates import IDEAL
from costmodel.scenario import Objective
from costmodel.sla import Sla
from costmodel.units import Numeric
from costmodel.workload import Workload


@dataclass(frozen=True)
class Colocated:
    """A pool without AFD with its output, step time and constraints.

    `batch` counts requests per attention rank: those of one of two micro-batches in the default placement, those of a
    whole step where a placement was given; `micro_batch` counts those of one rank and micro-batch. `step` is the decode
    step by part [s]; `band` holds the factors between which the measured output lay of that predicted for four in five
    measured deployments, None at shares of peak; `notes` names what is borrowed or assumed.

    `binding` is "compute", "network" or "memory": the constraint missed most or, if none is, the one
    that a larger batch meets first. `compute_seconds` and `network_seconds` are those of one layer of one micro-batch,
    averaged over the layers [s]. `load` above 1 is by how much an infeasible pool misses the SLA or its memory.
    """

    pool: Pool = field(repr=False)
    servers: int
    batch: int
    micro_batch: float
    feasible: bool
    binding: str
    load: float
    compute_seconds: float
    network_seconds: float
    servers_visited: float
    memory: PoolMemory
    tpot: float
    step: StepSeconds
    band: tuple[float, float] | None
    notes: tuple[str, ...]
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
    def placement(self) -> Placement:
        """Placement of the model on the accelerators."""
        return self.pool.placement

    @property
    def tokens_per_second_per_gpu(self) -> float:
        """Output per accelerator [token/s]."""
        return self.tokens_per_second / self.accelerator_count

    @property
    def borrowed(self) -> tuple[str, ...]:
        """The notes that name kernels and links measured elsewhere."""
        return borrowed_notes(self.notes)

    @property
    def output_range(self) -> tuple[float, float] | None:
        """Output per accelerator at both ends of the band [token/s]; None without a band."""
        if self.band is None:
            return None
        low, high = self.band
        return low * self.tokens_per_second_per_gpu, high * self.tokens_per_second_per_gpu

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
    placement: Placement | None = None,
    prefill_share: float = 0.0,
    objective: Objective = "usd",
    largest_pool: int = LARGEST_POOL,
) -> Colocated:
    """The model without AFD on one kind of accelerator, at its largest feasible batch or at a given one.

    With a `placement`, `batch` is the number of requests per attention rank. Without, attention is data-parallel and
    experts lie over all accelerators of `servers` servers, two micro-batches overlap, and `batch` counts those of one;
    `servers` None looks for the best count up to `largest_pool`, ties to fewer accelerators. `prefill_share` prompt
    tokens per output token are computed in decode steps (engines that do both). DomainError for a placement that does
    not divide the model, and for a fact that is needed and not known.
    """
    check_objective(objective)
    most = checked(SERVERS, "largest_pool", largest_pool)
    kept, used = Sla() if sla is None else sla, rates_of(accelerator, rates)
    share = checked_share(prefill_share)
    if placement is not None:
        _check_servers(placement, accelerator, servers)
        return _placed(Pool(model, accelerator, placement, workload, kept, used, share), batch)

    def pool(count: Numeric) -> Pool:
        spread = over_servers(count * accelerator.accelerators_per_server)
        return Pool(model, accelerator, spread, workload, kept, used, share)

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
    most = int(capacity(pools.accelerator) / (pools.micro_batches * pools.sequence_bytes)) + 1
    # Times grow nearly in proportion; the search is exact for any guess.
    first, last = (np.asarray(pools.tpot(batch), dtype=float) for batch in (1, most))
    by_time = 1 + (pools.sla.tpot - first) / np.maximum(last - first, 1e-12) * (most - 1)
    per_request = pools.micro_batches * (pools.sequence_bytes + pools.activation_bytes)
    by_memory = (capacity(pools.accelerator) - pools.weight_bytes) / per_request
    return largest(pools.fits, np.minimum(by_time, by_memory), np.full(np.shape(pools.servers), most))


def _check_servers(placement: Placement, accelerator: Accelerator, servers: int | None) -> None:
    """Refuse more ranks than the servers have accelerators."""
    if servers is not None and placement.ranks > servers * accelerator.accelerators_per_server:
        reason = f"{placement.ranks} ranks are more than the accelerators of {servers} servers"
        raise DomainError(Problem("placement", reason))


def _placed(pool: Pool, batch: int | None) -> Colocated:
    """The pool at that batch per attention rank, or at the largest one that fits (the smallest where none does)."""
    parts = pool.micro_batches
    if batch is not None:
        requests = checked(REQUESTS, "batch", batch)
        pool.placement.check(pool.model, requests)
        return _built(pool, requests, requests / parts)
    pool.placement.check(pool.model)
    most = int(capacity(pool.accelerator) / pool.sequence_bytes) + 1
    found = largest(lambda size: pool.fits(np.maximum(size, parts) / parts), most / 2, np.array(most))
    requests = max(int(found), parts)
    return _built(pool, requests, requests / parts)


def _built(pool: Pool, asked: int, batch: float | None = None) -> Colocated:
    """The pool at `batch` requests per attention rank and micro-batch; `asked` is the number it came from."""
    batch = asked if batch is None else batch
    layers = pool.trips(batch)
    depth = int(pool.model.round_trips)
    compute = float(sum(count * layer.compute for layer, count in layers)) / depth
    network = float(sum(count * layer.exchange for layer, count in layers)) / depth
    step = _plain(pool.step(batch, layers))
    tpot, used = float(step.total) / pool.workload.accepted_length, float(pool.memory(batch))
    memory_load, time_load = used / capacity(pool.accelerator), tpot / pool.sla.tpot
    load = max(memory_load, time_load)
    larger = batch + (load <= 1)
    growth = {"memory": pool.memory(larger) / capacity(pool.accelerator), "time": pool.tpot(larger) / pool.sla.tpot}
    slower = "compute" if compute >= network else "network"
    binding = "memory" if growth["memory"] > growth["time"] else slower
    output = float(pool.output(batch, tpot))
    price = None if pool.accelerator.usd_per_hour is None else float(pool.accelerators) * pool.accelerator.usd_per_hour
    resident = pool.micro_batches * batch
    notes = pool.rank.notes()
    return Colocated(
        pool=pool,
        servers=int(pool.servers),
        batch=asked,
        micro_batch=batch,
        feasible=load <= 1,
        binding=binding,
        load=load,
        compute_seconds=compute,
        network_seconds=network,
        servers_visited=max(float(group.servers_visited(int(pool.servers))) for group in pool.model.ffn),
        memory=PoolMemory(
            float(pool.weight_bytes),
            resident * pool.sequence_bytes,
            resident * float(pool.activation_bytes),
            capacity(pool.accelerator),
        ),
        tpot=tpot,
        step=step,
        band=pool.rates.band(borrowed=bool(borrowed_notes(notes))),
        notes=notes,
        tokens_per_second=output,
        usd_per_hour=price,
        usd_per_million_tokens=None if price is None else float(usd_per_million(price, output)),
        reason=_reason(pool, binding, tpot, used, load),
    )


def _plain(step: StepSeconds) -> StepSeconds:
    return StepSeconds(**{name: float(seconds) for name, seconds in step.items()})


def _reason(pool: Pool, binding: str, tpot: float, used: float, load: float) -> str:
    if binding == "memory":
        state = f"{used / 1e9:,.1f} GB of {capacity(pool.accelerator) / 1e9:,.1f} GB per accelerator"
    else:
        state = f"{tpot * 1e3:,.1f} ms of {pool.sla.tpot * 1e3:,.1f} ms per token"
    if load <= 1:
        return f"{binding.capitalize()} stops a larger batch: {state}."
    return f"{binding.capitalize()} needs {state}, {load:.3g} times what there is."
