"""One scenario evaluated: intermediate results that metrics share, each computed once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Literal

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

Part = Pool | Literal["alone", "training"]
"""What a cost is of: a pool, all the decoding on one accelerator, or training."""

UNKNOWN = AttentionShare(np.nan, np.nan, np.nan, np.nan)


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
        """Attention cost on each accelerator [USD per 1M tokens]; nan where price, rate or bandwidth is not known."""
        return [
            attention_cost(self.work, each) if self.has_cost(each, "attention_on") else UNKNOWN for each in self._all
        ]

    @cached_property
    def ffn(self) -> list[Numeric]:
        """FFN cost on each accelerator [USD per 1M tokens]; nan where price or rate is not known."""
        return [ffn_cost(self.work, each) if self.has_cost(each, "ffn_on") else np.nan for each in self._all]

    @cached_property
    def cheapest_attention(self) -> Numeric:
        """The least attention cost over the accelerators that may carry it."""
        return self._least("attention_on", [share.total for share in self.attention])

    @cached_property
    def cheapest_ffn(self) -> Numeric:
        """The least FFN cost over the accelerators that may carry it."""
        return self._least("ffn_on", self.ffn)

    @cached_property
    def attention_seconds(self) -> Numeric:
        """Accelerator-seconds per token of attention on the accelerator that carries it under AFD."""
        return self.where_attention_is_cheapest(self._attention_seconds)

    @cached_property
    def ffn_seconds(self) -> Numeric:
        """Accelerator-seconds per token of the FFN on the accelerator that carries it under AFD."""
        return self.where_ffn_is_cheapest(self._ffn_seconds)

    @property
    def _attention_seconds(self) -> list[Numeric]:
        """Accelerator-seconds of attention per token on each accelerator; nan where it has no cost."""
        return [
            attention_seconds(self.work, each).total if self.has_cost(each, "attention_on") else np.nan
            for each in self._all
        ]

    @property
    def _ffn_seconds(self) -> list[Numeric]:
        """Accelerator-seconds of the FFN per token on each accelerator; nan where it has no cost."""
        return [ffn_seconds(self.work, each) if self.has_cost(each, "ffn_on") else np.nan for each in self._all]

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
        """Accelerator-seconds of prefill per request on each accelerator at its peak rates; nan where not known."""
        bits = self.scenario.service.core_bits
        return [
            sum(compute_seconds(self.prefill_work, each, core_bits=bits))
            if self.has_cost(each, "prefill_on")
            else np.nan
            for each in self._all
        ]

    @cached_property
    def prefill_usd(self) -> list[Numeric]:
        """Prefill of a request on each accelerator [USD]; nan where price or rate is not known."""
        return [
            seconds * each.price() / SECONDS_PER_HOUR if self.has_cost(each, "prefill_on") else np.nan
            for each, seconds in zip(self._all, self.prefill_seconds, strict=True)
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
            for each in self._all
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
        attention = [power * seconds for power, seconds in zip(watts, self._attention_seconds, strict=True)]
        ffn = [power * seconds for power, seconds in zip(watts, self._ffn_seconds, strict=True)]
        return self.where_attention_is_cheapest(attention), self.where_ffn_is_cheapest(ffn)

    def _watts(self, busy_share: Numeric) -> tuple[list[Numeric], list[Numeric]]:
        """Power of each busy accelerator at the meter [W], and 1 where it is not known (its power is then 0)."""
        known = [each.tdp_watts is not None for each in self._all]
        watts = [
            busy_watts(each.tdp_watts, busy_share, self.scenario.service) if each.tdp_watts is not None else 0.0
            for each in self._all
        ]
        return watts, [0.0 if each else 1.0 for each in known]

    def _refuse_unknown(self, unknown: Numeric, pool: Pool) -> None:
        """Refuse where an accelerator without a TDP carries the pool."""
        if np.any(np.asarray(unknown) > 0):
            names = ", ".join(each.name for each in self.scenario.candidates(pool) if each.tdp_watts is None)
            raise DomainError(Problem("tdp_watts", f"no TDP is known for {names}; set one to compute energy"))

    def least(self, values: Sequence[Numeric]) -> Numeric:
        """The least entry of the accelerators that can do all the decoding."""
        return self._least("alone", values)

    def least_training(self, values: Sequence[Numeric]) -> Numeric:
        """The least entry of the accelerators that can train."""
        return self._least("training", values)

    def least_prefill(self, values: Sequence[Numeric]) -> Numeric:
        """The least entry of the accelerators that may carry prefill."""
        return self._least("prefill_on", values)

    def where_attention_is_cheapest(self, values: Sequence[Numeric]) -> Numeric:
        """The entry of the accelerator that carries attention under AFD; ties go to the first listed."""
        return self._at_least("attention_on", [share.total for share in self.attention], values)

    def where_ffn_is_cheapest(self, values: Sequence[Numeric]) -> Numeric:
        """The entry of the accelerator that carries the FFN under AFD; ties go to the first listed."""
        return self._at_least("ffn_on", self.ffn, values)

    def where_prefill_is_cheapest(self, values: Sequence[Numeric]) -> Numeric:
        """The entry of the accelerator that carries prefill; ties go to the first listed."""
        return self._at_least("prefill_on", self.prefill_usd, values)

    def has_cost(self, accelerator: Accelerator, part: Part) -> bool:
        """True where price, and the rates and bandwidth that a part needs, are known."""
        return self._missing(accelerator, part) is None

    def _missing(self, accelerator: Accelerator, part: Part) -> str | None:
        return accelerator.unranked(*self._bits(part), reads=part in ("attention_on", "alone"))

    def _bits(self, part: Part) -> tuple[Numeric, ...]:
        if part == "prefill_on":
            return self.prefill_work.bits(self.scenario.service.core_bits)
        attention = () if part == "ffn_on" else self.work.attention_bits
        return attention if part == "attention_on" else (*attention, *self.work.ffn_bits)

    @property
    def _all(self) -> tuple[Accelerator, ...]:
        return self.scenario.accelerators

    def _places(self, part: Part) -> list[int]:
        """Positions of the accelerators on which a part has a cost, of those that it may use; DomainError for none."""
        allowed = self._all if part in ("alone", "training") else self.scenario.candidates(part)  # type: ignore[arg-type]
        missing = {each.id: self._missing(each, part) for each in allowed}
        if None not in missing.values():
            raise _nowhere(part, missing.values())
        return [place for place, each in enumerate(self._all) if each.id in missing and missing[each.id] is None]

    def _least(self, part: Part, values: Sequence[Numeric]) -> Numeric:
        """The least entry of the accelerators on which a part has a cost."""
        places = self._places(part)
        smaller = np.fmin if self._is_patchy(part, places) else np.minimum
        return reduce(smaller, (values[place] for place in places))

    def _at_least(self, part: Part, costs: Sequence[Numeric], values: Sequence[Numeric]) -> Numeric:
        """The entry of the accelerator on which a part costs least; ties go to the first listed."""
        places = self._places(part)
        listed, picked = [costs[place] for place in places], [values[place] for place in places]
        if self._is_patchy(part, places):
            # An infinite cost leaves the elements without a rate to the other accelerators.
            listed, picked = [np.fmin(cost, np.inf) for cost in listed], [np.fmax(value, 0) for value in picked]
        least, chosen = listed[0], picked[0]
        for cost, value in zip(listed[1:], picked[1:], strict=True):
            # np.where would drop the labels of a DataArray; multiplying by truth values keeps them and is exact.
            cheaper = cost < least
            chosen = value * cheaper + chosen * (1 - cheaper)
            least = np.minimum(least, cost)
        return chosen

    def _is_patchy(self, part: Part, places: Sequence[int]) -> bool:
        """True where an accelerator lacks the rate of some elements only; DomainError where all of them lack one."""
        lacking = [self._all[place] for place in places if self._all[place].bf16_flops_per_second is None]
        if len(lacking) < len(places):
            return bool(lacking)
        bits = self._bits(part)
        if np.any(reduce(np.logical_and, (_any(each.lacks_rate(one) for one in bits) for each in lacking))):
            raise _nowhere(part, [f"no BF16 rate is known for {each.name}" for each in lacking])
        return True


def _any(lacking: Iterable[Numeric]) -> Numeric:
    return reduce(np.logical_or, lacking)


def _nowhere(part: Part, missing: Iterable[str | None]) -> DomainError:
    field = "accelerators" if part in ("alone", "training") else part
    return DomainError(Problem(field, f"{'; '.join(map(str, missing))}; set one to compute costs"))
