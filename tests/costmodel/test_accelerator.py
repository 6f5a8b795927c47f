"""Accelerators: rates with their fallbacks, rooflines, prices and networks."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.accelerator import stacked

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


def in_int8(query: str = "") -> cm.Scenario:
    """Step-3 on an A800 whose 8-bit work runs in INT8, beside an H800."""
    at = "accelerators.a800-datasheet"
    link = cm.from_query(f"accelerators=a800-datasheet,h800&{at}.usd_per_hour=0.75&{at}.eight_bit=int8{query}")
    assert link.problems == ()
    assert cm.from_query(cm.to_query(link.scenario)).scenario == link.scenario
    return link.scenario


def test_int8_is_used_only_where_it_is_asked_for() -> None:
    plain, asked = cm.load_accelerator("a800-datasheet"), in_int8().accelerators[0]
    assert (plain.precision(8), asked.precision(8)) == ("BF16", "INT8")
    assert (plain.flops_per_second(8), asked.flops_per_second(8)) == (3.12e14, 6.24e14)
    assert (asked.flops_per_second(16), asked.executed_bits(8)) == (3.12e14, 8)
    assert asked.fallback(8) == "A800 (datasheet) computes 8-bit work in INT8: the model must be quantised to it"
    assert asked.fallback(16) is None


def test_int8_costs_half_where_arithmetic_binds() -> None:
    before = in_int8().replace(accelerators=[cm.load_accelerator("a800-datasheet").replace(usd_per_hour=0.75)])
    wide, narrow = cm.cheapest(in_int8()).alone["a800-datasheet"], cm.cheapest(before).alone["a800-datasheet"]
    assert wide.ffn == pytest.approx(narrow.ffn / 2)
    assert wide.linear == pytest.approx(narrow.linear / 2)
    single = cm.report(in_int8())["metrics"]["single"]["value"]["a800-datasheet"]
    assert single == pytest.approx(wide.total, rel=1e-12)


def test_int8_without_a_known_rate_falls_back_to_bf16() -> None:
    asked = H800.replace(eight_bit="int8", int8_flops_per_second=None)
    assert (asked.precision(8), asked.flops_per_second(8)) == ("BF16", H800.flops_per_second(16))
    assert asked.fallback(8) == "H800 has no INT8 rate: FLOPs run in BF16, bytes stay 8-bit"
    stack = stacked([asked, in_int8().accelerators[0], H800])
    assert list(stack.flops_per_second(8)) == [H800.flops_per_second(16), 6.24e14, H800.flops_per_second(8)]


def test_int8_has_no_measured_shares_and_borrows_kernels() -> None:
    rows = [row for row in cm.plans(in_int8("&rates=measured")) if row.attention_on.id == "a800-datasheet"]
    assert {row.reason for row in rows} == {
        "No measured rates are known for A800 (datasheet) in INT8 with MFA attention."
    }
    row = next(row for row in cm.plans(in_int8("&rates=kernels")) if row.ffn_on.id == "a800-datasheet")
    assert any("(H100 SXM, in place of INT8)" in note for note in row.borrowed)


def test_a_rate_in_int8_alone_is_known() -> None:
    only = A800.replace(bf16_flops_per_second=None, int8_flops_per_second=6e14, eight_bit="int8")
    assert only.flops_per_second(8) == 6e14
    assert only.unknown(8) is None
    assert only.unknown(16) == "no BF16 rate is known for A800"
