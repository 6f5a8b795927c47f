"""The baseline without AFD: attention data-parallel and experts parallel over the same servers.

Every accelerator decodes its own requests and holds its own copy of whatever every token uses (projections, dense
layers, shared experts); the routed experts are spread over all accelerators. Two micro-batches overlap: while one
computes, the other is on the network, so a layer takes the longer of the two, twice.
"""

from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.model import Model
from costmodel.planner.stages import RESIDUAL_BYTES_PER_ELEMENT, capacity
from costmodel.planner.timing import AttentionLayer, FfnLayer, attention_layers, ffn_layers, layer_order
from costmodel.rates import IDEAL, Rates
from costmodel.sla import Sla
from costmodel.sparsity import WIRE_BYTES_PER_ELEMENT
from costmodel.units import BITS_PER_BYTE, Numeric
from costmodel.workload import Workload

MICRO_BATCHES = 2


@dataclass(frozen=True)
class Pool:
    """A model on `servers` servers of one accelerator, or on each of several counts; `batch` is per accelerator and
    micro-batch.
    """

    model: Model
    accelerator: Accelerator
    servers: Numeric
    workload: Workload
    sla: Sla
    rates: Rates = IDEAL

    @property
    def accelerators(self) -> Numeric:
        """Accelerators of all servers."""
        return self.servers * self.accelerator.accelerators_per_server

    @cached_property
    def attention_layers(self) -> tuple[AttentionLayer, ...]:
        """Times of each attention group with whole weights on every accelerator."""
        return attention_layers(self.model, accelerator=self.accelerator, workload=self.workload, rates=self.rates)

    @cached_property
    def ffn_layers(self) -> tuple[FfnLayer, ...]:
        """Times of each feed-forward group."""
        return ffn_layers(self.model, accelerator=self.accelerator, workload=self.workload, rates=self.rates)

    @cached_property
    def remote_copies(self) -> tuple[Numeric, ...]:
        """Other servers that a token is sent to, for each feed-forward group; its own server needs no network."""
        counts = np.ravel(self.servers).tolist()
        visits = (
            np.array([sum(group.servers_visited(count) for group in layer.groups) for count in counts])
            for layer in self.ffn_layers
        )
        return tuple(np.reshape(each, np.shape(self.servers)) * (1 - 1 / self.servers) for each in visits)

    @cached_property
    def layer_kinds(self) -> dict[tuple[int, int], int]:
        """How many layers pair an attention group with a feed-forward group, both interleaved evenly."""
        order_a = layer_order([layer.layers for layer in self.attention_layers])
        order_f = layer_order([layer.layers for layer in self.ffn_layers])
        pairs = list(zip(order_a, order_f, strict=True))
        return {pair: pairs.count(pair) for pair in dict.fromkeys(pairs)}

    def compute_seconds(self, batch: Numeric, pair: tuple[int, int]) -> Numeric:
        """Attention, then FFN of one layer [s]; each carries the overhead of a stage."""
        attention, ffn = self.attention_layers[pair[0]], self.ffn_layers[pair[1]]
        overhead = 2 * self.rates.overhead_seconds
        return attention.seconds(batch) + ffn.seconds_with_copies(batch, self.accelerators) + overhead

    def network_seconds(self, batch: Numeric, pair: tuple[int, int]) -> Numeric:
        """All-to-all of one layer [s]: a server's tokens to the other servers that hold their experts, and back."""
        copies = self.remote_copies[pair[1]]
        tokens = batch * (self.workload.draft_length + 1) * self.accelerator.accelerators_per_server
        rate = self.accelerator.server_bytes_per_second() * self.rates.network
        sent = WIRE_BYTES_PER_ELEMENT * self.model.hidden * tokens * copies
        return sent / rate + self.rates.overhead_seconds * (copies > 0)

    def tpot(self, batch: Numeric) -> Numeric:
        """Time per output token [s]: the longer of compute and network, layer by layer, for both micro-batches."""
        step: Numeric = 0.0
        for pair, layers in self.layer_kinds.items():
            longer = np.maximum(self.compute_seconds(batch, pair), self.network_seconds(batch, pair))
            step = step + layers * MICRO_BATCHES * longer
        return step / self.workload.accepted_length

    def tokens_per_second(self, batch: Numeric) -> Numeric:
        """Output of all accelerators [token/s]."""
        return MICRO_BATCHES * batch * self.accelerators / self.tpot(batch)

    @cached_property
    def weight_bytes(self) -> Numeric:
        """Weights on one accelerator [byte]; embeddings and routers are shared by the accelerators of a server."""
        model = self.model
        common = sum(
            group.layers * group.common_parameters(model.hidden) * group.weight_bits / BITS_PER_BYTE
            for group in model.ffn
        )
        routed = (model.ffn_weight_bytes - common) / self.accelerators
        return (
            model.attention_weight_bytes
            + common
            + routed
            + model.other_weight_bytes / self.accelerator.accelerators_per_server
        )

    @cached_property
    def sequence_bytes(self) -> float:
        """Cache and states of one request [byte]."""
        return float(self.model.kv_bytes_per_sequence(self.workload.context))

    @cached_property
    def activation_bytes(self) -> Numeric:
        """Activations of one request [byte]: the residual and what is on the wire, copies included."""
        copies = np.maximum(1, reduce(np.maximum, self.remote_copies))
        per_element = RESIDUAL_BYTES_PER_ELEMENT + WIRE_BYTES_PER_ELEMENT * copies
        return per_element * self.model.hidden * (self.workload.draft_length + 1)

    def memory(self, batch: Numeric) -> Numeric:
        """Memory in use on one accelerator [byte]."""
        return self.weight_bytes + MICRO_BATCHES * batch * (self.sequence_bytes + self.activation_bytes)

    def fits(self, batch: Numeric) -> Numeric:
        """True where the batch meets the TPOT target and fits in memory."""
        return (self.tpot(batch) <= self.sla.tpot) & (self.memory(batch) <= capacity(self.accelerator))
