"""Turning one mechanism into another: what carries over does, and what cannot is chosen and said."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.mechanism import Mechanism
from costmodel.model import STACKS
from tests.costmodel.mechanism_rows import ATTENTION_ROWS, FFN_ROWS
from tests.costmodel.random_scenarios import field_values

ROWS = {type(group): group for group in (*ATTENTION_ROWS, *FFN_ROWS)}
PAIRS = [
    (ROWS[source], target) for kinds in STACKS.values() for source, target in product(kinds, kinds) if source != target
]


def pair_name(value: object) -> str:
    return value.tag() if isinstance(value, Mechanism) else getattr(value, "tag", lambda: "")()


def test_every_mechanism_has_a_row() -> None:
    assert set(ROWS) == {kind for kinds in STACKS.values() for kind in kinds}


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=pair_name)
def test_fields_that_both_mechanisms_have_carry_over(source: Mechanism, target: type[Mechanism]) -> None:
    new, chosen = target.like(source)
    shared = set(target.quantities()) & set(type(source).quantities())
    assert {"layers", "compute_bits", "weight_bits"} <= shared
    for name in shared - set(chosen) - set(target.width_fields):
        assert getattr(new, name) == getattr(source, name)


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=pair_name)
def test_values_are_chosen_only_where_the_source_has_none(source: Mechanism, target: type[Mechanism]) -> None:
    new, chosen = target.like(source)
    assert chosen == {name: getattr(new, name) for name in chosen}
    for name in chosen:
        assert getattr(source, name, None) is None
        assert chosen[name] == target.starts[name]


@given(data=st.data())
def test_any_group_converts_to_any_mechanism_of_its_stack(data: st.DataObject) -> None:
    kinds = data.draw(st.sampled_from(list(STACKS.values())))
    source, target = data.draw(st.sampled_from(kinds)), data.draw(st.sampled_from(kinds))
    values = {name: data.draw(field_values(mark)) for name, mark in source.quantities().items()}
    try:
        group = source(**values)
    except cm.DomainError:
        return
    assert isinstance(target.like(group)[0], target)


def test_head_width_carries_over_to_the_new_mechanism() -> None:
    mla, _ = cm.Mla.like(cm.Mfa(layers=1, heads=64, head_dim=192, query_rank=2048))
    assert (mla.nope_dim, mla.value_dim, mla.query_rank) == (192, 192, 2048)
    gqa, _ = cm.Gqa.like(mla)
    assert (gqa.heads, gqa.head_dim) == (64, 192)


def test_a_head_of_two_widths_does_not_carry_over() -> None:
    uneven = cm.Lightning(layers=1, heads=8, key_dim=64, value_dim=128)
    assert cm.Gqa.like(uneven)[1] == {"kv_heads": 1, "head_dim": 128}


def test_a_mechanism_turned_into_itself_stays_the_same() -> None:
    for group in ROWS.values():
        assert type(group).like(group)[0] == group
