"""Attention mechanisms: what one layer reads, computes and stores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.attention import MECHANISMS, Attention, SoftmaxAttention
from tests.costmodel.mechanism_rows import ATTENTION_ROWS

HIDDEN = 4096
EXAMPLES = ATTENTION_ROWS
LIGHTNING = next(group for group in EXAMPLES if isinstance(group, cm.Lightning))
SOFTMAX = [group for group in EXAMPLES if isinstance(group, SoftmaxAttention)]
EVERY = pytest.mark.parametrize("group", EXAMPLES, ids=lambda group: group.kind)
EVERY_SOFTMAX = pytest.mark.parametrize("group", SOFTMAX, ids=lambda group: group.kind)

counts = st.integers(1, 64)
contexts = st.integers(1, 1_000_000)


def test_every_mechanism_has_an_example_here() -> None:
    assert {type(group) for group in EXAMPLES} == set(MECHANISMS)


@given(heads=counts, head_dim=counts, hidden=counts, context=contexts)
def test_gqa_with_equal_heads_is_multi_head_attention(heads: int, head_dim: int, hidden: int, context: int) -> None:
    mha = cm.Gqa(layers=1, heads=heads, kv_heads=heads, head_dim=head_dim, kv_bits=16)
    width = heads * head_dim
    assert mha.kv_bytes(context) == 2 * width * 2 * context
    assert mha.core_flops(context) == 2 * (2 * width * context)
    assert mha.linear_parameters(hidden) == 4 * hidden * width
    assert mha.arithmetic_intensity(context) == 1


@given(heads=counts, head_dim=counts, hidden=counts, context=contexts)
def test_gqa_with_one_kv_head_caches_as_much_as_mfa(heads: int, head_dim: int, hidden: int, context: int) -> None:
    mqa = cm.Gqa(layers=1, heads=heads, kv_heads=1, head_dim=head_dim)
    mfa = cm.Mfa(layers=1, heads=heads, head_dim=head_dim, query_rank=7)
    assert mqa.kv_bytes(context) == mfa.kv_bytes(context) == 2 * head_dim * context
    assert mqa.core_flops(context) == mfa.core_flops(context)
    assert mqa.linear_parameters(hidden) == 2 * hidden * head_dim * (heads + 1)


def test_mfa_replaces_the_query_projection_by_two_of_low_rank() -> None:
    mfa = cm.Mfa(layers=1, heads=64, head_dim=256, query_rank=2048)
    mqa = cm.Gqa(layers=1, heads=64, kv_heads=1, head_dim=256)
    full_query, low_rank_query = HIDDEN * 64 * 256, HIDDEN * 2048 + 2048 * 64 * 256
    assert mfa.linear_parameters(HIDDEN) == mqa.linear_parameters(HIDDEN) - full_query + low_rank_query


def test_mla_cache_does_not_depend_on_heads() -> None:
    mla = SOFTMAX[1]
    assert mla.kv_bytes_per_token() == 512 + 64
    assert mla.replace(heads=16).kv_bytes_per_token() == 512 + 64


def test_mla_without_query_rank_projects_from_hidden() -> None:
    ranked, direct = SOFTMAX[1], SOFTMAX[1].replace(query_rank=None)
    head_width = 128 * (128 + 64)
    difference = HIDDEN * head_width - (HIDDEN * 1536 + 1536 * head_width)
    assert direct.linear_parameters(HIDDEN) - ranked.linear_parameters(HIDDEN) == difference


def test_exact_mla_has_intensity_483_6() -> None:
    paper, exact = SOFTMAX[1], SOFTMAX[1].replace(accounting="exact")
    assert paper.arithmetic_intensity(8192) == 512
    assert round(exact.arithmetic_intensity(8192), 1) == 483.6


@given(rope=st.integers(0, 256), rank=st.integers(1, 2048), context=contexts)
def test_exact_mla_costs_at_most_the_paper_accounting(rope: int, rank: int, context: int) -> None:
    paper = SOFTMAX[1].replace(rope_dim=rope, kv_rank=rank)
    exact = paper.replace(accounting="exact")
    assert exact.core_flops(context) == paper.core_flops(context) - 2 * 128 * rope * context
    assert exact.kv_bytes(context) == paper.kv_bytes(context)
    assert exact.linear_parameters(HIDDEN) == paper.linear_parameters(HIDDEN)


@EVERY_SOFTMAX
@given(context=contexts, window=st.integers(1, 1_000_000))
def test_window_beyond_the_context_changes_nothing(group: SoftmaxAttention, context: int, window: int) -> None:
    """Mechanisms that need a window are compared to one that just holds the context."""
    whole = group.replace(window=context) if group.window else group
    windowed = group.replace(window=max(window, context))
    assert windowed.kv_bytes(context) == whole.kv_bytes(context)
    assert windowed.core_flops(context) == whole.core_flops(context)
    assert windowed.index_bytes(context) == whole.index_bytes(context)
    assert windowed.sequence_bytes(context) == whole.sequence_bytes(context)
    assert windowed.prefill_core_flops(context, 0) == whole.prefill_core_flops(context, 0)


@EVERY_SOFTMAX
@given(context=contexts, window=st.integers(1, 1_000_000))
def test_a_window_shorter_than_the_context_takes_its_place(group: SoftmaxAttention, context: int, window: int) -> None:
    windowed, shorter = group.replace(window=window), min(context, window)
    assert windowed.stored_tokens(context) == windowed.stored_tokens(shorter) == shorter
    assert windowed.linear_parameters(HIDDEN) == group.linear_parameters(HIDDEN)
    if group.kv_bytes_per_token() and group.window:
        return  # pooled entries of what lies before the window are read besides
    assert windowed.kv_bytes(context) == windowed.kv_bytes(shorter)
    assert windowed.core_flops(context) == windowed.core_flops(shorter)


@EVERY_SOFTMAX
def test_an_inclusive_window_caches_one_token_fewer(group: SoftmaxAttention) -> None:
    inclusive = group.replace(window=128, window_count="inclusive")
    assert inclusive.stored_tokens(8192) == 127
    assert inclusive.stored_tokens(100) == 100
    with pytest.raises(cm.DomainError, match="must hold 2 tokens or more, got window = 1"):
        group.replace(window=1, window_count="inclusive")


@EVERY_SOFTMAX
def test_sink_tokens_stay_beside_the_window(group: SoftmaxAttention) -> None:
    assert group.replace(window=128, sink_tokens=4).stored_tokens(8192) == 132


@EVERY_SOFTMAX
@pytest.mark.parametrize("bits", [2, 4, 6, 8, 16, 32])
def test_halving_kv_bits_doubles_the_intensity(group: SoftmaxAttention, bits: int) -> None:
    wide, narrow = group.replace(kv_bits=bits), group.replace(kv_bits=bits // 2)
    assert narrow.kv_bytes(8192) == wide.kv_bytes(8192) / 2
    assert narrow.core_flops(8192) == wide.core_flops(8192)
    assert narrow.arithmetic_intensity(8192) == 2 * wide.arithmetic_intensity(8192)


@EVERY_SOFTMAX
@pytest.mark.parametrize("bits", [8, 16, 32])
def test_half_the_bits_of_keys_and_index_halve_the_cache(group: SoftmaxAttention, bits: int) -> None:
    names = {"kv_bits", "index_bits"} & set(group.quantities())
    wide, narrow = (group.replace(**dict.fromkeys(names, each)) for each in (bits, bits // 2))
    assert narrow.cache_bytes(8192) == wide.cache_bytes(8192) / 2
    assert narrow.index_bytes(8192) == wide.index_bytes(8192) / 2
    assert narrow.index_flops(8192) == wide.index_flops(8192)


def test_half_the_state_bits_are_half_the_state_traffic() -> None:
    lightning = LIGHTNING
    assert lightning.replace(state_bits=16).kv_bytes(8192) == lightning.kv_bytes(8192) / 2


@EVERY
def test_half_the_weight_bits_are_half_the_weight_bytes(group: Attention) -> None:
    assert group.replace(weight_bits=4).weight_bytes(HIDDEN) == group.weight_bytes(HIDDEN) / 2


@EVERY
@given(shorter=contexts, longer=contexts)
def test_traffic_work_and_cache_never_shrink_with_context(group: Attention, shorter: int, longer: int) -> None:
    shorter, longer = sorted((shorter, longer))
    assert group.kv_bytes(shorter) <= group.kv_bytes(longer)
    assert group.core_flops(shorter) <= group.core_flops(longer)
    assert group.sequence_bytes(shorter) <= group.sequence_bytes(longer)


def test_recurrent_state_is_read_and_written_once_per_step() -> None:
    lightning = LIGHTNING
    assert lightning.state_bytes() == 64 * 128 * 96 * 4
    assert lightning.kv_bytes(1) == lightning.kv_bytes(1_000_000) == 2 * lightning.state_bytes()
    assert lightning.core_flops(1) == lightning.core_flops(1_000_000) == 10 * 64 * 128 * 96
    assert lightning.kv_bytes_per_token() == 0
    assert lightning.stored_tokens(8192) == lightning.read_tokens(8192) == 0


@pytest.mark.parametrize(("model", "rank"), [("step-3", 16_384), ("deepseek-v3", 16_384), ("qwen3-235b-a22b", 8_192)])
def test_the_effective_rank_is_the_width_of_the_query_heads(model: str, rank: int) -> None:
    assert cm.load_model(model).effective_rank == rank


@EVERY
def test_projections_cost_two_flops_per_parameter(group: Attention) -> None:
    assert group.linear_flops(HIDDEN) == 2 * group.linear_parameters(HIDDEN)
