"""Requests and demand of a scenario: links, files, what functions read from them, and metrics of whole requests."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.io.numbers import write

SCENARIO = cm.from_query("accelerators=h100.h20-datasheet").scenario
CHANGED = (
    "request.prompt=4096&request.output=512&request.cached=0.5&request.utilization=0.6&demand.peak=1.3&service.pue=1.1"
)


def metric(name: str, scenario: cm.Scenario) -> float:
    return float(cm.METRICS[name].value(cm.Evaluation(scenario)))


def test_requests_and_demand_travel_in_link_and_file() -> None:
    scenario = cm.from_query(CHANGED).scenario
    assert (scenario.request.cached, scenario.demand.peak, scenario.service.pue) == (0.5, 1.3, 1.1)
    assert cm.from_query(cm.to_query(scenario)).scenario == scenario
    assert cm.from_toml(cm.to_toml(scenario)).link.scenario == scenario
    unknown = cm.from_query(f"{CHANGED}&request.cached=none")
    assert unknown.scenario.request.cached is None


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        ("request.cached=1", "request.cached", "must be a number from 0 to 0.9999"),
        ("request.cached=0.9&request.prompt=5", "request", "cached must leave one token of the prompt to compute"),
        ("request.prompt=-3", "request.prompt", "must be a whole number from 1"),
        ("request.output=0", "request.output", "must be a whole number from 1"),
        ("request.utilization=0", "request.utilization", "must be a number from"),
        ("demand.availability=1", "demand.availability", "must be a number from 0 to"),
        ("demand.peak=2.5", "demand.peak", "must be a number from 1 to 2"),
        ("demand.shape=1,2,3", "demand.shape", "3 hours do not make a day"),
        ("demand.shape=" + ",".join(["1"] * 96), "demand.shape", "96 hours do not make a day"),
        ("demand.shape=" + ",".join(["0"] * 24), "demand.shape", "all hours are 0"),
        ("demand.shape=" + ",".join(["1"] * 23 + ["-1"]), "demand.shape", "at place 24 is not allowed"),
        ("demand.shape=" + ",".join(["nan"] + ["1"] * 23), "demand.shape", "at place 1 is not allowed"),
        ("demand.shape=" + ",".join(["1e13"] + ["1"] * 23), "demand.shape", "must be a number from 0 to 1e+12"),
        ("demand.shape=square", "demand.shape", "sine or flat, or 24 numbers from 0"),
        ("demand.shape=", "demand.shape", "sine or flat, or 24 numbers from 0"),
        ("demand.shape=" + "1," * 700, "demand.shape", "sine or flat, or 24 numbers from 0"),
    ],
)
def test_bad_request_or_demand_is_named_and_not_applied(query: str, field: str, reason: str) -> None:
    link = cm.from_query(query)
    assert any(problem.field.startswith(field) and reason in problem.reason for problem in link.problems)


def test_a_request_is_that_of_its_scenario() -> None:
    scenario = cm.from_query(CHANGED).scenario
    own, given_ones = cm.request(scenario), cm.request(scenario, prompt=4096, output=512, cached=0.5)
    assert own.price == given_ones.price
    assert own.price.utilization == 0.6
    assert cm.request(scenario, prompt=100).price.prompt == 100
    assert cm.request(scenario, prompt=100).price.output == 512


def test_unknown_hit_rate_is_marked_as_assumed() -> None:
    assert any("hit rate" in text for text in cm.request(SCENARIO).assumptions)
    assert any("hit rate" in text for text in cm.fleet(SCENARIO).assumptions)
    known = SCENARIO.replace(request=cm.RequestMix(cached=0.0))
    assert not any("hit rate" in text for text in (*cm.request(known).assumptions, *cm.fleet(known).assumptions))
    assert not any("hit rate" in text for text in cm.request(SCENARIO, cached=0.2).assumptions)


def test_a_fleet_is_that_of_its_scenario() -> None:
    scenario = cm.from_query(f"{CHANGED}&demand.requests_per_day=20000000&demand.headroom=0.2").scenario
    demand = cm.Demand.of(scenario)
    assert demand.requests_per_second == pytest.approx(20e6 / 86_400)
    assert (demand.hit_rate, demand.headroom, len(demand.shape)) == (0.5, 0.2, 24)
    found = cm.fleet(scenario)
    assert found.demand == demand
    assert found.sizes.service.pue == 1.1
    assert found.usd_per_month == cm.fleet(scenario, demand=demand).usd_per_month


def test_a_day_swings_around_its_mean() -> None:
    shape = cm.DailyDemand(peak=1.4).multipliers
    assert sum(shape) == pytest.approx(24)
    assert max(shape) == pytest.approx(1.4)
    assert shape.index(max(shape)) == 12


@given(st.lists(st.floats(0, 1e9, width=32), min_size=24, max_size=24).filter(any), st.sampled_from([", ", ";", "\n"]))
@settings(max_examples=50)
def test_own_hours_make_a_day_of_the_same_ratio(hours: list[float], separator: str) -> None:
    text = separator.join(write(hour) for hour in hours)
    day = cm.DailyDemand(shape=text)
    assert sum(day.multipliers) == pytest.approx(24)
    assert np.array(day.multipliers) * max(hours) == pytest.approx(np.array(hours) * max(day.multipliers), rel=1e-12)
    scenario = SCENARIO.replace(demand=day)
    assert cm.from_query(cm.to_query(scenario)).scenario == scenario
    assert cm.from_toml(cm.to_toml(scenario)).link.scenario == scenario


def test_the_course_of_the_day_decides_the_servers() -> None:
    night = ",".join(["3"] * 12 + ["1"] * 12)
    own = cm.fleet(cm.update(SCENARIO, {"demand.shape": night}))
    rates = own.slots.arrivals
    assert rates[0] == pytest.approx(3 * rates[-1])
    assert rates.mean() == pytest.approx(1e7 / 86_400)
    flat = cm.fleet(cm.update(SCENARIO, {"demand.shape": "flat"}))
    assert flat.usd_per_month == pytest.approx(flat.static_usd_per_month)
    assert own.static_usd_per_month > cm.fleet(SCENARIO).static_usd_per_month > flat.static_usd_per_month


@given(st.integers(100, 100_000), st.integers(1, 5000), st.floats(0, 0.9), st.sampled_from([0.0, 1.0]), st.floats(0, 1))
@settings(max_examples=20)
def test_the_cost_metric_is_the_price_of_the_request(prompt, output, cached, prompt_cv, output_cv) -> None:
    mix = cm.RequestMix(prompt=prompt, output=output, cached=cached, prompt_cv=prompt_cv, output_cv=output_cv)
    scenario = SCENARIO.replace(request=mix)
    bill = cm.request(scenario)
    assert metric("request.cost", scenario) == pytest.approx(bill.usd, rel=1e-12)
    assert metric("prefill.cost", scenario) == pytest.approx(bill.prefill.usd_per_million_tokens, rel=1e-12)
    assert metric("request.ttft", scenario) == pytest.approx(bill.ttft.seconds, rel=1e-12)


@pytest.mark.parametrize("name", ["request.cost", "request.joules", "request.ttft", "joules_per_token"])
def test_metrics_of_requests_take_arrays_of_any_field(name: str) -> None:
    axes = {"request.prompt": [1000, 8192], "request.prompt_cv": [0.0, 1.0], "attention.0.heads": [32, 64]}
    table = cm.sweep(SCENARIO, axes, metrics=[name])[name]
    for prompt in axes["request.prompt"]:
        for cv in axes["request.prompt_cv"]:
            one = cm.update(SCENARIO, {"request.prompt": prompt, "request.prompt_cv": cv, "attention.0.heads": 32})
            at = {"request.prompt": prompt, "request.prompt_cv": cv, "attention.0.heads": 32}
            found = table.sel({dim: at[dim] for dim in table.dims})
            assert float(found) == pytest.approx(metric(name, one), rel=1e-12)


def test_energy_is_work_times_draw() -> None:
    run = cm.Evaluation(SCENARIO)
    pair = cm.cheapest(SCENARIO).pair
    watts = {each.id: 0.7 * each.tdp_watts * 1.25 for each in SCENARIO.accelerators}
    expected = watts[pair.attention_on.id] * run.attention_seconds + watts[pair.ffn_on.id] * run.ffn_seconds
    assert metric("joules_per_token", SCENARIO) == pytest.approx(float(expected))
    bill = cm.request(SCENARIO)
    prefill = bill.use("prefill")
    spent = prefill.seconds * 0.95 * prefill.accelerator.tdp_watts * 1.25
    decode = [use.seconds * watts[use.accelerator.id] for use in bill.uses if use.pool != "prefill"]
    assert metric("request.joules", SCENARIO) == pytest.approx(spent + sum(decode))


def test_energy_without_a_tdp_names_the_accelerator() -> None:
    unknown = cm.update(cm.default_scenario(), {f"accelerators.{name}.tdp_watts": None for name in ("h800", "910b")})
    unknown = unknown.replace(prefill_on="h800")
    for name in ("joules_per_token", "request.joules"):
        with pytest.raises(cm.DomainError, match=r"no TDP is known for .*; set one to compute energy"):
            metric(name, unknown)
        assert "missing" in cm.report(unknown)["metrics"][name]


def test_a_design_is_searched_for_the_whole_bill() -> None:
    space = cm.Space(SCENARIO, {"attention.0.heads": [32, 64, 96]})
    front = cm.search(space, None, minimise=["request.cost", "joules_per_token"], maximise=["effective_rank"])
    assert len(front) == 3
    assert np.all(np.diff(np.sort(front.column("request.cost"))) > 0)


def test_a_request_on_whole_servers_costs_as_its_plan() -> None:
    deployed = cm.deployed_request(SCENARIO)
    at = SCENARIO.replace(workload=SCENARIO.workload.replace(context=8705))
    assert deployed.price.usd_per_million_output == pytest.approx(cm.plan(at).usd_per_million_tokens)
    assert deployed.usd >= cm.request(SCENARIO).usd
    with pytest.raises(cm.DomainError, match=r"sla\.tpot"):
        cm.deployed_request(SCENARIO.replace(sla=cm.Sla(tpot=1e-4)))
