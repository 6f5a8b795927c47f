"""The pipeline of one pair of accelerators: stages, network and output for any number of servers and any batch.

Arguments named `batch` count requests of one micro-batch on one attention accelerator, `requests` those of a whole
micro-batch. Numbers and arrays pass alike. Paper sec. 3 and 5.4.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.model import Model
from costmodel.planner.stages import AttentionStage, FfnStage, capacity
from costmodel.sla import Sla
from costmodel.sparsity import stage_bytes_per_element
from costmodel.units import SECONDS_PER_HOUR, TOKENS_PER_MILLION, Numeric
from costmodel.workload import Workload

CONSTRAINTS = ("attention", "network", "ffn", "attention memory", "ffn memory")


@dataclass(frozen=True)
class Pipeline:
    """An attention and an FFN stage of the same model, workload and SLA; the number of servers is an argument."""

    attention: AttentionStage
    ffn: FfnStage

    @property
    def model(self) -> Model:
        """The model."""
        return self.attention.model

    @property
    def workload(self) -> Workload:
        """The workload."""
        return self.attention.workload

    @property
    def sla(self) -> Sla:
        """The SLA."""
        return self.attention.sla

    @property
    def attention_on(self) -> Accelerator:
        """The accelerator of the attention pool."""
        return self.attention.accelerator

    @property
    def ffn_on(self) -> Accelerator:
        """The accelerator of the FFN pool."""
        return self.ffn.accelerator

    def tpot(self, cycle: Numeric) -> Numeric:
        """Time per output token [s] when the slowest stage of the slowest layer takes `cycle`."""
        step = cycle * self.model.round_trips * self.sla.stages + self.attention.step_seconds
        return step / self.workload.accepted_length

    def tokens_per_second(self, requests: Numeric, cycle: Numeric) -> Numeric:
        """Output of the deployment [token/s]; there are as many micro-batches in flight as stages."""
        return self.sla.stages * requests / self.tpot(cycle)

    def requests(self, batch: Numeric, attention_servers: Numeric) -> Numeric:
        """Requests of a whole micro-batch."""
        return batch * attention_servers * self.attention.per_server

    @cached_property
    def network_overhead(self) -> float:
        """Fixed time of a network stage [s]: that of the slower end, with one latency per direction."""
        directions = 2 if self.sla.stages == 3 else 1
        return max(
            rates.overhead_seconds + directions * (0.0 if rates.links is None else rates.links.network_latency)
            for rates in (self.attention.rates, self.ffn.rates)
        )

    def network_seconds_per_request(self, attention_servers: Numeric, ffn_servers: Numeric) -> Numeric:
        """Network stage per request of an attention accelerator's batch [s], overhead left out.

        An FFN server exchanges every token of the micro-batch; an attention server its own tokens, with every FFN
        server. The slower end counts.
        """
        by_ffn, by_attention = self.network_terms
        return np.maximum(attention_servers * by_ffn, ffn_servers * by_attention)

    @cached_property
    def network_terms(self) -> tuple[float, float]:
        """Network time per request [s]: at an FFN server per attention server, at an attention server per FFN one."""
        elements = self.model.wire_width * self.attention.positions * self.attention.per_server
        wire = float(stage_bytes_per_element(self.sla.stages) * elements)
        return wire / self.ffn.server_bytes_per_second, wire / self.attention.server_bytes_per_second

    def network_seconds(self, batch: Numeric, attention_servers: Numeric, ffn_servers: Numeric) -> Numeric:
        """Network stage [s]."""
        return batch * self.network_seconds_per_request(attention_servers, ffn_servers) + self.network_overhead

    def loads(self, batch: Numeric, attention_servers: Numeric, ffn_servers: Numeric) -> dict[str, Numeric]:
        """Use over allowance of each constraint; at most 1 where it is kept."""
        requests = self.requests(batch, attention_servers)
        budget = self.attention.budget_seconds
        return {
            "attention": self.attention.seconds(batch) / budget,
            "network": self.network_seconds(batch, attention_servers, ffn_servers) / budget,
            "ffn": self.ffn.seconds(requests, ffn_servers) / budget,
            "attention memory": self.attention.memory(batch) / capacity(self.attention_on),
            "ffn memory": self.ffn.memory(requests, ffn_servers) / capacity(self.ffn_on),
        }

    def cycle(self, batch: Numeric, attention_servers: Numeric, ffn_servers: Numeric) -> Numeric:
        """Time of the slowest stage [s]."""
        requests = self.requests(batch, attention_servers)
        network = self.network_seconds(batch, attention_servers, ffn_servers)
        return np.maximum(np.maximum(self.attention.seconds(batch), network), self.ffn.seconds(requests, ffn_servers))

    def accelerator_count(self, attention_servers: Numeric, ffn_servers: Numeric) -> Numeric:
        """Accelerators of both pools."""
        return attention_servers * self.attention.per_server + ffn_servers * self.ffn.per_server

    @property
    def priced(self) -> bool:
        """True where both accelerators have a price."""
        return self.attention_on.usd_per_hour is not None and self.ffn_on.usd_per_hour is not None

    def usd_per_hour(self, attention_servers: Numeric, ffn_servers: Numeric) -> Numeric:
        """Price of both pools [USD/h]; DomainError when a price is not known."""
        attention = attention_servers * self.attention.per_server * self.attention_on.price()
        return attention + ffn_servers * self.ffn.per_server * self.ffn_on.price()


def usd_per_million(usd_hour: Numeric, tokens_per_second: Numeric) -> Numeric:
    """USD per 1M tokens at that output [token/s]."""
    return usd_hour / SECONDS_PER_HOUR / tokens_per_second * TOKENS_PER_MILLION
