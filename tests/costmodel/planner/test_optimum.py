"""The search is exact: against brute force, and against the laws that any optimum obeys."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.planner.inputs import OBJECTIVES
from costmodel.planner.optimum import best

ACCELERATORS = [cm.load_accelerator(name) for name in ("h800", "h20", "a800", "910b")]
H800, H20 = ACCELERATORS[:2]
STEP3 = cm.load_model("step-3")
AT_8K = cm.Workload(context=8192)

models = st.sampled_from([cm.load_model(name) for name in cm.models()])
accelerators = st.sampled_from(ACCELERATORS)
pairs = st.tuples(accelerators, accelerators)
drafts = st.tuples(st.integers(0, 3), st.floats(0, 1))
contexts = st.integers(256, 131_072)


def brute_force(model, pair, objective, **asked):
    """Best feasible (score, accelerators) over one to three servers of each pool and every batch until none fits."""
    found = []
    for n_attention in (1, 2, 3):
        for n_ffn in (1, 2, 3):
            batch = 0
            while True:
                batch += 1
                plan = cm.deployment(
                    model,
                    attention_on=pair[0],
                    ffn_on=pair[1],
                    attention_servers=n_attention,
                    ffn_servers=n_ffn,
                    micro_batch=batch * n_attention * 8,
                    **asked,
                )
                if not plan.feasible:
                    break
                found.append(score(plan, objective))
    return min(found, default=None)


def score(plan, objective):
    """What is minimised, rounded so that ties in reality are ties here."""
    usd, output = plan.usd_per_million_tokens, plan.tokens_per_second
    values = {
        "usd": (usd, plan.accelerator_count),
        "throughput": (-plan.tokens_per_second_per_gpu, plan.accelerator_count),
        "accelerators": (plan.accelerator_count, -output),
    }
    return tuple(float(f"{value:.10g}") for value in values[objective])


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize(
    ("name", "pair", "context", "sla"),
    [
        ("step-3", (H20, H800), 32_768, cm.Sla(tpot=0.02)),
        ("step-3", (H800, H800), 65_536, cm.Sla(stages=4)),
        ("deepseek-v3", (H800, H20), 65_536, cm.Sla(tpot=0.03)),
        ("llama-4-maverick", (ACCELERATORS[2], ACCELERATORS[3]), 32_768, cm.Sla(tpot=0.1)),
        ("minimax-m1", (H20, H20), 32_768, cm.Sla()),
    ],
)
def test_the_optimum_equals_brute_force(name, pair, context, sla, objective):
    model, workload = cm.load_model(name), cm.Workload(context=context)
    plan = cm.pair_plan(
        model,
        attention_on=pair[0],
        ffn_on=pair[1],
        workload=workload,
        sla=sla,
        objective=objective,
        largest_pool=3,
    )
    optimum = brute_force(model, pair, objective, workload=workload, sla=sla)
    assert plan.feasible == (optimum is not None)
    assert optimum is None or score(plan, objective) == optimum


def test_one_more_request_breaks_the_binding_constraint():
    plan = cm.pair_plan(STEP3, attention_on=H20, ffn_on=H800, workload=AT_8K)
    larger = cm.deployment(
        STEP3,
        attention_on=H20,
        ffn_on=H800,
        workload=AT_8K,
        attention_servers=plan.attention_servers,
        ffn_servers=plan.ffn_servers,
        micro_batch=(plan.batch + 1) * plan.attention_accelerators,
    )
    assert plan.feasible
    assert not larger.feasible
    assert larger.binding == plan.binding


def test_no_ratio_of_servers_is_left_out():
    plan = cm.pair_plan(cm.load_model("pangu-pro-moe"), attention_on=H20, ffn_on=H800, workload=AT_8K)
    assert plan.attention_servers / plan.ffn_servers > 9


def test_the_limits_are_arguments():
    asked = {"attention_on": H20, "ffn_on": H800, "workload": AT_8K}
    plan = cm.pair_plan(STEP3, **asked, largest_pool=2)
    assert (plan.attention_servers, plan.ffn_servers) == (2, 1)


def test_a_larger_pool_keeps_the_fewest_accelerators():
    asked = {"attention_on": H20, "ffn_on": H800, "workload": AT_8K, "objective": "accelerators"}
    usual, large = (cm.pair_plan(STEP3, **asked, largest_pool=most) for most in (8, 200))
    assert large.words == usual.words


@pytest.mark.parametrize("most", [4, 100])
def test_experts_that_fit_no_pool_leave_no_plan(most):
    small = H800.replace(memory_bytes=1e8)
    refused = cm.pair_plan(
        cm.load_model("deepseek-v3"), attention_on=H800, ffn_on=small, workload=AT_8K, largest_pool=most
    )
    assert not refused.feasible
    assert refused.binding == "ffn memory"


def test_ties_up_to_rounding_take_fewer_accelerators():
    cost, accelerator_count = np.array([1.0, 1.0 + 4e-16, 1.0 - 2e-16, 2.0]), np.array([32.0, 16.0, 24.0, 8.0])
    assert best((cost, accelerator_count)) == 1


@settings(max_examples=40, deadline=None)
@given(models, pairs, contexts, st.floats(0.005, 0.2), st.floats(1.0, 8.0))
def test_a_looser_sla_never_costs_more(model, pair, context, tpot, factor):
    asked = {"attention_on": pair[0], "ffn_on": pair[1], "workload": cm.Workload(context=context)}
    tight = cm.pair_plan(model, **asked, sla=cm.Sla(tpot=tpot))
    assume(tight.feasible)
    loose = cm.pair_plan(model, **asked, sla=cm.Sla(tpot=tpot * factor))
    assert loose.feasible
    assert loose.usd_per_million_tokens <= tight.usd_per_million_tokens * (1 + 1e-9)


@settings(max_examples=40, deadline=None)
@given(
    models, accelerators, contexts, st.floats(1.0, 4.0), st.sampled_from(["bytes_per_second", "nic_bits_per_second"])
)
def test_more_bandwidth_never_hurts(model, accelerator, context, factor, rate):
    better = accelerator.replace(**{rate: getattr(accelerator, rate) * factor})
    asked = {"workload": cm.Workload(context=context)}
    before = cm.pair_plan(model, attention_on=accelerator, ffn_on=accelerator, **asked)
    assume(before.feasible)
    after = cm.pair_plan(model, attention_on=better, ffn_on=better, **asked)
    assert after.feasible
    assert after.usd_per_million_tokens <= before.usd_per_million_tokens * (1 + 1e-9)


@settings(max_examples=20, deadline=None)
@given(models, pairs, contexts)
def test_twice_the_price_is_twice_the_cost(model, pair, context):
    dearer = [accelerator.replace(usd_per_hour=2 * accelerator.usd_per_hour) for accelerator in pair]
    asked = {"workload": cm.Workload(context=context)}
    once = cm.pair_plan(model, attention_on=pair[0], ffn_on=pair[1], **asked)
    twice = cm.pair_plan(model, attention_on=dearer[0], ffn_on=dearer[1], **asked)
    assert twice.feasible == once.feasible
    assert twice.words == once.words
    assert twice.usd_per_million_tokens == pytest.approx(2 * once.usd_per_million_tokens)


@settings(max_examples=40, deadline=None)
@given(models, pairs, contexts, st.floats(0.01, 1.0), drafts)
def test_a_plan_never_costs_less_than_its_pair_in_theory(model, pair, context, tpot, drafted):
    workload = cm.Workload(context=context, draft_length=drafted[0], accepted_length=1 + drafted[0] * drafted[1])
    plan = cm.pair_plan(model, attention_on=pair[0], ffn_on=pair[1], workload=workload, sla=cm.Sla(tpot=tpot))
    assume(plan.feasible)
    assert plan.usd_per_million_tokens >= plan.theoretical.total * (1 - 1e-9)


@pytest.mark.parametrize("name", ["step-3", "qwen3-32b", "deepseek-v3", "pangu-pro-moe"])
def test_plan_approaches_theory_when_nothing_else_binds(name):
    attention_on, ffn_on = (
        accelerator.replace(nic_bits_per_second=1e14, memory_bytes=1e15) for accelerator in (H20, H800)
    )
    plan = cm.pair_plan(
        cm.load_model(name), attention_on=attention_on, ffn_on=ffn_on, workload=AT_8K, sla=cm.Sla(tpot=20.0)
    )
    assert plan.usd_per_million_tokens == pytest.approx(plan.theoretical.total, rel=0.01)


@settings(max_examples=25, deadline=None)
@given(models, pairs, contexts, st.floats(0.01, 0.2))
def test_plan_meets_its_sla(model, pair, context, tpot):
    sla = cm.Sla(tpot=tpot)
    plan = cm.pair_plan(model, attention_on=pair[0], ffn_on=pair[1], workload=cm.Workload(context=context), sla=sla)
    kept = plan.tpot <= tpot * (1 + 1e-9)
    fits = plan.memory.attention.free >= 0 and plan.memory.ffn.free >= 0
    assert plan.feasible == (kept and fits)
