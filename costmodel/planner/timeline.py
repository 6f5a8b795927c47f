"""When every stage of every micro-batch runs: the pipeline of the first layers, and its pace in steady state."""

from collections.abc import Iterator
from dataclasses import dataclass

from costmodel.errors import DomainError, Problem
from costmodel.planner.plan import Plan
from costmodel.planner.trips import layer_order

STAGES_OF_THREE = ("attention", "network", "ffn")
STAGES_OF_FOUR = ("attention", "dispatch", "ffn", "combine")

SETTLED_TOKENS = 4
"""Tokens after which the time per token no longer changes: every micro-batch has met every other by then."""


@dataclass(frozen=True)
class Span:
    """One stage at work on one layer of one micro-batch, from `start` to `end` [s]; all counts from 0."""

    stage: str
    layer: int
    micro_batch: int
    start: float
    end: float


@dataclass(frozen=True)
class Timeline:
    """The spans of the first layers in order of start, and the time per output token in steady state [s]."""

    spans: tuple[Span, ...]
    tpot: float


def timeline(plan: Plan, layers: int = 4, *, paced: bool = True) -> Timeline:
    """The pipeline of a plan over its first layers, from the dependency recurrence. Paper sec. 3.

    A stage starts when its input has arrived and its server is free; a server takes the micro-batches in turn. `paced`
    holds every server for a whole cycle, that of the slowest stage of the slowest layer: the pace of `plan.tpot`, which
    the steady state then equals. Without it a server is free as soon as it is done, and a model whose
    layers differ runs faster than its plan: by how much is what asynchronous servers would gain.
    """
    depth = int(plan.model.round_trips)
    if not isinstance(layers, int) or not 1 <= layers <= depth:
        raise DomainError(Problem("layers", f"{layers!r} is not allowed; must be a whole number from 1 to {depth}"))
    times = stage_times(plan)
    shown = sorted(_spans(plan, times[:layers], paced=paced), key=lambda span: (span.start, span.micro_batch))
    return Timeline(tuple(shown), _steady_tpot(plan, times, paced=paced))


def stage_times(plan: Plan) -> list[dict[str, float]]:
    """Duration of every stage of every layer [s], the groups of both stacks interleaved evenly over the depth."""
    attention, ffn = plan.attention_groups, plan.ffn_groups
    order_a = layer_order([group.layers for group in attention])
    order_f = layer_order([group.layers for group in ffn])
    network = plan.stage_seconds.network
    if plan.sla.stages == 3:
        return [
            {"attention": attention[a].seconds, "network": network, "ffn": ffn[f].seconds}
            for a, f in zip(order_a, order_f, strict=True)
        ]
    # One byte per element goes out, two come back; the plan's stage is the way back.
    overhead = plan.pipeline.network_overhead
    dispatch = overhead + (network - overhead) / 2
    return [
        {"attention": attention[a].seconds, "dispatch": dispatch, "ffn": ffn[f].seconds, "combine": network}
        for a, f in zip(order_a, order_f, strict=True)
    ]


def _spans(plan: Plan, times: list[dict[str, float]], *, paced: bool) -> Iterator[Span]:
    """The recurrence: start = max(end of the micro-batch's stage before, time at which the server is free)."""
    stages = STAGES_OF_THREE if plan.sla.stages == 3 else STAGES_OF_FOUR
    cycle = plan.stage_seconds.cycle
    free = dict.fromkeys(stages, 0.0)
    arrived = [0.0] * plan.sla.stages
    for layer, durations in enumerate(times):
        for micro_batch in range(plan.sla.stages):
            for stage in stages:
                start = max(arrived[micro_batch], free[stage])
                end = start + durations[stage]
                yield Span(stage, layer, micro_batch, start, end)
                free[stage] = arrived[micro_batch] = start + cycle if paced else end


def _steady_tpot(plan: Plan, times: list[dict[str, float]], *, paced: bool) -> float:
    """Time between the starts of two successive decode steps of a micro-batch, over the tokens that one keeps [s]."""
    depth = len(times)
    starts = {
        span.layer: span.start
        for span in _spans(plan, times * (SETTLED_TOKENS + 1), paced=paced)
        if span.stage == "attention" and span.micro_batch == 0
    }
    step = starts[SETTLED_TOKENS * depth] - starts[(SETTLED_TOKENS - 1) * depth]
    return (step + plan.pipeline.attention.step_seconds) / plan.workload.accepted_length
