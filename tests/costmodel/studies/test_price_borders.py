"""Border prices over context: below them one accelerator joins the cheapest pair, or takes all of it."""

import numpy as np
import pytest

import costmodel as cm

CONTEXTS = (1_024, 8_192, 131_072, 1_048_576)


def priced(scenario, name, context, price):
    """The cheapest pair at a context with one accelerator at a price."""
    moved = scenario.replace(workload=scenario.workload.replace(context=context))
    changed, problems = cm.replace_valid(moved, {f"accelerators.{name}.usd_per_hour": price})
    assert not problems
    return cm.cheapest(changed).pair


@pytest.mark.parametrize("name", ["h800", "h20", "a800", "910b"])
def test_pair_changes_exactly_at_the_borders(name):
    scenario = cm.default_scenario()
    found = cm.price_map(scenario, name, CONTEXTS)
    for place, context in enumerate(CONTEXTS):
        joins, all_of_it = float(found.joins[place]), float(found.takes_all[place])
        dear, middle, cheap = (
            priced(scenario, name, context, price)
            for price in (joins * 1.001, np.sqrt(joins * all_of_it), all_of_it * 0.999)
        )
        assert name not in {dear.attention_on.id, dear.ffn_on.id}
        assert {cheap.attention_on.id, cheap.ffn_on.id} == {name}
        carried = {"attention": middle.attention_on.id, "ffn": middle.ffn_on.id}
        assert [part for part, on in carried.items() if on == name] == [found.first_part[place]]


def test_borders_of_910b_at_8k_are_those_of_the_paper_prices():
    found = cm.price_map(cm.default_scenario(), "910b", (8_192,))
    assert [f"{border[0]:.3f}" for border in (found.joins, found.takes_all)] == ["0.618", "0.283"]


def test_pairs_of_the_others_leave_the_accelerator_out():
    found = cm.price_map(cm.default_scenario(), "h20")
    assert "h20" not in {name for span in found.others for name in (span.attention_on, span.ffn_on)}


def test_named_pools_do_not_move_the_borders():
    free, named = (cm.price_map(cm.default_scenario().replace(attention_on=on), "910b") for on in ("any", "h800"))
    assert (free.attention == named.attention).all()


def test_a_map_needs_another_priced_accelerator():
    alone = cm.default_scenario().replace(accelerators=["h800"])
    with pytest.raises(cm.DomainError, match="no accelerator but H800 has a price"):
        cm.price_map(alone, "h800")
    with pytest.raises(cm.DomainError, match="h20 is not among"):
        cm.price_map(alone, "h20")
