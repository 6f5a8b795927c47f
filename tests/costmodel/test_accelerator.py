"""Accelerators: rates with their fallbacks, rooflines, prices and networks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm

H800, A800, B200 = (cm.load_accelerator(name) for name in ("h800", "a800", "b200"))


def test_8_bit_work_without_fp8_falls_back_to_bf16() -> None:
    assert A800.flops_per_second(8) == A800.flops_per_second(16) == 3.12e14
    assert A800.precision(8) == "BF16"
    assert A800.fallback(8) == "A800 has no FP8 rate: FLOPs run in BF16, bytes stay 8-bit"


def test_4_bit_work_without_fp4_falls_back_to_8_bit() -> None:
    assert H800.flops_per_second(4) == H800.flops_per_second(8)
    assert H800.fallback(4) == "H800 has no FP4 rate: FLOPs run in FP8, bytes stay 4-bit"
    assert A800.flops_per_second(4) == A800.flops_per_second(16)
    assert "FLOPs run in BF16" in str(A800.fallback(4))


@pytest.mark.parametrize(("bits", "rate", "precision"), [(4, 9e15, "FP4"), (8, 4.5e15, "FP8"), (16, 2.25e15, "BF16")])
def test_known_precision_needs_no_fallback(bits: int, rate: float, precision: str) -> None:
    assert B200.flops_per_second(bits) == rate
    assert B200.precision(bits) == precision
    assert B200.fallback(bits) is None


@pytest.mark.parametrize("bits", [0, 5, 7, 32, -8, "8", None, float("nan")])
def test_precision_without_any_rate_is_refused(bits: object) -> None:
    for method in (H800.flops_per_second, H800.precision, H800.fallback):
        with pytest.raises(cm.DomainError, match=r"bits: .* must be one of 4, 8, 16"):
            method(bits)


@given(intensity=st.floats(1e-3, 1e6))
def test_roofline_sides_meet_at_the_ridge(intensity: float) -> None:
    attainable = H800.attainable_flops_per_second(intensity)
    assert attainable <= H800.flops_per_second(8)
    assert attainable <= intensity * H800.bytes_per_second
    assert (attainable < H800.flops_per_second(8)) == (intensity < H800.ridge())


def test_a_server_sends_at_the_rate_of_all_its_nics() -> None:
    assert H800.server_bytes_per_second() == 8 * 400e9 / 8


def test_unknown_network_is_refused() -> None:
    with pytest.raises(cm.DomainError, match="no network is known for L4"):
        cm.load_accelerator("l4").server_bytes_per_second()


def test_unknown_price_is_refused() -> None:
    l20 = cm.load_accelerator("l20")
    with pytest.raises(cm.DomainError, match="no price is known for L20; set one"):
        cm.usd_per_byte(l20)
    assert cm.usd_per_byte(l20.replace(usd_per_hour=3.6)) == 1e-3 / l20.bytes_per_second
