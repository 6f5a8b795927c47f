"""Feed-forward mechanisms: stored and active weights, and sparsity."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm

HIDDEN = 7168
MOE = cm.Moe(layers=58, experts=256, top_k=8, shared=1, intermediate=2048)
DENSE = cm.Dense(layers=3, intermediate=18432)


def test_a_dense_layer_is_three_matrices_that_every_token_uses() -> None:
    assert DENSE.stored_parameters(HIDDEN) == DENSE.active_parameters(HIDDEN) == 3 * HIDDEN * 18432
    assert DENSE.router_parameters(HIDDEN) == 0
    assert DENSE.sparsity() == 1
    assert DENSE.experts_at_sparsity(0.5) == 0


def test_a_token_uses_its_routed_and_all_shared_experts() -> None:
    expert = 3 * HIDDEN * 2048
    assert MOE.active_parameters(HIDDEN) == 9 * expert
    assert MOE.stored_parameters(HIDDEN) == 257 * expert
    assert MOE.router_parameters(HIDDEN) == 256 * HIDDEN
    assert MOE.sparsity() == 9 / 256


@given(experts=st.integers(1, 512), width=st.integers(1, 1900), hidden=st.integers(1, 8192))
def test_mixture_with_every_expert_active_equals_a_dense_layer(experts: int, width: int, hidden: int) -> None:
    moe = cm.Moe(layers=1, experts=experts, top_k=experts, intermediate=width)
    dense = cm.Dense(layers=1, intermediate=experts * width)
    assert moe.flops(hidden) == dense.flops(hidden)
    assert moe.weight_bytes(hidden) == dense.weight_bytes(hidden)
    assert moe.sparsity() == dense.sparsity()


@pytest.mark.parametrize("group", [MOE, DENSE], ids=lambda group: group.kind)
def test_halving_weight_bits_keeps_the_flops(group: cm.Moe | cm.Dense) -> None:
    narrow = group.replace(weight_bits=4)
    assert narrow.weight_bytes(HIDDEN) == group.weight_bytes(HIDDEN) / 2
    assert narrow.flops(HIDDEN) == group.flops(HIDDEN) == 2 * group.active_parameters(HIDDEN)


def test_deepseek_v3_would_have_to_activate_14_experts_on_h800() -> None:
    floor = cm.minimum_sparsity(cm.load_accelerator("h800"), hidden=7168, layers=61, tpot=0.05)
    assert MOE.experts_at_sparsity(floor) == 14


@pytest.mark.parametrize("group", [MOE, DENSE], ids=lambda group: group.kind)
def test_without_a_gate_a_third_of_every_count_is_gone(group: cm.Moe | cm.Dense) -> None:
    plain = group.replace(matrices=2)
    for count in ("active_parameters", "stored_parameters", "common_parameters", "flops", "weight_bytes"):
        assert getattr(plain, count)(HIDDEN) == getattr(group, count)(HIDDEN) * 2 / 3
    assert plain.touched_parameters(HIDDEN, 64) == pytest.approx(group.touched_parameters(HIDDEN, 64) * 2 / 3)
    assert plain.sparsity() == group.sparsity()
