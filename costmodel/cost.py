"""Cost of a million decoded tokens: on one kind of accelerator, and with attention and FFN on different ones
(AFD).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from costmodel.accelerator import Accelerator, stacked
from costmodel.errors import DomainError, Problem
from costmodel.model import Model
from costmodel.scenario import Pool, Scenario
from costmodel.units import SECONDS_PER_HOUR, TOKENS_PER_MILLION, Numeric
from costmodel.work import DecodeWork
from costmodel.workload import Workload

TRAINING_PASSES = 3
"""A training step is charged three times the forward FLOPs: forward, and twice that backward. Paper Figure 4."""


def usd_per_flop(accelerator: Accelerator, bits: Numeric = 8) -> Numeric:
    """Price of one FLOP at the peak rate of that precision [USD/FLOP]. Paper Table 5."""
    return accelerator.price() / SECONDS_PER_HOUR / accelerator.flops_per_second(bits)


def usd_per_byte(accelerator: Accelerator) -> Numeric:
    """Price of one byte at peak memory bandwidth [USD/byte]. Paper Table 5."""
    return accelerator.price() / SECONDS_PER_HOUR / accelerator.bandwidth()


@dataclass(frozen=True)
class AttentionShare:
    """Attention split by what it is spent on, as accelerator-seconds per token or as USD per 1M tokens.

    `memory` and `core` hold what the binding one takes, group by group and kernel by kernel: where a group is
    memory-bound its core FLOPs come free, and the other way round. `index` is the part of both that the indexers of
    sparse attention take; the total already holds it.
    """

    memory: Numeric
    core: Numeric
    linear: Numeric
    index: Numeric = 0

    @property
    def total(self) -> Numeric:
        """Memory + core + linear."""
        return self.memory + self.core + self.linear

    @property
    def memory_bound(self) -> Numeric:
        """True where memory bandwidth takes more of the attention core's time than arithmetic."""
        return self.memory > self.core


@dataclass(frozen=True)
class DecodeCost:
    """Cost of decoding [USD per 1M tokens] and the accelerators it is paid on."""

    attention_on: Accelerator
    ffn_on: Accelerator
    memory: Numeric
    core: Numeric
    linear: Numeric
    ffn: Numeric

    @property
    def attention(self) -> Numeric:
        """Memory + core + linear."""
        return self.memory + self.core + self.linear

    @property
    def total(self) -> Numeric:
        """Attention + ffn."""
        return self.attention + self.ffn

    @property
    def accelerators_per_ffn(self) -> Numeric:
        """Accelerators of the attention pool that keep one of the FFN pool busy: the ratio of their seconds."""
        return self.attention / self.attention_on.price() * self.ffn_on.price() / self.ffn


@dataclass(frozen=True)
class Cheapest:
    """The cheapest assignment of attention and FFN to accelerators, and the cost of each accelerator alone.

    `pair` keeps the pools that the scenario names, `single` is the cheapest accelerator that does all the work (the
    first listed wins a tie), `alone` the cost of every accelerator by id that can do it. `unranked` says of each other
    one which value is not known; it takes part in nothing that needs the value. `unpriced` are those without a price.
    """

    pair: DecodeCost
    single: DecodeCost
    alone: dict[str, DecodeCost]
    unpriced: tuple[Accelerator, ...]
    unranked: dict[str, str]

    @property
    def saving(self) -> float:
        """Share of the best single accelerator's cost that the pair saves; negative where named pools cost more."""
        return float(1 - self.pair.total / self.single.total)


@dataclass(frozen=True)
class Bound:
    """What binds attention on an accelerator: intensity [FLOP/byte] against ridge [FLOP/byte], and the verdict.

    `indexer` is the same for the indexers of sparse attention, a kernel beside the core; None where there is none.
    """

    intensity: Numeric
    ridge: Numeric
    memory: Numeric
    indexer: "Bound | None" = None


def attention_seconds(work: DecodeWork, accelerator: Accelerator) -> AttentionShare:
    """Accelerator-seconds per token: max(core, memory) + linear for each layer group, summed. Paper sec. 4.2.

    Layers run one after another, so each group meets its own bound; an indexer runs before the core and meets its own.
    Where all groups are bound alike, as in all nine models of the paper, this equals the maximum of the totals.
    """
    memory: Numeric = 0
    core: Numeric = 0
    linear: Numeric = 0
    index: Numeric = 0
    for group in work.attention:
        rate = accelerator.flops_per_second(group.compute_bits)
        reading, computing = _binding(group.kv_bytes, group.core_flops, accelerator, rate)
        memory = memory + reading
        core = core + computing
        linear = linear + group.linear_flops / accelerator.flops_per_second(group.linear_bits)
        if group.indexer is not None:
            reading, computing = _binding(group.indexer.bytes, group.indexer.flops, accelerator, rate)
            memory = memory + reading
            core = core + computing
            index = index + reading + computing
    return AttentionShare(memory, core, linear, index)


def attention_unranked(work: DecodeWork, accelerator: Accelerator) -> str | None:
    """Sentence that names the value without which attention there has no cost; None where it has one."""
    return accelerator.unranked(*work.attention_bits)


def ffn_unranked(work: DecodeWork, accelerator: Accelerator) -> str | None:
    """Sentence that names the value without which the FFN there has no cost; it needs no bandwidth."""
    return accelerator.unranked(*work.ffn_bits, reads=False)


def attention_cost(work: DecodeWork, accelerator: Accelerator) -> AttentionShare:
    """Attention on that accelerator [USD per 1M tokens]. Paper Table 6."""
    seconds, usd = attention_seconds(work, accelerator), _usd_per_million(accelerator)
    return AttentionShare(seconds.memory * usd, seconds.core * usd, seconds.linear * usd, seconds.index * usd)


def ffn_seconds(work: DecodeWork, accelerator: Accelerator) -> Numeric:
    """Accelerator-seconds per token for the activated weights; batches are large enough to be compute-bound (sec.
    5.3).
    """
    return sum(group.flops / accelerator.flops_per_second(group.compute_bits) for group in work.ffn)


def ffn_cost(work: DecodeWork, accelerator: Accelerator) -> Numeric:
    """FFN on that accelerator [USD per 1M tokens]. Paper Table 6."""
    return ffn_seconds(work, accelerator) * _usd_per_million(accelerator)


def decode_cost(model: Model, *, attention_on: Accelerator, ffn_on: Accelerator, workload: Workload) -> DecodeCost:
    """Cost of decoding with attention and FFN on the given accelerators (the same one twice: no AFD). Paper Table 6.

    >>> from costmodel import Workload, load_accelerator, load_model
    >>> h20, h800 = load_accelerator("h20"), load_accelerator("h800")
    >>> cost = decode_cost(load_model("step-3"), attention_on=h20, ffn_on=h800, workload=Workload(context=8192))
    >>> f"{cost.attention:.3f} + {cost.ffn:.3f}"
    '0.040 + 0.015'
    """
    return _cost(model.decode_work(workload), attention_on, ffn_on)


def cheapest(scenario: Scenario) -> Cheapest:
    """The cheapest pair of accelerators and the cheapest single one at ideal rates. Paper sec. 4.4.

    Cost is a sum of two independent parts, so each part is minimised alone; unless the scenario names a pool, the pair
    never costs more than the cheapest single accelerator. Ties go to the first listed. DomainError when no accelerator
    has the price, rates and bandwidth that a pool, or all the work, needs.

    >>> from costmodel import Scenario, Workload
    >>> best = cheapest(Scenario(model="step-3", accelerators=["h800", "h20"], workload=Workload(context=8192)))
    >>> best.pair.attention_on.name, best.pair.ffn_on.name, best.single.attention_on.name
    ('H20', 'H800', 'H800')
    """
    work = scenario.model.decode_work(scenario.workload)
    gaps = [attention_unranked(work, each) for each in scenario.accelerators]
    ffn_gaps = [ffn_unranked(work, each) for each in scenario.accelerators]
    attention_on = _least(scenario, "attention_on", attention_costs(work, scenario.accelerators).total, gaps)
    ffn_on = _least(scenario, "ffn_on", ffn_costs(work, scenario.accelerators), ffn_gaps)
    reasons = {each.id: one or other for each, one, other in zip(scenario.accelerators, gaps, ffn_gaps, strict=True)}
    alone = {each.id: _cost(work, each, each) for each in scenario.accelerators if reasons[each.id] is None}
    unranked = {name: reason for name, reason in reasons.items() if reason is not None}
    if not alone:
        raise _nowhere("accelerators", list(unranked.values()))
    return Cheapest(
        pair=_cost(work, attention_on, ffn_on),
        single=min(alone.values(), key=lambda cost: float(cost.total)),
        alone=alone,
        unpriced=tuple(each for each in scenario.accelerators if each.usd_per_hour is None),
        unranked=unranked,
    )


def attention_costs(work: DecodeWork, accelerators: Sequence[Accelerator]) -> AttentionShare:
    """Attention on each accelerator as arrays [USD per 1M tokens by accelerator]; nan where it has no cost."""
    seconds, usd = attention_seconds(work, stacked(accelerators)), _prices(accelerators)
    return AttentionShare(seconds.memory * usd, seconds.core * usd, seconds.linear * usd, seconds.index * usd)


def ffn_costs(work: DecodeWork, accelerators: Sequence[Accelerator]) -> NDArray[np.float64]:
    """FFN on each accelerator as one array [USD per 1M tokens by accelerator]; nan where it has no cost."""
    return np.asarray(ffn_seconds(work, stacked(accelerators)) * _prices(accelerators))


def _prices(accelerators: Sequence[Accelerator]) -> NDArray[np.float64]:
    """Factor from accelerator-seconds per token to USD per 1M tokens, by accelerator; nan where no price is known."""
    hourly = [np.nan if each.usd_per_hour is None else each.usd_per_hour for each in accelerators]
    return np.array(hourly, dtype=float) / SECONDS_PER_HOUR * TOKENS_PER_MILLION


def _least(scenario: Scenario, pool: Pool, costs: Numeric, gaps: Sequence[str | None]) -> Accelerator:
    """The candidate of a pool whose entry in `costs` [USD, by accelerator] is least, of those without a gap."""
    allowed = scenario.candidates(pool)
    listed = [
        (float(cost), place, gap)
        for place, (each, cost, gap) in enumerate(zip(scenario.accelerators, np.asarray(costs), gaps, strict=True))
        if each in allowed
    ]
    known = [(cost, place) for cost, place, gap in listed if gap is None]
    if not known:
        raise _nowhere(pool, [gap for _, _, gap in listed if gap is not None])
    return scenario.accelerators[min(known)[1]]


def _nowhere(field: str, gaps: Sequence[str]) -> DomainError:
    return DomainError(Problem(field, f"{'; '.join(gaps)}; set one to compute costs"))


def attention_bound(model: Model, accelerator: Accelerator, workload: Workload) -> Bound:
    """Memory- or compute-bound attention on an accelerator; needs no price. Paper sec. 4.3.

    DomainError where rate or bandwidth is not known. Where groups compute in different precisions, the ridge is that
    of the mix.
    """
    groups = model.decode_work(workload).attention
    core = [(group.kv_bytes, group.core_flops, group.compute_bits) for group in groups]
    index = [(group.indexer.bytes, group.indexer.flops, group.compute_bits) for group in groups if group.indexer]
    return replace(_bound(core, accelerator), indexer=_bound(index, accelerator) if index else None)


def training_cost(model: Model, accelerator: Accelerator, workload: Workload) -> Numeric:
    """Rough cost of training on tokens at that context [USD per 1M tokens]: 3 x forward FLOPs. Paper Figure 4.

    Training drafts nothing, so multi-token prediction in the workload is left out.

    >>> from costmodel import Workload, load_accelerator, load_model
    >>> round(training_cost(load_model("step-3"), load_accelerator("910b"), Workload(context=8192)), 3)
    0.213
    """
    return sum(training_terms(model, accelerator, workload))


def training_terms(model: Model, accelerator: Accelerator, workload: Workload) -> tuple[Numeric, Numeric]:
    """What `training_cost` adds up: the attention stack and the FFN stack [USD per 1M tokens]."""
    work = model.decode_work(workload.without_drafts())
    usd = TRAINING_PASSES * _usd_per_million(accelerator)
    attention: Numeric = 0
    for group in work.attention:
        scores = group.core_flops + (group.indexer.flops if group.indexer else 0)
        attention = attention + scores / accelerator.flops_per_second(group.compute_bits)
        attention = attention + group.linear_flops / accelerator.flops_per_second(group.linear_bits)
    return attention * usd, ffn_seconds(work, accelerator) * usd


def _usd_per_million(accelerator: Accelerator) -> Numeric:
    """Factor from accelerator-seconds per token to USD per 1M tokens."""
    return accelerator.price() / SECONDS_PER_HOUR * TOKENS_PER_MILLION


def _cost(work: DecodeWork, attention_on: Accelerator, ffn_on: Accelerator) -> DecodeCost:
    attention = attention_cost(work, attention_on)
    ffn = ffn_cost(work, ffn_on)
    return DecodeCost(attention_on, ffn_on, attention.memory, attention.core, attention.linear, ffn)


def _binding(read: Numeric, flops: Numeric, accelerator: Accelerator, rate: Numeric) -> tuple[Numeric, Numeric]:
    """Seconds of reading and of computing of one kernel: the longer of the two, and 0 for the other."""
    reading, computing = read / accelerator.bandwidth(), flops / rate
    binds = reading > computing
    return reading * binds, computing * (1 - binds)


def _bound(kernels: Sequence[tuple[Numeric, Numeric, Numeric]], accelerator: Accelerator) -> Bound:
    """The bound of one kernel in several groups of layers: bytes, FLOPs and compute bits of each."""
    read: Numeric = 0
    flops: Numeric = 0
    seconds: Numeric = 0
    memory: Numeric = 0
    core: Numeric = 0
    for group_read, group_flops, bits in kernels:
        rate = accelerator.flops_per_second(bits)
        reading, computing = _binding(group_read, group_flops, accelerator, rate)
        read, flops, seconds = read + group_read, flops + group_flops, seconds + group_flops / rate
        memory, core = memory + reading, core + computing
    return Bound(flops / read, flops / seconds / accelerator.bandwidth(), memory > core)
