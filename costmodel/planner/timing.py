"""Time of one layer of a group on an accelerator.

At shares of peak: a roofline for the attention core, one for matrix products. Rates with kernels time each of them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.attention import Attention
from costmodel.ffn import Ffn
from costmodel.model import Model
from costmodel.planner.kernel_timing import KernelTimer
from costmodel.planner.stage_kernels import KernelAttentionLayer, KernelFfnLayer
from costmodel.planner.trips import kinds_of_trips
from costmodel.rates import IDEAL, Rates
from costmodel.units import BITS_PER_BYTE, Numeric
from costmodel.workload import Workload


@dataclass(frozen=True)
class AttentionLayer:
    """One attention layer of a group on one accelerator, for any number of requests: core, then projections."""

    label: str
    layers: int
    core_seconds_of: Callable[[Numeric], Numeric]
    core_seconds_per_request: float
    linear_seconds_per_request: float
    weight_seconds: float

    def seconds(self, batch: Numeric) -> Numeric:
        """Core + projections of `batch` requests on one accelerator [s]; the projections read their weights at least
        once.
        """
        return batch * self.core_seconds_per_request + self.linear_seconds(batch)

    def linear_seconds(self, batch: Numeric) -> Numeric:
        """Projections of `batch` requests [s]."""
        return np.maximum(batch * self.linear_seconds_per_request, self.weight_seconds)

    def unpadded_seconds(self, batch: Numeric) -> Numeric:
        """A time that `seconds` never falls below and that falls per request [s]: itself, at shares of peak."""
        return self.seconds(batch)

    def mixed_seconds(self, contexts: Numeric) -> Numeric:
        """Core + projections [s] of requests with each of the contexts along the last axis."""
        core = np.broadcast_to(self.core_seconds_of(contexts), np.shape(contexts))
        cores: Numeric = core.sum(axis=-1)
        return cores + self.linear_seconds(core.shape[-1])

    def batch_within(self, seconds: float) -> float:
        """The real-valued batch that takes that long [s]; negative where the weights alone take longer."""
        reading = (seconds - self.weight_seconds) / self.core_seconds_per_request
        return min(reading, seconds / (self.core_seconds_per_request + self.linear_seconds_per_request))


@dataclass(frozen=True)
class FfnLayer:
    """One feed-forward layer of a group on a pool of accelerators; `group` and `hidden` say which weights a batch
    touches.

    `riders` are further layers that follow within the same round trip, in a stack deeper than the other.
    """

    label: str
    layers: int
    group: Ffn
    hidden: int
    positions: int
    flops_per_second: float
    bytes_per_second: float
    riders: tuple["FfnLayer", ...] = ()

    @property
    def groups(self) -> tuple[Ffn, ...]:
        """The layer groups of one round trip."""
        return self.group, *(rider.group for rider in self.riders)

    def seconds(self, batch: Numeric, accelerators: Numeric) -> Numeric:
        """Time [s] for `batch` requests, both work and touched weights spread evenly over `accelerators`."""
        tokens = batch * self.positions
        computing = tokens * self.group.flops(self.hidden) / self.flops_per_second
        read = self.group.read_bytes(self.hidden, tokens)
        own = np.maximum(computing, read / self.bytes_per_second) / accelerators
        return own + sum(rider.seconds(batch, accelerators) for rider in self.riders)

    def seconds_per_request(self, accelerators: Numeric) -> Numeric:
        """Arithmetic alone, for one request [s]."""
        own = self.positions * self.group.flops(self.hidden) / (accelerators * self.flops_per_second)
        return own + sum(rider.seconds_per_request(accelerators) for rider in self.riders)

    def requests_within(self, seconds: float, accelerators: Numeric) -> Numeric:
        """The real-valued number of requests whose arithmetic alone takes that long [s]."""
        return seconds / self.seconds_per_request(accelerators)


Rider = TypeVar("Rider", FfnLayer, KernelAttentionLayer, KernelFfnLayer)
Layer = AttentionLayer | FfnLayer | KernelAttentionLayer | KernelFfnLayer


def attention_layer(
    group: Attention,
    *,
    hidden: int,
    accelerator: Accelerator,
    workload: Workload,
    rates: Rates = IDEAL,
    output_shards: int = 1,
    label: str = "attention",
) -> AttentionLayer:
    """The times of a group's layer on `accelerator`; `output_shards` accelerators share the output projection's
    weights.

    Sharing moves weights, not work: every accelerator multiplies the tokens of all shards with its part. Drafted tokens
    share one read of the cache. Recurrent states count as cache.
    """
    positions = workload.draft_length + 1
    core_of = partial(core_seconds, group, positions=positions, accelerator=accelerator, rates=rates)
    core = float(core_of(workload.context))
    linear = float(positions * group.linear_flops(hidden) / accelerator.flops_per_second(group.linear_bits))
    weights = float(attention_weight_bytes(group, hidden, output_shards) / accelerator.bandwidth())
    return AttentionLayer(label, group.layers, core_of, core, linear / rates.gemm, weights / rates.gemm)


def core_seconds(
    group: Attention, context: Numeric, *, positions: int, accelerator: Accelerator, rates: Rates
) -> Numeric:
    """Core of one layer for one request of that context [s]: the longer of computing and reading the cache.

    An indexer runs before it and takes the longer of its own two.
    """
    rate, bandwidth = accelerator.flops_per_second(group.compute_bits), accelerator.bandwidth()
    flops = positions * group.core_flops(context) * group.core_padding(rates.query_tile, positions)
    core = np.maximum(flops / rate, group.kv_bytes(context, positions) / bandwidth)
    if group.has_indexer():
        scores = positions * group.index_flops(context)
        core = core + np.maximum(scores / rate, group.index_bytes(context) / bandwidth)
    return core / rates.core


def attention_weight_bytes(group: Attention, hidden: int, output_shards: int) -> Numeric:
    """Projection weights of one layer on one accelerator [byte]: the output projection in shards, the rest whole."""
    spared = group.output_parameters(hidden) * (1 - 1 / output_shards)
    return (group.linear_parameters(hidden) - spared) * group.weight_bits / BITS_PER_BYTE


def attention_layers(
    model: Model, *, accelerator: Accelerator, workload: Workload, rates: Rates, output_shards: int = 1
) -> tuple[AttentionLayer, ...] | tuple[KernelAttentionLayer, ...]:
    """The times of every attention group of a model on `accelerator`, or of every kind of round trip.

    Mixers that share a round trip follow one another: their times add up.
    """
    trips = kinds_of_trips([group.layers for group in model.attention], int(model.round_trips))
    if rates.kernels:
        timer = KernelTimer(accelerator, rates, model.hidden)
        timed = [
            KernelAttentionLayer(
                label=_label("attention", index, group),
                layers=group.layers,
                group=group,
                timer=timer,
                context=workload.context,
                positions=workload.draft_length + 1,
                output_shards=output_shards,
            )
            for index, group in enumerate(model.attention, start=1)
        ]
        return tuple(riding([timed[index] for index in kind], count) for kind, count in trips.items())
    groups = [
        attention_layer(
            group,
            hidden=model.hidden,
            accelerator=accelerator,
            workload=workload,
            rates=rates,
            output_shards=output_shards,
            label=_label("attention", index, group),
        )
        for index, group in enumerate(model.attention, start=1)
    ]
    return tuple(_together([groups[index] for index in kind], count) for kind, count in trips.items())


def _together(layers: list[AttentionLayer], trips: int) -> AttentionLayer:
    """Several mixers as one: what a round trip with all of them takes."""
    return AttentionLayer(
        " + ".join(layer.label for layer in layers),
        trips,
        lambda context: sum(layer.core_seconds_of(context) for layer in layers),
        sum(layer.core_seconds_per_request for layer in layers),
        sum(layer.linear_seconds_per_request for layer in layers),
        sum(layer.weight_seconds for layer in layers),
    )


def ffn_layers(
    model: Model, *, accelerator: Accelerator, workload: Workload, rates: Rates
) -> tuple[FfnLayer, ...] | tuple[KernelFfnLayer, ...]:
    """The times of every feed-forward group of a model on accelerators of that kind, or of every kind of round trip."""
    positions = workload.draft_length + 1
    trips = kinds_of_trips([group.layers for group in model.ffn], int(model.round_trips))
    if rates.kernels:
        timer = KernelTimer(accelerator, rates, model.hidden)
        timed = [
            KernelFfnLayer(
                label=_label("FFN", index, group),
                layers=group.layers,
                group=group,
                timer=timer,
                positions=positions,
                per_server=accelerator.accelerators_per_server,
            )
            for index, group in enumerate(model.ffn, start=1)
        ]
        return tuple(riding([timed[index] for index in kind], count) for kind, count in trips.items())
    groups = [
        FfnLayer(
            label=_label("FFN", index, group),
            layers=group.layers,
            group=group,
            hidden=model.hidden,
            positions=positions,
            flops_per_second=float(accelerator.flops_per_second(group.compute_bits)) * rates.gemm,
            bytes_per_second=float(accelerator.bandwidth()) * rates.gemm,
        )
        for index, group in enumerate(model.ffn, start=1)
    ]
    return tuple(riding([groups[index] for index in kind], count) for kind, count in trips.items())


def riding(layers: Sequence[Rider], trips: int) -> Rider:
    """The first of some layers with the others as riders of the same round trip."""
    label = " + ".join(layer.label for layer in layers)
    return replace(layers[0], label=label, layers=trips, riders=tuple(layers[1:]))


def _label(stack: str, index: int, group: Attention | Ffn) -> str:
    """A name for a layer group, for results that say which one is slow."""
    return f"{stack} group {index} ({group.layers} {group.in_words()} layers)"
