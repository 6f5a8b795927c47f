"""JSON schema of the descriptions: what OpenAPI, editors and generated tables read about a field."""

import tomllib
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import costmodel as cm
from costmodel.io.presets import ROOT
from costmodel.model import STACKS

MECHANISMS = [kind for kinds in STACKS.values() for kind in kinds]
SPECS = [cm.Scenario, cm.Model, cm.Accelerator, cm.Workload, cm.Sla, cm.Rates, cm.Source, *MECHANISMS]
FOLDERS = {"models": cm.Model, "accelerators": cm.Accelerator, "rates": cm.Rates}
FIELDS = [(kind, name, mark) for kind in SPECS for name, mark in kind.quantities().items()]
EACH_FIELD = pytest.mark.parametrize(
    ("kind", "name", "mark"), FIELDS, ids=[f"{kind.__name__}.{name}" for kind, name, _ in FIELDS]
)
PRESETS = sorted(path for folder in FOLDERS for path in (ROOT / folder).glob("*.toml"))


def schema(kind: type[cm.Spec], name: str) -> dict[str, Any]:
    """The schema of one field."""
    found: dict[str, Any] = kind.model_json_schema()["properties"][name]
    return found


def accepted(mark: cm.Field | cm.Choice, value: object) -> bool:
    try:
        mark.check(value)
    except cm.DomainError:
        return False
    return True


@pytest.mark.parametrize("mode", ["validation", "serialization"])
@pytest.mark.parametrize("kind", SPECS)
def test_every_description_has_a_valid_schema(kind: type[cm.Spec], mode: Any) -> None:
    found = kind.model_json_schema(mode=mode)
    Draft202012Validator.check_schema(found)
    assert found["additionalProperties"] is False
    assert set(found["properties"]) == set(kind.model_fields)


@EACH_FIELD
def test_schema_of_a_field_names_label_help_and_unit(
    kind: type[cm.Spec], name: str, mark: cm.Field | cm.Choice
) -> None:
    found = schema(kind, name)
    assert (found["title"], found["description"]) == (mark.label, mark.help)
    assert found.get("x-unit", "") == getattr(mark, "unit", "")


@EACH_FIELD
def test_schema_and_field_accept_the_same_values(kind: type[cm.Spec], name: str, mark: cm.Field | cm.Choice) -> None:
    tried: list[Any] = [None, "", "gqa", True, *mark.choices]
    if isinstance(mark, cm.Field):
        low, high = mark.low, mark.high
        tried += [low, high, low - 1, high * 2, (low + high) / 2 + 0.25, *mark.stops]
    validator = Draft202012Validator(schema(kind, name))
    verdicts = {repr(value): (validator.is_valid(value), accepted(mark, value)) for value in tried}
    assert {text for text, (by_schema, by_field) in verdicts.items() if by_schema != by_field} == set()
    assert {by_field for _, by_field in verdicts.values()} == {True, False}


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_preset_file_fits_its_schema(path: Any) -> None:
    data = {"id": path.stem} | tomllib.loads(path.read_text(encoding="utf-8"))
    data |= dict.fromkeys(data.pop("unknown", ()))
    Draft202012Validator(FOLDERS[path.parent.name].model_json_schema()).validate(data)


def test_a_scenario_fits_its_schema_with_every_nested_part() -> None:
    validator = Draft202012Validator(cm.Scenario.model_json_schema())
    data = cm.default_scenario("minimax-m1").model_dump(mode="json")
    validator.validate(data)
    data["model"]["attention"][0]["heads"] = 0
    data["accelerators"][1]["usd_per_hour"] = "free"
    refused = {tuple(error.absolute_path)[:3] for error in validator.iter_errors(data)}
    assert refused == {("model", "attention", 0), ("accelerators", 1, "usd_per_hour")}


@pytest.mark.parametrize("kind", MECHANISMS)
def test_schema_of_a_mechanism_requires_its_kind(kind: type[cm.Mechanism]) -> None:
    found = kind.model_json_schema()
    assert "kind" in found["required"]
    assert found["properties"]["kind"]["const"] == kind.tag()
