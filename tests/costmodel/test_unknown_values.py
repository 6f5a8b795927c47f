"""Accelerators whose BF16 rate or bandwidth is not known: what needs the value leaves them out and says so."""

import json
from pathlib import Path

import numpy as np
import pytest

import costmodel as cm
from costmodel.io import presets

PR950, GROQ, ASCEND = (cm.load_accelerator(name) for name in ("950pr", "groq-lp30", "910b-64gb"))
WORKLOAD = cm.Workload(context=8192)


def scenario(*accelerators: str | cm.Accelerator, **parts: object) -> cm.Scenario:
    return cm.Scenario(model="step-3", accelerators=accelerators, workload=WORKLOAD, **parts)


def test_fp8_work_needs_no_bf16_rate() -> None:
    assert PR950.flops_per_second(8) == 1e15
    assert PR950.flops_per_second(4) == 2e15
    assert PR950.ridge(8) == 625
    assert PR950.fallback(8) is None


def test_bf16_work_is_refused_without_a_bf16_rate() -> None:
    for refused in (PR950.flops_per_second, PR950.ridge):
        with pytest.raises(cm.DomainError, match=r"no BF16 rate is known for Ascend 950PR; set one .*\[950pr\]"):
            refused(16)
    assert PR950.fallback(16) == "no BF16 rate is known for Ascend 950PR"


def test_a_missing_fp8_rate_does_not_stand_in_for_unknown_bf16() -> None:
    assert ASCEND.fallback(8) == "no BF16 rate is known for Ascend 910B, 64 GB"
    with pytest.raises(cm.DomainError, match="no BF16 rate is known"):
        ASCEND.flops_per_second(4)


def test_unknown_bandwidth_is_refused() -> None:
    for refused in (GROQ.bandwidth, GROQ.ridge, lambda: GROQ.attainable_flops_per_second(10)):
        with pytest.raises(cm.DomainError, match="bytes_per_second: no bandwidth is known for Groq LPU LP30; set one"):
            refused()


def test_an_array_of_bits_is_nan_where_no_rate_is_known() -> None:
    rates = np.asarray(PR950.flops_per_second(np.array([16.0, 8.0, 4.0])))
    assert np.array_equal(rates, [np.nan, 1e15, 2e15], equal_nan=True)
    with pytest.raises(cm.DomainError, match="no BF16 rate"):
        PR950.flops_per_second(np.array([16.0, 16.0]))


def test_an_accelerator_without_bandwidth_may_carry_the_ffn() -> None:
    found = cm.cheapest(scenario("h20", "h800", GROQ.replace(usd_per_hour=0.5)))
    assert (found.pair.attention_on.id, found.pair.ffn_on.id) == ("h20", "groq-lp30")
    assert list(found.alone) == ["h20", "h800"]
    assert found.unranked == {"groq-lp30": "no bandwidth is known for Groq LPU LP30"}
    assert found.unpriced == ()


def test_a_decision_leaves_out_what_has_no_cost() -> None:
    found = cm.decide(scenario("h20", "h800", GROQ.replace(usd_per_hour=0.5)))
    assert found.limit.pair is not None
    assert found.limit.pair.ffn_on.id == "groq-lp30"
    assert found.servers.pair is not None
    assert "groq-lp30" not in (found.servers.pair.attention_on.id, found.servers.pair.ffn_on.id)


def test_plans_list_an_accelerator_without_bandwidth_unranked() -> None:
    rows = cm.plans(scenario("h20", GROQ.replace(usd_per_hour=0.5)))
    held = [row for row in rows if "groq-lp30" in (row.attention_on.id, row.ffn_on.id)]
    assert len(held) == 4
    assert all(row.rank is None and row.deployment is None for row in held)
    assert all("no bandwidth is known for Groq LPU LP30" in row.reason for row in held)


def test_a_model_in_fp8_is_planned_on_an_fp8_accelerator() -> None:
    wired = PR950.replace(usd_per_hour=1, nics_per_server=8, nic_bits_per_second=400e9)
    row = cm.plans(scenario(wired))[0]
    assert row.rank == 1
    assert row.feasible


def test_nothing_but_unknown_values_is_one_refusal() -> None:
    with pytest.raises(cm.DomainError, match="attention_on: no bandwidth is known for Ascend 910B, 64 GB; set one"):
        cm.cheapest(scenario("910b-64gb"))


def test_no_accelerator_for_all_the_work_is_refused() -> None:
    reading = PR950.replace(usd_per_hour=1)
    mixed = cm.update(scenario(reading, GROQ.replace(usd_per_hour=1)), {"ffn.0.compute_bits": 16})
    with pytest.raises(cm.DomainError, match="ffn_on: no BF16 rate is known for Ascend 950PR"):
        cm.cheapest(mixed)
    split = scenario(reading.replace(bytes_per_second=None))
    with pytest.raises(cm.DomainError, match="no bandwidth is known for Ascend 950PR"):
        cm.cheapest(split)


def test_a_report_has_a_reason_and_no_nan() -> None:
    found = cm.report(scenario("h800", *(each.replace(usd_per_hour=1) for each in (PR950, GROQ, ASCEND))))
    json.dumps(found, allow_nan=False)
    assert found["attention_bound"]["groq-lp30"] == {"missing": "no bandwidth is known for Groq LPU LP30"}
    assert found["metrics"]["single"]["value"]["groq-lp30"] is None
    assert found["metrics"]["single.ffn"]["value"]["groq-lp30"] > 0
    assert found["metrics"]["training"]["value"]["groq-lp30"] > 0
    assert found["metrics"]["training"]["value"]["910b-64gb"] is None


@pytest.mark.parametrize("order", [("950pr", "h20"), ("h20", "950pr")])
def test_each_precision_of_an_axis_is_ranked_alone(order: tuple[str, str]) -> None:
    asked = cm.update(
        scenario(*(PR950.replace(usd_per_hour=0.1) if name == "950pr" else name for name in order)),
        {"attention.0.linear_bits": 8},
    )
    names = ["cost", "cost.attention", "pair.accelerator_seconds"]
    found = cm.sweep(asked, {"attention.0.compute_bits": [8, 16]}, metrics=names)
    for place, bits in enumerate((8, 16)):
        alone = cm.Evaluation(cm.update(asked, {"attention.0.compute_bits": bits}))
        for name in names:
            assert found[name].values[place] == pytest.approx(float(cm.metric(name).value(alone)), rel=1e-12)
    carrying = found["pair.accelerator_seconds"].values.tolist()
    assert carrying[0] != carrying[1]


def test_an_axis_that_nothing_can_run_is_refused() -> None:
    asked = scenario(PR950.replace(usd_per_hour=1))
    with pytest.raises(cm.DomainError, match="attention_on: no BF16 rate is known for Ascend 950PR"):
        cm.sweep(asked, {"attention.0.compute_bits": [8, 16]}, metrics=["cost"])


def test_studies_leave_out_what_has_no_cost() -> None:
    asked = scenario("h20", PR950.replace(usd_per_hour=1), GROQ.replace(usd_per_hour=1))
    assert list(cm.context_curve(asked).single) == ["h20", "950pr"]
    assert {each.accelerator.id for each in cm.break_even(asked)} == {"h20", "950pr"}
    assert all(np.isfinite(cm.price_map(asked, "950pr").joins))
    with pytest.raises(cm.DomainError, match="no bandwidth is known for Groq"):
        cm.price_map(asked, "groq-lp30")
    drawn = cm.uncertainty(asked, samples=100)
    assert {attention for attention, _ in drawn.pairs} <= {"h20", "950pr"}
    assert np.isfinite(drawn.mean)


def test_sensitivity_has_no_move_to_an_unknown_rate() -> None:
    found = cm.sensitivity(scenario(PR950.replace(usd_per_hour=1)))
    assert "attention.0.kv_bits" in {effect.path for effect in found.effects}
    assert "attention.0.linear_bits" not in {effect.path for effect in found.effects if effect.high is not None}


def test_a_request_is_prefilled_where_rates_are_known() -> None:
    asked = scenario("h800", PR950.replace(usd_per_hour=0.01))
    assert cm.request(asked, prompt=1000, output=10, cached=0.0).prefill.accelerator.id == "h800"
    costs = {(row["pool"], row["accelerator"]): row["usd"] for row in cm.pool_costs(asked)}
    assert costs["prefill", "950pr"] is None
    assert costs["ffn", "950pr"] > 0


def test_a_search_skips_what_has_no_cost() -> None:
    asked = scenario("h20", PR950.replace(usd_per_hour=0.1), GROQ.replace(usd_per_hour=0.1))
    space = cm.Space(asked, {"attention.0.heads": [32, 64], "attention.0.compute_bits": [8, 16]})
    found = cm.search(space, minimise=["cost", "kv_bytes_per_token"]).to_dataset()
    assert np.isfinite(found["cost"]).all()
    assert set(found["attention_on"].values.tolist()) <= {"h20", "950pr"}


def test_unknown_values_are_kept_in_a_link() -> None:
    own = cm.Accelerator.custom("mine", bf16_flops_per_second=None, bytes_per_second=1e12, fp8_flops_per_second=1e15)
    link = cm.to_query(scenario("h800", own))
    assert "accelerators.mine.bf16_flops_per_second=none" in link
    assert cm.from_query(link).scenario.accelerators[1] == own
    assert cm.from_query("accelerators=950pr").scenario.accelerators == (PR950,)


def test_a_value_that_is_not_given_is_not_taken_as_unknown() -> None:
    with pytest.raises(cm.DomainError, match="bf16_flops_per_second: Field required"):
        cm.Accelerator.custom("mine", bytes_per_second=1e12)


@pytest.mark.parametrize("listed", ['"bf16_flops_per_second"', '["memory_bytes"]', "[1]", '["speed"]'])
def test_a_preset_names_only_values_that_are_left_out(tmp_path: Path, listed: str) -> None:
    text = (presets.ROOT / "accelerators" / "950pr.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(text.replace('["bf16_flops_per_second"]', listed), encoding="utf-8")
    with pytest.raises(cm.PresetError, match=r"\[mine.toml\]"):
        presets.read(cm.Accelerator, tmp_path / "mine.toml")


def test_forty_accelerators_ship() -> None:
    assert len(cm.accelerators()) >= 40
