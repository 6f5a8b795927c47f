"""Fleets: sizing by Little's law against the planner, schedules, spares, TTFT, power, start costs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.fleets.capacity import attention_requests, best_ffn_instance, ffn_requests
from costmodel.fleets.sizing import Course, ahead, concurrent, whole_servers
from costmodel.planner.optimum import given as planned
from costmodel.planner.pair_plans import pipeline_of

SCENARIO = cm.default_scenario()
ON_H800 = SCENARIO.replace(prefill_on="h800")
H800, H20 = cm.load_accelerator("h800"), cm.load_accelerator("h20")
SHAPE = tuple(1 + 0.6 * np.sin(np.arange(24) / 24 * 2 * np.pi))
DAY = cm.Demand(requests_per_second=400, prompt=6000, output=800, prompt_cv=0.5, output_cv=1, hit_rate=0.3, shape=SHAPE)
TDP = {"h800": 700.0, "h20": 500.0, "a800": 400.0, "910b": 400.0}
FLEET = cm.fleet(SCENARIO, demand=DAY, tdp_watts=TDP)
POOLS = ("prefill", "attention", "ffn")


def changing(contexts: tuple[int, int], rate: float = 300) -> cm.Demand:
    """A day whose requests are short in its first half and long in its second."""
    prompt = np.array([contexts[0]] * 600 + [contexts[1]] * 600)
    arrival = np.linspace(0, 3600, 1200)
    return cm.Demand(
        trace=cm.Trace(prompt, np.full(1200, 400), arrival, cached=np.zeros(1200, dtype=int)), requests_per_second=rate
    )


def test_littles_law_counts_requests_in_flight() -> None:
    assert concurrent(50 * 512, 0.05) == pytest.approx(1280)


@given(st.lists(st.floats(0, 1e5), min_size=1, max_size=30))
def test_whole_servers_are_the_least_that_carry_the_need(needs: list[float]) -> None:
    servers = whole_servers(np.array(needs))
    assert (servers >= np.array(needs) * (1 - 1e-8)).all()
    assert (servers - 1 < np.array(needs) + 1e-8).all()


@given(st.lists(st.floats(0, 1000), min_size=24, max_size=24), st.floats(0, 20_000))
def test_capacity_is_there_for_all_demand_within_a_cold_start(demand: list[float], seconds: float) -> None:
    provisioned = ahead(np.array(demand), 1.0, seconds)
    reach = int(np.ceil(seconds / 3600 * (1 - 1e-9)))
    for slot in range(24):
        assert provisioned[slot] == max(demand[(slot + shift) % 24] for shift in range(min(reach, 24) + 1))


@given(st.lists(st.integers(0, 500), min_size=24, max_size=24))
def test_autoscaler_never_exceeds_the_static_peak(servers: list[int]) -> None:
    course = Course(np.array(servers), 1.0)
    assert course.server_hours <= course.static_server_hours
    assert 0 <= course.saved_share <= 1
    assert course.mean <= course.peak


@pytest.mark.parametrize("name", ["step-3", "deepseek-v3", "minimax-m1"])
@pytest.mark.parametrize("context", [1000, 8192, 60_000])
def test_capacity_of_servers_agrees_with_the_planner(name: str, context: int) -> None:
    pipeline = pipeline_of(
        cm.load_model(name), H20, H800, workload=cm.Workload(context=context), sla=cm.Sla(), rates=cm.load_rates("h800")
    )
    limits = planned(pipeline, 40, 2, 1).limits
    each = attention_requests(pipeline, np.array([float(context)]), 2)[0] / 3 / 8
    # 40 attention servers fill the FFN pool's network; only their own is meant here.
    assert each >= min(limits["attention"], limits["attention memory"], limits["network"])
    assert each <= min(limits["attention"], limits["attention memory"])
    requests = ffn_requests(pipeline, np.array([2]))[0] / 3
    assert requests <= min(limits["ffn"], limits["ffn memory"]) * 320 + 320
    size, carried = best_ffn_instance(pipeline)
    assert carried / size >= ffn_requests(pipeline, np.array([2]))[0] / 2


def test_each_pool_stands_on_its_cheapest_accelerator() -> None:
    for pool, accelerator in (("prefill", FLEET.prefill_on), ("attention", FLEET.plan.attention_on)):
        usd = [FLEET.table.usd_per_day(each, pool) for each in SCENARIO.accelerators]
        assert FLEET.table.usd_per_day(accelerator, pool) == min(usd)


def test_servers_carry_the_demand_of_every_slot() -> None:
    for schedule in FLEET.schedules.values():
        for pool in POOLS:
            assert (schedule.utilization[pool] <= 1 + 1e-6).all()
            assert (schedule.utilization[pool] > 0).all()


def test_headroom_lowers_utilization() -> None:
    roomy = cm.fleet(SCENARIO, demand=DAY.replace(headroom=0.25), plan=FLEET.plan)
    for pool in POOLS:
        assert (roomy.follow.utilization[pool] <= 1 / 1.25 + 1e-6).all()
        assert (roomy.follow.servers[pool] >= FLEET.follow.servers[pool]).all()


@settings(max_examples=15, deadline=None)
@given(st.floats(1, 2000), st.integers(500, 30_000), st.integers(500, 30_000))
def test_following_context_never_costs_more_than_fixed_shapes(rate: float, short: int, long: int) -> None:
    found = cm.fleet(ON_H800, demand=changing((short, long), rate), plan=FLEET.plan)
    assert found.saved_usd_per_day >= 0
    assert (found.follow.servers["attention"] <= found.fixed.servers["attention"]).all()
    assert (found.follow.servers["ffn"] <= found.fixed.servers["ffn"]).all()


def test_longer_contexts_add_attention_servers_alone() -> None:
    found = cm.fleet(ON_H800, demand=changing((2000, 20_000)), plan=FLEET.plan)
    attention, ffn = found.follow.servers["attention"], found.follow.servers["ffn"]
    assert attention[-1] > 2 * attention[0]
    assert ffn[-1] == ffn[0]
    assert found.fixed.servers["ffn"][-1] > found.fixed.servers["ffn"][0]
    assert found.saved_usd_per_day > 0


def test_spares_are_counted_per_pool_and_slot() -> None:
    safe = cm.fleet(SCENARIO, demand=DAY.replace(availability=0.999), plan=FLEET.plan)
    assert all((spares == 0).all() for spares in FLEET.follow.spares.values())
    assert all((spares >= 1).all() for spares in safe.follow.spares.values())
    assert safe.follow.usd_per_day > FLEET.follow.usd_per_day
    assert any("Llama 3" in text for text in safe.assumptions)
    never = cm.Service(failures_per_accelerator_year=0)
    unfailing = cm.fleet(SCENARIO, demand=DAY.replace(availability=0.999), service=never, plan=FLEET.plan)
    assert all((spares == 0).all() for spares in unfailing.follow.spares.values())
    assert unfailing.failures_per_day("ffn") == 0


def test_a_tighter_ttft_takes_more_prefill_servers() -> None:
    counts = []
    for ttft in (None, 3.0, 1.0):
        found = cm.fleet(ON_H800, demand=DAY.replace(ttft=ttft), plan=FLEET.plan)
        counts.append(int(found.follow.servers["prefill"].sum()))
    assert counts[0] <= counts[1] < counts[2]
    assert any("approximation" in text for text in found.assumptions)


def test_the_wait_that_servers_leave_is_within_the_ttft() -> None:
    found = cm.fleet(ON_H800, demand=DAY.replace(ttft=1.0, ttft_share=0.95), plan=FLEET.plan)
    seconds = float(found.sizes.work.prefill(H800, cm.IDEAL).seconds[0])
    moved = 6000 * 61 * 512 / 50e9
    assert (found.prefill_wait.quantile(0.95) + seconds + moved + 0.05 <= 1.0 + 1e-9).all()
    assert (FLEET.prefill_wait.mean > found.prefill_wait.mean).any()


def test_failures_of_a_fleet_by_pool() -> None:
    assert FLEET.requests_prefilled_again == pytest.approx(1 / FLEET.plan.attention_servers)
    down = 24 * 8 * 0.1728595 / 8760 / (1 + 24 * 8 * 0.1728595 / 8760)
    assert FLEET.instance_availability == pytest.approx((1 - down) ** FLEET.plan.ffn_servers)


def test_a_ttft_that_prefill_alone_exceeds_is_refused() -> None:
    with pytest.raises(cm.DomainError, match=r"0\.1 s cannot be met on H800: .* s pass without any wait"):
        cm.fleet(ON_H800, demand=DAY.replace(ttft=0.1), plan=FLEET.plan)
    faster = cm.Service(accelerators_per_prompt=8)
    cm.fleet(ON_H800, demand=DAY.replace(ttft=0.2), plan=FLEET.plan, service=faster)


def test_prefill_units_hold_the_weights() -> None:
    deepseek = SCENARIO.replace(model=cm.load_model("deepseek-v3"), accelerators=(H800, H20))
    found = cm.fleet(deepseek, demand=DAY)
    assert (found.follow.servers["prefill"] % 2 == 0).all()
    assert found.table.unit[0, 0] == 2
    tiny = H800.replace(id="tiny", memory_bytes=1e9)
    with pytest.raises(cm.DomainError, match=r"prefill_on: .*64 servers of H800 do not hold the weights"):
        cm.fleet(deepseek.replace(accelerators=(tiny,)), demand=DAY)


def test_the_bill_is_the_sum_of_its_pools_and_slots() -> None:
    hours = FLEET.hours
    usd = sum(
        float(hours.servers.sel(schedule="follow", pool=pool).sum())
        * FLEET.follow.accelerators[pool].accelerators_per_server
        * FLEET.follow.accelerators[pool].price()
        for pool in POOLS
    )
    assert float(hours.usd.sel(schedule="follow").sum()) == pytest.approx(usd)
    assert FLEET.follow.usd_per_day == pytest.approx(usd)
    assert FLEET.follow.usd_per_day <= FLEET.follow.static_usd_per_day
    assert FLEET.usd_per_request * 400 * 86_400 == pytest.approx(usd)
    assert FLEET.usd_per_month == pytest.approx(usd * 365 / 12)


def test_energy_per_request_is_that_of_its_tokens() -> None:
    slots = FLEET.slots
    inputs, outputs = (slots.arrivals * slots.missed).sum(), (slots.arrivals * slots.output).sum()
    spent = FLEET.power().joules_per_input_token * inputs + FLEET.power().joules_per_output_token * outputs
    assert FLEET.power().joules_per_request * slots.arrivals.sum() == pytest.approx(spent)
    kilowatts = FLEET.hours.kilowatts.sel(schedule="follow").sum("pool")
    assert float((kilowatts * 3.6e6).sum()) / (slots.arrivals.sum() * 3600) == pytest.approx(
        FLEET.power().joules_per_request
    )
    joules = FLEET.power().joules_per_output_token
    assert FLEET.power().usd_per_million_output == pytest.approx(joules / 3.6 * 0.08)
    assert FLEET.power().grams_per_million_output == pytest.approx(joules / 3.6 * 400)


def test_power_lies_between_idle_and_busy() -> None:
    servers = FLEET.follow.servers["ffn"] * 8
    tdp = TDP[FLEET.plan.ffn_on.id]
    watts = FLEET.power().watts("ffn")
    assert (watts >= servers * tdp * 0.3 * 1.25 - 1e-6).all()
    assert (watts <= servers * tdp * 0.7 * 1.25 + 1e-6).all()


def test_power_without_a_tdp_is_refused() -> None:
    unknown = cm.update(SCENARIO, {f"accelerators.{each.id}.tdp_watts": None for each in SCENARIO.accelerators})
    dark = cm.fleet(unknown, demand=DAY)
    with pytest.raises(cm.DomainError, match="tdp_watts: no TDP is known for"):
        dark.power().watts("ffn")
    assert "kilowatts" not in dark.hours


def test_a_preset_brings_its_own_tdp() -> None:
    found = cm.fleet(SCENARIO.replace(accelerators=(cm.load_accelerator("h100"),)), demand=DAY)
    watts = found.power().watts("ffn")
    assert (watts <= found.follow.servers["ffn"] * 8 * 700 * 0.7 * 1.25 + 1e-6).all()
    assert "kilowatts" in found.hours


def test_cache_transfers_are_checked_against_the_network() -> None:
    load = FLEET.transfer_load("prefill")
    kv = 61 * 512 * 6000
    assert load == pytest.approx(FLEET.slots.arrivals * kv / (FLEET.follow.servers["prefill"] * 400e9), rel=1e-6)
    assert FLEET.warnings == ()
    slow = H800.replace(nic_bits_per_second=2e9)
    scenario = SCENARIO.replace(accelerators=(slow,))
    bound = cm.fleet(scenario, demand=DAY.replace(hit_rate=0.9), plan=FLEET.plan)
    assert any("of the network of the prefill pool" in text for text in bound.warnings)


def test_a_fleet_without_any_possible_pool_names_the_reasons() -> None:
    unknown = SCENARIO.replace(accelerators=(cm.load_accelerator("l4"),))
    message = "no accelerator can hold the {} pool: l4: no network is known for L4"
    with pytest.raises(cm.DomainError, match=message.format("prefill")):
        cm.fleet(unknown, demand=DAY)
    decode = SCENARIO.replace(accelerators=(cm.load_accelerator("l4"), H800), attention_on="l4", prefill_on="h800")
    with pytest.raises(cm.DomainError, match=message.format("attention")):
        cm.fleet(decode, demand=DAY)


def test_measured_rates_serve_decoding_and_prefill_stays_ideal() -> None:
    measured = SCENARIO.replace(accelerators=(H800, cm.load_accelerator("mi300x")), rates="measured")
    found = cm.fleet(measured, demand=DAY)
    assert found.plan.attention_on.id == "h800"
    assert (
        found.plan.tokens_per_second_per_gpu
        < cm.fleet(measured.replace(rates="ideal"), demand=DAY).plan.tokens_per_second_per_gpu
    )
    assert any("Prefill runs at ideal rates" in text for text in found.assumptions)
    assert "no measured rates are known for" in found.table.reasons["mi300x", "ffn"]


def test_a_plan_of_another_question_is_refused() -> None:
    with pytest.raises(cm.DomainError, match="plan: is of another model or SLA than the scenario"):
        cm.fleet(SCENARIO.replace(sla=cm.Sla(tpot=0.1)), demand=DAY, plan=FLEET.plan)


def test_pools_stand_where_the_scenario_says() -> None:
    named = SCENARIO.replace(prefill_on="h20", attention_on="h800", ffn_on="h20")
    found = cm.fleet(named, demand=DAY)
    assert (found.prefill_on.id, found.plan.attention_on.id, found.plan.ffn_on.id) == ("h20", "h800", "h20")


def test_an_infeasible_sla_is_refused() -> None:
    with pytest.raises(
        cm.DomainError, match=r"attention_on: .* h20: H20 holds no request within the SLA and its memory"
    ):
        cm.fleet(SCENARIO.replace(sla=cm.Sla(tpot=1e-4)), demand=DAY)


def test_service_that_draws_less_than_idle_is_refused() -> None:
    with pytest.raises(cm.DomainError, match="idle_share must not exceed decode_share"):
        cm.Service(idle_share=0.9)


def test_bill_without_spares_is_that_of_a_fleet_that_never_fails() -> None:
    scenario = cm.default_scenario()
    spared = cm.fleet(scenario)
    bare = cm.fleet(cm.update(scenario, {"demand.availability": 0.0}))
    assert spared.follow.usd_per_day_without_spares == pytest.approx(bare.follow.usd_per_day)
    assert spared.follow.usd_per_day > bare.follow.usd_per_day
