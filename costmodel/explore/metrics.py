"""Every number the library computes for a scenario, by name, with its unit: what sweeps return and searches rank by."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np

from costmodel.cost import AttentionShare, attention_cost, ffn_cost, training_cost
from costmodel.errors import UnknownNameError
from costmodel.model import Parameters
from costmodel.scenario import Scenario
from costmodel.sparsity import minimum_sparsity
from costmodel.units import Numeric
from costmodel.work import DecodeWork

USD = "USD/1M tokens"


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
        """Attention cost on each accelerator [USD per 1M tokens]."""
        return [attention_cost(self.work, card) for card in self.scenario.accelerators]

    @cached_property
    def ffn(self) -> list[Numeric]:
        """FFN cost on each accelerator [USD per 1M tokens]."""
        return [ffn_cost(self.work, card) for card in self.scenario.accelerators]

    @cached_property
    def cheapest_attention(self) -> Numeric:
        """The least attention cost over the accelerators."""
        return reduce(np.minimum, (share.total for share in self.attention))

    @cached_property
    def cheapest_ffn(self) -> Numeric:
        """The least FFN cost over the accelerators."""
        return reduce(np.minimum, self.ffn)


Formula = Callable[[Evaluation], Numeric]


@dataclass(frozen=True)
class Metric:
    """A named result: unit, what it is, and how it follows from an evaluation.

    A `per_accelerator` metric returns one value for each accelerator of the scenario, in their order.
    """

    name: str
    unit: str
    label: str
    formula: Formula
    per_accelerator: bool = False


def _each(function: Callable[[Evaluation, int], Numeric]) -> Formula:
    return lambda run: [function(run, index) for index in range(len(run.scenario.accelerators))]


def _floor(run: Evaluation, index: int) -> Numeric:
    model, sla = run.scenario.model, run.scenario.sla
    card = run.scenario.accelerators[index]
    return minimum_sparsity(card, hidden=model.hidden, layers=model.layers, tpot=sla.tpot, stages=sla.stages)


_ALL = (
    Metric("cost", USD, "Cost with AFD on the cheapest pair", lambda run: run.cheapest_attention + run.cheapest_ffn),
    Metric("cost.attention", USD, "Attention on its cheapest accelerator", lambda run: run.cheapest_attention),
    Metric("cost.ffn", USD, "FFN on its cheapest accelerator", lambda run: run.cheapest_ffn),
    Metric(
        "single",
        USD,
        "Cost on one kind of accelerator",
        _each(lambda run, index: run.attention[index].total + run.ffn[index]),
        per_accelerator=True,
    ),
    Metric(
        "single.attention",
        USD,
        "Attention on each accelerator",
        _each(lambda run, index: run.attention[index].total),
        per_accelerator=True,
    ),
    Metric(
        "single.memory",
        USD,
        "Memory-bound part of attention",
        _each(lambda run, index: run.attention[index].memory),
        per_accelerator=True,
    ),
    Metric(
        "single.core",
        USD,
        "Compute-bound part of attention",
        _each(lambda run, index: run.attention[index].core),
        per_accelerator=True,
    ),
    Metric(
        "single.linear",
        USD,
        "Attention projections",
        _each(lambda run, index: run.attention[index].linear),
        per_accelerator=True,
    ),
    Metric(
        "single.ffn", USD, "FFN on each accelerator", _each(lambda run, index: run.ffn[index]), per_accelerator=True
    ),
    Metric(
        "training",
        USD,
        "Training estimate on each accelerator",
        _each(lambda run, i: training_cost(run.scenario.model, run.scenario.accelerators[i], run.scenario.workload)),
        per_accelerator=True,
    ),
    Metric("kv_bytes", "byte/token", "Cache traffic per token", lambda run: run.work.kv_bytes),
    Metric("core_flops", "FLOP/token", "Attention core", lambda run: run.work.core_flops),
    Metric("linear_flops", "FLOP/token", "Attention projections", lambda run: run.work.linear_flops),
    Metric("ffn_flops", "FLOP/token", "FFN", lambda run: run.work.ffn_flops),
    Metric("arithmetic_intensity", "FLOP/byte", "Attention intensity", lambda run: run.work.arithmetic_intensity),
    Metric("kv_bytes_per_token", "byte/token", "Cache growth", lambda run: run.scenario.model.kv_bytes_per_token),
    Metric(
        "kv_bytes_per_sequence",
        "byte",
        "Cache of one sequence",
        lambda run: run.scenario.model.kv_bytes_per_sequence(run.scenario.workload.context),
    ),
    Metric("effective_rank", "elements", "Effective rank", lambda run: run.scenario.model.effective_rank),
    Metric("sparsity", "1", "Sparsity S", lambda run: run.scenario.model.sparsity),
    Metric("minimum_sparsity", "1", "Network floor of S", _each(_floor), per_accelerator=True),
    Metric("parameters.total", "parameters", "Parameters stored", lambda run: run.parameters.total),
    Metric("parameters.active", "parameters", "Parameters active", lambda run: run.parameters.active),
    Metric("parameters.attention", "parameters", "Attention parameters", lambda run: run.parameters.attention),
    Metric("parameters.ffn", "parameters", "FFN parameters stored", lambda run: run.parameters.ffn),
    Metric("weight_bytes", "byte", "Weights stored", lambda run: run.scenario.model.weight_bytes),
)

METRICS: dict[str, Metric] = {metric.name: metric for metric in _ALL}


def metric(name: str) -> Metric:
    """The metric of that name; UnknownNameError lists near matches."""
    if name not in METRICS:
        raise UnknownNameError("metric", name, METRICS)
    return METRICS[name]
