"""Every number the library computes for a scenario, by name, with its unit: what sweeps return and searches rank by."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from costmodel.cost import AttentionShare, training_terms
from costmodel.errors import DomainError, UnknownNameError
from costmodel.evaluation import Evaluation
from costmodel.requests.prefill import prefill_terms
from costmodel.sparsity import sparsity_floor
from costmodel.units import TOKENS_PER_MILLION, Numeric

USD = "USD/1M tokens"
Terms = tuple[Numeric, ...]

Formula = Callable[[Evaluation], Terms]
EachFormula = Callable[[Evaluation, int], Terms]
Pick = Callable[[Evaluation, Sequence[Numeric]], Numeric]
Better = Literal["lower", "higher"] | None


@dataclass(frozen=True)
class Metric:
    """A named result: unit, label, which direction is better (None: neither), and how it follows from an evaluation.

    `formula` returns the terms whose sum is the metric, so that a search can see which fields each of them depends on.
    Where values differ by accelerator it takes the accelerator's index, and `pick` chooses the value that the bare name
    stands for: `single`, `prefill.cost` and `training` are the least over the accelerators, the parts of `single` are
    taken where that part is cheapest, `minimum_sparsity` on the accelerator that carries the FFN.
    """

    name: str
    unit: str
    label: str
    better: Better
    formula: EachFormula
    pick: Pick | None = None

    @property
    def per_accelerator(self) -> bool:
        """True where there is one value for each accelerator."""
        return self.pick is not None

    @property
    def titled(self) -> str:
        """Label and unit, for the title of a column or an axis."""
        return self.label if self.unit == "1" else f"{self.label} [{self.unit}]"

    def value(self, run: Evaluation) -> Numeric:
        """The value of the bare name."""
        return sum(self.terms(run))

    def each(self, run: Evaluation) -> list[Numeric]:
        """One value for each accelerator of the scenario, in their order."""
        return [sum(self.terms(run, index)) for index in range(len(run.scenario.accelerators))]

    def terms(self, run: Evaluation, index: int | None = None) -> Terms:
        """The terms whose sum is the metric: on the accelerator of that index, or of the bare name."""
        if index is not None and self.pick is None:
            raise DomainError(f"{self.name} does not differ by accelerator; write it without @")
        if index is None and self.pick is not None:
            return (self.pick(run, self.each(run)),)
        return self.formula(run, index or 0)


def _sum(name: str, unit: str, label: str, better: Better, formula: Formula) -> Metric:
    return Metric(name, unit, label, better, lambda run, _: formula(run))


def _one(name: str, unit: str, label: str, better: Better, formula: Callable[[Evaluation], Numeric]) -> Metric:
    return Metric(name, unit, label, better, lambda run, _: (formula(run),))


def _share(name: str, label: str, better: Better, part: Callable[[AttentionShare], Numeric]) -> Metric:
    pick = Evaluation.where_attention_is_cheapest
    return Metric(name, USD, label, better, lambda run, i: (part(run.attention[i]),), pick)


def _floor(run: Evaluation, index: int) -> Terms:
    asked = run.scenario
    return (sparsity_floor(asked.model, asked.accelerators[index], asked.workload, asked.sla).minimum,)


def _training(run: Evaluation, index: int) -> Terms:
    accelerator = run.scenario.accelerators[index]
    if not run.has_cost(accelerator, "training"):
        return np.nan, np.nan
    return training_terms(run.scenario.model, accelerator, run.scenario.workload)


def _prefill(run: Evaluation, index: int) -> Terms:
    accelerator = run.scenario.accelerators[index]
    if not run.has_cost(accelerator, "prefill_on"):
        return np.nan, np.nan
    asked = run.scenario
    return prefill_terms(run.prefill_work, accelerator, asked.request.missed, asked.service.core_bits)


def _pair_seconds(run: Evaluation) -> Terms:
    return run.attention_seconds * TOKENS_PER_MILLION, run.ffn_seconds * TOKENS_PER_MILLION


def _request_usd(run: Evaluation) -> Terms:
    decode, per_token = run.of_request, run.scenario.request.output / TOKENS_PER_MILLION
    return (
        run.least_prefill(run.prefill_usd),
        per_token * decode.cheapest_attention,
        per_token * decode.cheapest_ffn,
    )


def _request_joules(run: Evaluation) -> Terms:
    output = run.scenario.request.output
    attention, ffn = run.of_request.decode_joules
    return run.prefill_joules, output * attention, output * ffn


def _cache_of_sequence(run: Evaluation) -> Numeric:
    return run.scenario.model.kv_bytes_per_sequence(run.scenario.workload.context)


def _state_of_sequence(run: Evaluation) -> Numeric:
    return run.scenario.model.state_bytes_per_sequence


# The parts of attention have no better direction: whichever of memory and compute does not bind costs nothing.
_COSTS = (
    _sum(
        "cost",
        USD,
        "Cost with AFD on the cheapest pair",
        "lower",
        lambda run: (run.cheapest_attention, run.cheapest_ffn),
    ),
    _one("cost.attention", USD, "Attention on its cheapest accelerator", "lower", lambda run: run.cheapest_attention),
    _one("cost.ffn", USD, "FFN on its cheapest accelerator", "lower", lambda run: run.cheapest_ffn),
    Metric(
        "single",
        USD,
        "Cost on one kind of accelerator",
        "lower",
        lambda run, i: (run.attention[i].total, run.ffn[i]),
        Evaluation.least,
    ),
    _share("single.attention", "Attention on each accelerator", "lower", lambda share: share.total),
    _share("single.memory", "Memory-bound part of attention", None, lambda share: share.memory),
    _share("single.core", "Compute-bound part of attention", None, lambda share: share.core),
    _share("single.linear", "Attention projections", "lower", lambda share: share.linear),
    _share("single.index", "Indexers of sparse attention, part of the two bounds", "lower", lambda share: share.index),
    Metric(
        "single.ffn",
        USD,
        "FFN on each accelerator",
        "lower",
        lambda run, i: (run.ffn[i],),
        Evaluation.where_ffn_is_cheapest,
    ),
    Metric(
        "prefill.cost",
        USD,
        "Prefill of the computed tokens of a request, on each accelerator",
        "lower",
        _prefill,
        Evaluation.least_prefill,
    ),
    Metric("training", USD, "Training estimate on each accelerator", "lower", _training, Evaluation.least_training),
)

_WORK = (
    _one("kv_bytes", "byte/token", "Cache traffic per token", "lower", lambda run: run.work.kv_bytes),
    _one("core_flops", "FLOP/token", "Attention core", "lower", lambda run: run.work.core_flops),
    _one("index_bytes", "byte/token", "Index keys read per token", "lower", lambda run: run.work.index_bytes),
    _one("index_flops", "FLOP/token", "Indexers", "lower", lambda run: run.work.index_flops),
    _one("linear_flops", "FLOP/token", "Attention projections", "lower", lambda run: run.work.linear_flops),
    _one("ffn_flops", "FLOP/token", "FFN", "lower", lambda run: run.work.ffn_flops),
    _one("arithmetic_intensity", "FLOP/byte", "Attention intensity", None, lambda run: run.work.arithmetic_intensity),
)

_SHAPE = (
    _one(
        "kv_bytes_per_token", "byte/token", "Cache growth", "lower", lambda run: run.scenario.model.kv_bytes_per_token
    ),
    _one("kv_bytes_per_sequence", "byte", "Cache of one sequence", "lower", _cache_of_sequence),
    _one("state_bytes_per_sequence", "byte", "State of one sequence", "lower", _state_of_sequence),
    _one("effective_rank", "elements", "Effective rank", "higher", lambda run: run.scenario.model.effective_rank),
    _one("sparsity", "1", "Sparsity S", None, lambda run: run.scenario.model.sparsity),
    Metric("minimum_sparsity", "1", "Network floor of S", None, _floor, Evaluation.where_ffn_is_cheapest),
    _sum("parameters.total", "parameters", "Parameters stored", None, lambda run: run.parameters.total_terms),
    _sum("parameters.active", "parameters", "Parameters active", None, lambda run: run.parameters.active_terms),
    _one("parameters.attention", "parameters", "Attention parameters", None, lambda run: run.parameters.attention),
    _one("parameters.ffn", "parameters", "FFN parameters stored", None, lambda run: run.parameters.ffn),
    _sum("weight_bytes", "byte", "Weights stored", "lower", lambda run: run.scenario.model.weight_bytes_terms),
)

_PAIR = (
    _sum(
        "pair.accelerator_seconds",
        "s/1M tokens",
        "Accelerator-seconds of the cheapest pair, without bubbles",
        "lower",
        _pair_seconds,
    ),
    _one(
        "pair.tokens_per_second_per_gpu",
        "token/s",
        "Throughput per accelerator of the cheapest pair, without bubbles",
        "higher",
        lambda run: 1 / (run.attention_seconds + run.ffn_seconds),
    ),
    _one(
        "pair.attention_accelerators_per_ffn_accelerator",
        "1",
        "Attention accelerators for each FFN accelerator of the cheapest pair, without bubbles",
        None,
        lambda run: run.attention_seconds / run.ffn_seconds,
    ),
)

_REQUEST = (
    _sum("request.cost", "USD/request", "A request on the cheapest three pools", "lower", _request_usd),
    _one("request.ttft", "s", "Time to first token of a request without waiting", "lower", lambda run: run.ttft),
    _sum("request.joules", "J/request", "Energy of a request on the cheapest three pools", "lower", _request_joules),
    _sum(
        "joules_per_token",
        "J/token",
        "Energy of a decoded token on the cheapest pair",
        "lower",
        lambda run: run.decode_joules,
    ),
)

GROUPS: dict[str, tuple[Metric, ...]] = {
    "Cost": _COSTS,
    "Work per token": _WORK,
    "Memory and size": _SHAPE,
    "Cheapest pair": _PAIR,
    "Request and energy": _REQUEST,
}
"""The metrics by what they are about."""

METRICS: dict[str, Metric] = {metric.name: metric for group in GROUPS.values() for metric in group}

FORMER_NAMES = {
    "plan.gpu_seconds": "pair.accelerator_seconds",
    "plan.tokens_per_second_per_gpu": "pair.tokens_per_second_per_gpu",
    "plan.attention_gpus_per_ffn_gpu": "pair.attention_accelerators_per_ffn_accelerator",
}
"""Names by which links and expressions of version 0.1 call a metric."""


def metric(name: str) -> Metric:
    """The metric of that name or former name; UnknownNameError lists near matches."""
    name = FORMER_NAMES.get(name, name)
    if name not in METRICS:
        raise UnknownNameError("metric", name, METRICS)
    return METRICS[name]
