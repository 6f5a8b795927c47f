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
    assert (found.pair.attention_on.id, found.pair.ffn_on.id, found.single.attention_on.id) == ("h800", "910b", "h800")
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


@pytest.mark.parametrize("model", MODELS)
def test_measured_rates_cost_no_less_than_ideal_ones(model):
    for lane in cm.bridge(asked(model, 8_192)).lanes:
        if lane.measured.usd_per_million_tokens is not None:
            assert lane.measured.usd_per_million_tokens >= lane.steps[3].usd_per_million_tokens * (1 - 1e-9)


def test_measured_step_of_an_ideal_plan_has_measured_rates():
    ideal, measured = (cm.bridge(asked("step-3", 8_192, rates=rates)) for rates in ("ideal", "measured"))
    assert ideal.pair.measured.usd_per_million_tokens == measured.pair.usd_per_million_tokens
    assert measured.pair.measured.usd_per_million_tokens == measured.pair.usd_per_million_tokens
    assert cm.bridge(asked("deepseek-v3", 8_192)).pair.measured.usd_per_million_tokens is None


def test_one_accelerator_has_a_lane_of_two_pools_of_its_own():
    found = cm.bridge(asked("step-3", 8_192, accelerators=["h800"]))
    assert found.pair.attention_on == found.pair.ffn_on == found.single.attention_on
    assert found.pair.afd
    assert not found.single.afd


def test_levels_say_what_each_adds_and_which_side_costs_less():
    found = cm.bridge(asked("step-3", 8_192))
    assert [f"{change:.3f}" for change in found.changes[:2]] == ["-0.129", "-0.116"]
    assert found.pair.increases[0] is None
    assert f"{found.pair.increases[1]:.3f}" == "0.032"
    deepseek = cm.bridge(asked("deepseek-v3", 8_192))
    assert [each.id for each in deepseek.pair.unmeasured] == ["910b"]
    assert deepseek.changes[-1] is None
    assert deepseek.pair.increases[-1] is None


def test_an_sla_that_nothing_meets_ends_the_lanes():
    found = cm.bridge(asked("step-3", 8_192, sla=cm.Sla(tpot=0.001)))
    assert [change is None for change in found.changes] == [False, False, True, True, True]
