"""The pipeline of one deployment: stage times, memory and loads for any number of servers and any batch.

Arguments named `batch` count requests of one micro-batch on one attention accelerator, `requests` those of a whole
micro-batch. Numbers and arrays pass alike. Paper sec. 3 and 5.4.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError, Problem
from costmodel.model import Model
from costmodel.planner.timing import (
    AttentionLayer,
    FfnLayer,
    attention_layers,
    attention_weight_bytes,
    ffn_layers,
)
from costmodel.rates import IDEAL, Rates
from costmodel.sla import Sla
from costmodel.sparsity import WIRE_BYTES_PER_ELEMENT, stage_bytes_per_element
from costmodel.units import Numeric
from costmodel.workload import Workload

CONSTRAINTS = ("attention", "network", "ffn", "attention memory", "ffn memory")

RESIDUAL_BYTES_PER_ELEMENT = 2
"""The residual stream stays in BF16 on the attention accelerator."""

RatesByAccelerator = Rates | Mapping[str, Rates]


def rates_of(accelerator: Accelerator, rates: RatesByAccelerator) -> Rates:
    """The profile of an accelerator: one for all, or by accelerator id; an accelerator that the mapping does not name
    is ideal.
    """
    return rates if isinstance(rates, Rates) else rates.get(accelerator.id, IDEAL)


def capacity(accelerator: Accelerator) -> float:
    """Memory of one accelerator [byte]; DomainError when it is not known, because nothing can be said to fit then."""
    if accelerator.memory_bytes is None:
        raise DomainError(Problem("memory_bytes", f"no memory size is known for {accelerator.name}", accelerator.id))
    return accelerator.memory_bytes


@dataclass(frozen=True)
class Pipeline:
    """A model split over two kinds of accelerators, a workload and a sla; how many servers there are is an argument."""

    model: Model
    attention_on: Accelerator
    ffn_on: Accelerator
    workload: Workload
    sla: Sla
    attention_rates: Rates = IDEAL
    ffn_rates: Rates = IDEAL

    @property
    def attention_accelerators_per_server(self) -> int:
        """Accelerators of one attention server."""
        return self.attention_on.accelerators_per_server

    @property
    def ffn_accelerators_per_server(self) -> int:
        """Accelerators of one FFN server."""
        return self.ffn_on.accelerators_per_server

    @property
    def positions(self) -> int:
        """Token positions computed per request and step: one and the drafted ones."""
        return self.workload.draft_length + 1

    @cached_property
    def budget_seconds(self) -> float:
        """Time [s] that every stage has for one layer of one micro-batch: accepted x TPOT / stages / layers."""
        return self.sla.tpot * self.workload.accepted_length / self.sla.stages / float(self.model.round_trips)

    def tpot(self, cycle: Numeric) -> Numeric:
        """Time per output token [s] when the slowest stage of the slowest layer takes `cycle`."""
        return cycle * self.model.round_trips * self.sla.stages / self.workload.accepted_length

    def tokens_per_second(self, requests: Numeric, cycle: Numeric) -> Numeric:
        """Output of the deployment [token/s]; there are as many micro-batches in flight as stages."""
        return self.sla.stages * requests / self.tpot(cycle)

    @cached_property
    def attention_layers(self) -> tuple[AttentionLayer, ...]:
        """Times of each attention group; the output projection is sharded over the server."""
        return attention_layers(
            self.model,
            accelerator=self.attention_on,
            workload=self.workload,
            rates=self.attention_rates,
            output_shards=self.attention_accelerators_per_server,
        )

    @cached_property
    def ffn_layers(self) -> tuple[FfnLayer, ...]:
        """Times of each feed-forward group."""
        return ffn_layers(self.model, accelerator=self.ffn_on, workload=self.workload, rates=self.ffn_rates)

    def attention_group_seconds(self, batch: Numeric) -> list[Numeric]:
        """Attention stage of each group [s], overhead included."""
        overhead = self.attention_rates.overhead_seconds
        return [layer.seconds(batch) + overhead for layer in self.attention_layers]

    def attention_seconds(self, batch: Numeric) -> Numeric:
        """Attention stage [s]: that of the slowest group."""
        return reduce(np.maximum, self.attention_group_seconds(batch))

    def attention_batch_within(self, seconds: float) -> float:
        """About the batch whose attention stage takes that long [s]."""
        left = seconds - self.attention_rates.overhead_seconds
        return min(layer.batch_within(left) for layer in self.attention_layers)

    def ffn_requests_within(self, seconds: float, ffn_servers: Numeric) -> Numeric:
        """About the requests whose FFN stage takes that long [s], reading of weights left out."""
        left = seconds - self.ffn_rates.overhead_seconds
        accelerators = ffn_servers * self.ffn_accelerators_per_server
        return reduce(np.minimum, (layer.requests_within(left, accelerators) for layer in self.ffn_layers))

    def ffn_group_seconds(self, requests: Numeric, ffn_servers: Numeric) -> list[Numeric]:
        """FFN stage of each group [s], overhead included."""
        overhead = self.ffn_rates.overhead_seconds
        return [
            layer.seconds(requests, ffn_servers * self.ffn_accelerators_per_server) + overhead
            for layer in self.ffn_layers
        ]

    def ffn_seconds(self, requests: Numeric, ffn_servers: Numeric) -> Numeric:
        """FFN stage [s]: that of the slowest group."""
        return reduce(np.maximum, self.ffn_group_seconds(requests, ffn_servers))

    @cached_property
    def network_overhead(self) -> float:
        """Fixed time of a network stage [s]: that of the slower end."""
        return max(self.attention_rates.overhead_seconds, self.ffn_rates.overhead_seconds)

    @cached_property
    def server_rates(self) -> tuple[float, float]:
        """Achieved network rate [byte/s] of one attention server and of one FFN server, one direction."""
        attention = float(self.attention_on.server_bytes_per_second()) * self.attention_rates.network
        return attention, float(self.ffn_on.server_bytes_per_second()) * self.ffn_rates.network

    def network_seconds_per_request(self, attention_servers: Numeric, ffn_servers: Numeric) -> Numeric:
        """Network stage per request of an attention accelerator's batch [s], overhead left out.

        An FFN server exchanges every token of the micro-batch; an attention server its own tokens, with every FFN
        server. The slower end counts.
        """
        attention_rate, ffn_rate = self.server_rates
        wire = (
            stage_bytes_per_element(self.sla.stages)
            * self.model.hidden
            * self.positions
            * self.attention_accelerators_per_server
        )
        return wire * np.maximum(attention_servers / ffn_rate, ffn_servers / attention_rate)

    def network_seconds(self, batch: Numeric, attention_servers: Numeric, ffn_servers: Numeric) -> Numeric:
        """Network stage [s]."""
        return batch * self.network_seconds_per_request(attention_servers, ffn_servers) + self.network_overhead

    @cached_property
    def attention_weight_bytes(self) -> float:
        """Weights on one attention accelerator [byte]: projections (output sharded), its share of embeddings and
        routers.
        """
        model, shards = self.model, self.attention_accelerators_per_server
        projections = sum(
            group.layers * attention_weight_bytes(group, model.hidden, shards) for group in model.attention
        )
        return float(projections + model.other_weight_bytes / shards)

    @cached_property
    def sequence_bytes(self) -> float:
        """Cache and states of one request, all layers [byte]."""
        return float(self.model.kv_bytes_per_sequence(self.workload.context))

    @cached_property
    def attention_activation_bytes(self) -> float:
        """Activations of one request in flight on its attention accelerator [byte]: the residual and what is on the
        wire.
        """
        return (RESIDUAL_BYTES_PER_ELEMENT + WIRE_BYTES_PER_ELEMENT) * self.model.hidden * self.positions

    def attention_memory(self, batch: Numeric) -> Numeric:
        """Memory in use on one attention accelerator [byte]; as many micro-batches are resident as there are stages."""
        per_request = self.sequence_bytes + self.attention_activation_bytes
        return self.attention_weight_bytes + self.sla.stages * batch * per_request

    def ffn_weight_bytes(self, ffn_servers: Numeric) -> Numeric:
        """Weights on one FFN accelerator [byte]."""
        return self.model.ffn_weight_bytes / (ffn_servers * self.ffn_accelerators_per_server)

    @cached_property
    def ffn_activation_bytes(self) -> float:
        """Activations on one FFN accelerator per request of the micro-batch [byte].

        One micro-batch is gathered in the server to be worked on; of each one in flight the accelerator holds its
        share.
        """
        return (
            WIRE_BYTES_PER_ELEMENT
            * self.model.hidden
            * self.positions
            * (1 + self.sla.stages / self.ffn_accelerators_per_server)
        )

    def ffn_memory(self, requests: Numeric, ffn_servers: Numeric) -> Numeric:
        """Memory in use on one FFN accelerator [byte]."""
        return self.ffn_weight_bytes(ffn_servers) + requests * self.ffn_activation_bytes

    def loads(self, batch: Numeric, attention_servers: Numeric, ffn_servers: Numeric) -> dict[str, Numeric]:
        """Use over allowance of each constraint; at most 1 where it is kept."""
        requests = batch * attention_servers * self.attention_accelerators_per_server
        budget = self.budget_seconds
        return {
            "attention": self.attention_seconds(batch) / budget,
            "network": self.network_seconds(batch, attention_servers, ffn_servers) / budget,
            "ffn": self.ffn_seconds(requests, ffn_servers) / budget,
            "attention memory": self.attention_memory(batch) / capacity(self.attention_on),
            "ffn memory": self.ffn_memory(requests, ffn_servers) / capacity(self.ffn_on),
        }

    def cycle(self, batch: Numeric, attention_servers: Numeric, ffn_servers: Numeric) -> Numeric:
        """Time of the slowest stage [s]."""
        requests = batch * attention_servers * self.attention_accelerators_per_server
        network = self.network_seconds(batch, attention_servers, ffn_servers)
        return np.maximum(np.maximum(self.attention_seconds(batch), network), self.ffn_seconds(requests, ffn_servers))


def split(
    model: Model,
    attention_on: Accelerator,
    ffn_on: Accelerator,
    *,
    workload: Workload,
    sla: Sla | None,
    rates: RatesByAccelerator,
) -> Pipeline:
    """The pipeline of a pair of accelerators, each with its own profile; the paper's sla unless told otherwise."""
    return Pipeline(
        model,
        attention_on,
        ffn_on,
        workload,
        Sla() if sla is None else sla,
        rates_of(attention_on, rates),
        rates_of(ffn_on, rates),
    )
