"""Stage times of a plan, layer by layer, with ageing contexts, varying kernels and routed tokens."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from costmodel.planner.plan import Plan
from costmodel.planner.trips import layer_order
from costmodel.simulation.events import Durations, Link
from costmodel.simulation.routing import load_factors, popularity, stretched
from costmodel.simulation.slots import Slots
from costmodel.simulation.variability import Variability, noise

Floats = NDArray[np.float64]

DISPATCH_SHARE = 1 / 3
"""One byte per element goes out and two come back."""


@dataclass(frozen=True)
class StageDraws:
    """Draws the stage times of a plan, one decode step after another; all arrays are [micro-batch, layer]."""

    plan: Plan
    variability: Variability
    rng: np.random.Generator

    @property
    def micro_batches(self) -> int:
        """Micro-batches in flight."""
        return self.plan.sla.stages

    @property
    def workers(self) -> int:
        """Attention accelerators, which a micro-batch waits for together."""
        return self.plan.attention_accelerators

    @cached_property
    def attention_order(self) -> list[int]:
        """Attention group of each layer."""
        return layer_order([layer.layers for layer in self.plan.pipeline.attention.layers])

    @cached_property
    def ffn_order(self) -> list[int]:
        """Feed-forward group of each layer."""
        return layer_order([layer.layers for layer in self.plan.pipeline.ffn.layers])

    def attention(self, slots: Slots | None) -> Floats:
        """Attention stage: the slowest worker, each with its own requests; all alike without `slots`."""
        groups = np.stack([self._group(index, slots) for index in range(len(self.plan.attention_groups))])
        by_layer = groups[self.attention_order]
        cv = self.variability.attention_cv
        if cv:
            by_layer = by_layer * noise(cv, by_layer.shape, self.rng)
        slowest: Floats = by_layer.max(axis=-1)
        return slowest.T

    def _group(self, index: int, slots: Slots | None) -> Floats:
        """Time of one layer of an attention group on each worker, [micro-batch, worker]."""
        pipeline = self.plan.pipeline
        if slots is None:
            return np.full((self.micro_batches, self.workers), self.plan.attention_groups[index].seconds)
        overhead = pipeline.attention.rates.overhead_seconds
        return np.asarray(pipeline.attention.layers[index].mixed_seconds(slots.contexts) + overhead)

    def ffn(self) -> Floats:
        """FFN stage: the planned time of each group, stretched by its busiest accelerator."""
        plan, varied = self.plan, self.variability
        tokens = plan.micro_batch * plan.pipeline.attention.positions
        shares = popularity(plan.ffn_accelerators, varied.expert_skew)
        order = np.array(self.ffn_order)
        stage = np.empty((self.micro_batches, len(order)))
        for index, layer in enumerate(plan.pipeline.ffn.layers):
            routed = tokens * max(int(group.experts_per_token()) for group in layer.groups)
            size = (self.micro_batches, int((order == index).sum()))
            seconds = np.full(size, plan.ffn_groups[index].seconds)
            if routed:
                hidden = plan.model.hidden
                common = sum(float(group.common_parameters(hidden)) for group in layer.groups)
                share = 1 - common / sum(float(group.active_parameters(hidden)) for group in layer.groups)
                drawn = self.rng if varied.routing == "random" else None
                seconds = seconds * stretched(load_factors(routed, shares, size, drawn), share)
            stage[:, order == index] = seconds
        return stage * noise(varied.ffn_cv, stage.shape, self.rng)

    def network(self) -> tuple[Floats, Floats]:
        """Dispatch and combine; of a pipeline of four stages the plan's network stage is the way back."""
        pipeline, planned = self.plan.pipeline, self.plan.stage_seconds.network
        overhead = pipeline.network_overhead
        if self.plan.sla.stages == 3:
            out, back = planned * DISPATCH_SHARE, planned * (1 - DISPATCH_SHARE)
        else:
            out, back = overhead + (planned - overhead) / 2, planned
        size = (self.micro_batches, len(self.ffn_order))
        cv = self.variability.network_cv
        return out * noise(cv, size, self.rng), back * noise(cv, size, self.rng)

    def run(self, slots: Slots | None, steps: int, link: Link) -> Durations:
        """All decode steps, one after another along the second axis."""
        drawn = [self._step(slots) for _ in range(steps)]
        attention, dispatch, ffn, combine = (np.concatenate(stage, axis=1) for stage in zip(*drawn, strict=True))
        return Durations(attention, dispatch, ffn, combine, link)

    def _step(self, slots: Slots | None) -> Iterator[Floats]:
        attention, ffn = self.attention(slots), self.ffn()
        out, back = self.network()
        if slots is not None:
            slots.advance(self.plan.workload.accepted_length)
        return iter((attention, out, ffn, back))
