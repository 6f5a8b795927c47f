"""Whole requests: three pools on their own accelerators, prices by kind of token, flow balance, time to first token."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm

SCENARIO = cm.default_scenario()
DEEPSEEK = SCENARIO.replace(model=cm.load_model("deepseek-v3"))
H800, H20 = cm.load_accelerator("h800"), cm.load_accelerator("h20")
PLAN = cm.pair_plan(SCENARIO.model, attention_on=H20, ffn_on=H800, workload=cm.Workload(context=8705))


def test_prefill_is_most_of_a_long_request_at_ideal_rates() -> None:
    bill = cm.request(SCENARIO, prompt=8192, output=1024, cached=0.0)
    assert bill.price.input_usd == pytest.approx(2.45e-4, abs=5e-7)
    assert bill.price.output_usd == pytest.approx(0.58e-4, abs=5e-7)
    assert bill.ideal


def test_each_pool_stands_on_the_accelerator_cheapest_for_it() -> None:
    bill = cm.request(SCENARIO, prompt=8192, output=1024, cached=0.0)
    assert {use.pool: use.accelerator.id for use in bill.uses} == {"prefill": "h800", "attention": "h20", "ffn": "h800"}
    fixed = cm.request(SCENARIO.replace(prefill_on="h20"), prompt=8192, output=1024, cached=0.0)
    assert fixed.use("prefill").accelerator.id == "h20"
    assert fixed.usd > bill.usd


@settings(max_examples=30)
@given(st.sampled_from([SCENARIO, DEEPSEEK]), st.integers(10, 50_000), st.integers(1, 5000), st.floats(0, 0.9))
def test_pools_and_kinds_of_tokens_sum_to_the_same_bill(scenario, prompt, output, hit_rate) -> None:
    bill = cm.request(scenario, prompt=prompt, output=output, cached=hit_rate)
    assert sum(use.usd for use in bill.uses) == pytest.approx(bill.usd)
    assert bill.price.cached == pytest.approx(hit_rate * prompt)


def test_only_mechanisms_that_expand_their_cache_charge_for_hits() -> None:
    assert cm.request(SCENARIO, prompt=8192, output=1024, cached=0.5).price.usd_per_million_cached == 0
    expanded = cm.request(DEEPSEEK, prompt=8192, output=1024, cached=0.5).price.usd_per_million_cached
    # 2.047 GFLOP per cached token at the 8-bit rate and price of H800.
    assert expanded == pytest.approx(2.047e9 / 1.98e15 * 2 / 3600 * 1e6, rel=1e-3)


def test_stored_bytes_are_charged_to_cached_tokens() -> None:
    storage = cm.Storage(usd_per_byte_moved=1e-14)
    bill = cm.request(SCENARIO, prompt=8192, output=1024, cached=0.5, storage=storage)
    assert bill.price.usd_per_million_cached == pytest.approx(1e6 * 61 * 512 * 1e-14)
    assert not any("free of charge" in text for text in bill.assumptions)


def test_a_plan_says_what_decoding_costs() -> None:
    bill = cm.request(SCENARIO, prompt=8192, output=1024, cached=0.0, plan=PLAN)
    assert bill.price.usd_per_million_output == pytest.approx(PLAN.usd_per_million_tokens)
    assert not bill.ideal
    assert bill.ttft.first_step == PLAN.tpot


def test_whole_servers_prefill_in_the_unit_of_the_fleet() -> None:
    asked = {"service.prefill_unit": 4, "service.overlap": 0.5, "request.cached": 0.0}
    scenario = cm.update(cm.default_scenario("deepseek-v3"), asked)
    bill, limit, fleet = cm.deployed_request(scenario), cm.request(scenario), cm.fleet(scenario)
    assert (bill.prefill.servers, limit.prefill.servers) == (4, 1)
    first = fleet.sizes.work.prefill(fleet.prefill_on, cm.IDEAL)
    assert first.seconds == pytest.approx(bill.prefill.seconds)
    assert bill.prefill.fastest < bill.prefill.seconds < bill.prefill.slowest
    words = "units of 4 servers that share the experts: 0.554 to 1.02 accelerator-seconds"
    assert [each for each in bill.assumptions if words in each]
    assert [each for each in fleet.assumptions if words in each]
    explained = next(each for each in cm.explain_request(scenario, bill) if each.title == "Prefill")
    assert {each.symbol: each.value for each in explained.terms}["network"] == bill.prefill.network_seconds


def test_whole_servers_hold_the_weights_in_prefill() -> None:
    assert cm.deployed_request(SCENARIO).prefill.servers == 1
    assert cm.deployed_request(cm.default_scenario("deepseek-v3")).prefill.servers == 2
    small = H800.replace(id="small", memory_bytes=1e6)
    scenario = SCENARIO.replace(accelerators=(H800, H20, small), prefill_on="small")
    with pytest.raises(cm.DomainError, match="prefill_on: 64 servers of H800 do not hold the weights and a prompt"):
        cm.deployed_request(scenario)


def test_a_spread_of_prompts_costs_more_than_their_mean() -> None:
    equal = cm.request(SCENARIO, prompt=8192, output=1024, cached=0.0)
    spread = cm.request(SCENARIO, lengths=cm.Lengths.spread(8192, 1024, prompt_cv=1))
    assert spread.usd > 1.1 * equal.usd


@given(st.floats(0.1, 1000))
def test_flow_balance_sizes_pools_that_carry_the_load(rate: float) -> None:
    bill = cm.request(SCENARIO, prompt=8192, output=1024, cached=0.0)
    servers = bill.servers(rate)
    assert bill.requests_per_second(servers) >= rate * (1 - 1e-12)
    binding = bill.binding(servers)
    if servers[binding] > 1:
        assert bill.requests_per_second(servers | {binding: servers[binding] - 1}) < rate


def test_the_ratio_of_pools_follows_their_work() -> None:
    bill = cm.request(SCENARIO, prompt=8192, output=1024, cached=0.0)
    seconds = {use.pool: use.seconds for use in bill.uses}
    assert bill.ratio == pytest.approx(seconds["prefill"] / (seconds["attention"] + seconds["ffn"]))


def test_time_to_first_token_is_the_sum_of_its_parts() -> None:
    bill = cm.request(
        SCENARIO, prompt=8192, output=1024, cached=0.0, accelerators_per_prompt=8, parallel_efficiency=0.5
    )
    one = cm.prefill(SCENARIO.model, H800, prompt=8192).seconds
    assert bill.ttft.prefill == pytest.approx(one / 4)
    assert bill.ttft.transfer == pytest.approx(8192 * 61 * 512 / 50e9)
    assert bill.ttft.seconds == pytest.approx(bill.ttft.prefill + bill.ttft.transfer + 0.05)


def test_reservation_follows_utilization() -> None:
    bill = cm.request(SCENARIO, prompt=8192, output=1024, cached=0.0, utilization=0.4)
    assert bill.price.reservation_usd == pytest.approx(bill.usd / 0.4)
    assert not any("full load" in text for text in bill.assumptions)


def test_unknown_network_is_an_assumption_of_the_result() -> None:
    offline = H800.replace(nics_per_server=None, nic_bits_per_second=None)
    bill = cm.request(SCENARIO.replace(accelerators=(offline,)), prompt=8192, output=1024, cached=0.0)
    assert bill.transfer is None
    assert "No network is known for H800: cache transfer takes no time." in bill.assumptions


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"prompt": 10, "output": 10, "cached": 1.0}, r"cached: 1\.0 is not allowed; must be from 0 to 0\.9"),
        ({"prompt": 10, "lengths": cm.Lengths.equal(10, output=1)}, "lengths: and prompt, output or cached are given"),
        ({"lengths": cm.Lengths.equal(10)}, "output: all are 0"),
        ({"prompt": 10, "output": 10, "cached": 0.0, "utilization": 0}, "utilization: 0 is not allowed"),
        ({"prompt": 10, "output": 10, "cached": 0.0, "accelerators_per_prompt": 0}, "accelerators_per_prompt: 0"),
        (
            {"prompt": 10, "output": 10, "cached": 0.0, "parallel_efficiency": 0},
            "parallel_efficiency: 0 is not allowed",
        ),
    ],
)
def test_bad_requests_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        cm.request(SCENARIO, **values)


def test_requests_without_a_price_are_refused() -> None:
    unpriced = SCENARIO.replace(accelerators=(cm.load_accelerator("h800").replace(usd_per_hour=None),))
    with pytest.raises(cm.DomainError, match="no price is known for H800"):
        cm.request(unpriced, prompt=10, output=10, cached=0.0)
