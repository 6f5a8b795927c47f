"""The kernel model: its laws, and the work that a call does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costmodel.errors import DomainError
from costmodel.kernels import Kernel, Work, core_work, dense_work, expert_work

H100 = {"bytes_per_second": 3.35e12, "flops_per_second": 989e12}
GEMM = Kernel(
    operation="dense",
    bits=16,
    compute_bits=16,
    fixed_seconds=3.1e-6,
    memory_share=0.82,
    compute_share=0.74,
    serial_seconds=0.67e-9,
    tile=64,
)
SIZES = st.integers(1, 100_000)


def roofline(**changes):
    return Kernel(operation="dense", bits=8, compute_bits=8, smooth=False, **changes)


def product(rows, depth, width, bits=16):
    return dense_work(rows=rows, depth=depth, width=width, weight_bits=bits, input_bits=bits)


@given(SIZES, SIZES, SIZES)
def test_smooth_time_lies_between_maximum_and_sum(rows, depth, width):
    work = product(rows, depth, width)
    parts = (
        work.moved / (0.82 * 3.35e12),
        work.flops * GEMM.padding(rows) / (0.74 * 989e12),
        depth * 0.67e-9,
    )
    beyond = GEMM.seconds(work, **H100) - GEMM.fixed_seconds
    assert max(parts) * (1 - 1e-9) <= beyond <= 3**0.25 * max(parts) * (1 + 1e-9)


@given(SIZES, SIZES, SIZES, st.integers(1, 1000))
def test_time_never_falls_with_rows_or_depth(rows, depth, width, more):
    there = GEMM.seconds(product(rows, depth, width), **H100)
    assert GEMM.seconds(product(rows + more, depth, width), **H100) >= there
    assert GEMM.seconds(product(rows, depth + more, width), **H100) >= there


@given(st.floats(1, 1e15), st.floats(1, 1e18))
def test_without_fixed_time_the_exact_maximum_is_the_roofline(moved, flops):
    seconds = roofline().seconds(Work(moved, flops, 1), **H100)
    assert seconds == max(moved / 3.35e12, flops / 989e12)


def test_arrays_equal_their_elements():
    rows = np.array([1, 63, 64, 65, 4096])
    together = GEMM.seconds(product(rows, 7168, 2048), **H100)
    assert together.tolist() == [GEMM.seconds(product(int(each), 7168, 2048), **H100) for each in rows]


def test_rows_are_computed_in_whole_tiles():
    assert GEMM.padding(16) == 4
    assert GEMM.padding(65) == 128 / 65
    assert roofline(tile=1).padding(3) == 1


def test_dense_work_counts_weights_inputs_and_outputs():
    assert product(2, 3, 5) == Work(3 * 5 * 2 + 2 * 3 * 2 + 2 * 2 * 5, 2 * 2 * 3 * 5, 2, 3)
    assert dense_work(rows=2, depth=3, width=5, weight_bits=4, input_bits=8).moved == 7.5 + 6 + 20


def test_drafted_positions_share_one_read_and_fill_the_tile():
    one = core_work(requests=4, kv_bytes=100, core_flops=1000, query_rows=16)
    three = core_work(requests=4, kv_bytes=100, core_flops=1000, query_rows=16, positions=3)
    assert three == Work(one.moved, 3 * one.flops, 48)


def test_expert_work_reads_touched_experts_of_one_rank():
    work = expert_work(tokens=1, experts=256, top_k=8, ranks=4, hidden=10, width=20, weight_bits=8)
    assert work.moved == pytest.approx(2 * 3 * 10 * 20 + 2 * (4 * 10 + 3 * 20))
    assert work.flops == 2 * 2 * 3 * 10 * 20
    assert work.rows == pytest.approx(1)


def test_imbalance_multiplies_pairs_and_not_weights():
    even, uneven = (
        expert_work(tokens=64, experts=8, top_k=2, ranks=1, hidden=10, width=20, weight_bits=8, imbalance=each)
        for each in (1, 1.2)
    )
    assert uneven.flops == pytest.approx(1.2 * even.flops)
    assert uneven.moved - even.moved == pytest.approx(0.2 * 128 * 100)


@pytest.mark.parametrize("field", ["memory_share", "compute_share"])
@pytest.mark.parametrize("value", [0, 1.2, float("nan")])
def test_shares_outside_their_range_are_refused(field, value):
    with pytest.raises(DomainError, match=field):
        roofline(**{field: value})


def test_only_matrix_products_have_an_inner_dimension():
    with pytest.raises(DomainError, match="dense kernels only"):
        Kernel(operation="gqa_core", bits=16, compute_bits=16, serial_seconds=1e-9)
