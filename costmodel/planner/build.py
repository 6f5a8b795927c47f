"""Full description of a deployment from server counts and a batch."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from costmodel.cost import DecodeCost, decode_cost
from costmodel.planner.optimum import Found
from costmodel.planner.pipeline import Pipeline, usd_per_million
from costmodel.planner.plan import (
    Constraint,
    GroupSeconds,
    NetworkFloor,
    Plan,
    PlanMemory,
    PoolMemory,
    StageSeconds,
    Tail,
)
from costmodel.planner.stages import capacity
from costmodel.planner.timing import Layer
from costmodel.sparsity import sparsest_group

TAIL_DEVIATIONS = 1.6449
"""Standard deviations above the mean below which a normal variable stays in 95 of 100 cases."""


def build(pipeline: Pipeline, found: Found, micro_batch: int | None = None) -> Plan:
    """Everything about one deployment, feasible or not; `reason` and `remedies` are left to the caller.

    The batch of `found` is that of the fullest attention accelerator; `micro_batch` counts the requests of all
    accelerators together, unless all are equally full.
    """
    attention_servers, ffn_servers, batch = found.attention_servers, found.ffn_servers, found.batch
    if micro_batch is None:
        micro_batch = int(pipeline.requests(batch, attention_servers))
    attention = [float(seconds) for seconds in pipeline.attention.group_seconds(batch)]
    ffn = [float(seconds) for seconds in pipeline.ffn.group_seconds(micro_batch, ffn_servers)]
    network = float(pipeline.network_seconds(batch, attention_servers, ffn_servers))
    stages = StageSeconds(max(attention), network, max(ffn))
    memory = _memory(pipeline, ffn_servers, batch, micro_batch)
    constraints = _constraints(pipeline, stages, memory)
    feasible = all(constraint.load <= 1 for constraint in constraints)
    output = float(pipeline.tokens_per_second(micro_batch, stages.cycle))
    price = float(pipeline.usd_per_hour(attention_servers, ffn_servers)) if pipeline.priced else None
    return Plan(
        pipeline=pipeline,
        attention_servers=attention_servers,
        ffn_servers=ffn_servers,
        batch=batch,
        micro_batch=micro_batch,
        feasible=feasible,
        binding=_binding(constraints, found.limits),
        constraints=constraints,
        stage_seconds=stages,
        attention_groups=_groups(pipeline.attention.layers, attention),
        ffn_groups=_groups(pipeline.ffn.layers, ffn),
        memory=memory,
        tpot=float(pipeline.tpot(stages.cycle)),
        tokens_per_second=output,
        usd_per_hour=price,
        usd_per_million_tokens=None if price is None else float(usd_per_million(price, output)),
        theoretical=_theoretical(pipeline) if pipeline.priced else None,
        network_floor=network_floor(pipeline),
        tail=tail(pipeline, batch),
    )


def network_floor(pipeline: Pipeline) -> NetworkFloor:
    """Sec. 5.4 for the FFN pool, at the network rate that its rates reach."""
    floor = pipeline.ffn.sparsity_floor
    return NetworkFloor(floor, int(sparsest_group(pipeline.model).experts_at_sparsity(floor.minimum)))


def tail(pipeline: Pipeline, batch: int) -> Tail | None:
    """The attention server at the 95th percentile of context, None when all requests are alike.

    The mean over the requests of one server's micro-batch is taken as normal, with the spread of the workload over the
    square root of their number.
    """
    deviation = pipeline.workload.context_deviation
    if not deviation:
        return None
    requests = batch * pipeline.attention.per_server
    context = int(np.ceil(pipeline.workload.context + TAIL_DEVIATIONS * deviation / np.sqrt(requests)))
    # A context derived from an allowed one may exceed the limit of the input field.
    longer = replace(pipeline.attention, workload=pipeline.workload.model_copy(update={"context": context}))
    return Tail(
        context,
        Constraint("attention", float(longer.seconds(batch)), longer.budget_seconds, "s"),
        Constraint("attention memory", float(longer.memory(batch)), capacity(pipeline.attention_on), "byte"),
        kv_bytes=pipeline.sla.stages * batch * longer.sequence_bytes,
    )


def _groups(layers: Sequence[Layer], seconds: Sequence[float]) -> tuple[GroupSeconds, ...]:
    return tuple(GroupSeconds(layer.label, layer.layers, time) for layer, time in zip(layers, seconds, strict=True))


def _memory(pipeline: Pipeline, ffn_servers: int, batch: int, micro_batch: int) -> PlanMemory:
    resident = pipeline.sla.stages * batch
    attention = PoolMemory(
        weights=pipeline.attention.weight_bytes,
        kv=resident * pipeline.attention.sequence_bytes,
        activations=resident * pipeline.attention.activation_bytes,
        capacity=capacity(pipeline.attention_on),
    )
    ffn = PoolMemory(
        weights=float(pipeline.ffn.weight_bytes(ffn_servers)),
        kv=0.0,
        activations=micro_batch * pipeline.ffn.activation_bytes,
        capacity=capacity(pipeline.ffn_on),
    )
    return PlanMemory(attention, ffn)


def _constraints(pipeline: Pipeline, stages: StageSeconds, memory: PlanMemory) -> tuple[Constraint, ...]:
    budget = pipeline.attention.budget_seconds
    return (
        Constraint("attention", stages.attention, budget, "s"),
        Constraint("network", stages.network, budget, "s"),
        Constraint("ffn", stages.ffn, budget, "s"),
        Constraint("attention memory", memory.attention.used, memory.attention.capacity, "byte"),
        Constraint("ffn memory", memory.ffn.used, memory.ffn.capacity, "byte"),
    )


def _binding(constraints: tuple[Constraint, ...], limits: Mapping[str, int]) -> str:
    """The constraint missed most; where none is, that of the smallest largest batch (then of the greatest load)."""
    worst = max(constraints, key=lambda item: item.load)
    return worst.name if worst.load > 1 else min(constraints, key=lambda item: (limits[item.name], -item.load)).name


def _theoretical(pipeline: Pipeline) -> DecodeCost:
    return decode_cost(
        pipeline.model,
        attention_on=pipeline.attention_on,
        ffn_on=pipeline.ffn_on,
        workload=pipeline.workload,
    )
