"""How much longer a cycle gets the more the stages vary: simulated factors over the coefficient of variation."""

from collections.abc import Sequence
from dataclasses import dataclass

from costmodel.planner.plan import Plan
from costmodel.simulation.simulate import simulate
from costmodel.simulation.variability import Variability

VARIATIONS = (0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
LAYER_STEPS = 12_000
FEWEST_STEPS = 40


@dataclass(frozen=True)
class VariedPlan:
    """A plan whose three stages vary with a coefficient of variation `cv`, drawn anew for every layer and worker.

    `factor` is the simulated over the planned cycle time, from `low` to `high` with 95 % confidence; the time per
    output token [s] and the output per accelerator [token/s] follow from the simulated steps.
    """

    cv: float
    factor: float
    low: float
    high: float
    tpot: float
    tokens_per_second_per_gpu: float


def vary(
    plan: Plan, variations: Sequence[float] = VARIATIONS, *, layer_steps: int = LAYER_STEPS, seed: int = 0
) -> tuple[VariedPlan, ...]:
    """The plan simulated at each coefficient of variation, about `layer_steps` layer steps long.

    Attention waits for the slowest accelerator, so that more of them lengthen a cycle more. 0 is a plan that keeps its
    times exactly, 1 exponential times. DomainError for a variation beyond 0 to 2.
    """
    steps = max(FEWEST_STEPS, layer_steps // (plan.sla.stages * int(plan.model.round_trips)))
    return tuple(_varied(plan, cv, steps, seed) for cv in variations)


def _varied(plan: Plan, cv: float, steps: int, seed: int) -> VariedPlan:
    varied = Variability(attention_cv=cv, ffn_cv=cv, network_cv=cv)
    run = simulate(plan, variability=varied, steps=steps, seed=seed)
    cycle = plan.stage_seconds.cycle
    return VariedPlan(
        cv=cv,
        factor=run.factor,
        low=run.cycle.low / cycle,
        high=run.cycle.high / cycle,
        tpot=run.tpot,
        tokens_per_second_per_gpu=run.tokens_per_second / plan.accelerator_count,
    )
