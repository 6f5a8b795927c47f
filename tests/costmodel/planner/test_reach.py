"""Which weaker accelerators can serve, after sec. 6."""

import pytest

import costmodel as cm

STEP3 = cm.load_model("step-3")
L20, L4, H20 = (cm.load_accelerator(name) for name in ("l20", "l4", "h20"))


def test_reach_is_bandwidth_budget_without_projections():
    reach = cm.attention_reach(STEP3, L20)
    budget = 0.05 / 3 / 61
    projections = 7168 * 2048 + 2048 * 64 * 256 + 2 * 7168 * 256 + 64 * 256 * 7168 / 8
    assert reach.touched_bytes == pytest.approx(864e9 * budget)
    assert reach.weight_bytes == projections
    assert reach.cached_tokens == int((864e9 * budget - projections) / 512)
    assert reach.batch(8192) == reach.cached_tokens // 8192


def test_the_reach_is_that_of_a_plan_where_bandwidth_binds():
    h20 = H20.replace(memory_bytes=1e15, fp8_flops_per_second=1e18, nic_bits_per_second=1e14)
    context = 4096
    plan = cm.pair_plan(STEP3, attention_on=h20, ffn_on=h20, workload=cm.Workload(context=context))
    assert "Attention stops a larger batch".lower() in plan.reason.lower()
    assert plan.batch == cm.attention_reach(STEP3, h20).batch(context)


def test_no_cache_where_projections_exceed_the_bandwidth():
    slow = L4.replace(bytes_per_second=1e9)
    assert cm.attention_reach(STEP3, slow).cached_tokens == 0


def test_model_without_a_growing_cache_has_no_token_limit():
    m1 = cm.load_model("minimax-m1")
    lightning = m1.replace(attention=(m1.attention[1].replace(layers=80),))
    assert cm.attention_reach(lightning, L20).cached_tokens is None


@pytest.mark.parametrize(("accelerator", "servers"), [(L20, 6), (L4, 16)])
def test_ffn_weights_stay_within_half_the_bandwidth(accelerator, servers):
    needed = cm.ffn_servers_needed(STEP3, accelerator)
    allowed = 0.5 * accelerator.bytes_per_second * 0.05 / 3
    assert needed.by_bandwidth == servers
    assert STEP3.ffn_weight_bytes / (servers * 8) <= allowed < STEP3.ffn_weight_bytes / ((servers - 1) * 8)


def test_memory_can_need_more_servers_than_bandwidth():
    needed = cm.ffn_servers_needed(cm.load_model("kimi-k2"), H20.replace(bytes_per_second=1e14))
    assert needed.servers == needed.by_memory > needed.by_bandwidth


@pytest.mark.parametrize("share", [0, 1.1, "half"])
def test_a_bandwidth_share_outside_zero_to_one_is_refused(share):
    with pytest.raises(cm.DomainError, match=r"bandwidth_share: .* must be above 0, at most 1"):
        cm.ffn_servers_needed(STEP3, L20, bandwidth_share=share)
