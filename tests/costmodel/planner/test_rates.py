"""Rates: ideal unless named, in (0, 1], and every preset has sources."""

import pytest

import costmodel as cm


def test_ideal_rates_are_the_default_and_say_so():
    assert cm.IDEAL.is_ideal
    assert cm.IDEAL.words() == "ideal rates"


def test_rates_that_are_not_ideal_are_reported():
    told = cm.Rates(core=0.7, overhead_seconds=2e-5, query_tile=64).words()
    assert told == "attention core 70 %, GEMM 100 %, network 100 %, 20 µs per stage, 64 query rows per tile"


@pytest.mark.parametrize("name", cm.rates_presets())
def test_every_preset_of_rates_covers_its_values_with_sources(name):
    rates = cm.load_rates(name)
    covered = {field for source in rates.sources for field in source.covers}
    changed = {field for field in rates.quantities() if getattr(rates, field) != getattr(cm.IDEAL, field)}
    assert changed
    assert changed <= covered


@pytest.mark.parametrize("value", [0, -0.1, 1.01, float("nan")])
@pytest.mark.parametrize("field", ["core", "gemm", "network"])
def test_shares_outside_zero_to_one_are_refused(field, value):
    with pytest.raises(cm.DomainError, match=f"{field}: "):
        cm.Rates(**{field: value})
