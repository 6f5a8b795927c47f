"""List prices: dated rows with hours and sources, margins against them, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.requests.hours import MINUTES_PER_WEEK, Window, share_of_week

ROW = cm.list_prices("deepseek-v3")[0]


def test_every_row_has_a_source_a_date_and_prices() -> None:
    rows = [row for model in cm.priced_models() for row in cm.list_prices(model)]
    assert len(rows) == 39
    assert all(row.source and row.read_on and row.usd_per_million_output > 0 for row in rows)
    assert all(
        row.usd_per_million_cached is None or row.usd_per_million_cached < row.usd_per_million_input for row in rows
    )


def test_prices_of_a_day_hold_on_it() -> None:
    early, later = (cm.list_prices("deepseek-v3", day=day) for day in ("2025-02-10", "2025-03-01"))
    assert [row.tier for row in early] == ["standard"]
    assert [row.tier for row in later] == ["standard", "discount hours"]
    with pytest.raises(cm.DomainError, match="no list price of deepseek-v3 is known for '2025-09-05'"):
        cm.list_prices("deepseek-v3", day="2025-09-05")


def test_hours_of_a_price_and_of_its_complement_fill_the_week() -> None:
    peak = {row.tier: row for row in cm.list_prices("deepseek-v4-pro-0813", day="2026-10-01")}
    assert peak["peak"].share_of_week == pytest.approx(35 / 168)
    assert peak["peak"].share_of_week + peak["off-peak"].share_of_week == pytest.approx(1)
    monday_two = 2 * 60
    assert peak["peak"].holds_at(monday_two)
    assert not peak["off-peak"].holds_at(monday_two)
    assert peak["off-peak"].holds_at(monday_two + 5 * 24 * 60)


def test_hours_past_midnight_belong_to_the_day_that_starts_them() -> None:
    night = Window.read("16:30-00:30")
    assert night.covers(0)
    assert not night.covers(30)
    assert night.covers(16 * 60 + 30)
    assert share_of_week((night,)) == pytest.approx(1 / 3)
    friday = Window.read("Fri-Fri 23:00-01:00")
    assert friday.covers(5 * 24 * 60 + 59)
    assert share_of_week((friday,)) == pytest.approx(2 / 168)


@given(st.integers(0, 1439), st.integers(0, 1439))
def test_the_share_of_a_window_counts_its_minutes(start: int, end: int) -> None:
    window = Window.read(f"{start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}")
    counted = sum(window.covers(minute) for minute in range(MINUTES_PER_WEEK))
    assert share_of_week((window,)) == counted / MINUTES_PER_WEEK


def test_an_unknown_model_is_never_priced_as_its_neighbour() -> None:
    with pytest.raises(cm.UnknownNameError, match=r"unknown list price of model 'ernie-4\.5-300b'"):
        cm.list_prices(cm.load_model("ernie-4.5-300b"))


def test_cached_tokens_without_a_price_pay_the_input_price() -> None:
    with_cache, without = ROW, cm.list_prices("qwen3-32b")[0]
    assert with_cache.revenue(1e6, 1e6, 0) == pytest.approx(0.07)
    assert without.revenue(1e6, 1e6, 0) == pytest.approx(0.10)


def test_the_margin_is_taken_of_the_reservation_cost() -> None:
    def price(utilization: float) -> cm.RequestPrice:
        return cm.RequestPrice(8192, 0, 1024, 0.03, 0.0, 0.06, utilization=utilization)

    full, half = ROW.margin(price(1.0)), ROW.margin(price(0.5))
    assert half.cost == pytest.approx(2 * full.cost)
    assert half.revenue == full.revenue
    assert half.gross_margin < full.gross_margin


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"hours": ("25:00-26:00",)}, "hours must be like"),
        ({"hours": ("Fri-Mon 01:00-04:00",)}, "hours must be like"),
        ({"read_on": "yesterday"}, "read_on: 'yesterday' is not allowed"),
        ({"valid_until": "2025-02-08"}, "valid_from must be before valid_until"),
        ({"usd_per_million_output": -1.0}, "usd_per_million_output: -1.0 is not allowed"),
        ({"usd_per_million_output": None}, "usd_per_million_output: None is not allowed"),
    ],
)
def test_bad_rows_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        ROW.replace(**values)


def test_a_month_is_not_a_day() -> None:
    with pytest.raises(cm.DomainError, match="day: '2025-03' is not allowed; must be a day as YYYY-MM-DD"):
        cm.list_prices("deepseek-v3", day="2025-03")
