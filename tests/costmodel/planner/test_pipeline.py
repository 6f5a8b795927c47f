"""The stage model of sec. 3 and 5.4, against the figures that the paper's balance was designed for."""

import dataclasses

import pytest

import costmodel as cm

H800, H20 = cm.load_accelerator("h800"), cm.load_accelerator("h20")
STEP3 = cm.load_model("step-3")


def two_a_two_f(**changes):
    asked = {
        "attention_on": H800,
        "ffn_on": H800,
        "attention_servers": 2,
        "ffn_servers": 2,
        "micro_batch": 2048,
        "workload": cm.Workload(context=4096),
        **changes,
    }
    return cm.deployment(asked.pop("model", STEP3), **asked)


def microseconds(stages):
    return [round(seconds * 1e6) for seconds in (stages.attention, stages.network, stages.ffn)]


def test_the_2a2f_deployment_of_the_paper_is_balanced():
    plan = two_a_two_f()
    assert microseconds(plan.stage_seconds) == [102, 110, 101]
    assert round(plan.budget_seconds * 1e6) == 273
    assert plan.feasible


def test_slowest_ffn_group_sets_the_stage():
    plan = two_a_two_f()
    dense, moe = (group.seconds for group in plan.ffn_groups)
    assert plan.stage_seconds.ffn == moe > dense
    assert plan.bubble.cause == "FFN group 2 (56 MoE layers)"
    assert plan.bubble.ffn == pytest.approx(5 / 61 * (moe - dense) / plan.stage_seconds.cycle)


def test_output_follows_from_the_slowest_stage():
    plan = two_a_two_f()
    network = 3 * 7168 * 2048 / (8 * 400e9 / 8)
    assert plan.tpot == pytest.approx(61 * 3 * network)
    assert plan.tokens_per_second_per_gpu == pytest.approx(2048 / (61 * network) / 32)
    assert plan.usd_per_million_tokens == pytest.approx(32 * 2.0 / 3600 / plan.tokens_per_second * 1e6)


def test_attention_server_sends_to_every_ffn_server():
    few, many = two_a_two_f(), two_a_two_f(ffn_servers=4)
    assert many.stage_seconds.network == pytest.approx(2 * few.stage_seconds.network)


def test_four_stages_split_the_network_by_direction():
    three, four = two_a_two_f(), two_a_two_f(sla=cm.Sla(stages=4))
    assert four.stage_seconds.network == pytest.approx(three.stage_seconds.network * 2 / 3)
    assert four.budget_seconds == pytest.approx(three.budget_seconds * 3 / 4)
    assert four.concurrent_requests == 4 * 2048


def test_the_slower_network_of_two_kinds_of_servers_counts():
    a800 = cm.load_accelerator("a800")
    mixed = two_a_two_f(attention_on=a800)
    assert mixed.stage_seconds.network == pytest.approx(2 * two_a_two_f().stage_seconds.network)


def test_efficiencies_divide_the_rates_they_name():
    whole = two_a_two_f().stage_seconds
    halved = two_a_two_f(rates=cm.Rates(core=0.5, gemm=0.5, network=0.25)).stage_seconds
    assert halved.attention == pytest.approx(2 * whole.attention)
    assert halved.ffn == pytest.approx(2 * whole.ffn)
    assert halved.network == pytest.approx(4 * whole.network)


def test_an_overhead_is_added_to_every_stage():
    whole, delayed = two_a_two_f().stage_seconds, two_a_two_f(rates=cm.Rates(overhead_seconds=1e-5))
    for stage in ("attention", "network", "ffn"):
        assert getattr(delayed.stage_seconds, stage) == pytest.approx(getattr(whole, stage) + 1e-5)


def test_rates_belong_to_one_accelerator():
    slow = cm.Rates(core=0.5, gemm=0.5)
    mixed = two_a_two_f(attention_on=H20, rates={"h20": slow, "h800": cm.IDEAL})
    assert mixed.rates == (slow, cm.IDEAL)
    assert mixed.stage_seconds.ffn == two_a_two_f().stage_seconds.ffn
    with pytest.raises(cm.DomainError, match="rates: names no rates for h800; rates are given for 'h20, H800'"):
        two_a_two_f(attention_on=H20, rates={"h20": slow, "H800": slow})


def test_kernel_tile_pads_few_query_heads_only():
    tile = cm.Rates(query_tile=64)
    qwen3 = cm.load_model("qwen3-235b-a22b")
    sixteen = [two_a_two_f(model=qwen3, attention_on=H20, rates=e).stage_seconds.attention for e in (cm.IDEAL, tile)]
    sixty_four = [two_a_two_f(attention_on=H20, rates=e).stage_seconds.attention for e in (cm.IDEAL, tile)]
    assert sixteen[1] > sixteen[0]
    assert sixty_four[1] == sixty_four[0]


def test_drafted_tokens_share_one_cache_read():
    plain = two_a_two_f()
    drafted = two_a_two_f(workload=cm.Workload(context=4096, draft_length=1, accepted_length=1.7))
    assert drafted.stage_seconds.network == pytest.approx(2 * plain.stage_seconds.network)
    assert drafted.budget_seconds == pytest.approx(1.7 * plain.budget_seconds)
    assert drafted.tpot == pytest.approx(2 / 1.7 * plain.tpot)
    core = 128 * 4096 * 512 / 3.35e12
    assert drafted.stage_seconds.attention == pytest.approx(core + 2 * (plain.stage_seconds.attention - core))


def test_fullest_accelerator_sets_the_time_of_an_uneven_batch():
    even, uneven = two_a_two_f(), two_a_two_f(micro_batch=2049)
    assert uneven.batch == 129
    assert uneven.stage_seconds.attention > even.stage_seconds.attention


def test_memory_parts_sum_to_the_capacity():
    for pool in dataclasses.astuple(two_a_two_f().memory):
        weights, kv, activations, capacity = pool
        assert 0 < weights + kv + activations < capacity


def test_cache_of_as_many_micro_batches_as_stages_is_resident():
    assert two_a_two_f().memory.attention.kv == 3 * 128 * 4096 * 512 * 61
    assert two_a_two_f(sla=cm.Sla(stages=4)).memory.attention.kv == 4 * 128 * 4096 * 512 * 61


def test_ffn_accelerators_share_all_experts():
    assert two_a_two_f().memory.ffn.weights == STEP3.ffn_weight_bytes / 16
