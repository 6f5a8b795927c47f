"""The day that DeepSeek published: servers, bill and margin follow from tokens, rates and the price per hour."""

import pytest

import costmodel as cm

DAY = cm.load_published_day("deepseek-day")


def test_servers_and_bill_agree_with_those_published() -> None:
    assert DAY.servers == pytest.approx(DAY.published_servers, rel=0.005)
    assert DAY.usd_per_day == pytest.approx(DAY.published_usd_per_day, rel=0.005)
    assert DAY.prefill_servers == pytest.approx(95.5, abs=0.05)
    assert DAY.decode_servers == pytest.approx(131.4, abs=0.05)


def test_prices_per_token_add_up_to_the_bill() -> None:
    usd = (
        DAY.missed_tokens_per_day * DAY.usd_per_million_input
        + DAY.cached_tokens_per_day * DAY.usd_per_million_cached
        + DAY.output_tokens_per_day * DAY.usd_per_million_output
    ) / 1e6
    assert usd == pytest.approx(DAY.usd_per_day)


def test_the_hit_rate_is_the_printed_one() -> None:
    assert round(DAY.hit_rate, 3) == 0.562  # printed as 56.3 % from unrounded tokens
    assert DAY.utilization == pytest.approx(226.75 / 278)


def test_revenue_at_r1_prices_is_the_published_theoretical_one() -> None:
    standard = cm.list_prices("deepseek-r1", day="2025-02-27")[0]
    margin = DAY.margin(standard)
    # Published: 562,027 USD a day at R1 prices, 545 % of cost.
    assert margin.revenue == pytest.approx(562_027, rel=0.005)
    assert margin.markup == pytest.approx(5.45, rel=0.005)


def test_the_gallery_holds_the_day_with_its_tokens() -> None:
    scenario = cm.load_scenario("deepseek-day").link.scenario
    assert (scenario.model.id, scenario.workload.context) == ("deepseek-v3", 4989)
    assert [accelerator.id for accelerator in scenario.accelerators] == ["h800"]
    asked, day = scenario.request, scenario.demand
    assert day.requests_per_day * asked.prompt == pytest.approx(DAY.input_tokens_per_day, rel=1e-3)
    assert day.requests_per_day * asked.output == pytest.approx(DAY.output_tokens_per_day, rel=1e-3)
    assert asked.hit_rate == pytest.approx(DAY.hit_rate, abs=1e-3)
    assert asked.decode_context == pytest.approx(4989, abs=1)
    assert day.peak == pytest.approx(DAY.published_peak_servers / DAY.published_servers, abs=1e-3)
    assert asked.utilization == pytest.approx(DAY.utilization, abs=1e-3)


def test_ideal_fleet_of_the_day_is_below_the_published_one() -> None:
    found = cm.fleet(cm.load_scenario("deepseek-day").link.scenario)
    mean = sum(found.follow.course(pool).mean for pool in ("prefill", "attention", "ffn"))
    assert 0.1 * DAY.published_servers < mean < DAY.published_servers


def test_all_input_cached_is_refused() -> None:
    with pytest.raises(cm.DomainError, match="cached tokens must be below input"):
        DAY.replace(cached_tokens_per_day=DAY.input_tokens_per_day)
