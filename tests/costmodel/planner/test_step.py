"""A decode step with measured kernels on a placement: its parts, its laws, and what stays exposed."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.planner.pool import Pool
from costmodel.planner.step import LayerSeconds

H200, RATES = cm.load_accelerator("h200"), cm.load_rates("h200")
DSV3, QWEN3 = cm.load_model("deepseek-v3"), cm.load_model("qwen3-235b-a22b")
AT_1K = cm.Workload(context=1536)
TP_8 = cm.Placement(tensor_parallel=8)
NOT_IN_EIGHT = ("falcon-7b", "phi-4", "qwen2.5-7b")
"""Presets whose heads do not divide among 8 ranks."""


def run(model=DSV3, accelerator=H200, **asked):
    defaults = {"placement": TP_8, "batch": 64, "workload": AT_1K, "rates": RATES}
    return cm.colocated(model, accelerator, **(defaults | asked))


def pool(placement, model=DSV3, rates=RATES, workload=AT_1K):
    return Pool(model, H200, placement, workload, cm.Sla(), rates)


def test_parts_sum_to_the_step_and_the_step_to_the_output():
    found = run()
    assert sum(seconds for _, seconds in found.step.items()) == pytest.approx(found.tpot)
    assert found.tokens_per_second_per_gpu == pytest.approx(64 / found.tpot / 8)
    assert all(seconds > 0 for name, seconds in found.step.items() if name != "prefill")


def test_drafts_divide_the_time_per_token_by_the_accepted_length():
    drafted = run(workload=cm.Workload(context=1536, draft_length=1, accepted_length=1.8))
    assert drafted.tpot == pytest.approx(drafted.step.total / 1.8)
    assert drafted.step.core > run().step.core


def test_step_overhead_is_paid_once_and_grows_with_ranks():
    assert run().step.overhead == pytest.approx(1.5e-3)
    spread = cm.Placement(data_parallel=8, expert_parallel=8)
    assert run(placement=spread).step.overhead == pytest.approx(1.5e-3 + 4e-3)


def test_ideal_rates_have_no_overhead_or_elementwise_kernels():
    step = run(rates=cm.IDEAL).step
    assert step.overhead == step.head == step.element_wise == step.communication == 0


def test_one_tensor_parallel_rank_equals_no_tensor_parallelism():
    one = run(QWEN3, placement=cm.Placement(tensor_parallel=1, moe_tensor_parallel=1), batch=4)
    none = run(QWEN3, placement=cm.Placement(), batch=4)
    assert one.step == none.step
    assert one.step.communication == 0


def test_time_falls_with_tensor_parallelism_up_to_a_point():
    model = cm.load_model("qwen3-32b")
    placements = [cm.Placement(tensor_parallel=ranks) for ranks in (1, 2, 4, 8)]
    few = [run(model, placement=each, batch=1).step for each in placements]
    totals = [step.total for step in few]
    assert totals == sorted(totals, reverse=True)
    saved = [before - after for before, after in pairwise(totals)]
    assert saved == sorted(saved, reverse=True)
    small = cm.Model(
        id="small",
        name="Small",
        hidden=512,
        vocabulary=32_000,
        attention=(cm.Gqa(layers=24, heads=8, kv_heads=8, head_dim=64),),
        ffn=(cm.Dense(layers=24, intermediate=2048),),
        sources=model.sources,
    )
    one, eight = (run(small, placement=cm.Placement(tensor_parallel=ranks), batch=1).tpot for ranks in (1, 8))
    assert eight > one


def test_a_batch_of_one_reads_weights_once():
    weights = 64 * 3 * 5120 * 25_600
    step = run(cm.load_model("qwen3-32b"), placement=cm.Placement(), batch=1).step
    assert weights / 4.8e12 < step.shared < 1.5 * weights / 4.8e12
    halves = pool(cm.Placement(overlap="two-batch"), cm.load_model("qwen3-32b")).step(1)
    assert halves.shared == pytest.approx(2 * step.shared, rel=0.01)


def test_two_batches_hide_the_shorter_of_compute_and_network():
    layer = LayerSeconds(1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.5, 1.0, 2.0)
    assert layer.exposed("none") == 3.5
    assert layer.exposed("two-batch") == 0
    assert layer._replace(dispatch=3.0).exposed("two-batch") == 1.5


def test_the_shared_expert_hides_the_combine():
    layer = LayerSeconds(1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.5, 1.0, 2.0)
    assert layer.exposed("shared") == 0.5 + 1 + 1
    assert layer._replace(shared=3.0).exposed("shared") == 1.5


def test_layers_reduce_twice_or_once_with_dispatched_experts():
    whole, spread = pool(TP_8), pool(cm.Placement(tensor_parallel=4, data_parallel=2, expert_parallel=8))
    reduced = whole.layer(64, ((0,), (1,)))
    assert reduced.reduce == pytest.approx(2 * RATES.links.all_reduce(8, 2 * 64 * 7168))
    assert reduced.dispatch == 0
    dispatched = spread.layer(64, ((0,), (1,)))
    assert dispatched.reduce == pytest.approx(RATES.links.all_reduce(4, 2 * 64 * 7168))
    assert dispatched.dispatch == pytest.approx(RATES.links.all_gather(2, 64, 7168))


def test_experts_on_many_servers_exchange_with_imbalance():
    many = pool(cm.Placement(data_parallel=32, expert_parallel=32))
    dispatch, combine = RATES.links.all_to_all(32, 1.2 * 128, 7168 * 8)
    layer = many.layer(128, ((0,), (1,)))
    assert (layer.dispatch, layer.combine) == pytest.approx((dispatch, combine))
    assert "expert imbalance of 1.2 is assumed" in many.rank.notes()
    even = pool(cm.Placement(data_parallel=32, expert_parallel=32, imbalance=1.0))
    assert even.layer(128, ((0,), (1,))).experts < layer.experts


def test_a_slower_network_lengthens_exchanges_between_servers():
    placed = cm.Placement(data_parallel=32, expert_parallel=32)
    slow = H200.replace(nic_bits_per_second=H200.nic_bits_per_second / 2)
    usual, slower = (run(accelerator=each, placement=placed, batch=128).step for each in (H200, slow))
    assert slower.communication > usual.communication
    assert slower.experts == usual.experts


def test_dispatch_can_be_chosen():
    placed = {
        way: cm.Placement(data_parallel=8, expert_parallel=8, dispatch=way) for way in ("all-gather", "all-to-all")
    }
    gathered, sent = (pool(each).layer(64, ((0,), (1,))) for each in placed.values())
    assert gathered.dispatch == gathered.combine == pytest.approx(RATES.links.all_gather(8, 64, 7168))
    assert (sent.dispatch, sent.combine) == pytest.approx(RATES.links.all_to_all(8, 64, 7168 * 8))


def test_prefill_mixed_in_costs_its_arithmetic():
    none, some, more = (run(prefill_share=share).step.prefill for share in (0, 1, 4))
    assert none == 0 < some < more
    # One prompt token of 1,024 per output token, 64 requests: 37e9 parameters on 8 accelerators, at most at peak.
    assert some > 64 * 2 * 36e9 / 8 / 1979e12
    assert run(rates=cm.IDEAL, prefill_share=1).step.prefill < some


def test_memory_counts_the_shards_of_one_accelerator():
    one, eight = run(QWEN3, placement=cm.Placement(), batch=1).memory, run(QWEN3, batch=1).memory
    assert eight.weights == pytest.approx(one.weights / 8, rel=0.01)
    assert eight.kv == one.kv / 4


def test_memory_that_does_not_suffice_is_an_answer():
    refused = run(placement=cm.Placement(), batch=1)
    assert not refused.feasible
    assert refused.binding == "memory"
    assert "times what there is" in refused.reason


def test_without_a_batch_the_largest_feasible_one_is_found():
    best = run(batch=None)
    assert best.feasible
    assert not run(batch=best.batch + 1).feasible


def test_more_ranks_than_accelerators_are_refused():
    with pytest.raises(cm.DomainError, match="placement: 16 ranks are more than the accelerators of 1 servers"):
        run(placement=cm.Placement(tensor_parallel=8, data_parallel=2), servers=1)


@pytest.mark.parametrize("rates", [RATES, cm.IDEAL], ids=["kernels", "ideal"])
def test_tensor_parallelism_over_servers_pays_for_the_network(rates):
    eight, sixteen = (
        run(cm.load_model("qwen3-32b"), placement=cm.Placement(tensor_parallel=ranks), rates=rates) for ranks in (8, 16)
    )
    assert sixteen.step.communication > eight.step.communication
    assert sixteen.step.projections < eight.step.projections
    assert any("all-reduce between servers is estimated" in note for note in sixteen.notes) == (rates is RATES)


def test_tensor_parallelism_over_servers_needs_a_network():
    alone = H200.replace(nics_per_server=None, nic_bits_per_second=None)
    with pytest.raises(cm.DomainError, match="nics_per_server: no network is known for H200 SXM"):
        run(accelerator=alone, placement=cm.Placement(tensor_parallel=16))


@pytest.mark.parametrize("batch", [0, -1, 1.5])
def test_batches_below_one_are_refused(batch):
    with pytest.raises(cm.DomainError, match="batch: "):
        run(batch=batch)


def test_borrowed_kernels_reach_the_result_and_widen_its_band():
    own = run(DSV3.replace(attention=(DSV3.attention[0].replace(kv_bits=16, compute_bits=16),)))
    assert own.notes == ()
    borrowed = run()
    assert borrowed.notes == (
        "borrowed kernels: 8-bit MLA core on H200 SXM (16-bit kernel's shares at the 8-bit rate)",
    )
    assert borrowed.band[0] < own.band[0] < 1 < own.band[1] < borrowed.band[1]


def test_strict_rates_refuse_a_missing_kernel():
    with pytest.raises(cm.DomainError, match=r"rates\.kernels: A100 .* has no kernel for 8-bit dense GEMM"):
        run(cm.load_model("qwen3-32b"), cm.load_accelerator("a100"), rates=cm.load_rates("a100", strict=True))


@settings(max_examples=30)
@given(
    st.sampled_from([cm.load_model(name) for name in cm.models() if name not in NOT_IN_EIGHT]),
    st.integers(1, 500),
    st.integers(1, 500),
    st.sampled_from([1, 2, 4, 8]),
)
def test_a_step_never_gets_shorter_with_its_batch(model, batch, more, ranks):
    placed = pool(cm.Placement(tensor_parallel=ranks), model)
    assert placed.step(batch + more).total >= placed.step(batch).total


@pytest.mark.parametrize("rates", [RATES, cm.IDEAL], ids=["kernels", "ideal"])
def test_arrays_of_batches_equal_their_elements(rates):
    placed = pool(cm.Placement(data_parallel=8, expert_parallel=8, overlap="two-batch"), rates=rates)
    batches = np.array([1, 7, 64, 500])
    together = placed.step(batches).total
    assert together.tolist() == pytest.approx([float(placed.step(int(each)).total) for each in batches])


@pytest.mark.parametrize("rates", [RATES, cm.IDEAL], ids=["kernels", "ideal"])
def test_arrays_of_contexts_equal_their_elements(rates):
    contexts, batches = np.array([1000, 4000, 9000]), np.array([1, 8, 64])
    many = cm.Workload(context=1).update({"context": contexts})
    together = pool(TP_8, rates=rates, workload=many).step(batches).total
    each = [
        float(pool(TP_8, rates=rates, workload=cm.Workload(context=int(context))).step(int(batch)).total)
        for context, batch in zip(contexts, batches, strict=True)
    ]
    assert together.tolist() == pytest.approx(each)


def test_measured_kernels_find_the_best_count_of_servers():
    best = cm.colocated(DSV3, H200, workload=cm.Workload(context=8192), rates=RATES, largest_pool=8)
    each = [cm.colocated(DSV3, H200, servers=n, workload=cm.Workload(context=8192), rates=RATES) for n in range(1, 9)]
    assert best.tokens_per_second_per_gpu == max(item.tokens_per_second_per_gpu for item in each if item.feasible)
