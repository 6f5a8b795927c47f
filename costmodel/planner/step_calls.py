"""Where the time of one decode step goes: every part, its kernel calls, and what sets the time of each."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from costmodel.kernels import Kernel, Work
from costmodel.planner.colocated import Colocated
from costmodel.planner.kernel_timing import KernelCall
from costmodel.planner.rank_kernels import KernelRank

PARTS = {
    "core": "attention core",
    "projections": "projections",
    "experts": "experts and router",
    "shared": "dense layers and shared experts",
    "element_wise": "element-wise kernels",
    "communication": "exposed communication",
    "head": "LM head and sampling",
    "overhead": "step overhead",
    "prefill": "prefill mixed in",
}
"""The parts of a step in the order in which they run, by name."""

FIXED, MEMORY, COMPUTE, SERIAL, NETWORK = "fixed time", "memory", "compute", "inner loop", "network"


@dataclass(frozen=True)
class StepCall:
    """Equal kernel calls of a decode step: how many, the work and time of one, and what sets it.

    `fixed` + the longest of `memory`, `compute` and `serial` (smoothly) is `seconds` [s].
    """

    part: str
    kernel: Kernel
    count: int
    work: Work
    fixed: float
    memory: float
    compute: float
    serial: float
    seconds: float

    @property
    def total(self) -> float:
        """Time of all of them [s]."""
        return self.count * self.seconds

    @property
    def bound(self) -> str:
        """The largest of the four times."""
        times = {FIXED: self.fixed, MEMORY: self.memory, COMPUTE: self.compute, SERIAL: self.serial}
        return max(times, key=lambda name: times[name])


@dataclass(frozen=True)
class StepPart:
    """One part of a decode step [s], its share of the step, what sets its time, and whose kernels are borrowed."""

    name: str
    label: str
    seconds: float
    share: float
    bound: str
    borrowed: tuple[str, ...]
    calls: tuple[StepCall, ...]


def step_parts(run: Colocated) -> tuple[StepPart, ...]:
    """The parts of the step of a deployment, in the order in which they run; parts that take no time are left out.

    At shares of peak no kernel is modelled: parts have no calls, and what binds a part is not known.

    >>> import costmodel as cm
    >>> h200 = cm.load_accelerator("h200")
    >>> asked = {"placement": cm.Placement(tensor_parallel=8), "batch": 64, "workload": cm.Workload(context=1536)}
    >>> run = cm.colocated(cm.load_model("deepseek-v3"), h200, rates=cm.load_rates("h200"), **asked)
    >>> [part.name for part in step_parts(run)][:3]
    ['core', 'projections', 'experts']
    """
    calls = tuple(_calls(run))
    return tuple(
        _part(name, float(seconds), run, tuple(call for call in calls if call.part == name))
        for name, seconds in run.step.items()
        if seconds
    )


def _part(name: str, seconds: float, run: Colocated, calls: tuple[StepCall, ...]) -> StepPart:
    bounds: dict[str, float] = {}
    for call in calls:
        bounds[call.bound] = bounds.get(call.bound, 0.0) + call.total
    others = {"communication": NETWORK, "overhead": FIXED, "element_wise": FIXED, "prefill": COMPUTE}
    bound = (
        max(bounds, key=lambda each: bounds[each]) if bounds else others.get(name, "") * bool(run.pool.rates.kernels)
    )
    lent = tuple(dict.fromkeys(f"{c.kernel.label} ({c.kernel.borrowed})" for c in calls if c.kernel.borrowed))
    return StepPart(name, PARTS[name], seconds, seconds / float(run.step.total), bound, lent, calls)


def _calls(run: Colocated) -> Iterator[StepCall]:
    """Every kernel call of the step, equal ones together."""
    pool = run.pool
    if not pool.rates.kernels:
        return
    log: list[KernelCall] = []
    rank = KernelRank(pool.model, pool.accelerator, pool.placement, pool.workload, pool.rates, log=log)
    found: dict[tuple[str, Kernel, Work], StepCall] = {}

    def note(times: int) -> None:
        for call in log:
            key = call.part, call.kernel, call.work
            each = found.get(key) or _one(call)
            found[key] = replace(each, count=each.count + times * pool.micro_batches)
        log.clear()

    for (attention, ffn), trips in pool.layer_kinds.items():
        rank.trip([pool.model.attention[i] for i in attention], [pool.model.ffn[i] for i in ffn], run.micro_batch)
        note(trips)
    if rank.draft_layers():
        rank.draft_layer(run.micro_batch)
        note(rank.draft_layers())
    rank.head(run.micro_batch)
    note(1)
    yield from found.values()


def _one(call: KernelCall) -> StepCall:
    terms = call.terms
    return StepCall(
        part=call.part,
        kernel=call.kernel,
        count=0,
        work=Work(*map(float, call.work)),
        fixed=call.kernel.fixed_seconds,
        memory=float(terms.memory),
        compute=float(terms.compute),
        serial=float(terms.serial),
        seconds=call.seconds,
    )
