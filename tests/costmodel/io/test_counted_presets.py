"""Every model preset against the integers counted with the model's own class, and through every analysis.

`counted_presets.csv`: parameters, active parameters with the LM head and without the input table, cache of 8,192 tokens
and states [byte] with the cache in 16 bits, counted with transformers 5.24 or, where that has no class, by hand.
"""

import csv
from pathlib import Path

import pytest

import costmodel as cm

TABLE = (Path(__file__).parent / "counted_presets.csv").read_text(encoding="utf-8")
ROWS = {row["preset"]: row for row in csv.DictReader(TABLE.splitlines())}
COUNTED = pytest.mark.parametrize("name", ROWS)
EVERY = pytest.mark.parametrize("name", cm.models())

HEADS_OF_SLIDING_LAYERS = 33 * 32 * (2 * 4096 * 128 + 4096)
PADDED_VOCABULARY = 81 * 4096
KNOWN_DEVIATIONS = {
    # Counted from a copy that lost attention_other_setting (96 heads, 64 counted) and at the vocabulary of its class.
    ("step-3.7-flash", "total"): HEADS_OF_SLIDING_LAYERS + 2 * PADDED_VOCABULARY,
    ("step-3.7-flash", "active"): HEADS_OF_SLIDING_LAYERS + PADDED_VOCABULARY,
    # The paper counts the window without the current token, and keeps Lightning states in FP32.
    ("llama-4-maverick", "kv_bytes_8192"): 36 * 2 * 8 * 128 * 2,
    ("minimax-m1", "state_bytes"): 70 * 64 * 128 * 128 * 2,
}


def deviations(name: str, **found: float) -> dict[tuple[str, str], float]:
    """What differs from the counted integers; an empty cell was not counted."""
    counted = {field: ROWS[name][field] for field in found}
    return {
        (name, field): found[field] - int(text) for field, text in counted.items() if text and found[field] != int(text)
    }


def expected(name: str, *fields: str) -> dict[tuple[str, str], int]:
    return {key: value for key, value in KNOWN_DEVIATIONS.items() if key[0] == name and key[1] in fields}


def test_presets_with_counted_integers_are_most_of_them() -> None:
    assert set(ROWS) <= set(cm.models())
    assert len(ROWS) >= 51


@COUNTED
def test_preset_parameters_are_counted_to_the_last(name: str) -> None:
    parameters = cm.load_model(name).parameters
    assert deviations(name, total=parameters.total, active=parameters.active) == expected(name, "total", "active")
    assert sum(parameters.terms.values()) == parameters.total


@COUNTED
def test_preset_cache_and_state_are_counted_to_the_byte(name: str) -> None:
    model = cm.load_model(name)
    wide = [
        group.replace(**{field: 16 for field in ("kv_bits", "index_bits") if field in group.quantities()})
        for group in model.attention
    ]
    found = model.replace(attention=wide)
    cache, state = float(found.kv_bytes_per_sequence(8192)), found.state_bytes_per_sequence
    assert deviations(name, kv_bytes_8192=cache, state_bytes=state) == expected(name, "kv_bytes_8192", "state_bytes")


@EVERY
def test_preset_goes_through_every_analysis(name: str) -> None:
    scenario = cm.Scenario(model=name, accelerators=["h800", "h20"], workload=cm.Workload(context=8192))
    assert cm.from_query(cm.to_query(scenario)) == cm.Link(scenario, ())
    assert cm.from_toml(cm.to_toml(scenario)).link == cm.Link(scenario, ())
    assert cm.cheapest(scenario).pair.total > 0
    assert cm.explain(scenario)
    assert cm.plan(scenario).usd_per_million_tokens > 0


@EVERY
def test_published_counts_are_near_the_computed_ones(name: str) -> None:
    model = cm.load_model(name)
    published, computed = model.published, model.parameters
    # Names round down to a whole number, and some leave out the embeddings.
    for stated, counted in (
        (published.total_parameters, computed.total),
        (published.active_parameters, computed.active),
    ):
        assert stated is None or counted == pytest.approx(stated, rel=0.2)


def test_presets_name_vendor_family_and_collections() -> None:
    for name in cm.models():
        model = cm.load_model(name)
        assert "Other" not in (model.vendor, model.family)
        assert {"dense", "mixture-of-experts"} & set(model.collections)
    assert {"2026", "dense", "hybrid", "sparse-attention", "step-3-paper"} <= set(cm.collections())
