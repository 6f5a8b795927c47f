"""Stages of AFD at rates that model every kernel: what the layers of `timing` answer at shares of peak.

Attention servers share the output projection, FFN servers divide the experts and the width of each inside a server.
"""

from dataclasses import dataclass, replace

import numpy as np

from costmodel.attention import Attention
from costmodel.ffn import Ffn
from costmodel.planner.kernel_timing import KernelTimer
from costmodel.units import Numeric

FFN_PASSES = 3
"""Element-wise kernels of an FFN stage: unpack, activation, pack."""

AFD_IMBALANCE = 1.1
"""Tokens of the fullest FFN server over the mean: an assumption."""

LARGE = 256

EXCHANGES = 2
ELEMENT_BYTES = 2


@dataclass(frozen=True)
class KernelAttentionLayer:
    """One attention layer of a group on one accelerator of a server of `output_shards`.

    `riders` are further layers that follow within the same round trip, in a stack deeper than the other.
    """

    label: str
    layers: int
    group: Attention
    timer: KernelTimer
    context: Numeric
    positions: Numeric
    output_shards: int
    riders: tuple["KernelAttentionLayer", ...] = ()

    def seconds(self, batch: Numeric) -> Numeric:
        """Core, projections, element-wise kernels and the exchange for the output projection [s], riders included."""
        core = self.timer.core(self.group, batch, self.context, self.positions)
        own = core + self.without_core(batch * self.positions)
        return own + sum(rider.seconds(batch) for rider in self.riders)

    def without_core(self, rows: Numeric) -> Numeric:
        """All but the core, for that many tokens [s]."""
        timer = self.timer
        projections = timer.projections(self.group, rows, self.output_shards)
        return projections + timer.element_wise(timer.attention_passes(self.group), rows) + self.exchange(rows)

    def mixed_seconds(self, contexts: Numeric) -> Numeric:
        """The same for requests with each of the contexts along the last axis, read by one kernel [s]."""
        core = self.timer.mixed_core(self.group, contexts, self.positions)
        own = core + self.without_core(np.shape(contexts)[-1] * self.positions)
        return own + sum(rider.mixed_seconds(contexts) for rider in self.riders)

    def exchange(self, rows: Numeric) -> Numeric:
        """Heads of the server's tokens to the accelerators that project them, and the results back [s].

        It is taken as serial: nothing else runs meanwhile.
        """
        shards, links = self.output_shards, self.timer.links
        if shards == 1:
            return 0.0
        heads = self.group.products(self.timer.hidden)[-1].depth
        sent = ELEMENT_BYTES * rows * (shards - 1) * (heads / shards + self.timer.hidden)
        return EXCHANGES * links.exchange_latency + sent / links.exchange_bytes_per_second

    def unpadded_seconds(self, batch: Numeric) -> Numeric:
        """The same without rows rounded up to tiles [s]: what `seconds` never falls below, falling per request."""
        return replace(self, timer=replace(self.timer, padded=False)).seconds(batch)

    def batch_within(self, seconds: float) -> float:
        """About the batch that takes that long [s], from the time of a large one."""
        return max(seconds, 0.0) * LARGE / float(self.seconds(LARGE))


@dataclass(frozen=True)
class KernelFfnLayer:
    """One feed-forward layer of a group on servers of `per_server` accelerators, and its riders."""

    label: str
    layers: int
    group: Ffn
    timer: KernelTimer
    positions: Numeric
    per_server: int
    riders: tuple["KernelFfnLayer", ...] = ()

    @property
    def groups(self) -> tuple[Ffn, ...]:
        """The layer groups of one round trip."""
        return self.group, *(rider.group for rider in self.riders)

    def seconds(self, batch: Numeric, accelerators: Numeric) -> Numeric:
        """Experts, the weights that every token uses, and element-wise kernels, for `batch` requests in all [s].

        Every server has the experts of its own for all tokens, and the common weights for its share of them.
        """
        timer, tokens = self.timer, batch * self.positions
        servers = accelerators / self.per_server
        experts = timer.experts(
            self.group, tokens=tokens, ranks=servers, width_ranks=self.per_server, imbalance=AFD_IMBALANCE
        )
        common = timer.common(self.group, tokens / servers, self.per_server)
        own = experts + common + timer.element_wise(FFN_PASSES, tokens / servers)
        return own + sum(rider.seconds(batch, accelerators) for rider in self.riders)

    def requests_within(self, seconds: float, accelerators: Numeric) -> Numeric:
        """The real-valued number of requests whose arithmetic alone takes that long [s]."""
        return seconds * accelerators / self.arithmetic_seconds

    @property
    def arithmetic_seconds(self) -> float:
        """Arithmetic of one request on one accelerator [s], at the shares that large work reaches, riders included."""
        own = self.positions * self.timer.ffn_arithmetic(self.group)
        return float(own) + sum(rider.arithmetic_seconds for rider in self.riders)
