"""The bridge from the ideal limit to the plan: its lanes, its steps, and what the two ends say about AFD."""

from itertools import pairwise

import pytest

import costmodel as cm

MODELS = cm.models(cm.PAPER_COLLECTION)
CONTEXTS = (8_192, 32_768, 131_072)


def asked(model, context, **changes):
    """A model of the paper on its four accelerators."""
    return cm.default_scenario(model).replace(workload=cm.Workload(context=context), **changes)


def better(row):
    """Cost of a ranked row, infinite where nothing is ranked."""
    return float("inf") if row is None else row.deployment.usd_per_million_tokens


@pytest.mark.parametrize("model", MODELS)
def test_no_step_costs_less_than_the_one_before(model):
    for context in CONTEXTS:
        for lane in cm.bridge(asked(model, context)).lanes:
            costs = [step.usd_per_million_tokens for step in lane.steps]
            known = [cost for cost in costs if cost is not None]
            assert [step.name for step in lane.steps] == ["limit", "servers", "SLA", "memory", "rates"]
            assert all(after >= before * (1 - 1e-9) for before, after in pairwise(known))


@pytest.mark.parametrize("model", MODELS)
def test_the_last_lane_ends_at_the_cost_of_the_plan(model):
    scenario = asked(model, 32_768)
    assert cm.bridge(scenario).lanes[-1].usd_per_million_tokens == cm.plan(scenario).usd_per_million_tokens


def test_limit_and_whole_servers_disagree_in_ten_of_27_states():
    states = []
    for model in MODELS:
        for context in CONTEXTS:
            scenario = asked(model, context)
            rows = [row for row in cm.plans(scenario) if row.rank]
            afd, alone = (next((row for row in rows if row.afd is kind), None) for kind in (True, False))
            if (cm.cheapest(scenario).saving > 1e-9) != (better(afd) < better(alone)):
                states.append((model, context))
    assert len(states) == 10
    assert {model for model, _ in states} == {"deepseek-v3", "kimi-k2", "llama-4-maverick", "minimax-m1"}


def test_deepseek_at_32k_splits_in_servers_only():
    found = cm.bridge(asked("deepseek-v3", 32_768))
    assert found.pair.attention_on == found.pair.ffn_on == found.single.attention_on
    assert [f"{lane.usd_per_million_tokens:.4f}" for lane in (found.pair_anew, found.single)] == ["0.2686", "0.2919"]
    assert (found.pair_anew.attention_on.id, found.pair_anew.ffn_on.id) == ("h800", "h20")


def test_deepseek_at_32k_costs_less_on_one_accelerator():
    scenario = asked("deepseek-v3", 32_768)
    parts = {"model": scenario.model, "workload": scenario.workload}
    pairs = [(one, other) for one in scenario.accelerators for other in scenario.accelerators if one != other]
    split = min(cm.decode_cost(attention_on=one, ffn_on=other, **parts).total for one, other in pairs)
    assert f"{split / cm.cheapest(scenario).single.total - 1:.3f}" == "0.088"


def test_h800_alone_at_8k_from_limit_to_servers():
    lane = cm.bridge(asked("step-3", 8_192)).single
    assert f"{lane.steps[0].usd_per_million_tokens:.4f}" == "0.0632"
    assert f"{lane.usd_per_million_tokens:.4f}" == "0.0736"


def test_measured_rates_without_a_measurement_end_without_cost():
    found = cm.bridge(asked("step-3", 8_192, rates="measured", attention_on="910b", ffn_on="910b"))
    assert found.pair.steps[-1].usd_per_million_tokens is None
    assert "No measured rates are known for Ascend 910B" in found.pair.steps[-1].reason
