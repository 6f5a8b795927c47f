"""Rates with kernels: published calls within the stated error, what stands in for a missing kernel, and shares."""

import csv
from collections import defaultdict
from pathlib import Path
from statistics import median

import pytest

import costmodel as cm
from costmodel.kernels import Work

WITH_KERNELS = [name for name in cm.rates_presets() if cm.load_rates(name).kernels]


def published():
    """A few calls of every kernel, spread evenly over the times of its table."""
    with (Path(__file__).parent / "kernel_calls.csv").open(encoding="utf-8") as lines:
        calls = defaultdict(list)
        for row in csv.DictReader(lines):
            key = row["accelerator"], row["operation"], int(row["bits"]), int(row["compute_bits"]), row["kernel"]
            work = Work(*(float(row[name]) for name in ("bytes", "flops", "rows", "depth")))
            calls[key].append((work, float(row["microseconds"]) * 1e-6))
    return calls


def errors(key, calls):
    name, operation, bits, compute_bits, label = key
    accelerator = cm.load_accelerator(name)
    (kernel,) = [
        each
        for each in cm.load_rates(name, strict=True).kernels_for(operation, bits=bits, compute_bits=compute_bits)
        if each.name == label
    ]
    rates = {
        "bytes_per_second": accelerator.bytes_per_second,
        "flops_per_second": accelerator.flops_per_second(compute_bits),
    }
    return kernel, [abs(float(kernel.seconds(work, **rates)) / seconds - 1) for work, seconds in calls]


@pytest.mark.parametrize("key", published(), ids=lambda key: " ".join(map(str, key)))
def test_published_calls_are_within_the_stated_error(key):
    kernel, found = errors(key, published()[key])
    assert median(found) <= kernel.p90_error


def test_half_of_all_published_calls_are_within_a_tenth():
    found = [error for key, calls in published().items() for error in errors(key, calls)[1]]
    assert len(found) > 150
    assert median(found) <= 0.1


@pytest.mark.parametrize("name", WITH_KERNELS)
def test_every_kernel_states_its_source_and_fit(name):
    for kernel in cm.load_rates(name).kernels:
        assert kernel.source
        assert kernel.measurements >= 10
        assert 0 < kernel.median_error <= kernel.p90_error <= 0.5


@pytest.mark.parametrize("name", WITH_KERNELS)
@pytest.mark.parametrize("operation", ["gqa_core", "mla_core", "dense", "fused"])
@pytest.mark.parametrize("bits", [8, 16])
def test_generic_kernels_fill_every_gap(name, operation, bits):
    assert cm.load_rates(name).kernels_for(operation, bits=bits, compute_bits=bits)


def test_missing_kernels_are_borrowed_and_say_whose():
    (kernel,) = cm.load_rates("h20").kernels_for("dense", bits=16, compute_bits=16)
    assert kernel.borrowed == "H100 SXM"


def test_strict_rates_refuse_a_missing_kernel():
    strict = cm.load_rates("a100", strict=True)
    with pytest.raises(cm.DomainError, match=r"rates\.kernels: A100 .* has no kernel for 16-bit dense GEMM"):
        strict.kernels_for("dense", bits=16, compute_bits=16)


def test_a_narrower_kernel_never_stands_in_for_a_wider_one():
    with pytest.raises(cm.DomainError, match="has no kernel for 16-bit dense GEMM"):
        cm.load_rates("h800", strict=True).kernels_for("dense", bits=16, compute_bits=16)
    (kernel,) = cm.load_rates("h100").kernels_for("gqa_core", bits=32, compute_bits=16)
    assert kernel.bits == 16


def test_strict_rates_hold_no_borrowed_kernel():
    assert not any(kernel.borrowed for kernel in cm.load_rates("h800", strict=True).kernels)
    with pytest.raises(cm.DomainError, match=r"Generic.* has no kernel that is not borrowed"):
        cm.load_rates("generic", strict=True)


def test_own_kernels_come_before_borrowed_ones():
    four_bits = cm.load_rates("h200").kernels_for(("grouped", "fused"), bits=4, compute_bits=8)
    assert [kernel.compute_bits for kernel in four_bits] == [16]
    assert not any(kernel.borrowed for kernel in four_bits)


def test_two_sources_of_one_operation_are_both_offered():
    assert len(cm.load_rates("h100").kernels_for("dense", bits=8, compute_bits=8)) == 2


def test_kernels_and_links_come_together():
    kernels = cm.load_rates("h100").kernels
    with pytest.raises(cm.DomainError, match="kernels and links must be given together"):
        cm.Rates(kernels=kernels)


def test_shares_without_kernels_are_those_of_the_rates():
    assert cm.Rates(core=0.5, gemm=0.25).shares(8) == (0.5, 0.5, 0.25, 0.25)


def test_rates_with_kernels_are_neither_ideal_nor_silent():
    rates = cm.load_rates("h200")
    assert not rates.is_ideal
    assert rates.smooth
    assert "measured kernels with fixed times" in rates.words()


def test_prefill_pays_the_compute_share_of_its_kernels():
    model, h200, rates = cm.load_model("qwen3-32b"), cm.load_accelerator("h200"), cm.load_rates("h200")
    ideal, measured = (cm.prefill(model, h200, prompt=4096, rates=each).linear_seconds for each in (cm.IDEAL, rates))
    assert measured == pytest.approx(ideal / rates.shares(8).product_compute)
