"""Simulate a plan: cycle time, time per output token and idle shares with varying stages and ageing contexts."""

from dataclasses import dataclass

import numpy as np

from costmodel.errors import DomainError, Problem, quote
from costmodel.lengths import Lengths
from costmodel.planner.plan import Plan
from costmodel.simulation.durations import StageDraws
from costmodel.simulation.events import SERVERS, Link, run
from costmodel.simulation.measures import Sampled, Window, cycle_times, idle_shares, step_times
from costmodel.simulation.slots import Slots
from costmodel.simulation.variability import Variability

MOST_LAYER_STEPS = 2_000_000
MOST_SLOTS = 2_000_000
WARM_UP = 0.1
"""Share of the decode steps that is left out until the pipeline is full."""


@dataclass(frozen=True)
class Simulation:
    """Result of a simulated plan: times [s] with 95 % intervals, shares of time that each stage idles, output.

    `finished` requests made room for as many new ones; `slots` requests are in flight at any time (0 where contexts
    do not age).
    """

    plan: Plan
    variability: Variability
    seed: int
    layer_steps: int
    cycle: Sampled
    step: Sampled
    idle: dict[str, float]
    slots: int
    finished: int

    @property
    def tpot(self) -> float:
        """Mean time per output token [s]."""
        return self.step.mean / self.plan.workload.accepted_length

    @property
    def tpot_p99(self) -> float:
        """Time per output token that 99 of 100 decode steps stay below [s]."""
        return self.step.p99 / self.plan.workload.accepted_length

    @property
    def tokens_per_second(self) -> float:
        """Output [token/s], by Little's law: requests in flight over the time per token."""
        return self.plan.concurrent_requests / self.tpot

    @property
    def factor(self) -> float:
        """Simulated over planned cycle time: the effect of variability."""
        return self.cycle.mean / self.plan.stage_seconds.cycle


def simulate(
    plan: Plan,
    *,
    lengths: Lengths | None = None,
    variability: Variability | None = None,
    steps: int = 100,
    link: Link | None = None,
    seed: int = 0,
) -> Simulation:
    """The pipeline of a plan as events, `steps` decode steps long; the same seed gives the same result.

    With `lengths`, every slot holds a request that ages and is replaced when it is done; without, all contexts are
    those of the plan. A mean context that differs from the plan's is part of the result. `link` is "shared" for a
    pipeline of three stages and "duplex" for four unless given, "delay" for a network without queues. Every attention
    accelerator holds the batch of the fullest.

    >>> import costmodel as cm
    >>> h800 = cm.load_accelerator("h800")
    >>> plan = cm.pair_plan(cm.load_model("step-3"), attention_on=h800, ffn_on=h800, workload=cm.Workload(context=8192))
    >>> round(simulate(plan, link="delay").factor, 3)
    1.0
    """
    varied = Variability() if variability is None else variability
    _check(plan, steps, seed, link)
    rng = np.random.default_rng(seed)
    draws = StageDraws(plan, varied, rng)
    slots = None
    if lengths is not None:
        if not lengths.mean_output:
            raise DomainError(Problem("output", "all are 0; at least one request must decode a token"))
        slots = Slots(lengths, (draws.micro_batches, draws.workers, plan.batch), rng)
    default: Link = "shared" if plan.sla.stages == 3 else "duplex"
    durations = draws.run(slots, steps, default if link is None else link)
    times = run(durations)
    layers = len(draws.ffn_order)
    window = Window.after(times, layers * max(1, int(steps * WARM_UP)))
    return Simulation(
        plan=plan,
        variability=varied,
        seed=seed,
        layer_steps=times.ffn.size,
        cycle=cycle_times(times, window),
        step=step_times(times, layers, window),
        idle=idle_shares(durations, times, window),
        slots=0 if slots is None else slots.slots,
        finished=0 if slots is None else slots.finished,
    )


def _check(plan: Plan, steps: int, seed: int, link: Link | None) -> None:
    layer_steps = plan.sla.stages * int(plan.model.round_trips)
    most = MOST_LAYER_STEPS // layer_steps
    if not isinstance(steps, int) or isinstance(steps, bool) or not 10 <= steps <= most:
        reason = f"{quote(steps)} is not allowed; must be a whole number from 10 to {most:,}"
        raise DomainError(Problem("steps", reason))
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63:
        raise DomainError(Problem("seed", f"{quote(seed)} is not allowed; must be a whole number from 0"))
    if link is not None and link not in SERVERS:
        raise DomainError(Problem("link", f"{quote(link)} is not allowed; must be one of {', '.join(SERVERS)}"))
    if plan.concurrent_requests > MOST_SLOTS:
        raise DomainError(Problem("plan", f"has more than {MOST_SLOTS:,} requests in flight"))
