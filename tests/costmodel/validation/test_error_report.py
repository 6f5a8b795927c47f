"""How far predictions are off: in a sentence, as JSON and as CSV, always the rows of `measurements`."""

import csv
import io
import json

import numpy as np

import costmodel as cm


def test_accuracy_is_that_of_unfitted_deployments():
    errors = [row.error for row in cm.measurements() if row.state == "predicted" and row.kind == "deployment"]
    found = cm.accuracy()
    assert found.rows == len(errors) == 114 + 5
    assert found.median_error == np.median(errors)
    assert found.p90_error == np.quantile(errors, 0.9)


def test_accuracy_meets_the_aim_of_the_library():
    assert cm.accuracy().median_error <= cm.ERROR_AIM
    assert cm.accuracy().p90_error <= 2 * cm.ERROR_AIM


def test_accuracy_in_words_states_its_numbers():
    found = cm.accuracy()
    words = cm.accuracy_words()
    assert f"Median error {100 * found.median_error:.1f}" in words
    assert f"within {100 * found.p90_error:.1f}" in words
    assert f"on {found.rows} deployments that nothing was fitted to" in words


def test_rows_without_a_fair_prediction_have_no_accuracy():
    fitted = [row for row in cm.measurements() if row.state != "predicted"]
    assert cm.accuracy(fitted) is None
    assert cm.accuracy_words(fitted).startswith("No deployment among these rows")


def test_the_report_is_json_and_holds_every_row():
    report = cm.measurements_report()
    assert json.loads(json.dumps(report)) == report
    assert report["fitted"] == 3
    assert sum(each["rows"] for each in report["summary"]) == 138
    for row, data in zip(cm.measurements(), report["rows"], strict=True):
        assert all(data[name] == getattr(row, name) for name in data if name != "notes")
        assert data["notes"] == list(row.notes)


def test_the_csv_holds_the_numbers_of_the_report():
    table = list(csv.DictReader(io.StringIO(cm.measurements_csv())))
    for data, row in zip(table, cm.measurements(), strict=True):
        assert float(data["measured"]) == row.measured
        assert (float(data["ratio"]) if data["ratio"] else None) == row.ratio
        assert (data["reason"], data["notes"]) == (row.reason, "; ".join(row.notes))
