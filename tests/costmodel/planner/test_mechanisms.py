"""What the planner asks of every mechanism: sharded projections, tiles, touched experts, visited servers."""

import itertools

import pytest

import costmodel as cm
from tests.costmodel.mechanism_rows import ATTENTION_ROWS, FFN_ROWS


@pytest.mark.parametrize("group", ATTENTION_ROWS, ids=lambda group: group.kind)
def test_the_output_projection_is_a_part_of_the_projections(group):
    assert 0 < group.output_parameters(7168) < group.linear_parameters(7168)


@pytest.mark.parametrize(("tile", "positions", "factor"), [(1, 1, 1), (64, 1, 4), (64, 2, 2), (64, 4, 1), (64, 5, 1.6)])
def test_query_tile_padding_factor(tile, positions, factor):
    gqa = cm.load_model("qwen3-235b-a22b").attention[0]
    assert gqa.core_padding(tile, positions) == pytest.approx(factor)


def test_a_recurrent_state_has_no_tile():
    assert cm.load_model("minimax-m1").attention[1].core_padding(64, 1) == 1


@pytest.mark.parametrize("group", FFN_ROWS, ids=lambda group: group.kind)
def test_touched_weights_lie_between_active_and_stored(group):
    touched = [float(group.touched_parameters(7168, tokens)) for tokens in (1, 2, 8, 64, 100_000)]
    assert touched[0] == pytest.approx(group.active_parameters(7168))
    assert touched == sorted(touched)
    assert touched[-1] == pytest.approx(group.stored_parameters(7168))


def test_two_of_four_experts_drawn_twice_touch_three_on_average():
    moe = cm.Moe(layers=1, experts=4, top_k=2, intermediate=1)
    draws = list(itertools.product(itertools.combinations(range(4), 2), repeat=2))
    mean = sum(len({*first, *second}) for first, second in draws) / len(draws)
    assert moe.touched_parameters(1, 2) == pytest.approx(3 * mean)


@pytest.mark.parametrize(("experts", "servers", "top_k"), [(8, 4, 2), (8, 2, 3), (6, 3, 4), (4, 1, 2)])
def test_servers_visited_equal_the_enumeration_of_all_choices(experts, servers, top_k):
    moe = cm.Moe(layers=1, experts=experts, top_k=top_k, intermediate=1)
    per_server = experts // servers
    choices = list(itertools.combinations(range(experts), top_k))
    mean = sum(len({expert // per_server for expert in choice}) for choice in choices) / len(choices)
    assert moe.servers_visited(servers) == pytest.approx(mean)


def test_a_routing_limit_draws_from_that_many_servers():
    limited = cm.Moe(layers=1, experts=256, top_k=8, intermediate=1, routing_limit=4)
    as_if = cm.Moe(layers=1, experts=64, top_k=8, intermediate=1)
    assert limited.servers_visited(16) == pytest.approx(as_if.servers_visited(4))
    assert limited.servers_visited(2) == pytest.approx(limited.replace(routing_limit=None).servers_visited(2))


def test_dense_layers_visit_no_server():
    assert cm.Dense(layers=1, intermediate=1).servers_visited(8) == 0
