"""Placements: what divides and what does not, and the shards of every mechanism."""

import numpy as np
import pytest

import costmodel as cm
from costmodel.planner.pool import Pool
from tests.costmodel.mechanism_rows import ATTENTION_ROWS

H200, STEP3 = cm.load_accelerator("h200"), cm.load_model("step-3")
DSV3, QWEN3 = cm.load_model("deepseek-v3"), cm.load_model("qwen3-235b-a22b")


def whole(group, **more):
    """A model of one mechanism and a mixture of experts."""
    experts = cm.Moe(layers=group.layers, experts=256, top_k=8, shared=1, intermediate=2048)
    return STEP3.replace(attention=(group,), ffn=(experts,), **more)


def step(group, ranks, rates, batch=32):
    placement = cm.Placement(tensor_parallel=ranks)
    return Pool(whole(group), H200, placement, cm.Workload(context=8192), cm.Sla(), rates).step(batch)


@pytest.mark.parametrize("group", ATTENTION_ROWS, ids=lambda group: group.kind)
def test_products_of_every_mechanism_are_its_projections(group):
    products = sum(product.flops() for product in group.products(4096))
    assert products == pytest.approx(group.linear_flops(4096))


@pytest.mark.parametrize("group", ATTENTION_ROWS, ids=lambda group: group.kind)
@pytest.mark.parametrize("rates", [cm.load_rates("h200"), cm.IDEAL], ids=["kernels", "ideal"])
def test_a_step_of_every_mechanism_shrinks_with_its_shards(group, rates):
    one, two = step(group, 1, rates), step(group, 2, rates)
    assert 0 < two.core + two.projections < one.core + one.projections


@pytest.mark.parametrize("group", ATTENTION_ROWS, ids=lambda group: group.kind)
def test_a_step_of_every_mechanism_takes_arrays_of_batches(group):
    batches = np.array([1, 64])
    rates = cm.load_rates("h200")
    each = [float(step(group, 1, rates, int(batch)).total) for batch in batches]
    assert step(group, 1, rates, batches).total.tolist() == pytest.approx(each)


@pytest.mark.parametrize("name", cm.models())
def test_products_do_the_work_of_the_projections(name):
    model = cm.load_model(name)
    for group in model.attention:
        products = sum(product.flops() for product in group.products(model.hidden))
        assert products == pytest.approx(group.linear_flops(model.hidden))
    for layers in model.ffn:
        common = sum(product.flops() for product in layers.common_products(model.hidden, 1))
        assert common == pytest.approx(2 * layers.common_parameters(model.hidden))


def test_gqa_shards_divide_heads_and_keep_one_kv_head():
    (group,) = QWEN3.attention
    half, eighth = group.shard(2), group.shard(8)
    assert (half.heads, half.kv_heads) == (32, 2)
    assert (eighth.heads, eighth.kv_heads) == (8, 1)
    assert eighth.kv_bytes(8192) == group.kv_bytes(8192) / 4


def test_mla_shards_divide_heads_and_keep_the_latent_vector():
    group = DSV3.attention[0]
    shard = group.shard(8)
    assert shard.kv_bytes(8192) == group.kv_bytes(8192)
    assert shard.core_flops(8192) == group.core_flops(8192) / 8


def test_mla_computes_fewer_flops_than_the_paper_counts():
    group = DSV3.attention[0]
    assert group.executed_core_flops(10) == 10 * 2 * 128 * (2 * 512 + 64)
    assert group.executed_core_flops(10) == group.replace(accounting="exact").core_flops(10)


@pytest.mark.parametrize(("ranks", "reason"), [(3, "must divide heads = 64"), (48, "must divide heads = 64")])
def test_heads_that_do_not_divide_are_refused(ranks, reason):
    with pytest.raises(cm.DomainError, match=f"tensor_parallel: {ranks} is not allowed; {reason}"):
        QWEN3.attention[0].shard(ranks)


def test_kv_heads_that_do_not_divide_are_refused():
    group = cm.Gqa(layers=1, heads=24, kv_heads=6, head_dim=128)
    with pytest.raises(cm.DomainError, match="must divide kv_heads = 6 or be a multiple of it"):
        group.shard(4)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"tensor_parallel": 8, "expert_parallel": 3}, "expert_parallel must divide"),
        ({"tensor_parallel": 8, "expert_parallel": 2, "moe_tensor_parallel": 2}, "must equal tensor_parallel x data"),
        ({"tensor_parallel": 0}, "tensor_parallel: 0 is not allowed"),
        ({"overlap": "three-batch"}, "overlap: 'three-batch' is not allowed"),
        ({"imbalance": 0.9}, "imbalance: 0.9 is not allowed"),
    ],
)
def test_ranks_that_do_not_fit_together_are_refused(fields, reason):
    with pytest.raises(cm.DomainError, match=reason):
        cm.Placement(**fields)


@pytest.mark.parametrize(
    ("placement", "field"),
    [
        (cm.Placement(data_parallel=6, expert_parallel=6), "expert_parallel: 6 is not allowed; must divide experts"),
        (cm.Placement(data_parallel=7, expert_parallel=1), "moe_tensor_parallel: 7 is not allowed; must divide"),
        (cm.Placement(tensor_parallel=3), "tensor_parallel: 3 is not allowed; must divide heads"),
    ],
)
def test_placements_that_do_not_divide_the_model_are_refused(placement, field):
    with pytest.raises(cm.DomainError, match=field):
        placement.check(QWEN3)


def test_two_micro_batches_need_two_requests():
    with pytest.raises(cm.DomainError, match="batch: 1 is not allowed; must be at least 2"):
        cm.Placement(overlap="two-batch").check(DSV3, batch=1)


def test_width_of_experts_takes_the_ranks_that_experts_leave():
    placement = cm.Placement(tensor_parallel=4, data_parallel=2, expert_parallel=2)
    assert placement.ranks == 8
    assert placement.width_ranks == 4
    assert placement.words == "TP 4, DP 2, EP 2, expert TP 4, overlap none"


@pytest.mark.parametrize(
    ("name", "accelerators", "ranks"), [("qwen3-32b", 8, 8), ("phi-4", 8, 2), ("falcon-7b", 8, 1), ("qwen3-32b", 6, 4)]
)
def test_one_server_takes_the_most_ranks_that_divide(name, accelerators, ranks):
    assert cm.in_one_server(cm.load_model(name), accelerators) == cm.Placement(tensor_parallel=ranks)
