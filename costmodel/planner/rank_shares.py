"""One rank of a placement at shares of peak: the paper's arithmetic, without kernels of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.attention import Attention
from costmodel.ffn import Ffn
from costmodel.model import Model
from costmodel.placement import Placement
from costmodel.planner.stages import RESIDUAL_BYTES_PER_ELEMENT
from costmodel.planner.step import LayerSeconds
from costmodel.planner.timing import attention_weight_bytes, core_seconds
from costmodel.rates import Rates
from costmodel.sparsity import COMBINE_BYTES_PER_ELEMENT, DISPATCH_BYTES_PER_ELEMENT
from costmodel.units import FLOPS_PER_MAC, Numeric
from costmodel.workload import Workload


@dataclass(frozen=True)
class ShareRank:
    """Times on one accelerator of a placement; `batch` counts requests of one attention rank and micro-batch.

    As in the paper, embedding, LM head, router and norms cost nothing, and neither does communication in a server.
    """

    model: Model
    accelerator: Accelerator
    placement: Placement
    workload: Workload
    rates: Rates

    @cached_property
    def copies(self) -> dict[int, Numeric]:
        """Copies of a token that go to other servers, by identity of the FFN group."""
        return remote_copies(self.model, self.accelerator, self.placement)

    def trip(self, attention: Sequence[Attention], ffn: Sequence[Ffn], batch: Numeric) -> LayerSeconds:
        """One round trip; every stage carries the overhead of the rates."""
        rows, overhead = batch * (self.workload.draft_length + 1), self.rates.overhead_seconds
        shards = [group.shard(self.placement.tensor_parallel) for group in attention]
        experts, shared = (
            sum(parts) for parts in zip(*(self._feed_forward(group, rows) for group in ffn), strict=True)
        )
        copies = sum(self.copies[id(group)] for group in ffn)
        elements = sum(self.copies[id(group)] * group.wire_width(self.model.hidden) for group in ffn)
        # Tokens of one data-parallel rank leave once, whichever of its accelerators sends them.
        tokens = rows * self.accelerator.accelerators_per_server / self.placement.tensor_parallel
        sent = tokens * elements
        rate = self._network(copies)
        return LayerSeconds(
            core=batch * sum(self._core(shard) for shard in shards),
            projections=self._projections(shards, rows),
            experts=experts,
            shared=shared,
            element_wise=0.0,
            overhead=2 * overhead,
            reduce=(len(attention) + len(ffn)) * self._all_reduce(rows),
            dispatch=DISPATCH_BYTES_PER_ELEMENT * sent / rate + overhead * (copies > 0),
            combine=COMBINE_BYTES_PER_ELEMENT * sent / rate,
        )

    def _all_reduce(self, rows: Numeric) -> Numeric:
        """The sum over tensor-parallel ranks of several scale-up domains [s]; inside one it costs nothing."""
        accelerator, ranks = self.accelerator, self.placement.tensor_parallel
        domain = max(accelerator.accelerators_per_server, accelerator.scale_up_accelerators or 0)
        if ranks <= domain:
            return 0.0
        domains = -(-ranks // domain)
        sent = 2 * (domains - 1) / domains * RESIDUAL_BYTES_PER_ELEMENT * rows * self.model.hidden
        return sent * accelerator.accelerators_per_server * domains / ranks / self._network(1)

    def _core(self, group: Attention) -> Numeric:
        """Core of one request [s]."""
        positions = self.workload.draft_length + 1
        return core_seconds(
            group, self.workload.context, positions=positions, accelerator=self.accelerator, rates=self.rates
        )

    def _projections(self, groups: Sequence[Attention], rows: Numeric) -> Numeric:
        """Projections of some layers that follow one another [s]: one roofline over all of them."""
        rate, hidden = self.accelerator.flops_per_second, self.model.hidden
        computing = rows * sum(group.linear_flops(hidden) / rate(group.linear_bits) for group in groups)
        weights = sum(attention_weight_bytes(group, hidden, 1) for group in groups)
        return np.maximum(computing, weights / self.accelerator.bandwidth()) / self.rates.gemm

    def head(self, batch: Numeric) -> Numeric:
        """Left out, as in the paper."""
        return 0.0

    def overhead(self) -> Numeric:
        """None outside the stages."""
        return 0.0

    def draft_layers(self) -> int:
        """Left out: only the verification of drafts is counted, as in the paper."""
        return 0

    def draft_layer(self, batch: Numeric) -> LayerSeconds:
        """None."""
        raise NotImplementedError

    def prefill(self, batch: Numeric, share: Numeric) -> Numeric:
        """Prompt tokens at the achieved rate of matrix products."""
        if not np.any(share):
            return 0.0
        hidden, ranks = self.model.hidden, self.placement.tensor_parallel
        tokens = batch * self.workload.accepted_length * share
        prompt = np.maximum(self.workload.context * 2 * share / (2 * share + 1), 1)
        seconds: Numeric = 0.0
        for group in self.model.attention:
            linear = group.linear_flops(hidden) / self.accelerator.flops_per_second(group.linear_bits) / self.rates.gemm
            core = (group.prefill_core_flops(prompt, 0) + group.prefill_index_flops(prompt, 0)) / prompt
            core = core / self.accelerator.flops_per_second(group.compute_bits) / self.rates.core
            seconds = seconds + group.layers * (linear + core) / ranks
        for ffn in self.model.ffn:
            rate = self.accelerator.flops_per_second(ffn.compute_bits) * self.rates.gemm
            seconds = seconds + ffn.layers * ffn.flops(hidden) / rate / ranks
        return tokens * seconds

    def notes(self) -> tuple[str, ...]:
        """Nothing is borrowed."""
        return ()

    def _network(self, copies: Numeric) -> Numeric:
        """Achieved rate of one server [byte/s]; not asked for where nothing leaves it."""
        if not np.any(copies):
            return 1.0
        return self.accelerator.server_bytes_per_second() * self.rates.network

    def _feed_forward(self, ffn: Ffn, rows: Numeric) -> tuple[Numeric, Numeric]:
        """Routed and shared part of one roofline over both; the shared part is its share of the bytes or FLOPs."""
        hidden, placement = self.model.hidden, self.placement
        tokens = rows * placement.data_parallel
        rate = self.accelerator.flops_per_second(ffn.compute_bits) * self.rates.gemm
        bandwidth = self.accelerator.bandwidth() * self.rates.gemm
        stored = ffn.common_parameters(hidden) / placement.tensor_parallel
        common_flops = FLOPS_PER_MAC * rows * stored
        routed = ffn.flops(hidden) - FLOPS_PER_MAC * ffn.common_parameters(hidden)
        routed_flops = rows / placement.tensor_parallel * routed
        common = ffn.common_bytes(hidden)
        touched = (ffn.read_bytes(hidden, tokens) - common) / placement.ranks
        computing = (common_flops + routed_flops) / rate
        reading = (common / placement.tensor_parallel + touched) / bandwidth
        total = np.maximum(computing, reading)
        computes = computing >= reading
        part = computes * common_flops / rate + (1 - computes) * common / placement.tensor_parallel / bandwidth
        return total - part, part


def remote_copies(model: Model, accelerator: Accelerator, placement: Placement) -> dict[int, Numeric]:
    """Other servers that a token is sent to, by identity of the FFN group; its own needs no network."""
    servers = np.ceil(placement.ranks / accelerator.accelerators_per_server)
    return {id(group): group.servers_visited(servers) * (1 - 1 / servers) for group in model.ffn}
