"""Laws that every mechanism keeps, on random groups of each: the union is what is tested, so a new one is too."""

import math
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import assume, given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.attention import MECHANISMS, Attention, BlockSparse, Csa, Dsa, RecurrentAttention, SoftmaxAttention
from costmodel.ffn import MECHANISMS as FFN_MECHANISMS
from costmodel.ffn import Ffn
from costmodel.mechanism import Mechanism
from costmodel.spec import Check, Choice, Field
from tests.costmodel.mechanism_rows import ATTENTION_ROWS, FFN_ROWS
from tests.costmodel.random_scenarios import field_values

HIDDEN = 4096
ROWS: dict[type[Mechanism], Mechanism] = {type(row): row for row in (*ATTENTION_ROWS, *FFN_ROWS)}
INDEXED = [row for row in ATTENTION_ROWS if row.has_indexer()]

contexts = st.integers(1, 1_000_000)


@st.composite
def groups(draw: st.DrawFn, kinds: tuple[type[Mechanism], ...]) -> Any:
    """A row with up to four fields changed to any value that they allow."""
    row = ROWS[draw(st.sampled_from(kinds))]
    marks = row.quantities()
    names = draw(st.lists(st.sampled_from(sorted(marks)), max_size=4, unique=True))
    try:
        return row.replace(**{name: draw(field_values(marks[name])) for name in names})
    except cm.DomainError:
        assume(False)


attention = groups(MECHANISMS)
softmax = groups(tuple(kind for kind in MECHANISMS if issubclass(kind, SoftmaxAttention)))
recurrent = groups(tuple(kind for kind in MECHANISMS if issubclass(kind, RecurrentAttention)))
ffn = groups(FFN_MECHANISMS)


def attention_answers(group: Attention, context: Any) -> dict[str, Any]:
    """Every number that the library asks an attention mechanism for."""
    half = context // 2
    return {
        "stored": group.stored_tokens(context),
        "read": group.read_tokens(context),
        "indexed": group.indexed_tokens(context),
        "grown": group.kv_bytes_per_token(),
        "cache": group.cache_bytes(context),
        "state": group.state_bytes(),
        "kv": group.kv_bytes(context),
        "drafted kv": group.kv_bytes(context, 4),
        "core": group.core_flops(context),
        "index bytes": group.index_bytes(context),
        "index": group.index_flops(context),
        "linear": group.linear_parameters(HIDDEN),
        "output": group.output_parameters(HIDDEN),
        "small": sum(group.small_parameters(HIDDEN)),
        "prefill": group.prefill_core_flops(context, half),
        "prefill index": group.prefill_index_flops(context, half),
        "reread": group.prefill_reread_flops(half),
        "padding": group.core_padding(64, 2),
        "weights": group.weight_bytes(HIDDEN),
        "rank": group.effective_rank(),
    }


def ffn_answers(group: Ffn, tokens: Any) -> dict[str, Any]:
    """Every number that the library asks a feed-forward mechanism for."""
    least, most = group.active_range(HIDDEN)
    return {
        "active": group.active_parameters(HIDDEN),
        "least": least,
        "most": most,
        "stored": group.stored_parameters(HIDDEN),
        "common": group.common_parameters(HIDDEN),
        "touched": group.touched_parameters(HIDDEN, tokens),
        "read": group.read_bytes(HIDDEN, tokens),
        "weights": group.weight_bytes(HIDDEN),
        "router": group.router_parameters(HIDDEN),
        "small": sum(group.small_parameters(HIDDEN)),
        "unused": group.unused_biases(HIDDEN),
        "wire": group.wire_width(HIDDEN),
        "sparsity": group.sparsity(),
        "table": group.table_bytes(),
    }


def same_by_element(group: Any, answers: Any, name: str, values: list[Any], sizes: list[int]) -> None:
    """Answers of labelled arrays over a field and a size equal those of each number alone."""
    array = group.update({name: xr.DataArray(np.array(values, dtype=float), dims="field")}, Check.RELATIONS)
    together = answers(array, xr.DataArray(np.array(sizes, dtype=float), dims="size"))
    for at, value in enumerate(values):
        for place, size in enumerate(sizes):
            alone = answers(group.replace(**{name: value}), size)
            for label, expected in alone.items():
                found = xr.DataArray(together[label])
                chosen = found.isel({dim: {"field": at, "size": place}[dim] for dim in found.dims})
                assert math.isclose(float(chosen), float(expected), rel_tol=1e-9), (label, value, size)


def numeric_fields(group: Mechanism) -> list[str]:
    """Fields that can be an axis and hold a number now."""
    marks = group.quantities()
    return [name for name in marks if isinstance(marks[name], Field) and getattr(group, name) is not None]


@st.composite
def axes(draw: st.DrawFn, strategy: Any) -> tuple[Any, str, list[Any]]:
    """A group, one of its fields, and two values for it that the group takes."""
    group = draw(strategy)
    name = draw(st.sampled_from(numeric_fields(group)))
    values = [
        getattr(group, name),
        draw(field_values(group.quantities()[name]).filter(lambda value: value is not None)),
    ]
    try:
        group.replace(**{name: values[1]})
    except cm.DomainError:
        assume(False)
    return group, name, values


@given(axes(attention), st.lists(contexts, min_size=1, max_size=2))
def test_attention_is_the_same_for_numbers_and_arrays(axis: tuple[Any, str, list[Any]], sizes: list[int]) -> None:
    group, name, values = axis
    same_by_element(group, attention_answers, name, values, [2 * size for size in sizes])


@given(axes(ffn), st.lists(st.integers(1, 4096), min_size=1, max_size=2))
def test_ffn_is_the_same_for_numbers_and_arrays(axis: tuple[Any, str, list[Any]], sizes: list[int]) -> None:
    group, name, values = axis
    same_by_element(group, ffn_answers, name, values, sizes)


@given(attention, contexts, contexts)
def test_nothing_shrinks_with_context(group: Attention, one: int, other: int) -> None:
    shorter, longer = sorted((one, other))
    before, after = attention_answers(group, shorter), attention_answers(group, longer)
    for label in ("stored", "read", "indexed", "cache", "kv", "core", "index bytes", "index"):
        assert 0 <= before[label] <= after[label], label


@given(attention, contexts, st.integers(1, 64))
def test_drafted_positions_share_reads_at_best(group: Attention, context: int, positions: int) -> None:
    alone = group.kv_bytes(context)
    assert group.kv_bytes(context, 1) == alone
    assert alone <= group.kv_bytes(context, positions) <= positions * alone * (1 + 1e-12)


@given(attention, st.integers(1, 4096), st.data())
def test_prefill_in_two_parts_does_the_same_work(group: Attention, prompt: int, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, prompt))
    for work in (group.prefill_core_flops, group.prefill_index_flops):
        assert math.isclose(work(cut, 0) + work(prompt, cut), work(prompt, 0), rel_tol=1e-9)


@given(softmax, contexts)
def test_a_core_reads_no_more_than_is_stored(group: SoftmaxAttention, context: int) -> None:
    assert group.read_tokens(context) <= context + group.stored_tokens(context)
    if getattr(group, "kv_source", "own") == "own":
        assert group.kv_bytes(context) <= group.cache_bytes(context) * (1 + 1e-12)


@given(recurrent, contexts, contexts)
def test_recurrent_cost_is_free_of_context(group: RecurrentAttention, one: int, other: int) -> None:
    assert group.kv_bytes(one) == group.kv_bytes(other)
    assert group.core_flops(one) == group.core_flops(other)
    assert group.sequence_bytes(one) == group.state_bytes()
    assert group.kv_bytes_per_token() == group.cache_bytes(one) == 0


@given(recurrent)
def test_a_state_is_read_and_written_once_per_step(group: RecurrentAttention) -> None:
    columns = group.state_bytes() - group.state_elements() * group.state_bits / 8
    assert group.kv_bytes(1) == 2 * group.state_bytes() - columns
    assert columns >= 0


@pytest.mark.parametrize("bits", [16, 32])
@given(group=recurrent)
def test_half_the_state_bits_are_half_the_state(group: RecurrentAttention, bits: int) -> None:
    names = {"state_bits", "conv_bits"} & set(group.quantities())
    wide, narrow = (group.replace(**dict.fromkeys(names, each)) for each in (bits, bits // 2))
    assert narrow.state_bytes() == wide.state_bytes() / 2
    assert narrow.kv_bytes(1) == wide.kv_bytes(1) / 2


@pytest.mark.parametrize("row", INDEXED, ids=lambda row: row.tag())
@given(context=contexts)
def test_index_cost_per_key_is_that_of_the_indexer(row: Any, context: int) -> None:
    keys = row.indexed_tokens(context)
    assert row.index_bytes(context) == keys * row.index_dim * row.index_bits / 8
    assert row.index_flops(context) == keys * row.index_flops_per_key()


@given(contexts)
def test_dsa_that_chooses_every_token_is_mla(context: int) -> None:
    chooses = next(row for row in ATTENTION_ROWS if isinstance(row, Dsa)).replace(index_top_k=max(context, 1))
    mla = cm.Mla(**{name: getattr(chooses, name) for name in cm.Mla.quantities()})
    assert chooses.read_tokens(context) == mla.read_tokens(context)
    assert chooses.kv_bytes(context, 3) == mla.kv_bytes(context, 3)
    assert chooses.core_flops(context) == mla.core_flops(context)


@given(contexts)
def test_sparse_attention_never_stores_less(context: int) -> None:
    for row, dense in ((next(r for r in ATTENTION_ROWS if isinstance(r, kind)), base) for kind, base in SPARSE):
        full = dense(**{name: getattr(row, name) for name in dense.quantities()})
        assert row.cache_bytes(context) == full.cache_bytes(context) + context * row.index_key_bytes()


SPARSE: tuple[tuple[type[Attention], type[Attention]], ...] = ((Dsa, cm.Mla), (BlockSparse, cm.Gqa))


@given(contexts)
def test_block_sparse_that_chooses_every_block_is_gqa(context: int) -> None:
    row = next(row for row in ATTENTION_ROWS if isinstance(row, BlockSparse))
    chooses = row.replace(index_blocks=65_536)
    gqa = cm.Gqa(**{name: getattr(row, name) for name in cm.Gqa.quantities()})
    assert chooses.kv_bytes(context) == gqa.kv_bytes(context)
    assert chooses.core_flops(context) == gqa.core_flops(context)


@given(contexts)
def test_csa_that_pools_nothing_reads_window_and_context(context: int) -> None:
    row = next(row for row in ATTENTION_ROWS if isinstance(row, Csa))
    whole = row.replace(block=1, index_top_k=10_000_000)
    assert whole.read_tokens(context) == min(context, 128) + context


@given(groups((Dsa,)), contexts)
def test_a_shared_indexer_costs_nothing(group: Dsa, context: int) -> None:
    shared = group.replace(indexer="shared")
    mla = cm.Mla(**{name: getattr(group, name) for name in cm.Mla.quantities()})
    assert not shared.has_indexer()
    assert shared.index_bytes(context) == shared.index_flops(context) == 0
    assert shared.cache_bytes(context) == mla.cache_bytes(context)
    assert shared.linear_parameters(HIDDEN) == mla.linear_parameters(HIDDEN)
    assert shared.kv_bytes(context) == group.kv_bytes(context)


@given(ffn, st.integers(1, 10_000))
def test_a_batch_touches_what_one_token_uses_at_least(group: Ffn, tokens: int) -> None:
    least, most = group.active_range(HIDDEN)
    assert least <= group.active_parameters(HIDDEN) * (1 + 1e-12)
    assert group.active_parameters(HIDDEN) <= most * (1 + 1e-12)
    touched = group.touched_parameters(HIDDEN, tokens)
    assert group.active_parameters(HIDDEN) * (1 - 1e-9) <= touched <= group.stored_parameters(HIDDEN) * (1 + 1e-12)
    assert math.isclose(group.touched_parameters(HIDDEN, 1), group.active_parameters(HIDDEN), rel_tol=1e-9)


@given(ffn, st.integers(1, 10_000))
def test_ffn_bytes_are_those_of_common_and_routed_weights(group: Ffn, tokens: int) -> None:
    routed = group.touched_parameters(HIDDEN, tokens) - group.common_parameters(HIDDEN)
    expected = routed * group.weight_bits / 8 + group.common_bytes(HIDDEN) + tokens * group.table_read_bytes()
    assert math.isclose(group.read_bytes(HIDDEN, tokens), expected, rel_tol=1e-9)
    stored = group.stored_parameters(HIDDEN) - group.common_parameters(HIDDEN)
    expected = stored * group.weight_bits / 8 + group.common_bytes(HIDDEN) + group.table_bytes()
    assert math.isclose(group.weight_bytes(HIDDEN), expected, rel_tol=1e-9)


@pytest.mark.parametrize("kind", [*MECHANISMS, *FFN_MECHANISMS], ids=lambda kind: kind.tag())
def test_every_field_of_a_mechanism_says_what_it_is(kind: type[Mechanism]) -> None:
    for name, mark in kind.quantities().items():
        assert mark.label[0].isupper(), name
        assert mark.help.endswith("."), name
        assert isinstance(mark, Choice) or mark.unit, name
    assert kind.label
    assert all(name in kind.model_fields for name in (*kind.starts, *kind.width_fields))
