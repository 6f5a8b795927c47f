"""How long one layer of a group takes on real accelerators: a roofline for the attention core, one for matrix
products.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
        touched = self.group.touched_parameters(self.hidden, tokens) * self.group.weight_bits / BITS_PER_BYTE
        own = np.maximum(computing, touched / self.bytes_per_second) / accelerators
        return own + sum(rider.seconds(batch, accelerators) for rider in self.riders)

    def seconds_per_request(self, accelerators: Numeric) -> Numeric:
        """Arithmetic alone, for one request [s]."""
        own = self.positions * self.group.flops(self.hidden) / (accelerators * self.flops_per_second)
        return own + sum(rider.seconds_per_request(accelerators) for rider in self.riders)

    def requests_within(self, seconds: float, accelerators: Numeric) -> Numeric:
        """The real-valued number of requests whose arithmetic alone takes that long [s]."""
        return seconds / self.seconds_per_request(accelerators)

    def seconds_with_copies(self, batch: Numeric, accelerators: Numeric) -> Numeric:
        """Time [s] for `batch` requests on each of `accelerators`, each with its own copy of the weights all tokens
        use.
        """
        tokens = batch * self.positions
        computing = tokens * self.group.flops(self.hidden) / self.flops_per_second
        common = self.group.common_parameters(self.hidden)
        routed = self.group.touched_parameters(self.hidden, tokens * accelerators) - common
        weights = (common + routed / accelerators) * self.group.weight_bits / BITS_PER_BYTE
        own = np.maximum(computing, weights / self.bytes_per_second)
        return own + sum(rider.seconds_with_copies(batch, accelerators) for rider in self.riders)


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
    """Core of one layer for one request of that context [s]: the longer of computing and reading the cache.

    An indexer runs before it and takes the longer of its own two.
    """
    rate, bandwidth = accelerator.flops_per_second(group.compute_bits), accelerator.bytes_per_second
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
) -> tuple[AttentionLayer, ...]:
    """The times of every attention group of a model on `accelerator`, or of every kind of round trip.

    Mixers that share a round trip follow one another: their times add up.
    """
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
    trips = kinds_of_trips([group.layers for group in groups], int(model.round_trips))
    return tuple(_together([groups[index] for index in kind], count) for kind, count in trips.items())


def _together(layers: list[AttentionLayer], trips: int) -> AttentionLayer:
    """Several mixers as one: what a round trip with all of them takes."""
    return AttentionLayer(
        " + ".join(layer.label for layer in layers),
        trips,
        sum(layer.core_seconds_per_request for layer in layers),
        sum(layer.linear_seconds_per_request for layer in layers),
        sum(layer.weight_seconds for layer in layers),
    )


def ffn_layers(model: Model, *, accelerator: Accelerator, workload: Workload, rates: Rates) -> tuple[FfnLayer, ...]:
    """The times of every feed-forward group of a model on accelerators of that kind, or of every kind of round trip."""
    positions = workload.draft_length + 1
    groups = [
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
    ]
    trips = kinds_of_trips([group.layers for group in groups], int(model.round_trips))
    return tuple(
        replace(
            groups[kind[0]],
            label=" + ".join(groups[index].label for index in kind),
            layers=count,
            riders=tuple(groups[index] for index in kind[1:]),
        )
        for kind, count in trips.items()
    )


def kinds_of_trips(counts: Sequence[int], trips: int) -> dict[tuple[int, ...], int]:
    """The layers of one stack dealt out to round trips: which groups share a trip, and how many trips are alike.

    A stack as deep as there are trips has one layer in each. In a deeper one the layers of the smallest groups ride
    with the layer before them, as the attention layers of Nemotron-H follow a Mamba layer.

    >>> kinds_of_trips([40, 8], 40)
    {(0,): 32, (0, 1): 8}
    """
    if sum(counts) == trips:
        return {(group,): count for group, count in enumerate(counts)}
    order = layer_order(counts)
    by_size = sorted(range(len(order)), key=lambda place: (counts[order[place]], -order[place]))
    riders = set(by_size[: len(order) - trips])
    dealt: list[list[int]] = []
    for place, group in enumerate(order):
        if place in riders and dealt:
            dealt[-1].append(group)
        else:
            dealt.append([group])
    # A rider before every other layer starts a trip of its own; the first two are one trip then.
    while len(dealt) > trips:
        dealt[:2] = [dealt[0] + dealt[1]]
    kinds = [tuple(sorted(groups)) for groups in dealt]
    return {kind: kinds.count(kind) for kind in sorted(set(kinds))}


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
