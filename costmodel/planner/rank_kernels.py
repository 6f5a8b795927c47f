"""One rank of a placement at rates that model every kernel: the decode step of the engine that runs them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.attention import Attention
from costmodel.ffn import Ffn
from costmodel.links import REFERENCE_NIC
from costmodel.model import Model
from costmodel.placement import Placement
from costmodel.planner.kernel_timing import KernelCall, KernelTimer
from costmodel.planner.step import LayerSeconds
from costmodel.rates import Choices, Rates
from costmodel.units import Numeric
from costmodel.workload import Workload

RESIDUAL_BYTES = 2
PRODUCTION_IMBALANCE = 1.2
"""Tokens of the fullest rank over the mean where experts lie on more than one server: an assumption."""

PREFILL_OVERHEAD = 1.15
"""Time of prefill mixed into decode steps, over that of its matrix products alone."""

GATHERED_RANKS = 8
"""Ranks up to which engines gather the tokens of all instead of sending each to its experts."""


@dataclass(frozen=True)
class KernelRank:
    """Times on one accelerator of a placement; `batch` counts requests of one attention rank and micro-batch."""

    model: Model
    accelerator: Accelerator
    placement: Placement
    workload: Workload
    rates: Rates
    log: list[KernelCall] | None = field(default=None, repr=False, compare=False)

    @cached_property
    def timer(self) -> KernelTimer:
        """Kernels and links of the accelerator."""
        return KernelTimer(self.accelerator, self.rates, self.model.hidden, log=self.log)

    @cached_property
    def shards(self) -> dict[int, Attention]:
        """The part of every attention group on this rank, by identity of the group."""
        return {id(group): group.shard(self.placement.tensor_parallel) for group in self.model.attention}

    @property
    def positions(self) -> Numeric:
        """Tokens of one request that a step computes."""
        return self.workload.draft_length + 1

    @cached_property
    def imbalance(self) -> Numeric:
        """Tokens of the fullest rank over the mean."""
        if self.placement.imbalance is not None:
            return self.placement.imbalance
        spread = self.placement.expert_parallel > self.timer.links.domain
        return 1 + spread * (PRODUCTION_IMBALANCE - 1)

    def trip(self, attention: Sequence[Attention], ffn: Sequence[Ffn], batch: Numeric) -> LayerSeconds:
        """One round trip; layers of one stack follow one another."""
        return self._trip(attention, ffn, batch, self.positions)

    def draft_layers(self) -> int:
        """One per drafted token, of the last kind of layer."""
        return self.workload.draft_length

    def draft_layer(self, batch: Numeric) -> LayerSeconds:
        """A layer that drafts: one token per request."""
        return self._trip(self.model.attention[-1:], self.model.ffn[-1:], batch, 1)

    def _trip(
        self, attention: Sequence[Attention], ffn: Sequence[Ffn], batch: Numeric, positions: Numeric
    ) -> LayerSeconds:
        timer, rows = self.timer, batch * positions
        shards = [self.shards[id(group)] for group in attention]
        passes = sum(map(timer.attention_passes, attention)) + sum(map(timer.ffn_passes, ffn))
        exchanges = [self._exchange(group, rows) for group in ffn]
        return LayerSeconds(
            core=sum(timer.core(shard, batch, self.workload.context, positions) for shard in shards),
            projections=sum(timer.projections(shard, rows) for shard in shards),
            experts=sum(self._routed(group, rows) + timer.router(group, rows) for group in ffn),
            shared=sum(timer.common(group, rows, self.placement.tensor_parallel) for group in ffn),
            element_wise=timer.element_wise(passes, rows),
            overhead=0.0,
            reduce=len(shards) * self._all_reduce(rows) + sum(reduce for reduce, _, _ in exchanges),
            dispatch=sum(dispatch for _, dispatch, _ in exchanges),
            combine=sum(combine for _, _, combine in exchanges),
        )

    def _routed(self, ffn: Ffn, rows: Numeric) -> Numeric:
        placement = self.placement
        return self.timer.experts(
            ffn,
            tokens=rows * placement.data_parallel,
            ranks=placement.expert_parallel,
            width_ranks=placement.width_ranks,
            imbalance=self.imbalance,
        )

    def head(self, batch: Numeric) -> Numeric:
        """LM head and sampling, of the step and of every layer that drafts."""
        vocabulary, ranks = self.model.vocabulary, self.placement.tensor_parallel
        drafted = self.workload.draft_length * self.timer.head(batch, vocabulary, ranks)
        return self.timer.head(batch * self.positions, vocabulary, ranks) + drafted

    def overhead(self) -> Numeric:
        """Fixed time of the step, more where data-parallel ranks wait for each other."""
        waits = self.placement.data_parallel > 1
        return self.rates.step_seconds + waits * self.rates.data_parallel_seconds

    def prefill(self, batch: Numeric, share: Numeric) -> Numeric:
        """Prompt tokens at the rate of large matrix products; `share` of them are computed per output token.

        With the mean context of a decode step = prompt + output / 2, the prompt is 2 share / (2 share + 1) of it.
        """
        if not np.any(share):
            return 0.0
        ranks, hidden = self.placement.tensor_parallel, self.model.hidden
        tokens = batch * self.workload.accepted_length * share
        prompt = np.maximum(self.workload.context * 2 * share / (2 * share + 1), 1)
        seconds: Numeric = 0.0
        for group in self.model.attention:
            shard = self.shards[id(group)]
            linear = self.timer.compute_bound(self._dense(group.weight_bits, group.linear_bits))
            core = self.timer.compute_bound(self.timer.core_kernels(group))
            per_prompt = (shard.prefill_core_flops(prompt, 0) + shard.prefill_index_flops(prompt, 0)) / prompt
            seconds = seconds + group.layers * (shard.linear_flops(hidden) / linear + per_prompt / core)
        for ffn in self.model.ffn:
            seconds = seconds + ffn.layers * self.timer.ffn_arithmetic(ffn) / ranks
        return PREFILL_OVERHEAD * tokens * seconds

    def notes(self) -> tuple[str, ...]:
        """Borrowed kernels and links, and assumptions."""
        said = list(self.timer.borrowed(self.model.attention, self.model.ffn, head=True))
        if self.timer.links.borrowed and np.any(self.placement.ranks > 1):
            said.append(f"borrowed links: {self.timer.links.borrowed}")
        if self.placement.tensor_parallel > self.timer.links.domain:
            said.append("all-reduce between servers is estimated from the rate of the network")
        if np.any(self.imbalance > 1) and self.placement.imbalance is None:
            said.append(f"expert imbalance of {PRODUCTION_IMBALANCE:g} is assumed")
        return tuple(said)

    def _dense(self, weight_bits: float, compute_bits: int) -> Choices:
        return self.timer.kernels("dense", weight_bits, compute_bits)

    def _all_reduce(self, rows: Numeric) -> Numeric:
        """The sum over tensor-parallel ranks after a layer."""
        size = RESIDUAL_BYTES * rows * self.model.hidden
        ranks = self.placement.tensor_parallel
        return self.timer.links.all_reduce(ranks, size, self._network(ranks) * self.rates.network)

    def _exchange(self, ffn: Ffn, rows: Numeric) -> tuple[Numeric, Numeric, Numeric]:
        """All-reduce, dispatch and combine of an FFN layer; dispatched tokens come back reduced."""
        placement, links, hidden = self.placement, self.timer.links, self.model.hidden
        if not ffn.experts_per_token() or not np.any(placement.data_parallel > 1):
            return self._all_reduce(rows), 0.0, 0.0
        if self._gathers():
            ranks = placement.data_parallel
            network = self._network(ranks) * self.rates.network
            gather = links.all_gather(ranks, rows, ffn.wire_width(hidden), nic_bytes_per_second=network)
            return 0.0, gather, gather
        tokens = self.imbalance * rows / placement.tensor_parallel
        elements = ffn.wire_width(hidden) * ffn.experts_per_token()
        ranks = placement.expert_parallel
        return 0.0, *links.all_to_all(ranks, tokens, elements, self._network(ranks))

    def _network(self, ranks: Numeric) -> Numeric:
        """Network rate of one accelerator [byte/s]; not asked for where the ranks stay in one domain."""
        if not np.any(ranks > self.timer.links.domain):
            return REFERENCE_NIC
        return self.accelerator.server_bytes_per_second() / self.accelerator.accelerators_per_server

    def _gathers(self) -> bool:
        """Whether the tokens of all data-parallel ranks are gathered; otherwise each goes to its experts alone."""
        if self.placement.dispatch != "auto":
            return self.placement.dispatch == "all-gather"
        return bool(np.all(self.placement.ranks <= min(GATHERED_RANKS, self.timer.links.domain)))
