"""Published architectures, as small configs of our own, against counts made with the models' own classes.

`models.json` holds of each config the keys that decide a number, and the integers that transformers 5.24 counts for the
text part: parameters, active parameters with the LM head and without the input table, cache and states in 16 bits.
"""

import json
from pathlib import Path
from typing import Any

import pytest

import costmodel as cm

MODELS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "models.json").read_text(encoding="utf-8"))
EVERY = pytest.mark.parametrize("entry", MODELS, ids=lambda entry: entry["name"])
SHAPE = ("attention", "ffn", "hidden", "vocabulary", "tied_embeddings", "embedding_bits", "final_norms", "streams",
         "other_parameters")  # fmt: skip
CACHE_BITS = ("kv_bits", "index_bits")


def imported(config: Any) -> cm.Model:
    """The model of a config with its cache in 16 bits, as it was counted."""
    model = cm.read_huggingface(config).model
    groups = [
        group.replace(**{name: 16 for name in CACHE_BITS if name in type(group).model_fields})
        for group in model.attention
    ]
    return model.replace(attention=groups)


@EVERY
def test_parameters_are_those_of_the_models_own_class(entry: dict[str, Any]) -> None:
    parameters, counted = imported(entry["config"]).parameters, entry["counted"]
    assert (parameters.total, parameters.active) == (counted["total"], counted["active"])


@EVERY
def test_cache_and_states_are_those_of_a_forward_pass(entry: dict[str, Any]) -> None:
    model, counted = imported(entry["config"]), entry["counted"]
    assert model.kv_bytes_per_sequence(8192) == pytest.approx(counted["kv_bytes_at_8192"], abs=0.5)
    assert model.state_bytes_per_sequence == pytest.approx(counted["state_bytes"], abs=0.5)


@EVERY
def test_every_key_that_is_used_is_named(entry: dict[str, Any]) -> None:
    found = cm.read_huggingface(entry["config"])
    listed = {key.rpartition(".")[2] for key in (*found.used, *found.redundant, *found.irrelevant, *found.unknown)}
    inner = next(
        (value for value in entry["config"].values() if isinstance(value, dict) and "hidden_size" in value), {}
    )
    assert set(inner or entry["config"]) <= listed | {"model_type"}


@EVERY
def test_model_survives_its_link_and_its_file(entry: dict[str, Any]) -> None:
    model = cm.read_huggingface(entry["config"], name=entry["name"]).model
    scenario = cm.Scenario(model=model, accelerators=["h800"], workload=cm.Workload(context=8192))
    for opened in (cm.from_query(cm.to_query(scenario)), cm.from_toml(cm.to_toml(scenario)).link):
        again = opened.scenario.model
        assert [getattr(again, name) for name in SHAPE] == [getattr(model, name) for name in SHAPE]
