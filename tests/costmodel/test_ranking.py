"""The ranking as JSON and CSV: the figures of `plans`, and none for what nothing delivers."""

import csv
import io
import json

import costmodel as cm


def test_report_holds_every_row_of_the_ranking():
    scenario = cm.default_scenario()
    report = json.loads(json.dumps(cm.plan_report(scenario), allow_nan=False))
    rows = cm.plans(scenario)
    assert [row["rank"] for row in report["rows"]] == [row.rank for row in rows]
    assert [row["usd_per_million_tokens"] for row in report["rows"]] == [
        row.deployment.usd_per_million_tokens for row in rows
    ]
    assert cm.from_query(report["link"]).scenario == scenario


def test_report_states_no_figures_of_infeasible_deployments():
    report = cm.plan_report(cm.default_scenario().replace(sla=cm.Sla(tpot=0.001)))
    assert {row["rank"] for row in report["rows"]} == {None}
    assert all(row[name] is None for row in report["rows"] for name in report["units"])
    assert all("times what there is" in row["reason"] for row in report["rows"])


def test_csv_has_the_rows_of_the_report():
    scenario = cm.default_scenario()
    table = list(csv.DictReader(io.StringIO(cm.plan_csv(scenario))))
    rows = cm.plan_report(scenario)["rows"]
    assert [float(row["usd_per_million_tokens"]) for row in table] == [row["usd_per_million_tokens"] for row in rows]


def test_rows_at_kernel_rates_carry_band_and_borrowed_kernels():
    scenario = cm.default_scenario().replace(rates="kernels")
    report, rows = cm.plan_report(scenario), cm.plans(scenario)
    for row, found in zip(report["rows"], rows, strict=True):
        ends = row["tokens_per_second_per_gpu_low"], row["tokens_per_second_per_gpu_high"]
        assert ends == found.deployment.output_range
        assert row["borrowed"] == list(found.borrowed)
    table = list(csv.DictReader(io.StringIO(cm.plan_csv(scenario))))
    assert [row["borrowed"] for row in table] == ["; ".join(row["borrowed"]) for row in report["rows"]]
    ideal = cm.plan_report(cm.default_scenario())["rows"]
    assert {row["tokens_per_second_per_gpu_low"] for row in ideal} == {None}
