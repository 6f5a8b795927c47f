"""One scenario evaluated: intermediate results that metrics share, each computed once."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from costmodel.accelerator import Accelerator
from costmodel.cost import AttentionShare, attention_cost, attention_seconds, ffn_cost, ffn_seconds
from costmodel.errors import DomainError, Problem
from costmodel.lengths import whole_context
from costmodel.parameters import Parameters
from costmodel.requests.energy import busy_watts
from costmodel.requests.prefill import compute_seconds
from costmodel.requests.prefill_work import PrefillWork, expected_work
from costmodel.requests.transfer import kv_transfer, nic_bytes_per_second
from costmodel.scenario import Pool, Scenario
from costmodel.units import SECONDS_PER_HOUR, Numeric
from costmodel.work import DecodeWork

UNPRICED = AttentionShare(np.nan, np.nan, np.nan)


@dataclass
class Evaluation:
    """One scenario, whose fields may hold arrays, with shared intermediate results computed once."""

    scenario: Scenario

    @cached_property
    def work(self) -> DecodeWork:
        """Work per accepted token."""
        return self.scenario.model.decode_work(self.scenario.workload)

    @cached_property
    def parameters(self) -> Parameters:
        """Parameter counts."""
        return self.scenario.model.parameters

    @cached_property
    def attention(self) -> list[AttentionShare]:
        """Attention cost on each accelerator [USD per 1M tokens]; nan where no price is known."""
        return [attention_cost(self.work, each) if is_priced(each) else UNPRICED for each in self._accelerators]

    @cached_property
    def ffn(self) -> list[Numeric]:
        """FFN cost on each accelerator [USD per 1M tokens]; nan where no price is known."""
        return [ffn_cost(self.work, each) if is_priced(each) else np.nan for each in self._accelerators]

    @cached_property
    def cheapest_attention(self) -> Numeric:
        """The least attention cost over the accelerators that may carry it."""
        return reduce(np.minimum, (self.attention[place].total for place in self._priced("attention_on")))

    @cached_property
    def cheapest_ffn(self) -> Numeric:
        """The least FFN cost over the accelerators that may carry it."""
        return reduce(np.minimum, (self.ffn[place] for place in self._priced("ffn_on")))

    @cached_property
    def attention_seconds(self) -> Numeric:
        """Accelerator-seconds per token of attention on the accelerator that carries it under AFD."""
        accelerators = self.scenario.accelerators
        return self.where_attention_is_cheapest(
            [attention_seconds(self.work, accelerator).total for accelerator in accelerators]
        )

    @cached_property
    def ffn_seconds(self) -> Numeric:
        """Accelerator-seconds per token of the FFN on the accelerator that carries it under AFD."""
        return self.where_ffn_is_cheapest(
            [ffn_seconds(self.work, accelerator) for accelerator in self.scenario.accelerators]
        )

    @cached_property
    def of_request(self) -> "Evaluation":
        """The same scenario at the context that a decode step of its requests sees."""
        context = whole_context(self.scenario.request.decode_context)
        workload = self.scenario.workload.model_copy(update={"context": context})
        return Evaluation(self.scenario.model_copy(update={"workload": workload}))

    @cached_property
    def prefill_work(self) -> PrefillWork:
        """Prefill work of a request, expected over its prompts."""
        return expected_work(self.scenario.model, self.scenario.request)

    @cached_property
    def prefill_seconds(self) -> list[Numeric]:
        """Accelerator-seconds of prefill per request on each accelerator at its peak rates."""
        bits = self.scenario.service.core_bits
        return [sum(compute_seconds(self.prefill_work, each, core_bits=bits)) for each in self._accelerators]

    @cached_property
    def prefill_usd(self) -> list[Numeric]:
        """Prefill of a request on each accelerator [USD]; nan where no price is known."""
        return [
            seconds * each.price() / SECONDS_PER_HOUR if is_priced(each) else np.nan
            for each, seconds in zip(self._accelerators, self.prefill_seconds, strict=True)
        ]

    @cached_property
    def ttft(self) -> Numeric:
        """Time to first token of a request without waiting [s]: prefill, cache transfer, first step.

        An accelerator without a known network is taken to send in no time.
        """
        service = self.scenario.service
        parts = service.accelerators_per_prompt * service.parallel_efficiency
        sent = [
            0.0 if each.nics_per_server is None else self._transfer_seconds(nic_bytes_per_second(each))
            for each in self._accelerators
        ]
        passed = [seconds / parts + moved for seconds, moved in zip(self.prefill_seconds, sent, strict=True)]
        return self.where_prefill_is_cheapest(passed) + self.scenario.sla.tpot

    def _transfer_seconds(self, rate: Numeric) -> Numeric:
        model = self.scenario.model
        return sum(share * kv_transfer(model, prompt, rate).seconds for prompt, share in self.scenario.request.nodes())

    @cached_property
    def prefill_joules(self) -> Numeric:
        """Energy of prefill per request at the meter [J]; DomainError where a TDP is not known."""
        watts, unknown = self._watts(self.scenario.service.prefill_share)
        self._refuse_unknown(self.where_prefill_is_cheapest(unknown), "prefill_on")
        spent = [power * seconds for power, seconds in zip(watts, self.prefill_seconds, strict=True)]
        return self.where_prefill_is_cheapest(spent)

    @cached_property
    def decode_joules(self) -> tuple[Numeric, Numeric]:
        """Energy of attention and FFN per output token at the meter [J]; DomainError where a TDP is not known."""
        watts, unknown = self._watts(self.scenario.service.decode_share)
        self._refuse_unknown(self.where_attention_is_cheapest(unknown), "attention_on")
        self._refuse_unknown(self.where_ffn_is_cheapest(unknown), "ffn_on")
        accelerators = self._accelerators
        attention = [
            power * attention_seconds(self.work, a).total for power, a in zip(watts, accelerators, strict=True)
        ]
        ffn = [power * ffn_seconds(self.work, a) for power, a in zip(watts, accelerators, strict=True)]
        return self.where_attention_is_cheapest(attention), self.where_ffn_is_cheapest(ffn)

    def _watts(self, busy_share: Numeric) -> tuple[list[Numeric], list[Numeric]]:
        """Power of each busy accelerator at the meter [W], and 1 where it is not known (its power is then 0)."""
        known = [each.tdp_watts is not None for each in self._accelerators]
        watts = [
            busy_watts(each.tdp_watts, busy_share, self.scenario.service) if each.tdp_watts is not None else 0.0
            for each in self._accelerators
        ]
        return watts, [0.0 if each else 1.0 for each in known]

    def _refuse_unknown(self, unknown: Numeric, pool: Pool) -> None:
        """Refuse where an accelerator without a TDP carries the pool."""
        if np.any(np.asarray(unknown) > 0):
            names = ", ".join(each.name for each in self.scenario.candidates(pool) if each.tdp_watts is None)
            raise DomainError(Problem("tdp_watts", f"no TDP is known for {names}; set one to compute energy"))

    def least(self, values: Sequence[Numeric]) -> Numeric:
        """The least entry of the accelerators that have a price."""
        return reduce(np.minimum, (values[place] for place in self._priced()))

    def least_prefill(self, values: Sequence[Numeric]) -> Numeric:
        """The least entry of the accelerators that may carry prefill."""
        return reduce(np.minimum, (values[place] for place in self._priced("prefill_on")))

    def where_attention_is_cheapest(self, values: Sequence[Numeric]) -> Numeric:
        """The entry of the accelerator that carries attention under AFD; ties go to the first listed."""
        places = self._priced("attention_on")
        return _at_least([self.attention[place].total for place in places], [values[place] for place in places])

    def where_ffn_is_cheapest(self, values: Sequence[Numeric]) -> Numeric:
        """The entry of the accelerator that carries the FFN under AFD; ties go to the first listed."""
        places = self._priced("ffn_on")
        return _at_least([self.ffn[place] for place in places], [values[place] for place in places])

    def where_prefill_is_cheapest(self, values: Sequence[Numeric]) -> Numeric:
        """The entry of the accelerator that carries prefill; ties go to the first listed."""
        places = self._priced("prefill_on")
        return _at_least([self.prefill_usd[place] for place in places], [values[place] for place in places])

    @property
    def _accelerators(self) -> tuple[Accelerator, ...]:
        return self.scenario.accelerators

    def _priced(self, pool: Pool | None = None) -> list[int]:
        """Positions of the accelerators with a price, of those that a pool may use; DomainError where there is none."""
        allowed = self._accelerators if pool is None else self.scenario.candidates(pool)
        ids = [each.id for each in allowed if is_priced(each)]
        if not ids:
            names = ", ".join(each.name for each in allowed)
            raise DomainError(
                Problem(pool or "accelerators", f"no price is known for {names}; set one to compute costs")
            )
        return [place for place, each in enumerate(self._accelerators) if each.id in ids]


def is_priced(accelerator: Accelerator) -> bool:
    """True where the accelerator has a price."""
    return accelerator.usd_per_hour is not None


def _at_least(costs: Sequence[Numeric], values: Sequence[Numeric]) -> Numeric:
    # np.where would drop the labels of a DataArray; multiplying by truth values keeps them and is exact.
    least, chosen = costs[0], values[0]
    for cost, value in zip(costs[1:], values[1:], strict=True):
        cheaper = cost < least
        chosen = value * cheaper + chosen * (1 - cheaper)
        least = np.minimum(least, cost)
    return chosen
