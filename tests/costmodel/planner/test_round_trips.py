"""Stacks of unequal depth: how their layers share round trips, and what a plan makes of it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.planner.timing import attention_layers
from costmodel.planner.trips import kinds_of_trips

H20, H800 = cm.load_accelerator("h20"), cm.load_accelerator("h800")
WORKLOAD = cm.Workload(context=8192)
STEP3 = cm.load_model("step-3")
ALTERNATING = STEP3.replace(
    attention=(STEP3.attention[0].replace(layers=40), STEP3.attention[0].replace(layers=8, window=512)),
    ffn=(STEP3.ffn[1].replace(layers=40),),
)


@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.data())
def test_every_layer_is_in_one_trip(counts: list[int], data: st.DataObject) -> None:
    trips = data.draw(st.integers(1, sum(counts)))
    kinds = kinds_of_trips(counts, trips)
    assert sum(kinds.values()) == trips
    for group, count in enumerate(counts):
        assert sum(kind.count(group) * number for kind, number in kinds.items()) == count


@pytest.mark.parametrize(
    ("counts", "trips", "kinds"),
    [
        ([61], 61, {(0,): 61}),
        ([3, 58], 61, {(0,): 3, (1,): 58}),
        ([40, 8], 40, {(0,): 32, (0, 1): 8}),
        ([36, 36], 36, {(0, 1): 36}),
        ([56, 28], 56, {(0,): 28, (0, 1): 28}),
    ],
)
def test_smaller_groups_ride_with_the_larger(counts: list[int], trips: int, kinds: dict[tuple[int, ...], int]) -> None:
    assert kinds_of_trips(counts, trips) == kinds


def test_the_budget_is_that_of_a_round_trip() -> None:
    plan = cm.pair_plan(ALTERNATING, attention_on=H20, ffn_on=H800, workload=WORKLOAD)
    assert plan.budget_seconds == pytest.approx(0.05 / 3 / 40)
    assert plan.tpot == pytest.approx(3 * 40 * plan.stage_seconds.cycle)


def test_mixers_of_one_trip_follow_one_another() -> None:
    on = {"accelerator": H20, "workload": WORKLOAD, "rates": cm.IDEAL}
    one, both = attention_layers(ALTERNATING, **on)
    (rider,) = attention_layers(ALTERNATING.replace(attention=ALTERNATING.attention[1:]), **on)
    assert (one.layers, both.layers) == (32, 8)
    for batch in (1, 1000):
        assert both.seconds(batch) == pytest.approx(one.seconds(batch) + rider.seconds(batch))


def test_ffn_layers_of_one_trip_follow_one_another() -> None:
    deeper = STEP3.replace(attention=(STEP3.attention[0].replace(layers=56),))
    plan = cm.pair_plan(deeper, attention_on=H20, ffn_on=H800, workload=WORKLOAD)
    assert [group.layers for group in plan.ffn_groups] == [5, 51]
    assert plan.ffn_groups[0].seconds > plan.ffn_groups[1].seconds


def test_colocated_baseline_and_timeline_count_round_trips() -> None:
    plan = cm.pair_plan(ALTERNATING, attention_on=H20, ffn_on=H800, workload=WORKLOAD)
    assert cm.timeline(plan).tpot == pytest.approx(plan.tpot)
    assert cm.colocated(ALTERNATING, H800, workload=WORKLOAD).feasible


def test_the_network_floor_counts_round_trips() -> None:
    of = {"hidden": 7168, "tpot": 0.05}
    floor = cm.sparsity.sparsity_floor(ALTERNATING, H800, WORKLOAD, cm.Sla()).minimum
    assert floor == cm.minimum_sparsity(H800, layers=40, **of)
