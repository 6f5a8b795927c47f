"""Communication tables: published points, what lies between and beyond them, and refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.errors import DomainError
from costmodel.links import AllReduce, AllToAll, BetweenServers, Links

REDUCE_2 = AllReduce(ranks=2, sizes=(16384, 262144), seconds=(2.7e-6, 3.7e-6))
REDUCE_8 = AllReduce(ranks=8, sizes=(16384, 262144), seconds=(3.7e-6, 9.4e-6))
IN_SERVER = AllToAll(ranks=8, tokens=(1, 128), dispatch=(13e-6, 37e-6), combine=(14e-6, 67e-6))
DEEPEP = BetweenServers(
    ranks=(8, 16, 32, 64, 128),
    dispatch=(77e-6, 118e-6, 155e-6, 173e-6, 192e-6),
    combine=(114e-6, 195e-6, 273e-6, 314e-6, 369e-6),
    tokens=128,
    latency=22e-6,
)
"""deepseek-ai/DeepEP README of June 2025, low-latency kernels with NVLink and RDMA, 128 tokens per rank on H800."""

LINKS = Links(
    scale_up_bytes_per_second=450e9,
    all_reduce_tables=(REDUCE_2, REDUCE_8),
    all_to_all_tables=(IN_SERVER,),
    between_servers=DEEPEP,
)
DSV3 = 7168 * 8


def test_one_rank_has_no_communication():
    assert LINKS.all_reduce(1, 1e6) == 0
    assert LINKS.all_to_all(1, 128, DSV3) == (0, 0)
    assert LINKS.all_gather(1, 128, 7168) == 0


def test_all_reduce_is_log_log_between_and_linear_beyond():
    assert LINKS.all_reduce(8, 262144) == pytest.approx(9.4e-6)
    assert LINKS.all_reduce(8, 65536) == pytest.approx((3.7e-6 * 9.4e-6) ** 0.5)
    assert LINKS.all_reduce(8, 2 * 262144) == pytest.approx(2 * 9.4e-6)
    assert LINKS.all_reduce(8, 1) == pytest.approx(3.7e-6)


def test_rank_counts_between_tables_are_interpolated():
    assert LINKS.all_reduce(4, 262144) == pytest.approx((3.7e-6 + 9.4e-6) / 2)


def test_rank_counts_beyond_the_tables_lengthen_as_a_ring():
    rack = LINKS.replace(domain=72)
    assert rack.all_reduce(64, 262144) == pytest.approx(9.4e-6 * (63 / 64) / (7 / 8))


@pytest.mark.parametrize(("ranks", "dispatch", "combine"), [(16, 118, 195), (64, 173, 314), (128, 192, 369)])
def test_published_deepep_points_are_reproduced(ranks, dispatch, combine):
    times = LINKS.all_to_all(ranks, 128, DSV3)
    assert [round(seconds * 1e6) for seconds in times] == [dispatch, combine]


def test_a_slower_scale_up_network_lengthens_large_all_reduces():
    slower = LINKS.over(domain=None, bytes_per_second=150e9)
    assert slower.all_reduce(8, 16384) == LINKS.all_reduce(8, 16384)
    assert slower.all_reduce(8, 262144) == pytest.approx(3 * LINKS.all_reduce(8, 262144))
    assert slower.all_gather(8, 128, 7168) > LINKS.all_gather(8, 128, 7168)
    assert LINKS.over(domain=72, bytes_per_second=900e9).all_reduce_tables == LINKS.all_reduce_tables


def test_tokens_between_servers_shrink_all_but_the_latency():
    dispatch, _ = LINKS.all_to_all(64, 64, DSV3)
    assert dispatch == pytest.approx(22e-6 + (173e-6 - 22e-6) / 2)


def test_a_slower_network_lengthens_all_but_the_latency():
    dispatch, _ = LINKS.all_to_all(64, 128, DSV3, nic_bytes_per_second=25e9)
    assert dispatch == pytest.approx(22e-6 + 2 * (173e-6 - 22e-6))


def test_all_to_all_in_a_server_scales_tokens_by_elements_sent():
    assert LINKS.all_to_all(8, 128, DSV3) == pytest.approx((37e-6, 67e-6))
    assert LINKS.all_to_all(8, 256, DSV3 / 2) == pytest.approx((37e-6, 67e-6))
    assert LINKS.all_to_all(8, 255, DSV3)[0] == pytest.approx(37e-6 + 24e-6)


def test_all_gather_moves_the_tokens_of_all_other_ranks():
    assert LINKS.all_gather(4, 32, 1000) == pytest.approx(10e-6 + 2 * 32 * 1000 * 3 / (0.8 * 450e9))


@given(st.integers(1, 8), st.floats(1, 1e9), st.floats(1, 100))
def test_all_reduce_never_gets_faster_with_size(ranks, size, factor):
    assert LINKS.all_reduce(ranks, size * factor) >= LINKS.all_reduce(ranks, size) * (1 - 1e-12)


def test_arrays_equal_their_elements():
    sizes = np.array([1e3, 1e5, 1e7])
    assert LINKS.all_reduce(4, sizes).tolist() == pytest.approx([LINKS.all_reduce(4, size) for size in sizes])
    tokens = np.array([1.0, 100.0, 1e4])
    together = LINKS.all_to_all(32, tokens, DSV3)[1]
    assert together.tolist() == pytest.approx([LINKS.all_to_all(32, each, DSV3)[1] for each in tokens])


def test_arrays_of_ranks_equal_their_elements():
    ranks = np.array([1, 8, 16, 40, 300])
    together = LINKS.all_to_all(ranks, 100.0, DSV3)
    for place, count in enumerate(ranks.tolist()):
        each = LINKS.all_to_all(count, 100.0, DSV3)
        assert (together[0][place], together[1][place]) == pytest.approx(each)


def test_all_reduce_over_servers_adds_the_network():
    inside = LINKS.all_reduce(8, 1e6)
    sent = 2 * (1 / 2) * 1e6 / 8 / 50e9
    assert LINKS.all_reduce(16, 1e6, 50e9) == pytest.approx(inside + 2 * 20e-6 + sent)
    assert LINKS.all_reduce(16, 1e6, 25e9) == pytest.approx(inside + 2 * 20e-6 + 2 * sent)
    assert LINKS.replace(domain=72).all_reduce(16, 1e6) < LINKS.all_reduce(16, 1e6)


def test_all_gather_over_servers_adds_the_network():
    size = 2 * 128 * 7168
    inside = 10e-6 + size * 15 / LINKS.exchange_bytes_per_second
    assert LINKS.all_gather(16, 128, 7168, nic_bytes_per_second=50e9) == pytest.approx(inside + 20e-6 + size / 50e9)


def test_falling_tables_are_refused():
    with pytest.raises(DomainError, match="never falls"):
        AllReduce(ranks=2, sizes=(1, 2), seconds=(2e-6, 1e-6))


def test_without_a_table_between_servers_there_is_no_answer():
    with pytest.raises(DomainError, match="expert_parallel: no all-to-all is known for 16 ranks"):
        LINKS.replace(between_servers=None).all_to_all(16, 1, DSV3)
