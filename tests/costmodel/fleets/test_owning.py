"""Ownership: the worked example to the printed digit, capital recovery, and break-even with renting."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.fleets.owning import capital_recovery
from costmodel.validation.paper import agrees

H800 = cm.load_accelerator("h800")
EXAMPLE = cm.owned_price(H800, capex=42_000, kilowatts=1.3)


def test_the_worked_example_comes_out_to_the_printed_digit() -> None:
    assert agrees(EXAMPLE.capital, "1.409")
    assert agrees(EXAMPLE.electricity, "0.130")
    assert agrees(EXAMPLE.hosting, "0.267")
    assert agrees(EXAMPLE.upkeep, "0.144")
    assert agrees(EXAMPLE.usd_per_hour, "1.950")
    assert agrees(EXAMPLE.electricity / EXAMPLE.usd_per_hour, "0.07")


@given(st.floats(0.001, 0.5), st.integers(1, 20))
def test_recovered_capital_repays_the_loan(interest: float, years: int) -> None:
    share = capital_recovery(interest, years)
    assert sum(share / (1 + interest) ** year for year in range(1, years + 1)) == pytest.approx(1)


def test_capital_recovery_is_continuous_at_no_interest() -> None:
    assert capital_recovery(0.0, 4) == 0.25
    assert capital_recovery(1e-9, 4) == pytest.approx(0.25)
    assert capital_recovery(np.array([0.0, 0.1]), 4).tolist() == pytest.approx([0.25, 0.31547], abs=5e-6)


@given(st.floats(0.5, 20))
def test_owning_costs_as_much_as_renting_at_the_break_even(rent: float) -> None:
    hours = EXAMPLE.break_even_hours(rent)
    owned = EXAMPLE.standing * 8760 + EXAMPLE.electricity * hours
    assert owned == pytest.approx(rent * hours)


def test_renting_is_compared_at_the_price_of_the_accelerator() -> None:
    assert EXAMPLE.break_even_hours() == EXAMPLE.break_even_hours(H800.price())
    tokens = EXAMPLE.break_even_tokens(1000.0)
    assert tokens == pytest.approx(EXAMPLE.break_even_hours() * 3600 * 1000 / 12)


def test_owning_never_pays_where_rent_is_below_electricity() -> None:
    assert EXAMPLE.break_even_hours(0.1) == np.inf
    assert EXAMPLE.months_to_pay_back(0.1) == np.inf


def test_rent_not_paid_returns_the_capital() -> None:
    months = EXAMPLE.months_to_pay_back(2.0)
    saved = 2.0 - EXAMPLE.electricity - EXAMPLE.upkeep - EXAMPLE.hosting
    assert months * saved * 730 == pytest.approx(42_000)


def test_utilization_divides_the_whole_cost() -> None:
    assert EXAMPLE.at_utilization(0.5) == pytest.approx(2 * EXAMPLE.usd_per_hour)
    with pytest.raises(cm.DomainError, match="utilization: 0 is not allowed; must be above 0 to 1"):
        EXAMPLE.at_utilization(0)


def test_owned_power_is_the_tdp_unless_given() -> None:
    h100 = cm.load_accelerator("h100")
    assert cm.owned_price(h100, capex=30_000).electricity == pytest.approx(0.7 * 1.25 * 0.08)
    with pytest.raises(cm.DomainError, match="kilowatts: is missing; no TDP is known for H800"):
        cm.owned_price(H800.replace(tdp_watts=None), capex=30_000)


def test_prices_of_several_capital_costs_equal_those_one_by_one() -> None:
    capex = np.array([20_000.0, 42_000.0])
    together = cm.owned_price(H800, capex=capex, kilowatts=1.3).usd_per_hour
    assert together.tolist() == [cm.owned_price(H800, capex=each, kilowatts=1.3).usd_per_hour for each in capex]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"capex": 0}, "capex: 0 is not allowed; must be above 0"),
        ({"years": 0}, "years: 0 is not allowed"),
        ({"interest": -0.1}, "interest: -0.1 is not allowed"),
        ({"resale": 1.5}, "resale: 1.5 is not allowed; must be from 0 to 1"),
        ({"pue": 0.9}, "pue: 0.9 is not allowed; must be from 1 to 10"),
        ({"kilowatts": float("nan")}, "kilowatts: nan is not allowed"),
    ],
)
def test_bad_ownership_is_refused(values: dict[str, float], message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        cm.owned_price(H800, **{"capex": 42_000, "kilowatts": 1.3} | values)
