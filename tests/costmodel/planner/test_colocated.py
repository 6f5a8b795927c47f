"""The baseline without AFD: its parts, its largest batch, its laws, and who wins."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm

H800, H20 = cm.load_accelerator("h800"), cm.load_accelerator("h20")
DSV3, STEP3 = cm.load_model("deepseek-v3"), cm.load_model("step-3")
AT_8K = cm.Workload(context=8192)


def test_the_largest_batch_is_taken():
    best = cm.colocated(STEP3, H800, servers=16, workload=AT_8K)
    assert best.feasible
    assert cm.colocated(STEP3, H800, servers=16, workload=AT_8K, batch=best.batch).feasible
    larger = cm.colocated(STEP3, H800, servers=16, workload=AT_8K, batch=best.batch + 1)
    assert not larger.feasible
    assert larger.binding == best.binding


def test_two_micro_batches_overlap_compute_and_network():
    dense = cm.load_model("qwen3-32b")
    one = cm.colocated(dense, H800, servers=1, workload=AT_8K)
    assert one.network_seconds == 0
    assert one.tpot == pytest.approx(2 * 64 * one.compute_seconds)
    assert one.tokens_per_second == pytest.approx(2 * one.batch * 8 / one.tpot)


def test_all_to_all_carries_three_bytes_per_element_and_server():
    ep = cm.colocated(STEP3, H800, servers=2, workload=AT_8K, batch=64)
    visited = STEP3.ffn[1].servers_visited(2)
    moe_layer = 3 * 7168 * 64 * 8 * visited / 2 / 4e11
    assert ep.network_seconds == pytest.approx(moe_layer * 56 / 61)


def test_node_limited_routing_caps_the_servers_visited():
    free = DSV3.replace(ffn=(DSV3.ffn[0], DSV3.ffn[1].replace(routing_limit=None)))
    limited = cm.colocated(DSV3, H800, servers=18, workload=AT_8K, batch=32)
    spread = cm.colocated(free, H800, servers=18, workload=AT_8K, batch=32)
    assert limited.servers_visited < 4 < spread.servers_visited < 8
    assert limited.network_seconds < spread.network_seconds


def test_more_servers_hold_fewer_experts_each():
    few, many = (cm.colocated(DSV3, H800, servers=n, workload=AT_8K, batch=8).memory.weights for n in (16, 32))
    routed = 58 * 3 * 7168 * 2048 * 256
    assert few - many == pytest.approx(routed / 128 - routed / 256)


def test_a_model_that_does_not_fit_says_so():
    refused = cm.colocated(DSV3, H800, servers=1, workload=AT_8K)
    assert not refused.feasible
    assert refused.binding == "memory"
    assert refused.load > 1
    assert "times what there is" in refused.reason


def test_without_a_count_the_cheapest_pool_is_found():
    best = cm.colocated(STEP3, H800, workload=AT_8K, largest_pool=12)
    each = [cm.colocated(STEP3, H800, servers=n, workload=AT_8K) for n in range(1, 13)]
    assert best.usd_per_million_tokens == min(item.usd_per_million_tokens for item in each if item.feasible)


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([cm.load_model(name) for name in cm.models()]),
    st.integers(2, 32),
    st.integers(512, 65_536),
    st.floats(0.01, 0.3),
)
def test_baseline_meets_its_sla_and_costs_at_least_theory(model, servers, context, tpot):
    workload = cm.Workload(context=context)
    best = cm.colocated(model, H800, servers=servers, workload=workload, sla=cm.Sla(tpot=tpot))
    assert best.feasible == (best.tpot <= tpot and best.memory.free >= 0)
    theory = cm.decode_cost(model, attention_on=H800, ffn_on=H800, workload=workload)
    assert best.usd_per_million_tokens >= theory.total * (1 - 1e-9)


def test_verdict_goes_both_ways_as_published_comparisons_do():
    def judged(name):
        model = cm.load_model(name)
        afd = cm.pair_plan(model, attention_on=H800, ffn_on=H800, workload=AT_8K)
        return cm.judge(afd, cm.colocated(model, H800, servers=16, workload=AT_8K)), afd

    winners = {name: judged(name)[0].winner for name in ("kimi-k2", "pangu-pro-moe")}
    assert winners == {"kimi-k2": "colocated", "pangu-pro-moe": "AFD"}


def test_the_verdict_names_the_only_one_that_is_feasible():
    afd = cm.pair_plan(DSV3, attention_on=H800, ffn_on=H800, workload=AT_8K)
    alone = cm.judge(afd, cm.colocated(DSV3, H800, servers=1, workload=AT_8K))
    assert alone.winner == "AFD"
    assert alone.output_factor is None
    assert "Only AFD meets the SLA" in alone.reason


def test_the_factor_of_the_verdict_is_the_ratio_of_costs():
    afd = cm.pair_plan(STEP3, attention_on=H20, ffn_on=H800, workload=AT_8K)
    baseline = cm.colocated(STEP3, H800, servers=16, workload=AT_8K)
    found = cm.judge(afd, baseline)
    assert found.cost_factor == baseline.usd_per_million_tokens / afd.usd_per_million_tokens
    assert found.winner == ("AFD" if found.cost_factor > 1 else "colocated")


def test_a_batch_without_a_server_count_is_refused():
    with pytest.raises(cm.DomainError, match="servers: must be given together with batch"):
        cm.colocated(STEP3, H800, workload=AT_8K, batch=4)
