"""Accelerators: rates with their fallbacks, rooflines, prices and networks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm

H800, A800, B200 = (cm.load_accelerator(name) for name in ("h800", "a800", "b200"))


def test_a_card_without_fp8_runs_8_bit_work_at_its_bf16_rate_and_says_so() -> None:
    assert A800.flops_per_second(8) == A800.flops_per_second(16) == 3.12e14
    assert A800.precision(8) == "BF16"
    assert A800.fallback(8) == "A800 has no FP8 rate: FLOPs run in BF16, bytes stay 8-bit"


def test_a_card_without_fp4_runs_4_bit_work_at_its_8_bit_rate_and_says_so() -> None:
    assert H800.flops_per_second(4) == H800.flops_per_second(8)
    assert H800.fallback(4) == "H800 has no FP4 rate: FLOPs run in FP8, bytes stay 4-bit"
    assert A800.flops_per_second(4) == A800.flops_per_second(16)
    assert "FLOPs run in BF16" in str(A800.fallback(4))


@pytest.mark.parametrize(("bits", "rate", "precision"), [(4, 9e15, "FP4"), (8, 4.5e15, "FP8"), (16, 2.25e15, "BF16")])
def test_a_card_with_a_rate_for_a_precision_uses_it_and_has_nothing_to_say(
    bits: int, rate: float, precision: str
) -> None:
    assert B200.flops_per_second(bits) == rate
    assert B200.precision(bits) == precision
    assert B200.fallback(bits) is None


@pytest.mark.parametrize("bits", [0, 5, 7, 32, -8, "8", None, float("nan")])
def test_a_precision_that_no_card_has_a_rate_for_is_refused(bits: object) -> None:
    for method in (H800.flops_per_second, H800.precision, H800.fallback):
        with pytest.raises(cm.DomainError, match=r"bits: .* must be one of 4, 8, 16"):
            method(bits)


@given(intensity=st.floats(1e-3, 1e6))
def test_the_roofline_is_the_lesser_of_bandwidth_and_peak_and_both_meet_at_the_ridge(intensity: float) -> None:
    attainable = H800.attainable_flops_per_second(intensity)
    assert attainable <= H800.flops_per_second(8)
    assert attainable <= intensity * H800.bytes_per_second
    assert (attainable < H800.flops_per_second(8)) == (intensity < H800.ridge())


def test_a_server_sends_what_its_nics_send_together() -> None:
    assert H800.server_bytes_per_second() == 8 * 400e9 / 8


def test_a_card_without_a_known_network_says_so_instead_of_guessing() -> None:
    with pytest.raises(cm.DomainError, match="no network is known for L4"):
        cm.load_accelerator("l4").server_bytes_per_second()


def test_a_card_without_a_known_price_says_so_instead_of_costing_nothing() -> None:
    l20 = cm.load_accelerator("l20")
    with pytest.raises(cm.DomainError, match="no price is known for L20; set one"):
        cm.usd_per_byte(l20)
    assert cm.usd_per_byte(l20.replace(usd_per_hour=3.6)) == 1e-3 / l20.bytes_per_second
