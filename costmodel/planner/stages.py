"""The attention and the FFN stage of a pipeline on one kind of accelerator: times, memory and the largest batches.

Each stage knows nothing of the other one, so its limits are computed once per accelerator and shared by all pairs.
Arguments named `batch` count requests of one micro-batch on one attention accelerator, `requests` those of a whole
micro-batch. Numbers and arrays pass alike. Paper sec. 3 and 5.4.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem
from costmodel.model import Model
from costmodel.planner.kernel_timing import KernelTimer
from costmodel.planner.stage_kernels import KernelAttentionLayer, KernelFfnLayer
from costmodel.planner.timing import (
    AttentionLayer,
    FfnLayer,
    attention_layers,
    attention_weight_bytes,
    ffn_layers,
)
from costmodel.rates import IDEAL, Rates
from costmodel.sla import Sla
from costmodel.sparsity import WIRE_BYTES_PER_ELEMENT, SparsityFloor, sparsity_floor
from costmodel.units import Numeric
from costmodel.workload import Workload

RESIDUAL_BYTES_PER_ELEMENT = 2
"""The residual stream stays in BF16 on the attention accelerator."""

NO_TIME = 1e-12
"""Budget of a step whose overhead alone exceeds the SLA [s]."""

MARGIN = 16
"""A guess that misses is expected to miss by less than this part of it."""

Whole = NDArray[np.int64]


def capacity(accelerator: Accelerator) -> float:
    """Memory of one accelerator [byte]; DomainError when it is not known, because nothing can be said to fit then."""
    if accelerator.memory_bytes is None:
        raise DomainError(Problem("memory_bytes", f"no memory size is known for {accelerator.name}", accelerator.id))
    return accelerator.memory_bytes


def largest(fits: Callable[[Whole], Numeric], guess: Numeric, most: Whole) -> Whole:
    """The largest whole number from 0 to `most` that fits, element by element; 0 is taken to fit.

    What fits must be an unbroken run from 0. A good `guess` only saves time: the answer is exact for any.
    """
    low, high = np.zeros_like(most), most
    near = np.clip(guess, 0, most).astype(np.int64)
    margin = near // MARGIN + 1
    tries = [near - 1, near + 1, near - margin, near + margin]
    while np.any(low < high):
        middle = np.clip(tries.pop(0), low, high) if tries else (low + high + 1) // 2
        ok = fits(np.maximum(middle, 1)) | (middle == 0)
        low, high = np.where(ok, middle, low), np.where(ok, high, middle - 1)
    return low


@dataclass(frozen=True)
class Stage:
    """One side of a pipeline: a model's stack on one kind of accelerator, under a workload, an SLA and rates.

    `slower` is the step overhead of the other side [s], which both wait for; None where it is no larger.
    """

    model: Model
    accelerator: Accelerator
    workload: Workload
    sla: Sla
    rates: Rates = IDEAL
    slower: float | None = None

    @property
    def per_server(self) -> int:
        """Accelerators of one server."""
        return self.accelerator.accelerators_per_server

    @cached_property
    def timer(self) -> KernelTimer | None:
        """Kernels of the accelerator; None at shares of peak."""
        return KernelTimer(self.accelerator, self.rates, self.model.hidden) if self.rates.kernels else None

    @property
    def step_seconds(self) -> float:
        """Time of a step outside its stages [s]."""
        return self.rates.step_seconds if self.slower is None else max(self.rates.step_seconds, self.slower)

    @property
    def positions(self) -> int:
        """Token positions computed per request and step: one and the drafted ones."""
        return self.workload.draft_length + 1

    @cached_property
    def budget_seconds(self) -> float:
        """Time [s] that a stage has for one layer of one micro-batch: accepted x TPOT / stages / layers.

        What a step takes outside its stages comes off first; where nothing is left, nothing fits.
        """
        step = self.sla.tpot * self.workload.accepted_length - self.step_seconds
        return max(step, NO_TIME) / self.sla.stages / float(self.model.round_trips)

    @cached_property
    def server_bytes_per_second(self) -> float:
        """Achieved network rate of one server, one direction [byte/s]."""
        return float(self.accelerator.server_bytes_per_second() * self.rates.network)


@dataclass(frozen=True)
class AttentionStage(Stage):
    """Attention on one accelerator: core and projections of the slowest layer group, cache, states and weights."""

    @cached_property
    def layers(self) -> tuple[AttentionLayer | KernelAttentionLayer, ...]:
        """Times of each attention group; the output projection is sharded over the server."""
        return attention_layers(
            self.model,
            accelerator=self.accelerator,
            workload=self.workload,
            rates=self.rates,
            output_shards=self.per_server,
        )

    def group_seconds(self, batch: Numeric) -> list[Numeric]:
        """Time of each group [s], overhead included."""
        return [layer.seconds(batch) + self.rates.overhead_seconds for layer in self.layers]

    def seconds(self, batch: Numeric) -> Numeric:
        """Time of the stage [s]: that of the slowest group."""
        return reduce(np.maximum, self.group_seconds(batch))

    def least_seconds_per_request(self, most: int) -> float:
        """Lower bound of time per request [s] over batches 1 to `most`: without padding it falls with the batch."""
        return max(float(layer.unpadded_seconds(most)) for layer in self.layers) / most

    @cached_property
    def weight_bytes(self) -> float:
        """Weights on one accelerator [byte]: projections (output sharded), its share of embeddings and routers."""
        model = self.model
        projections = sum(
            group.layers * attention_weight_bytes(group, model.hidden, self.per_server) for group in model.attention
        )
        return float(projections + model.other_weight_bytes / self.per_server)

    @cached_property
    def sequence_bytes(self) -> float:
        """Cache and states of one request, all layers [byte]."""
        return float(self.model.sequence_bytes(self.workload.context))

    @cached_property
    def activation_bytes(self) -> float:
        """Activations of one request in flight on its accelerator [byte]: the residual and what is on the wire."""
        residual = RESIDUAL_BYTES_PER_ELEMENT * self.model.streams * self.model.hidden
        return float((residual + WIRE_BYTES_PER_ELEMENT * self.model.wire_width) * self.positions)

    def memory(self, batch: Numeric) -> Numeric:
        """Memory in use on one accelerator [byte]; as many micro-batches are resident as there are stages."""
        return self.weight_bytes + self.sla.stages * batch * (self.sequence_bytes + self.activation_bytes)

    @cached_property
    def most_by_time(self) -> int:
        """The largest batch within the budget; 0 where not even one request is."""
        budget = self.budget_seconds
        left = budget - self.rates.overhead_seconds
        guess = min(layer.batch_within(left) for layer in self.layers)
        return _largest_one(lambda batch: self.seconds(batch) <= budget, guess, self._most)

    @cached_property
    def most_by_memory(self) -> int:
        """The largest batch that fits in memory; 0 where not even one request does."""
        room = capacity(self.accelerator)
        guess = (room - self.weight_bytes) / (self.sla.stages * self.sequence_bytes)
        return _largest_one(lambda batch: self.memory(batch) <= room, guess, self._most)

    @cached_property
    def _most(self) -> int:
        """No batch can exceed this one: more cache than memory."""
        return int(capacity(self.accelerator) / (self.sla.stages * self.sequence_bytes)) + 1


@dataclass(frozen=True)
class FfnStage(Stage):
    """The FFN on pools of one accelerator; `servers` counts those of the pool."""

    _limits: dict[int, tuple[Whole, Whole]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def layers(self) -> tuple[FfnLayer | KernelFfnLayer, ...]:
        """Times of each feed-forward group."""
        return ffn_layers(self.model, accelerator=self.accelerator, workload=self.workload, rates=self.rates)

    def group_seconds(self, requests: Numeric, servers: Numeric) -> list[Numeric]:
        """Time of each group [s], overhead included."""
        pool = servers * self.per_server
        return [layer.seconds(requests, pool) + self.rates.overhead_seconds for layer in self.layers]

    def seconds(self, requests: Numeric, servers: Numeric) -> Numeric:
        """Time of the stage [s]: that of the slowest group."""
        return reduce(np.maximum, self.group_seconds(requests, servers))

    @cached_property
    def least_seconds_per_request(self) -> float:
        """Lower bound of time per request on one accelerator [s]: its arithmetic alone."""
        return 1 / min(float(layer.requests_within(1.0, 1)) for layer in self.layers)

    def weight_bytes(self, servers: Numeric) -> Numeric:
        """Weights on one accelerator [byte]."""
        return self._model_bytes / (servers * self.per_server)

    @cached_property
    def _model_bytes(self) -> float:
        return float(self.model.ffn_weight_bytes)

    @cached_property
    def sparsity_floor(self) -> SparsityFloor:
        """The least sparsity that the network carries, at the rate that the rates reach. Paper sec. 5.4."""
        return sparsity_floor(self.model, self.accelerator, self.workload, self.sla, nic_share=self.rates.network)

    @cached_property
    def activation_bytes(self) -> float:
        """Activations on one accelerator per request of the micro-batch [byte].

        One micro-batch is gathered in the server to be worked on; of each one in flight an accelerator holds its share.
        """
        elements = float(self.model.wire_width) * self.positions
        return WIRE_BYTES_PER_ELEMENT * elements * (1 + self.sla.stages / self.per_server)

    def memory(self, requests: Numeric, servers: Numeric) -> Numeric:
        """Memory in use on one accelerator [byte]."""
        return self.weight_bytes(servers) + requests * self.activation_bytes

    def most_requests(self, largest_pool: int) -> tuple[Whole, Whole]:
        """The most requests that time and that memory allow, by number of servers from 1 to `largest_pool`."""
        if largest_pool not in self._limits:
            self._limits[largest_pool] = self.most_requests_of(np.arange(1, largest_pool + 1, dtype=np.int64))
        return self._limits[largest_pool]

    def most_requests_of(self, servers: Whole) -> tuple[Whole, Whole]:
        """The most requests that time and that memory allow, for each of some numbers of servers."""
        budget, room = self.budget_seconds, capacity(self.accelerator)
        within = (budget - self.rates.overhead_seconds) * servers * self.per_server / self.least_seconds_per_request
        fitting = (room - self.weight_bytes(servers)) / self.activation_bytes
        by_time = largest(lambda count: self.seconds(count, servers) <= budget, within, _above(within))
        by_memory = largest(lambda count: self.memory(count, servers) <= room, fitting, _above(fitting))
        return by_time, by_memory


def _above(values: Numeric) -> Whole:
    """A whole number above each value, at least 1."""
    return np.asarray(np.maximum(np.floor(values) + 2, 1), dtype=np.int64)


def _largest_one(fits: Callable[[Whole], Numeric], guess: float, most: int) -> int:
    return int(largest(fits, guess, np.array([most], dtype=np.int64))[0])
