"""Power, energy per token and request, its price and carbon, and power budgets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.requests.energy import (
    Draw,
    accelerators_in_budget,
    carbon_grams_per_million,
    electricity_usd_per_million,
    joules_per_request,
    joules_per_token,
)


def test_facility_power_counts_idle_busy_host_and_pue() -> None:
    draw = Draw(idle=300, busy=600, host=100, pue=1.25)
    assert draw.facility_watts(8, 0.5) == pytest.approx(8 * (300 + 150 + 100) * 1.25)
    assert draw.facility_watts(8) == pytest.approx(8 * 700 * 1.25)


def test_the_assumed_draw_is_a_share_of_tdp() -> None:
    draw = Draw.of_tdp(700, busy_share=0.7)
    assert (draw.idle, draw.busy) == (pytest.approx(210), pytest.approx(490))


@given(st.floats(1, 1e6), st.floats(0.1, 1e5))
def test_energy_price_and_carbon_follow_from_kilowatt_hours(watts: float, tokens_per_second: float) -> None:
    joules = joules_per_token(watts, tokens_per_second)
    kwh_per_million = watts / 1000 * (1e6 / tokens_per_second) / 3600
    assert electricity_usd_per_million(joules, 0.08) == pytest.approx(kwh_per_million * 0.08)
    assert carbon_grams_per_million(joules, 400) == pytest.approx(kwh_per_million * 400)


def test_energy_of_a_request_leaves_out_cached_tokens() -> None:
    assert joules_per_request(4096, 1024, 0.05, 0.5) == pytest.approx(4096 * 0.05 + 512)


def test_a_power_budget_feeds_whole_accelerators() -> None:
    assert accelerators_in_budget(1.0, np.array([1.73, 2.17])).tolist() == [578, 460]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: Draw(idle=600, busy=300), "busy - idle: .* is not allowed; must be from 0"),
        (lambda: Draw(idle=1, busy=2).facility_watts(8, 1.1), "utilization: 1.1 is not allowed; must be from 0 to 1"),
        (lambda: joules_per_token(1.0, 0.0), "tokens_per_second: 0.0 is not allowed; must be above 0"),
        (lambda: Draw.of_tdp(0, busy_share=0.7), "watts: 0 is not allowed; must be above 0"),
    ],
)
def test_bad_power_is_refused(call, message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        call()
