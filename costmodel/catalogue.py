"""What ships with the library as plain data, for JSON and CSV: model and accelerator presets; and an imported model."""

from collections.abc import Sequence
from typing import Any

from costmodel.defaults import default_scenario
from costmodel.io.huggingface import Imported
from costmodel.io.link import to_query
from costmodel.io.presets import accelerators, load_accelerator, load_model, models
from costmodel.mechanism import Mechanism
from costmodel.model import Model
from costmodel.tabulated import rows_csv

Row = dict[str, Any]

MODEL_UNITS = {
    "parameters": "parameters",
    "active_parameters": "parameters",
    "kv_bytes_per_token": "byte/token",
    "arithmetic_intensity": "FLOP/byte",
    "effective_rank": "elements",
}

KEYS = ("used", "irrelevant", "redundant", "unknown")
"""What became of the keys of an imported file."""


def models_report() -> dict[str, Any]:
    """A row for each model preset: name, mechanisms, layers, sizes, collections and sources; and the units."""
    return {"units": MODEL_UNITS, "rows": [_model_row(load_model(name)) for name in models()]}


def models_csv() -> str:
    """The rows of `models_report` as CSV; several names in one cell are joined by semicolons."""
    return rows_csv(models_report()["rows"])


def accelerators_report() -> dict[str, Any]:
    """A row for each accelerator preset: name, basis, every field, sources; and the units of the fields."""
    known = [load_accelerator(name) for name in accelerators()]
    units = {name: unit for name, field in known[0].quantities().items() if (unit := getattr(field, "unit", ""))}
    rows = [
        {"id": each.id, "name": each.name, "basis": each.basis}
        | {name: getattr(each, name) for name in each.quantities()}
        | {"sources": [source.title for source in each.sources]}
        for each in known
    ]
    return {"units": units, "rows": rows}


def import_report(imported: Imported) -> dict[str, Any]:
    """An imported model as data that `Model` reads back, its sizes, the origin of every field, and a link to it.

    >>> from costmodel.io.presets import load_model
    >>> report = import_report(Imported(load_model("step-3"), {"hidden": "hidden_size"}, ()))
    >>> round(report["active_parameters"] / 1e9, 1), report["provenance"]
    (37.9, {'hidden': 'hidden_size'})
    """
    model = imported.model
    return {
        "link": to_query(default_scenario().replace(model=model)),
        "units": MODEL_UNITS,
        **_model_row(model),
        "notes": list(imported.notes),
        "provenance": dict(imported.provenance),
        "keys": {name: list(getattr(imported, name)) for name in KEYS},
        "model": model.model_dump(mode="json"),
    }


def _model_row(model: Model) -> Row:
    return {
        "id": model.id,
        "name": model.name,
        "attention": _kinds(model.attention),
        "ffn": _kinds(model.ffn),
        "layers": int(model.layers),
        "parameters": float(model.parameters.total),
        "active_parameters": float(model.parameters.active),
        "kv_bytes_per_token": float(model.kv_bytes_per_token),
        "arithmetic_intensity": float(model.arithmetic_intensity),
        "effective_rank": float(model.effective_rank),
        "collections": list(model.collections),
        "sources": [source.title for source in model.sources],
    }


def _kinds(groups: Sequence[Mechanism]) -> list[str]:
    """Labels of the mechanisms of a stack, each once."""
    return list(dict.fromkeys(group.label for group in groups))
