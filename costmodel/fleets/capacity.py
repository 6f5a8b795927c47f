"""Load that one server of a pool carries in each slot as the context mix changes.

Prefill is counted in server-seconds per request, attention and FFN in requests in flight per server.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from math import ceil

import numpy as np
from numpy.typing import NDArray

from costmodel.accelerator import Accelerator
from costmodel.errors import DomainError
from costmodel.fleets.demand import Slots
from costmodel.model import Model
from costmodel.planner.pipeline import Pipeline
from costmodel.planner.stages import AttentionStage, capacity, largest
from costmodel.rates import Rates
from costmodel.requests.prefill import Prefill, prefill_of_work
from costmodel.requests.prefill_work import PrefillWork, prefill_work
from costmodel.service import Service

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

ROUNDING = 1e-9
MOST_PREFILL_SERVERS = 64
MOST_FFN_SERVERS = 32
"""FFN servers of one instance that are tried."""


@dataclass(frozen=True)
class PromptWork:
    """Prefill work of a day's requests: the mean of each slot and the variation over requests, on any accelerator."""

    model: Model
    slots: Slots
    service: Service

    @cached_property
    def _each(self) -> PrefillWork:
        lengths = self.slots.lengths
        return prefill_work(self.model, lengths.prompt, lengths.cached)

    @cached_property
    def _mean(self) -> PrefillWork:
        return self._each.averaged(self.slots.mean)

    def unit(self, accelerator: Accelerator) -> int:
        """Servers of a prefill unit: as asked for, or the fewest that hold the weights and a mean prompt each."""
        return prefill_unit(self.model, accelerator, self.slots.lengths.mean_prompt, self.service)

    def prefill(self, accelerator: Accelerator, rates: Rates) -> Prefill:
        """Prefill of the mean request of each slot; arrays over slots."""
        return self._prefill(accelerator, rates, self._mean, self.slots.missed)

    def again(self, accelerator: Accelerator, rates: Rates) -> Floats:
        """Accelerator-seconds to prefill a request at the mean context of each slot, nothing cached."""
        contexts = self.slots.context
        return np.asarray(self._prefill(accelerator, rates, prefill_work(self.model, contexts), contexts).seconds)

    def service_cv(self, accelerator: Accelerator, rates: Rates) -> float:
        """Deviation over mean of the prefill time of a request, over the day."""
        lengths = self.slots.lengths
        seconds = self._prefill(accelerator, rates, self._each, lengths.missed).seconds
        mean = float(lengths.mean(seconds))
        return float(np.sqrt(max(float(lengths.mean(seconds**2)) - mean**2, 0.0)) / mean)

    def _prefill(self, accelerator: Accelerator, rates: Rates, work: PrefillWork, missed: Floats) -> Prefill:
        return prefill_of_work(
            self.model,
            accelerator,
            work,
            missed,
            rates=rates,
            core_bits=self.service.core_bits,
            servers=self.unit(accelerator),
            overlap=self.service.overlap,
        )


def prefill_unit(model: Model, accelerator: Accelerator, prompt: float, service: Service) -> int:
    """Servers of a prefill unit: as asked for, or the fewest that hold the weights and a prompt [token] each."""
    if service.prefill_unit is not None:
        return service.prefill_unit
    room = (capacity(accelerator) - model.sequence_bytes(prompt)) * accelerator.accelerators_per_server
    if room <= 0 or model.weight_bytes > MOST_PREFILL_SERVERS * room:
        raise DomainError(f"{MOST_PREFILL_SERVERS} servers of {accelerator.name} do not hold the weights and a prompt")
    return ceil(model.weight_bytes / room)


def attention_requests(pipeline: Pipeline, contexts: Floats, ffn_servers: int) -> Floats:
    """Requests in flight that one attention server carries at each mean context, rounded up to a token.

    The most that the stage time, the memory and the server's network (which feeds `ffn_servers`) allow; 0 where not
    even one request per accelerator fits.
    """
    lengths, places = np.unique(np.ceil(contexts).astype(int), return_inverse=True)
    batches = [_largest_attention_batch(pipeline, _at(pipeline, int(each)), ffn_servers) for each in lengths]
    in_flight = pipeline.sla.stages * pipeline.attention.per_server
    return np.array(batches, dtype=float)[places] * in_flight


def _at(pipeline: Pipeline, context: int) -> AttentionStage:
    # A context derived from allowed lengths may exceed the limit of the input field.
    return replace(pipeline.attention, workload=pipeline.workload.model_copy(update={"context": context}))


def _largest_attention_batch(pipeline: Pipeline, stage: AttentionStage, ffn_servers: int) -> int:
    most = min(stage.most_by_time, stage.most_by_memory)
    wire, left = ffn_servers * pipeline.network_terms[1], stage.budget_seconds - pipeline.network_overhead
    return int(largest(lambda batch: batch * wire <= left, left / wire, np.array([most]))[0])


def ffn_requests(pipeline: Pipeline, ffn_servers: Whole) -> Floats:
    """Requests in flight that one instance of that many FFN servers carries: stage time, memory, network of a server.

    Every FFN server exchanges every token of a micro-batch, whatever the number of attention servers.
    """
    stage, stages = pipeline.ffn, pipeline.sla.stages
    wire = pipeline.network_terms[0] / pipeline.attention.per_server
    network = np.full(ffn_servers.shape, (stage.budget_seconds - pipeline.network_overhead) / wire)
    most = np.maximum(np.floor(network * (1 + ROUNDING)), 0).astype(np.int64)
    timed, stored = stage.most_requests_of(ffn_servers)
    return np.asarray(stages * np.minimum(np.minimum(timed, most), stored), dtype=float)


def best_ffn_instance(pipeline: Pipeline) -> tuple[int, float]:
    """FFN servers of the instance that carries most requests per server, and those requests; fewer servers win ties."""
    counts = np.arange(1, MOST_FFN_SERVERS + 1)
    carried = ffn_requests(pipeline, counts)
    place = int(np.argmax(carried / counts))
    return int(counts[place]), float(carried[place])
