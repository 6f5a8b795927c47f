"""Simulated plans: what variability costs, what never changes, and what is refused."""

import pytest

import costmodel as cm

H800 = cm.load_accelerator("h800")
STEP3 = cm.load_model("step-3")
PLAN = cm.pair_plan(STEP3, attention_on=H800, ffn_on=H800, workload=cm.Workload(context=8192))
LENGTHS = cm.Lengths.spread(7000, 1000, prompt_cv=1, output_cv=1)


@pytest.mark.parametrize("stages", [3, 4])
def test_a_plan_without_variability_runs_as_its_timeline(stages: int) -> None:
    plan = cm.pair_plan(
        STEP3, attention_on=H800, ffn_on=H800, workload=cm.Workload(context=8192), sla=cm.Sla(stages=stages)
    )
    run = cm.simulate(plan, steps=20, link="duplex")
    assert run.tpot == pytest.approx(cm.timeline(plan, paced=False).tpot, rel=1e-6)
    assert run.tokens_per_second == pytest.approx(plan.tokens_per_second, rel=0.02)
    assert run.slots == run.finished == 0


def test_ageing_contexts_cost_more_than_their_mean() -> None:
    run = cm.simulate(PLAN, lengths=LENGTHS, steps=40)
    alike = cm.Lengths.equal(LENGTHS.decode_context, output=1)
    same_mean = cm.simulate(PLAN, lengths=alike, steps=40)
    assert run.cycle.mean > 1.05 * same_mean.cycle.mean
    assert run.slots == 3 * PLAN.attention_accelerators * PLAN.batch
    assert run.finished > 0


def test_the_same_seed_gives_the_same_result() -> None:
    varied = cm.Variability(attention_cv=0.1, ffn_cv=0.1, network_cv=0.1, routing="random")
    one, other, third = (
        cm.simulate(PLAN, lengths=LENGTHS, variability=varied, steps=10, seed=seed) for seed in (1, 1, 2)
    )
    assert one == other
    assert one != third


@pytest.mark.parametrize(
    "varied",
    [
        {"attention_cv": 0.3},
        {"ffn_cv": 1.0},
        {"network_cv": 1.0},
        {"expert_skew": 1.6},
    ],
)
def test_any_variability_lengthens_the_cycle(varied: dict[str, float]) -> None:
    calm = cm.simulate(PLAN, steps=20)
    assert cm.simulate(PLAN, variability=cm.Variability(**varied), steps=20).factor > calm.factor


def test_expert_skew_leaves_dense_layers_alone() -> None:
    plan = cm.pair_plan(
        cm.load_model("deepseek-v3"), attention_on=H800, ffn_on=H800, workload=cm.Workload(context=4096)
    )
    skewed = cm.simulate(plan, variability=cm.Variability(expert_skew=3), steps=20)
    routed, shared = 8, 1
    stretched = 1 + 2 * routed / (routed + shared)
    slowest = (58 * stretched * plan.ffn_groups[1].seconds + 3 * plan.ffn_groups[0].seconds) / 61
    assert skewed.cycle.mean == pytest.approx(slowest, rel=0.02)


def test_mixers_that_share_a_round_trip_are_simulated_together() -> None:
    softmax, ffn = STEP3.attention[0], STEP3.ffn[1]
    model = STEP3.replace(
        attention=(softmax.replace(layers=30), softmax.replace(layers=6, heads=32)), ffn=(ffn.replace(layers=30),)
    )
    plan = cm.pair_plan(model, attention_on=H800, ffn_on=H800, workload=cm.Workload(context=8192))
    planned = cm.simulate(plan, steps=20, link="duplex")
    alike = cm.Lengths.equal(8191, output=1)
    assert cm.simulate(plan, lengths=alike, steps=20, link="duplex").cycle.mean == pytest.approx(planned.cycle.mean)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"steps": 5}, "steps: 5 is not allowed; must be a whole number from 10 to"),
        ({"steps": 10**9}, "steps: 1000000000 is not allowed"),
        ({"seed": -1}, "seed: -1 is not allowed"),
        ({"link": "tube"}, "link: 'tube' is not allowed; must be one of delay, shared, duplex"),
        ({"lengths": cm.Lengths.equal(100)}, "output: all are 0"),
    ],
)
def test_bad_simulations_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        cm.simulate(PLAN, **values)


def test_variability_beyond_its_range_is_refused() -> None:
    with pytest.raises(cm.DomainError, match=r"attention_cv: -1\.0 is not allowed; must be a number from 0 to 2"):
        cm.Variability(attention_cv=-1.0)


def test_plans_at_kernel_rates_are_simulated_too() -> None:
    rates = cm.load_rates("h800")
    plan = cm.pair_plan(STEP3, attention_on=H800, ffn_on=H800, workload=cm.Workload(context=8192), rates=rates)
    calm = cm.simulate(plan, steps=20)
    assert calm.cycle.mean == pytest.approx(plan.stage_seconds.cycle, rel=0.02)
    varied = cm.Variability(expert_skew=1.6)
    assert cm.simulate(plan, variability=varied, lengths=LENGTHS, steps=20).cycle.mean > calm.cycle.mean
