"""Presets and imported models as plain data."""

import json

import costmodel as cm
from tests.costmodel.io.huggingface.test_import import DEEPSEEK


def test_models_report_has_the_sizes_of_every_preset() -> None:
    rows = {row["id"]: row for row in cm.models_report()["rows"]}
    assert list(rows) == cm.models()
    step3 = rows["step-3"]
    assert (step3["name"], step3["layers"], step3["effective_rank"]) == ("Step-3", 61, 16_384)
    assert (step3["attention"], step3["ffn"]) == (["MFA"], ["Dense", "Mixture of experts"])
    assert round(step3["active_parameters"] / 1e9, 1) == 37.9
    assert all(row["sources"] for row in rows.values())


def test_accelerators_report_has_every_field_with_its_unit() -> None:
    found = cm.accelerators_report()
    rows = {row["id"]: row for row in found["rows"]}
    assert list(rows) == cm.accelerators()
    h800 = cm.load_accelerator("h800")
    assert {name: rows["h800"][name] for name in h800.quantities()} == {
        name: getattr(h800, name) for name in h800.quantities()
    }
    assert found["units"]["bytes_per_second"] == "byte/s"


def test_import_report_reads_back_as_the_imported_model() -> None:
    imported = cm.read_huggingface(DEEPSEEK, name="A DeepSeek")
    found = json.loads(json.dumps(cm.import_report(imported)))
    assert cm.Model(**found["model"]) == imported.model
    assert (found["id"], found["provenance"]["hidden"]) == ("a-deepseek", "hidden_size")
    assert found["keys"]["used"] == list(imported.used)
    assert found["notes"] == list(imported.notes)
    assert cm.from_query(found["link"]).scenario.model.parameters == imported.model.parameters
