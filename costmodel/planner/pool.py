"""One pool without AFD: attention and FFN on the same accelerators, spread over them by a placement.

By default every accelerator decodes its own requests and holds its own copy of whatever every token uses (projections,
dense layers, shared experts); the routed experts are spread over all accelerators. Two micro-batches overlap: while one
computes, the other is on the network, so a layer takes the longer of the two, twice.
"""

from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.model import Model
from costmodel.placement import Placement
from costmodel.planner.rank_kernels import KernelRank
from costmodel.planner.rank_shares import ShareRank, remote_copies
from costmodel.planner.stages import RESIDUAL_BYTES_PER_ELEMENT, capacity
from costmodel.planner.step import LayerSeconds, Rank, StepSeconds
from costmodel.planner.trips import kinds_of_trips, layer_order
from costmodel.rates import IDEAL, Rates
from costmodel.sla import Sla
from costmodel.sparsity import WIRE_BYTES_PER_ELEMENT
from costmodel.units import Numeric
from costmodel.workload import Workload


@dataclass(frozen=True)
class Pool:
    """A model on one kind of accelerator, at one placement or at each of several counts of ranks.

    `batch` is per attention rank and micro-batch. `prefill_share` prompt tokens are computed per output token.
    """

    model: Model
    accelerator: Accelerator
    placement: Placement
    workload: Workload
    sla: Sla
    rates: Rates = IDEAL
    prefill_share: float = 0.0

    @property
    def accelerators(self) -> Numeric:
        """Accelerators of all ranks."""
        return self.placement.ranks

    @property
    def servers(self) -> Numeric:
        """Servers that hold them."""
        return np.ceil(self.accelerators / self.accelerator.accelerators_per_server)

    @property
    def micro_batches(self) -> int:
        """Parts of the batch of a rank."""
        return self.placement.micro_batches

    @cached_property
    def rank(self) -> Rank:
        """Times on one accelerator."""
        kind = KernelRank if self.rates.kernels else ShareRank
        return kind(self.model, self.accelerator, self.placement, self.workload, self.rates)

    @cached_property
    def layer_kinds(self) -> dict[tuple[tuple[int, ...], tuple[int, ...]], int]:
        """Number of round trips by pair of attention and feed-forward group, interleaved evenly."""
        trips = int(self.model.round_trips)
        stacks = []
        for groups in (self.model.attention, self.model.ffn):
            kinds = list(kinds_of_trips([group.layers for group in groups], trips).items())
            stacks.append([kinds[place][0] for place in layer_order([count for _, count in kinds])])
        pairs = list(zip(*stacks, strict=True))
        return {pair: pairs.count(pair) for pair in dict.fromkeys(pairs)}

    def layer(self, batch: Numeric, pair: tuple[tuple[int, ...], tuple[int, ...]]) -> LayerSeconds:
        """Parts of one round trip for one micro-batch [s]."""
        attention = [self.model.attention[index] for index in pair[0]]
        return self.rank.trip(attention, [self.model.ffn[index] for index in pair[1]], batch)

    def trips(self, batch: Numeric) -> list[tuple[LayerSeconds, int]]:
        """Every kind of round trip for one micro-batch, and how many there are."""
        return [(self.layer(batch, pair), count) for pair, count in self.layer_kinds.items()]

    def step(self, batch: Numeric, trips: list[tuple[LayerSeconds, int]] | None = None) -> StepSeconds:
        """One decode step of all micro-batches by part [s]; `trips` are those of the batch where they are known."""
        layers = self.trips(batch) if trips is None else list(trips)
        if self.rank.draft_layers():
            layers.append((self.rank.draft_layer(batch), self.rank.draft_layers()))
        parts = {
            name: self.micro_batches * sum(count * getattr(layer, name) for layer, count in layers)
            for name in ("core", "projections", "experts", "shared", "element_wise", "overhead")
        }
        exposed = sum(count * layer.exposed(self.placement.overlap) for layer, count in layers)
        return StepSeconds(
            **{**parts, "overhead": parts["overhead"] + self.rank.overhead()},
            communication=self.micro_batches * exposed,
            head=self.micro_batches * self.rank.head(batch),
            prefill=self.rank.prefill(self.micro_batches * batch, self.prefill_share),
        )

    def tpot(self, batch: Numeric) -> Numeric:
        """Time per output token [s]."""
        return self.step(batch).total / self.workload.accepted_length

    def tokens_per_second(self, batch: Numeric) -> Numeric:
        """Output of all accelerators [token/s]."""
        return self.output(batch, self.tpot(batch))

    def output(self, batch: Numeric, tpot: Numeric) -> Numeric:
        """Output of all accelerators at a time per output token [s] that is known [token/s]."""
        return self.micro_batches * batch * self.placement.data_parallel / tpot

    @cached_property
    def weight_bytes(self) -> Numeric:
        """Weights on one accelerator [byte]; embeddings and routers are shared by the accelerators of a server."""
        model, ranks = self.model, self.placement.tensor_parallel
        attention = sum(group.layers * group.shard(ranks).weight_bytes(model.hidden) for group in model.attention)
        common = sum(group.layers * group.common_bytes(model.hidden) for group in model.ffn)
        routed = (model.ffn_weight_bytes - common) / self.accelerators
        together = np.minimum(self.accelerators, self.accelerator.accelerators_per_server)
        return attention + common / ranks + routed + model.other_weight_bytes / together

    @cached_property
    def sequence_bytes(self) -> float:
        """Cache and states of one request on one of its accelerators [byte]."""
        shards = [group.shard(self.placement.tensor_parallel) for group in self.model.attention]
        return float(sum(shard.layers * shard.sequence_bytes(self.workload.context) for shard in shards))

    @cached_property
    def servers_visited(self) -> Numeric:
        """Other servers that a token is sent to, in the layers where they are most."""
        return reduce(np.maximum, remote_copies(self.model, self.accelerator, self.placement).values())

    @cached_property
    def activation_bytes(self) -> Numeric:
        """Activations of one request [byte]: the residual and what is on the wire, copies included."""
        residual = RESIDUAL_BYTES_PER_ELEMENT * self.model.streams * self.model.hidden
        wire = WIRE_BYTES_PER_ELEMENT * np.maximum(self.servers_visited, 1.0) * self.model.wire_width
        return (residual + wire) * (self.workload.draft_length + 1)

    def memory(self, batch: Numeric) -> Numeric:
        """Memory in use on one accelerator [byte]."""
        return self.weight_bytes + self.micro_batches * batch * (self.sequence_bytes + self.activation_bytes)

    def fits(self, batch: Numeric) -> Numeric:
        """True where the batch meets the TPOT target and fits in memory."""
        return (self.tpot(batch) <= self.sla.tpot) & (self.memory(batch) <= capacity(self.accelerator))
