"""Sensitivity, break-even prices and uncertainty."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel import paths


@pytest.fixture(scope="module")
def scenario():
    accelerators = tuple(cm.load_accelerator(name) for name in ("h800", "h20", "a800", "910b"))
    return cm.Scenario(model=cm.load_model("step-3"), accelerators=accelerators, workload=cm.Workload(context=8192))


def total(scenario):
    return cm.cheapest(scenario).pair.total


def test_every_effect_is_the_cost_with_one_changed_value(scenario):
    result = cm.sensitivity(scenario)
    assert result.cost == total(scenario)
    for effect in result.effects:
        for value, cost in ((effect.low, effect.cost_at_low), (effect.high, effect.cost_at_high)):
            if value is not None:
                assert total(paths.update(scenario, {effect.path: value})) == cost


def test_effects_are_ranked_and_idle_fields_left_out(scenario):
    result = cm.sensitivity(scenario)
    changes = [effect.largest_change for effect in result.effects]
    assert changes == sorted(changes, reverse=True)
    assert changes[-1] > 0
    listed = {effect.path for effect in result.effects}
    assert "vocabulary" not in listed
    assert "attention.0.head_dim" in listed


def test_whole_numbers_and_choices_move_to_a_valid_neighbour(scenario):
    effects = {effect.path: effect for effect in cm.sensitivity(scenario).effects}
    assert (effects["attention.0.heads"].low, effects["attention.0.heads"].high) == (58, 70)
    assert (effects["ffn.1.top_k"].low, effects["ffn.1.top_k"].high) == (2, 4)
    assert (effects["attention.0.kv_bits"].low, effects["attention.0.kv_bits"].high) == (6, 16)


def test_neighbours_respect_relations_between_fields(scenario):
    effects = {e.path: e for e in cm.sensitivity(scenario.replace(model=cm.load_model("qwen3-32b"))).effects}
    assert (effects["attention.0.heads"].low, effects["attention.0.heads"].high) == (56, 72)
    assert (effects["attention.0.kv_heads"].low, effects["attention.0.kv_heads"].high) == (4, 16)


def test_fields_that_cannot_move_alone_are_named(scenario):
    assert "workload.draft_length" in cm.sensitivity(scenario).fixed


def test_a_price_moves_its_part_of_the_cost_in_proportion(scenario):
    alone = scenario.replace(accelerators=(cm.load_accelerator("h20"),))
    effects = {effect.path: effect for effect in cm.sensitivity(alone, step=0.25).effects}
    assert effects["accelerators.h20.usd_per_hour"].change_at_high == pytest.approx(0.25)
    assert effects["accelerators.h20.usd_per_hour"].change_at_low == pytest.approx(-0.25)


@pytest.mark.parametrize("step", [0, 1, -0.1, float("nan"), "much"])
def test_a_step_outside_its_range_is_refused(scenario, step):
    with pytest.raises(cm.DomainError, match="step"):
        cm.sensitivity(scenario, step)


@settings(max_examples=30, deadline=None)
@given(
    st.sampled_from(cm.models()),
    st.permutations(["h800", "h20", "a800", "910b"]).map(lambda ids: tuple(ids[:2])),
    st.sampled_from([1024, 8192, 131072]),
)
def test_at_the_break_even_price_the_costs_tie(name, accelerators, context):
    workload = cm.Workload(context=context)
    tie = cm.break_even(cm.Scenario(model=name, accelerators=accelerators, workload=workload))[0]
    assert (tie.accelerator.id, tie.against.id) == accelerators
    other = cm.load_accelerator(accelerators[1])

    def at(price):
        accelerator = cm.load_accelerator(accelerators[0]).replace(usd_per_hour=price)
        return cm.cheapest(cm.Scenario(model=name, accelerators=[other, accelerator], workload=workload))

    singles = at(tie.single).alone
    assert singles[accelerators[0]].total == pytest.approx(singles[accelerators[1]].total)
    assert tie.takes_all * (1 - 1e-12) <= tie.single <= tie.joins_pair * (1 + 1e-12)
    above, below, least = at(tie.joins_pair * 1.01), at(tie.joins_pair * 0.99), at(tie.takes_all * 0.99)
    assert {above.pair.attention_on.id, above.pair.ffn_on.id} == {accelerators[1]}
    assert accelerators[0] in {below.pair.attention_on.id, below.pair.ffn_on.id}
    assert {least.pair.attention_on.id, least.pair.ffn_on.id} == {accelerators[0]}


def test_break_even_needs_the_other_price_only():
    asked = cm.Scenario(model="step-3", accelerators=["l20", "h20"], workload=cm.Workload(context=8192))
    (tie,) = cm.break_even(asked)
    assert (tie.accelerator.id, tie.against.id) == ("l20", "h20")


@pytest.mark.parametrize(("context", "price"), [(8192, "0.680"), (131_072, "0.573")])
def test_break_even_of_910b_against_h20(context, price):
    asked = cm.Scenario(model="step-3", accelerators=["910b", "h20"], workload=cm.Workload(context=context))
    tie = next(row for row in cm.break_even(asked) if row.accelerator.id == "910b")
    assert f"{tie.single:.3f}" == price


def test_break_even_covers_every_ordered_pair(scenario):
    pairs = {(row.accelerator.id, row.against.id) for row in cm.break_even(scenario)}
    ids = [each.id for each in scenario.accelerators]
    assert pairs == {(one, other) for one in ids for other in ids if one != other}


def test_uncertainty_band_holds_the_nominal_cost(scenario):
    result = cm.uncertainty(scenario)
    assert result.quantiles[0.25] < result.cost < result.quantiles[0.75]
    assert result.kept == result.pairs[result.pair]


def test_uncertainty_without_spread_is_the_cost_itself(scenario):
    result = cm.uncertainty(scenario, price_spread=0, rate_spread=0, samples=10)
    assert list(result.quantiles.values()) == pytest.approx([result.cost] * 5)
    assert result.pairs == {("h20", "h800"): 1.0}


def test_uncertainty_is_reproducible_and_its_shares_sum_to_one(scenario):
    first, again, other = (cm.uncertainty(scenario, samples=2000, seed=seed) for seed in (1, 1, 2))
    assert first == again
    assert first != other
    assert sum(first.pairs.values()) == pytest.approx(1)
    assert list(first.quantiles.values()) == sorted(first.quantiles.values())
    assert list(first.pairs.values()) == sorted(first.pairs.values(), reverse=True)


def test_spread_of_one_accelerator_is_that_of_its_price(scenario):
    alone = scenario.replace(accelerators=(cm.load_accelerator("h20"),))
    result = cm.uncertainty(alone, price_spread=0.2, rate_spread=0, samples=200_000)
    for share, score in ((0.05, -1.6449), (0.5, 0.0), (0.95, 1.6449)):
        assert result.quantiles[share] == pytest.approx(result.cost * np.exp(0.2 * score), rel=5e-3)


@pytest.mark.parametrize(
    "given",
    [
        {"price_spread": -0.1},
        {"price_spread": 2},
        {"rate_spread": "a"},
        {"samples": 0},
        {"samples": 10**9},
        {"seed": 0.5},
    ],
)
def test_uncertainty_refuses_what_it_cannot_draw(scenario, given):
    with pytest.raises(cm.DomainError, match=next(iter(given))):
        cm.uncertainty(scenario, **given)


def test_like_for_like_moves_leave_precisions_apart(scenario) -> None:
    found = cm.sensitivity(scenario)
    assert found.step == 0.1
    assert {*found.alike, *found.apart} == {*found.effects}
    assert not {*found.alike} & {*found.apart}
    for effect in found.alike:
        tried = [value for value in (effect.low, effect.high) if value is not None]
        assert all(0.075 <= abs(value / effect.value - 1) <= 0.125 for value in tried)
    apart = {effect.path for effect in found.apart}
    assert {"ffn.1.compute_bits", "attention.0.kv_bits", "ffn.1.top_k"} <= apart
    assert "accelerators.h20.usd_per_hour" in {effect.path for effect in found.alike}
