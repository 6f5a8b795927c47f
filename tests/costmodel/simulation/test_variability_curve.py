"""A plan over the coefficient of variation: as planned at 0, longer with every step, repeatable."""

from itertools import pairwise

import pytest

import costmodel as cm

H800 = cm.load_accelerator("h800")
PLAN = cm.pair_plan(
    cm.load_model("step-3"), attention_on=H800, ffn_on=H800, workload=cm.Workload(context=8192), largest_pool=4
)


def test_without_variation_a_cycle_takes_its_planned_time() -> None:
    (calm,) = cm.vary(PLAN, [0.0])
    assert calm.factor == pytest.approx(1, abs=0.01)
    assert calm.tpot == pytest.approx(PLAN.tpot, rel=0.02)
    assert calm.tokens_per_second_per_gpu == pytest.approx(PLAN.tokens_per_second_per_gpu, rel=0.02)


def test_more_variation_lengthens_a_cycle() -> None:
    found = cm.vary(PLAN, layer_steps=4000)
    assert all(one.high < other.low for one, other in pairwise(found))
    assert all(each.low <= each.factor <= each.high for each in found)


def test_the_curve_is_that_of_simulate_and_repeats() -> None:
    (one,) = cm.vary(PLAN, [0.3], layer_steps=61 * 3 * 50, seed=7)
    varied = cm.Variability(attention_cv=0.3, ffn_cv=0.3, network_cv=0.3)
    run = cm.simulate(PLAN, variability=varied, steps=50, seed=7)
    assert (one.factor, one.tpot) == (run.factor, run.tpot)


def test_variations_beyond_two_are_refused() -> None:
    with pytest.raises(cm.DomainError, match="attention_cv"):
        cm.vary(PLAN, [2.5])
