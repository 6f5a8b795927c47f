"""Frontiers as data: the rows of the search, their units, and what is left out."""

import csv
import io
import json

import pytest

import costmodel as cm
from costmodel import search_results

ASKED = cm.search_of_query(
    "accelerators=h800.h20&search.axis.attention.0.heads=32..128..16&search.axis.workload.context=8192,32768"
    "&search.minimise=cost&search.maximise=effective_rank&search.where=parameters.total <= 330e9"
).search


def test_a_report_holds_the_rows_of_the_search() -> None:
    report = json.loads(json.dumps(cm.search_report(ASKED)))
    front = cm.search(ASKED.space, minimise=ASKED.minimise, maximise=ASKED.maximise, where=ASKED.where)
    assert (report["designs"], report["searched"], report["rows_left_out"]) == (len(front), 14, 0)
    assert (report["objectives"], report["constraints"]) == (["cost", "effective_rank"], ["parameters.total <= 330e9"])
    for number, row in enumerate(report["rows"]):
        assert row["design"] == number
        assert {path: row[path] for path in ASKED.axes} == front.designs[number]
        assert row["cost"] == pytest.approx(cm.cheapest(front.scenario(number)).pair.total)
    assert report["units"]["workload.context"] == "tokens"
    assert report["units"]["cost"] == "USD/1M tokens"
    assert cm.search_of_query(report["link"]) == cm.SearchLink(ASKED, ())


def test_a_csv_holds_the_rows_of_the_report() -> None:
    header, *rows = csv.reader(io.StringIO(cm.search_csv(ASKED)))
    report = cm.search_report(ASKED)["rows"]
    assert header == list(report[0])
    assert rows == [[str(value) for value in row.values()] for row in report]


def test_conditions_without_designs_name_the_constraint() -> None:
    asked = cm.DesignSearch(ASKED.scenario, ASKED.axes, ("cost",), where=("cost <= 0",))
    report = cm.search_report(asked)
    assert report["rows"] == []
    assert report["empty"] == [
        {"condition": {"workload.context": context}, "removed_by": "cost <= 0"} for context in (8192, 32768)
    ]


def test_rows_beyond_the_limit_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = cm.search_report(ASKED)
    monkeypatch.setattr(search_results, "MOST_ROWS", 3)
    report = cm.search_report(ASKED)
    assert report["rows"] == whole["rows"][:3]
    assert report["rows_left_out"] == whole["designs"] - 3


def test_a_figure_without_a_price_is_empty() -> None:
    bare = ASKED.scenario.replace(
        accelerators=[each.replace(usd_per_hour=None) for each in ASKED.scenario.accelerators],
        attention_on="h20",
        ffn_on="h20",
    )
    asked = cm.DesignSearch(bare, {"attention.0.heads": "32, 64"}, maximise=("effective_rank",))
    (row,) = cm.search_report(asked)["rows"]
    assert row["cost"] is None
    assert row["effective_rank"] > 0
    header, cells = csv.reader(io.StringIO(cm.search_csv(asked)))
    assert dict(zip(header, cells, strict=True))["cost"] == ""
