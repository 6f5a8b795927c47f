"""Explanation of a decode step at kernel rates: the formula of every part with the numbers of a deployment."""

from costmodel.explanation import Explanation, Term
from costmodel.planner.colocated import Colocated
from costmodel.planner.step_calls import StepCall, StepPart, step_parts

SHOWN_CALLS = 3
"""Kernel calls of a part that an explanation spells out: the longest ones."""

KERNEL = "sum over calls of  t0 + ( (bytes / (e_m W))^4 + (FLOPs / (e_c R))^4 + (K c)^4 )^(1/4)"
FORMULAS = {
    "element_wise": "n_s (t_s + 4 M H / W)  for n_s kernels per layer",
    "communication": "all-reduce + dispatch + combine of every layer, less what the overlap hides",
    "overhead": "t_step + t_dp  (t_dp where several attention ranks are data-parallel)",
    "prefill": "1.15 x prompt tokens x FLOPs per token / rate of large products",
}
ASSUMES = {
    "element_wise": "t_s is one of three constants fitted to whole deployments; 0.5-1 us fit as well.",
    "communication": "Tables inside a server, DeepEP between servers; the overlap hides without loss.",
    "overhead": "Two of three constants fitted to whole deployments; 0.5-2 ms and 3-5 ms fit as well.",
    "prefill": "Prompt tokens run at the compute-bound rate of the fastest kernel.",
}
SOURCE = "docs/measurements.md"


def explain_step(run: Colocated) -> list[Explanation]:
    """The whole step, then each part with its formula and numbers."""
    parts = step_parts(run)
    return [_whole(run, parts), *(_part(run, part) for part in parts)]


def _whole(run: Colocated, parts: tuple[StepPart, ...]) -> Explanation:
    pool, accepted = run.pool, run.pool.workload.accepted_length
    requests = run.micro_batch * pool.micro_batches
    return Explanation(
        "Decode step",
        "step = sum of its parts;  TPOT = step / a;  output per accelerator = B x DP x a / step / N",
        (
            *(Term(part.name, part.label, part.seconds, "s") for part in parts),
            Term("step", "all of it", run.step.total, "s"),
            Term("B", "requests per attention rank", requests, "requests"),
            Term("DP", "attention ranks", pool.placement.data_parallel, "ranks"),
            Term("a", "tokens kept per step", accepted, "tokens"),
            Term("N", "accelerators", run.accelerator_count, "accelerators"),
            Term("TPOT", "time per output token", run.tpot, "s"),
            Term("output", "per accelerator", run.tokens_per_second_per_gpu, "token/s"),
        ),
        SOURCE,
        "; ".join(run.notes) or "Nothing is borrowed or assumed.",
    )


def _part(run: Colocated, part: StepPart) -> Explanation:
    rates, placement = run.pool.rates, run.pool.placement
    further = {
        "element_wise": (
            Term("t_s", "one kernel", rates.element_wise_seconds, "s"),
            Term("H", "hidden size", run.pool.model.hidden, "elements"),
        ),
        "communication": (
            Term("per layer", "all communication of a layer and micro-batch, hidden or not", run.network_seconds, "s"),
            Term("TP", "ranks of an all-reduce", placement.tensor_parallel, "ranks"),
            Term("EP", "ranks of an exchange", placement.expert_parallel, "ranks"),
        ),
        "overhead": (
            Term("t_step", "outside the kernels", rates.step_seconds, "s"),
            Term("t_dp", "keeping data-parallel ranks in step", rates.data_parallel_seconds, "s"),
        ),
    }
    longest = sorted(part.calls, key=lambda call: -call.total)[:SHOWN_CALLS]
    calls = [term for place, call in enumerate(longest, start=1) for term in _call(place, call)]
    bandwidth = Term("W", "memory bandwidth", run.pool.accelerator.bandwidth(), "byte/s")
    left = len(part.calls) - len(longest)
    return Explanation(
        part.label[0].upper() + part.label[1:],
        FORMULAS.get(part.name, KERNEL if part.calls else "share of peak: docs/decisions/kernel-rates.md"),
        (
            Term(part.name, f"{part.share:.0%} of the step", part.seconds, "s"),
            bandwidth,
            *further.get(part.name, ()),
            *calls,
        ),
        SOURCE,
        ASSUMES.get(part.name, "; ".join(f"borrowed: {each}" for each in part.borrowed) or "Own kernels.")
        + (f" {left} shorter kinds of calls are left out here." if left else ""),
    )


def _call(place: int, call: StepCall) -> tuple[Term, ...]:
    """One kind of call: how often, its work, and what each reason alone would take."""
    kernel = call.kernel
    return (
        Term(f"n{place}", f"{kernel.label}, {kernel.name}: calls", call.count, "calls"),
        Term(f"bytes{place}", "moved by one call", call.work.moved, "byte"),
        Term(
            f"FLOPs{place}",
            f"of one call, {call.work.rows:,.4g} rows in tiles of {kernel.tile}",
            call.work.flops,
            "FLOP",
        ),
        Term(f"t0{place}", "fixed", call.fixed, "s"),
        Term(f"memory{place}", f"bytes at {kernel.memory_share:.0%} of W", call.memory, "s"),
        Term(f"compute{place}", f"padded FLOPs at {kernel.compute_share:.0%} of the peak rate", call.compute, "s"),
        Term(f"loop{place}", "K c", call.serial, "s"),
        Term(f"t{place}", f"one call, set by {call.bound}", call.seconds, "s"),
    )
