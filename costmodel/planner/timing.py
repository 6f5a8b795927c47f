"""How long one layer of a group takes on real accelerators: a roofline for the attention core, one for matrix
products.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.attention import Attention
from costmodel.ffn import Ffn
from costmodel.model import Model
from costmodel.rates import IDEAL, Rates
from costmodel.units import BITS_PER_BYTE, Numeric
from costmodel.workload import Workload


@dataclass(frozen=True)
class AttentionLayer:
    """One attention layer of a group on one accelerator, for any number of requests: core, then projections."""

    label: str
    layers: int
    core_seconds_per_request: float
    linear_seconds_per_request: float
    weight_seconds: float

    def seconds(self, batch: Numeric) -> Numeric:
        """Core + projections of `batch` requests on one accelerator [s]; the projections read their weights at least
        once.
        """
        linear = np.maximum(batch * self.linear_seconds_per_request, self.weight_seconds)
        return batch * self.core_seconds_per_request + linear

    def batch_within(self, seconds: float) -> float:
        """The real-valued batch that takes that long [s]; negative where the weights alone take longer."""
        reading = (seconds - self.weight_seconds) / self.core_seconds_per_request
        return min(reading, seconds / (self.core_seconds_per_request + self.linear_seconds_per_request))


@dataclass(frozen=True)
class FfnLayer:
    """One feed-forward layer of a group on a pool of accelerators; `group` and `hidden` say which weights a batch
    touches.
    """

    label: str
    layers: int
    group: Ffn
    hidden: int
    positions: int
    flops_per_second: float
    bytes_per_second: float

    def seconds(self, batch: Numeric, accelerators: Numeric) -> Numeric:
        """Time [s] for `batch` requests, both work and touched weights spread evenly over `accelerators`."""
        tokens = batch * self.positions
        computing = tokens * self.group.flops(self.hidden) / self.flops_per_second
        touched = self.group.touched_parameters(self.hidden, tokens) * self.group.weight_bits / BITS_PER_BYTE
        return np.maximum(computing, touched / self.bytes_per_second) / accelerators

    def requests_within(self, seconds: float, accelerators: Numeric) -> Numeric:
        """The real-valued number of requests whose arithmetic alone takes that long [s]."""
        return seconds * accelerators * self.flops_per_second / (self.positions * self.group.flops(self.hidden))

    def seconds_with_copies(self, batch: Numeric, accelerators: Numeric) -> Numeric:
        """Time [s] for `batch` requests on each of `accelerators`, each with its own copy of the weights all tokens
        use.
        """
        tokens = batch * self.positions
        computing = tokens * self.group.flops(self.hidden) / self.flops_per_second
        common = self.group.common_parameters(self.hidden)
        routed = self.group.touched_parameters(self.hidden, tokens * accelerators) - common
        weights = (common + routed / accelerators) * self.group.weight_bits / BITS_PER_BYTE
        return np.maximum(computing, weights / self.bytes_per_second)


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
    core = float(core_seconds(group, workload.context, positions=positions, accelerator=accelerator, rates=rates))
    linear = float(positions * group.linear_flops(hidden) / accelerator.flops_per_second(group.linear_bits))
    weights = float(attention_weight_bytes(group, hidden, output_shards) / accelerator.bytes_per_second)
    return AttentionLayer(label, group.layers, core, linear / rates.gemm, weights / rates.gemm)


def core_seconds(
    group: Attention, context: Numeric, *, positions: int, accelerator: Accelerator, rates: Rates
) -> Numeric:
    """Core of one layer for one request of that context [s]: the longer of computing and reading the cache."""
    flops = positions * group.core_flops(context) * group.core_padding(rates.query_tile, positions)
    computing = flops / accelerator.flops_per_second(group.compute_bits)
    return np.maximum(computing, group.kv_bytes(context) / accelerator.bytes_per_second) / rates.core


def attention_weight_bytes(group: Attention, hidden: int, output_shards: int) -> Numeric:
    """Projection weights of one layer on one accelerator [byte]: the output projection in shards, the rest whole."""
    spared = group.output_parameters(hidden) * (1 - 1 / output_shards)
    return (group.linear_parameters(hidden) - spared) * group.weight_bits / BITS_PER_BYTE


def attention_layers(
    model: Model, *, accelerator: Accelerator, workload: Workload, rates: Rates, output_shards: int = 1
) -> tuple[AttentionLayer, ...]:
    """The times of every attention group of a model on `accelerator`."""
    return tuple(
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
    )


def ffn_layers(model: Model, *, accelerator: Accelerator, workload: Workload, rates: Rates) -> tuple[FfnLayer, ...]:
    """The times of every feed-forward group of a model on accelerators of that kind."""
    positions = workload.draft_length + 1
    return tuple(
        FfnLayer(
            label=_label("FFN", index, group),
            layers=group.layers,
            group=group,
            hidden=model.hidden,
            positions=positions,
            flops_per_second=float(accelerator.flops_per_second(group.compute_bits)) * rates.gemm,
            bytes_per_second=accelerator.bytes_per_second * rates.gemm,
        )
        for index, group in enumerate(model.ffn, start=1)
    )


def layer_order(counts: Sequence[int]) -> list[int]:
    """Group index of every layer, the groups interleaved evenly: layer j of n sits at (j + 1/2) / n of the depth.

    >>> layer_order([2, 4])
    [1, 0, 1, 1, 0, 1]
    """
    places = [((layer + 0.5) / count, group) for group, count in enumerate(counts) for layer in range(count)]
    return [group for _, group in sorted(places)]


def _label(stack: str, index: int, group: Attention | Ffn) -> str:
    """A name for a layer group, for results that say which one is slow."""
    return f"{stack} group {index} ({group.layers} {type(group).__name__} layers)"
