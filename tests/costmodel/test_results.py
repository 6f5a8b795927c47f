"""Reports: every result of a scenario as plain data, with its unit."""

import csv
import io
import json

import pytest

import costmodel as cm
from costmodel.io.link import default_scenario
from costmodel.metrics import METRICS

EVERY_MODEL = pytest.mark.parametrize("name", cm.models())


@EVERY_MODEL
def test_a_report_holds_every_metric_and_survives_json(name: str) -> None:
    data = cm.report(default_scenario(name))
    assert set(data["metrics"]) == set(METRICS)
    assert json.loads(json.dumps(data, allow_nan=False)) == data


@EVERY_MODEL
def test_a_report_says_what_the_library_says(name: str) -> None:
    scenario = default_scenario(name)
    data = cm.report(scenario)
    best = cm.cheapest(scenario)
    assert data["metrics"]["cost"] == {"unit": "USD/1M tokens", "value": pytest.approx(best.pair.total, rel=1e-12)}
    assert data["cheapest_pair"] == {"attention_on": best.pair.attention_on.id, "ffn_on": best.pair.ffn_on.id}
    for accelerator in scenario.accelerators:
        single = data["metrics"]["single"]["value"][accelerator.id]
        assert single == pytest.approx(best.alone[accelerator.id].total, rel=1e-12)
        bound = data["attention_bound"][accelerator.id]
        if len(scenario.model.attention) > 1:
            continue  # each group meets its own bound; the intensity is the mean of all
        below = bound["intensity_flop_per_byte"] < bound["ridge_flop_per_byte"]
        assert bound["bound"] == ("memory" if below else "compute")


@EVERY_MODEL
def test_the_link_of_a_report_leads_back_to_the_scenario(name: str) -> None:
    scenario = default_scenario(name).replace(workload=cm.Workload(context=12_345))
    link = cm.from_query(cm.report(scenario)["link"])
    assert link.problems == ()
    assert link.scenario == scenario


def test_uncomputable_metric_gives_its_reason_and_others_stay() -> None:
    data = cm.report(default_scenario(accelerators=("l20",)))
    assert "no price is known for L20" in data["metrics"]["cost"]["missing"]
    assert data["cheapest_pair"] is None
    assert data["metrics"]["kv_bytes"]["value"] > 0


def test_report_csv_holds_the_values_to_the_last_digit() -> None:
    scenario = default_scenario()
    data = cm.report(scenario)["metrics"]
    rows = list(csv.DictReader(io.StringIO(cm.report_csv(scenario))))
    assert {row["metric"] for row in rows} == set(data)
    for row in rows:
        value = data[row["metric"]].get("value", "")
        expected = value[row["accelerator"]] if row["accelerator"] else value
        assert row["value"] == (repr(expected) if expected != "" else "")
        assert row["unit"] == data[row["metric"]]["unit"]


def compared(*designs: cm.Scenario) -> dict[str, int | None]:
    """Index of the best design by the label of the metric."""
    named = {str(number): design for number, design in enumerate(designs)}
    return {row.label: row.best for row in cm.comparison(named)}


def test_a_comparison_marks_the_best_design_of_a_direction() -> None:
    best = compared(default_scenario("qwen3-235b-a22b"), default_scenario("step-3"))
    assert best["Cost with AFD on the cheapest pair"] == 1
    assert best["Effective rank"] == 1
    assert best["Parameters stored"] is None


def test_comparison_ranks_no_part_that_is_zero_by_the_bound() -> None:
    best = compared(default_scenario("deepseek-v3"), default_scenario("step-3"))
    parts = [label for label in best if "bound part of attention" in label]
    assert len(parts) == 8
    assert {best[label] for label in parts} == {None}


def test_a_comparison_marks_no_tie() -> None:
    scenario = default_scenario()
    assert set(compared(scenario, scenario).values()) == {None}
    assert compared(scenario, default_scenario("deepseek-v3"), scenario)["Cost with AFD on the cheapest pair"] is None


def test_a_comparison_of_one_design_marks_nothing() -> None:
    assert set(compared(default_scenario()).values()) == {None}


def test_the_leader_is_cheapest_and_says_by_how_much() -> None:
    designs = {name: default_scenario(name) for name in ("deepseek-v3", "step-3", "qwen3-235b-a22b")}
    first = cm.leader(designs)
    assert first is not None
    costs = {name: float(cm.cheapest(design).pair.total) for name, design in designs.items()}
    assert (first.name, first.usd, first.after) == ("step-3", costs["step-3"], "qwen3-235b-a22b")
    assert first.less == pytest.approx(1 - costs["step-3"] / costs["qwen3-235b-a22b"], rel=1e-12)


def test_designs_without_a_price_have_no_leader() -> None:
    unpriced = default_scenario(accelerators=("l20",))
    assert cm.leader({"a": unpriced}) is None
    assert cm.leader({"a": unpriced, "b": default_scenario()}) == cm.leader({"b": default_scenario()})


def test_comparison_rows_are_grouped_and_mark_differences() -> None:
    rows = {row.label: row for row in cm.comparison({"a": default_scenario(), "b": default_scenario("deepseek-v3")})}
    assert rows["Parameters stored"].group == "Memory and size"
    assert rows["Parameters stored"].differs
    assert not rows["State of one sequence"].differs


MEASURED_KINDS = pytest.mark.parametrize("rates", ["kernels", "measured"])


def designs(rates: str, **changes: object) -> dict[str, cm.Scenario]:
    """Two models on the paper's accelerators at rates of that kind."""
    return {name: default_scenario(name).replace(rates=rates, **changes) for name in ("step-3", "deepseek-v3")}


def test_ideal_rates_compare_the_limit_alone() -> None:
    found = cm.compared(designs("ideal"))
    assert (found.rates, found.deployed) == ("ideal", {})
    assert "Whole servers" not in {row.group for row in found.rows}
    assert cm.report(default_scenario())["deployed"] is None
    assert cm.comparison_report(designs("ideal"))["deployed"] == {}


@MEASURED_KINDS
def test_compared_designs_stand_on_the_plans_of_their_rates(rates: str) -> None:
    found = cm.compared(designs(rates))
    labels = {row.label: row.values for row in found.rows if row.group == "Whole servers"}
    for place, (name, scenario) in enumerate(designs(rates).items()):
        rows = cm.plans(scenario)
        for afd, words in ((True, "with AFD on whole servers"), (False, "without AFD on whole servers")):
            best = next(row.deployment for row in rows if row.afd == afd)
            assert best is not None
            assert labels[f"Cost {words}"][place] == best.usd_per_million_tokens
            ends = tuple(
                labels[f"Tokens/s per accelerator {words}, {end} end of the band"][place] for end in ("low", "high")
            )
            assert ends == (best.output_range or (None, None))
        assert labels["A request on whole servers"][place] == cm.deployed_request(scenario).usd
        assert labels["Borrowed kernels and links on whole servers"][place] == len(found.deployed[name].borrowed)
    costs = {name: each.usd_per_million_tokens for name, each in found.deployed.items()}
    assert found.leader is not None
    assert (found.leader.usd, found.leader.rates) == (min(cost for cost in costs.values() if cost), rates)


@MEASURED_KINDS
def test_json_and_csv_of_a_cost_hold_the_same_deployments(rates: str) -> None:
    scenario = default_scenario().replace(rates=rates)
    data = json.loads(json.dumps(cm.report(scenario), allow_nan=False))["deployed"]
    table = {row["metric"]: row for row in csv.DictReader(io.StringIO(cm.report_csv(scenario)))}
    for name, entry in data["figures"].items():
        assert table[name]["value"] == ("" if entry["value"] is None else repr(entry["value"]))
    assert data["afd"]["usd_per_million_tokens"] == data["figures"]["deployed.afd.cost"]["value"]
    assert data["rates"] == rates
    assert (data["afd"]["tokens_per_second_per_gpu_low"] is None) == (rates == "measured")


def test_an_accelerator_without_rates_is_not_ranked() -> None:
    found = cm.deployed(default_scenario().replace(rates="measured"))
    assert [each.accelerator.id for each in found.unranked] == ["910b"]
    assert "Not ranked: No measured rates are known for Ascend 910B with MFA attention." in found.remarks
    alone = cm.deployed(default_scenario(accelerators=("910b",)).replace(rates="measured"))
    assert (alone.best, alone.usd_per_million_tokens, alone.request_usd) == (None, None, None)
    assert alone.reason == "No measured rates are known for Ascend 910B with MFA attention."


def test_ideal_and_measured_designs_are_not_compared() -> None:
    mixed = {"one": default_scenario(), "other": default_scenario().replace(rates="kernels")}
    for ask in (cm.compared, cm.leader, cm.comparison_report):
        with pytest.raises(cm.DomainError, match="designs at ideal and kernels rates are not compared"):
            ask(mixed)


def test_no_design_leads_where_none_has_rates() -> None:
    assert cm.leader(designs("measured", accelerators=["910b"])) is None
