"""Several designs in one link: written, read back, named, and refused with a reason."""

import csv
import io
import json

import pytest

import costmodel as cm
from costmodel.io import designs

SCENARIO = cm.default_scenario().replace(workload=cm.Workload(context=32_768))


def test_designs_without_a_parameter_are_the_default_ones() -> None:
    found, problems = designs.read_designs(None, SCENARIO)
    assert [each.model.id for each in found.values()] == list(designs.DEFAULT_DESIGNS)
    assert problems == []


def test_written_designs_are_read_back_at_the_scenario() -> None:
    changed = cm.from_query("model=step-3&attention.0.heads=96").scenario
    text = designs.write_designs([changed, cm.default_scenario("qwen3-32b")])
    found, problems = designs.read_designs(text, SCENARIO)
    assert problems == []
    assert list(found) == ["Step-3 (heads 96)", "Qwen3-32B"]
    assert {each.workload for each in found.values()} == {SCENARIO.workload}
    assert found["Step-3 (heads 96)"].model == changed.model


def test_equal_designs_have_distinct_names() -> None:
    found, _ = designs.read_designs("model=step-3|model=step-3", SCENARIO)
    assert list(found) == ["Step-3", "Step-3 #2"]


def test_long_names_count_the_further_changes() -> None:
    many = "model=step-3&attention.0.heads=96&attention.0.head_dim=128&attention.0.query_rank=1024&hidden=4096"
    (name,) = designs.read_designs(many, SCENARIO)[0]
    assert name.endswith(", 2 more)")


def test_bad_and_surplus_designs_are_problems() -> None:
    _, problems = designs.read_designs("model=step-3&attention.0.heads=0", SCENARIO)
    assert [problem.field for problem in problems] == ["pinned design, attention.0.heads"]
    found, problems = designs.read_designs("|".join(["model=step-3"] * 9), SCENARIO)
    assert len(found) == designs.MOST_DESIGNS
    assert "lists more than 8 designs" in problems[0].reason


def test_query_gives_designs_and_every_problem() -> None:
    query = f"workload.context=32768&sla.tpot=x&{designs.DESIGNS_PARAMETER}=model%3Dstep-3"
    found, problems = designs.designs_of_query(query)
    assert [each.workload.context for each in found.values()] == [32_768]
    assert [problem.field for problem in problems] == ["sla.tpot"]


def test_comparison_report_names_links_values_and_best_design() -> None:
    found, _ = designs.read_designs("model=step-3|model=deepseek-v3", SCENARIO)
    report = json.loads(json.dumps(cm.comparison_report(found)))
    assert [cm.from_query(link).scenario for link in report["designs"].values()] == list(found.values())
    (cost,) = [row for row in report["metrics"] if row["metric"] == cm.METRICS["cost"].label]
    assert cost["best"] == "Step-3"
    assert cost["values"]["Step-3"] == pytest.approx(cm.cheapest(found["Step-3"]).pair.total)


def test_comparison_csv_holds_the_values_of_the_report() -> None:
    found, _ = designs.read_designs("model=step-3|model=deepseek-v3", SCENARIO)
    header, *rows = csv.reader(io.StringIO(cm.comparison_csv(found)))
    assert header == ["metric", "unit", "Step-3", "DeepSeek-V3"]
    values = [list(row["values"].values()) for row in cm.comparison_report(found)["metrics"]]
    assert [[None if cell == "" else float(cell) for cell in row[2:]] for row in rows] == values
