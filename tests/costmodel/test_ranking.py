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
