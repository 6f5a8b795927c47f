"""Reports, explanations and curves of whole requests and fleets: the numbers of the functions, on every road."""

import csv
import io
import json

import numpy as np
import pytest

import costmodel as cm

QUERY = "accelerators=h100.h800&accelerators.h800.tdp_watts=700&accelerators.h100.capex_usd=30000&request.cached=0.5"
SCENARIO = cm.from_query(QUERY).scenario
NO_TDP = cm.update(cm.default_scenario(), {f"accelerators.{name}.tdp_watts": None for name in ("h800", "910b")})
REQUEST, FLEET = cm.request_report(SCENARIO), cm.fleet_report(SCENARIO)


def test_request_report_holds_the_bill_of_both_levels() -> None:
    limit, deployed = cm.request(SCENARIO), cm.deployed_request(SCENARIO)
    for level, bill in (("limit", limit), ("deployed", deployed)):
        assert REQUEST[level]["usd"] == bill.usd
        assert REQUEST[level]["reservation_usd"] == pytest.approx(bill.usd / 0.8)
        assert sum(REQUEST[level][f"usd_{pool}"] for pool in ("prefill", "attention", "ffn")) == pytest.approx(bill.usd)
        assert sum(REQUEST[level][f"share_{kind}"] for kind in ("input", "cached", "output")) == pytest.approx(1)
    assert json.loads(json.dumps(REQUEST)) == REQUEST
    assert cm.from_query(REQUEST["link"]).scenario == SCENARIO


def test_request_csv_holds_the_numbers_of_the_report() -> None:
    for row in csv.DictReader(io.StringIO(cm.request_csv(SCENARIO))):
        assert float(row["value"]) == REQUEST[row["level"]][row["part"]]
        assert row["unit"]


def test_a_request_without_a_deployment_has_its_reason() -> None:
    report = cm.request_report(SCENARIO.replace(sla=cm.Sla(tpot=1e-4)))
    assert "sla.tpot" in report["deployed"]["missing"]
    assert report["limit"]["usd"] > 0


def test_pools_on_accelerators_start_at_the_cheapest() -> None:
    scenario = cm.default_scenario()
    rows = cm.pool_costs(scenario)
    bill = cm.request(scenario)
    for use in bill.uses:
        best = min((row for row in rows if row["pool"] == use.pool), key=lambda row: row["usd"])
        assert (best["accelerator"], best["times_cheapest"]) == (use.accelerator.id, 1.0)
        assert best["usd"] == pytest.approx(use.usd)
    unpriced = cm.update(scenario, {"accelerators.h20.usd_per_hour": None})
    assert [row["usd"] for row in cm.pool_costs(unpriced) if row["accelerator"] == "h20"] == [None] * 3


def test_offers_are_list_prices_with_their_margins() -> None:
    scenario = cm.default_scenario("deepseek-v3")
    bill = cm.request(scenario)
    offers = cm.market(scenario.model, bill)
    assert {offer.price for offer in offers} == set(cm.list_prices("deepseek-v3"))
    for offer in offers:
        assert offer.usd == offer.price.revenue(bill.price.prompt, bill.price.cached, bill.price.output)
        assert offer.margin.cost == bill.price.reservation_usd
        assert offer.price.provider in offer.words
        assert f"read {offer.price.read_on}" in offer.dates
    assert any("UTC" in offer.words for offer in offers)
    assert cm.market(cm.load_model("llama-3.1-70b"), bill) == ()
    listed = cm.request_report(scenario)["list_prices"]
    assert [row["provider"] for row in listed] == [offer.price.provider for offer in offers]


def test_fleet_report_sums_up_its_hours() -> None:
    found = cm.fleet(SCENARIO)
    assert FLEET["usd_per_month"] == found.usd_per_month
    assert sum(row["usd_per_day"] for row in FLEET["pools"]) * 365 / 12 == pytest.approx(found.usd_per_month)
    hours = [row for row in FLEET["hours"] if row["schedule"] == "follow"]
    assert len(hours) == 24 * 3
    for pool in FLEET["pools"]:
        course = [row["servers"] + row["spares"] for row in hours if row["pool"] == pool["pool"]]
        assert max(course) == pool["peak_servers"]
    assert FLEET["static_usd_per_month"] >= FLEET["usd_per_month"]
    assert FLEET["power"]["peak_kilowatts"] == pytest.approx(
        max(sum(row["kilowatts"] for row in hours if row["hour"] == hour) for hour in range(24))
    )
    assert json.loads(json.dumps(FLEET)) == FLEET


def test_fleet_csv_holds_every_hour_of_both_schedules() -> None:
    rows = list(csv.DictReader(io.StringIO(cm.fleet_csv(SCENARIO))))
    assert [int(row["servers"]) for row in rows] == [row["servers"] for row in FLEET["hours"]]
    assert {row["schedule"] for row in rows} == {"fixed", "follow"}


def test_power_without_a_tdp_has_its_reason() -> None:
    report = cm.fleet_report(NO_TDP)
    assert "no TDP is known" in report["power"]["missing"]
    assert {row["kilowatts"] for row in report["hours"]} == {None}
    assert "missing" in cm.request_report(NO_TDP)["joules"]


def test_estimated_tdps_are_assumptions_of_the_reports() -> None:
    default = cm.default_scenario()
    said = "The TDP of H800, 700 W, is an estimate: that of the H100 SXM"
    for found in (cm.fleet_report(default), cm.request_report(default)):
        assert any(text.startswith(said) for text in found["assumptions"])
    assert cm.fleet_report(default)["power"]["peak_kilowatts"] > 0
    own = cm.update(default, {f"accelerators.{each.id}.tdp_watts": 650 for each in default.accelerators})
    assert not any("TDP of" in text for text in cm.fleet_report(own)["assumptions"])
    assert not any("TDP of" in text for text in cm.fleet(default, tdp_watts={"h800": 650, "910b": 300}).assumptions)


def test_accelerators_of_a_power_budget_are_whole() -> None:
    budget = cm.update(SCENARIO, {"service.power_budget": 1.0})
    found = cm.fleet(budget)
    count = cm.fleet_report(budget)["power"]["accelerators_in_budget"]
    assert count == int(1000 / found.power().kilowatts_per_accelerator)
    assert cm.fleet(SCENARIO).accelerators_in_budget is None


def test_ownership_stands_beside_the_rent() -> None:
    (row,) = FLEET["owned"]
    owned = cm.owned_prices(SCENARIO)["h100"]
    assert row["usd_per_hour"] == owned.usd_per_hour
    assert row["rent_usd_per_hour"] == 1.3
    assert owned.usd_per_hour == pytest.approx(row["capital"] + row["upkeep"] + row["electricity"] + row["hosting"])
    cheap = cm.update(SCENARIO, {"accelerators.h100.capex_usd": 20_000.0})
    assert cm.owned_rows(cheap)[0]["break_even_hours_per_year"] < 8760
    months = cm.owned_rows(cheap)[0]["months_to_pay_back"]
    assert months == cm.owned_prices(cheap)["h100"].months_to_pay_back()
    why = next(each for each in cm.explain_fleet(cm.fleet(cheap)) if each.title == "Owning H100 SXM")
    assert {term.symbol: term.value for term in why.terms}["months"] == months
    never = cm.update(SCENARIO, {"accelerators.h100.usd_per_hour": 0.1})
    assert cm.owned_rows(never)[0]["months_to_pay_back"] is None
    why = next(each for each in cm.explain_fleet(cm.fleet(never)) if each.title == "Owning H100 SXM")
    assert [term.symbol for term in why.terms][-1] == "rent"
    unknown = cm.update(SCENARIO, {"accelerators.h100.usd_per_hour": None})
    assert cm.owned_rows(unknown)[0]["months_to_pay_back"] is None
    why = next(each for each in cm.explain_fleet(cm.fleet(unknown)) if each.title == "Owning H100 SXM")
    assert [term.symbol for term in why.terms][-1] == "sum"
    with pytest.raises(cm.DomainError, match="no purchase price of H800 is set"):
        cm.owned_price(cm.load_accelerator("h800"))


def test_explanations_of_a_request_carry_its_numbers() -> None:
    bill = cm.request(SCENARIO)
    explained = {each.title: each for each in cm.explain_request(SCENARIO, bill)}
    cost = {term.symbol: float(term.value) for term in explained["Cost of a request"].terms}
    computed = (cost["P"] - cost["h"]) * cost["u_in"] + cost["h"] * cost["u_hit"] + cost["D"] * cost["u_out"]
    assert cost["C"] == bill.usd == pytest.approx(computed / 1e6)
    ttft = {term.symbol: float(term.value) for term in explained["Time to first token"].terms}
    parts = ttft["wait"] + ttft["prefill"] + ttft["transfer"] + ttft["first step"]
    assert ttft["TTFT"] == pytest.approx(parts)
    energy = {term.symbol: float(term.value) for term in explained["Energy of a request"].terms}
    assert energy["J"] == pytest.approx(cm.request_report(SCENARIO)["joules"])
    assert "Energy of a request" not in {each.title for each in cm.explain_request(NO_TDP, cm.request(NO_TDP))}
    assert all(each.source and each.formula for each in explained.values())


def test_explanations_of_a_fleet_carry_its_numbers() -> None:
    found = cm.fleet(SCENARIO)
    explained = {each.title: each for each in cm.explain_fleet(found)}
    assert list(explained) == [
        "Bill of a month",
        "Servers at the peak",
        "Spares",
        "Prefill wait",
        "Energy",
        "Owning H100 SXM",
    ]
    wait = {term.symbol: float(term.value) for term in explained["Prefill wait"].terms}
    assert wait["W_q"] == pytest.approx(found.worst_wait)
    spread = (wait["cv_a"] ** 2 + wait["cv_s"] ** 2) / 2
    assert wait["E[W]"] == pytest.approx(wait["C"] * wait["s"] / wait["c"] / (1 - wait["rho"]) * spread)
    assert wait["W_q"] == pytest.approx(max(wait["E[W]"] / wait["C"] * np.log(wait["C"] / (1 - wait["q"])), 0))
    bill = {term.symbol: float(term.value) for term in explained["Bill of a month"].terms}
    day = sum(bill[pool] * bill[f"price {pool}"] for pool in ("prefill", "attention", "ffn"))
    assert bill["day"] == pytest.approx(day)
    assert bill["month"] == pytest.approx(found.usd_per_month)
    assert "Energy" not in {each.title for each in cm.explain_fleet(cm.fleet(NO_TDP))}


@pytest.mark.parametrize("path", ["request.prompt", "request.cached"])
def test_curves_of_a_request_pass_through_its_cost(path: str) -> None:
    curve = cm.request_curve(SCENARIO, path)
    place = int(abs(curve.values - cm.value(SCENARIO, path)).argmin())
    there = cm.update(SCENARIO, {path: type(cm.value(SCENARIO, path))(curve.values[place])})
    total = curve.prefill[place] + curve.attention[place] + curve.ffn[place]
    assert total == pytest.approx(cm.request(there).usd)


def test_hours_of_a_fleet_hold_energy_per_token() -> None:
    found = cm.fleet(SCENARIO)
    hours = found.hours
    decode = hours["kilowatts"].sel(pool=["attention", "ffn"]).sum("pool") * 1000
    expected = decode / found.slots.output_tokens_per_second
    assert np.allclose(hours["joules_per_output_token"], expected)
    assert "joules_per_output_token" not in cm.fleet(NO_TDP).hours


def test_a_request_names_the_cost_of_each_kind_of_token() -> None:
    bill = cm.request(SCENARIO)
    assert bill.input_usd + bill.cached_usd + bill.output_usd == pytest.approx(bill.usd)
    assert sum(bill.shares.values()) == pytest.approx(1)


def test_months_are_billed_pool_by_pool_in_three_ways() -> None:
    found = cm.fleet(SCENARIO)
    sums = {way: sum(pools.values()) for way, pools in found.monthly_bills.items()}
    assert sums["follow"] == pytest.approx(found.usd_per_month)
    assert sums["fixed"] == pytest.approx(found.fixed.usd_per_day * 365 / 12)
    assert sums["static"] == pytest.approx(found.static_usd_per_month)
    assert found.worst_wait == float(np.max(found.prefill_wait.quantile(0.99))) >= 0


def test_a_trace_and_a_demand_together_are_refused() -> None:
    trace = cm.read_trace("arrival,prompt,output\n0,10,1\n50,10,1\n")
    with pytest.raises(cm.DomainError, match="trace: and demand are given"):
        cm.fleet(SCENARIO, demand=cm.Demand.of(SCENARIO), trace=trace)
    assert cm.trace_profile(trace).hit_rate is None
    hits = cm.trace_profile(cm.read_trace("prompt,output,cached\n10,1,5\n10,1,0\n")).hit_rate
    assert hits is not None
    assert hits[0] == 0.25


def test_demand_grows_by_the_month() -> None:
    grown = cm.DailyDemand(requests_per_day=86_400, growth=0.1, month=2)
    assert grown.requests_per_second == pytest.approx(1.21)
    curve = cm.request_curve(SCENARIO)
    blended = sum(curve.usd_per_million_tokens(pool) for pool in ("prefill", "attention", "ffn"))
    assert np.allclose(blended * curve.tokens / 1e6, curve.prefill + curve.attention + curve.ffn)


def test_prices_of_tokens_have_the_unit_of_a_million() -> None:
    rows = list(csv.DictReader(io.StringIO(cm.request_csv(cm.default_scenario()))))
    units = {row["part"]: row["unit"] for row in rows if row["level"] == "limit"}
    assert {unit for part, unit in units.items() if "_per_million_" in part} == {"USD/1M tokens"}
    assert (units["usd"], units["usd_prefill"]) == ("USD/request", "USD/request")


def test_measured_decoding_shows_its_band_and_loans() -> None:
    """At measured kernels reports, their CSV and what a page lists name the range of output and what is borrowed."""
    scenario = cm.default_scenario("deepseek-v3").replace(rates="kernels")
    priced, sized = cm.deployed_request(scenario), cm.fleet(scenario)
    bill, day = cm.request_report(scenario), cm.fleet_report(scenario)
    for plan, data, said in (
        (priced.plan, bill["deployed"], bill["assumptions"]),
        (sized.plan, day, day["assumptions"]),
    ):
        assert plan is not None
        assert plan.output_range == (data["tokens_per_second_per_gpu_low"], data["tokens_per_second_per_gpu_high"])
        assert data["borrowed"] == list(plan.borrowed) != []
        assert any(f"{plan.tokens_per_second_per_gpu:,.0f} tokens/s per accelerator" in text for text in said)
        assert all(any(note in text for text in said) for note in (each[1:] for each in plan.notes))
    hours = list(csv.DictReader(io.StringIO(cm.fleet_csv(scenario))))
    assert {row["borrowed"] for row in hours if row["pool"] == "attention"} == {"; ".join(sized.plan.borrowed)}
    assert {row["borrowed"] for row in hours if row["pool"] == "prefill"} == {""}
    parts = {row["part"]: row for row in csv.DictReader(io.StringIO(cm.request_csv(scenario)))}
    assert parts["borrowed"]["value"] == "; ".join(bill["deployed"]["borrowed"])
    assert parts["tokens_per_second_per_gpu_low"]["unit"] == "token/s"


def test_ideal_decoding_has_no_band_and_no_loans() -> None:
    assert REQUEST["deployed"]["tokens_per_second_per_gpu"] > 0
    for found in (REQUEST["deployed"], FLEET):
        assert found["tokens_per_second_per_gpu_low"] is None
        assert found["borrowed"] == []
    assert not any("Decoding is predicted" in text for text in (*REQUEST["assumptions"], *FLEET["assumptions"]))
