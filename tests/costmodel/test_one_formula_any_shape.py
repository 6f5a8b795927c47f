"""Every formula gives the same for a number, a plain array and a labelled array, element by element."""

import math
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.evaluation import Evaluation
from costmodel.metrics import METRICS
from costmodel.paths import fields, update, value
from costmodel.spec import Choice, Field
from tests.costmodel.counted_models import COUNTED

ACCELERATORS = [cm.load_accelerator(name).replace(tdp_watts=500.0) for name in ("h800", "h20", "910b")]
WORKLOAD = cm.Workload(context=8192, draft_length=3, accepted_length=2.0)
PRESETS = {name: cm.load_model(name) for name in ("step-3", "deepseek-v3", "llama-4-maverick", "minimax-m1")}
NEWER = {name: COUNTED[name][0] for name in ("deepseek-v3.2", "deepseek-v4-flash", "nemotron-3-super-120b")}
SCENARIOS = {
    name: cm.Scenario(model=model, accelerators=ACCELERATORS, workload=WORKLOAD)
    for name, model in (PRESETS | NEWER).items()
}

# Fields that a relation ties to others draw from what the presets above allow.
RELATED = {
    "heads": st.integers(1, 128).map(lambda groups: 8 * groups),
    "kv_heads": st.sampled_from([1, 2, 4, 8]),
    "output_groups": st.sampled_from([1, 2, 4, 8]),
    "groups": st.sampled_from([1, 2, 4, 8]),
    "top_k": st.integers(1, 32),
    "experts": st.integers(128, 65_536),
    "accepted_length": st.floats(1, 4),
    "draft_length": st.integers(1, 64),
    "prompt": st.integers(10, 1_000_000),
    "cached": st.floats(0, 0.9),
    "idle_share": st.floats(0, 0.5),
    "prefill_share": st.floats(0.5, 1),
    "decode_share": st.floats(0.5, 1),
}


def axis(path: str, mark: Field) -> st.SearchStrategy[list[Any]]:
    name = path.rsplit(".", 1)[-1]
    if name in RELATED:
        values = RELATED[name]
    elif mark.choices:
        values = st.sampled_from(mark.choices)
    elif mark.whole:
        values = st.integers(int(mark.low), int(mark.high))
    else:
        values = st.floats(mark.low, mark.high)
    return st.lists(values, min_size=2, max_size=2, unique=True)


@st.composite
def designs(draw: st.DrawFn) -> tuple[cm.Scenario, dict[str, list[Any]]]:
    scenario = SCENARIOS[draw(st.sampled_from(sorted(SCENARIOS)))]
    marks = {
        path: mark
        for path, mark in fields(scenario).items()
        if isinstance(mark, Field) and not path.endswith(".layers")
    }
    paths = draw(st.lists(st.sampled_from(sorted(marks)), min_size=1, max_size=3, unique=True))
    return scenario, {path: draw(axis(path, marks[path])) for path in paths}


def listed(name: str, run: Evaluation) -> list[Any]:
    """The values of a metric: one, or one for each accelerator."""
    return METRICS[name].each(run) if METRICS[name].per_accelerator else [METRICS[name].value(run)]


def same(found: list[Any], expected: list[Any]) -> bool:
    """Equal to the last digits; `pytest.approx` takes longer than all that is compared."""
    return len(found) == len(expected) and all(
        math.isclose(one, other, rel_tol=1e-12) for one, other in zip(found, expected, strict=True)
    )


@settings(max_examples=60)
@given(designs())
def test_every_metric_is_equal_for_numbers_and_arrays(
    design: tuple[cm.Scenario, dict[str, list[Any]]],
) -> None:
    scenario, axes = design
    shape = tuple(len(values) for values in axes.values())
    plain = {path: np.reshape(values, [-1 if path == other else 1 for other in axes]) for path, values in axes.items()}
    labelled = {path: xr.DataArray(values, dims=[path]) for path, values in axes.items()}
    from_plain, from_labelled = (Evaluation(update(scenario, arrays)) for arrays in (plain, labelled))
    of_arrays = {name: listed(name, from_plain) for name in METRICS}
    of_labels = {name: listed(name, from_labelled) for name in METRICS}
    for index in np.ndindex(shape):
        chosen = {path: values[at] for (path, values), at in zip(axes.items(), index, strict=True)}
        alone = Evaluation(update(scenario, chosen))
        at = dict(zip(axes, index, strict=True))
        for name in METRICS:
            expected = listed(name, alone)
            arrays = [np.broadcast_to(part, shape)[index] for part in of_arrays[name]]
            labels = [
                float(part.isel({dim: at[dim] for dim in part.dims})) if isinstance(part, xr.DataArray) else part
                for part in of_labels[name]
            ]
            assert same(arrays, expected), (name, arrays, expected)
            assert same(labels, expected), (name, labels, expected)


@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_every_field_can_be_an_axis_at_its_own_value(name: str) -> None:
    scenario = SCENARIOS[name]
    alone = Evaluation(scenario)
    expected = {metric: listed(metric, alone) for metric in METRICS}
    for path, mark in fields(scenario).items():
        now = value(scenario, path)
        if isinstance(mark, Choice) or now is None:
            continue
        result = Evaluation(update(scenario, {path: np.array([now])}))
        for metric in METRICS:
            parts = [float(np.squeeze(part)) for part in listed(metric, result)]
            assert parts == pytest.approx(expected[metric], rel=1e-12), (path, metric)


@pytest.mark.parametrize("shape", [np.asarray, lambda values: xr.DataArray(values, dims=["bits"])])
def test_rates_rooflines_and_floors_give_the_same_for_arrays(shape: Any) -> None:
    accelerator, bits = cm.load_accelerator("b200"), [4, 8, 16]
    for function in (accelerator.flops_per_second, accelerator.ridge, lambda bits: cm.usd_per_flop(accelerator, bits)):
        assert np.asarray(function(shape(bits))).tolist() == [function(one) for one in bits]
    sparsities = [0.01, 0.1, 1.0]
    batches = cm.batch_for_high_mfu(accelerator, shape(sparsities))
    assert np.asarray(batches).tolist() == [cm.batch_for_high_mfu(accelerator, one) for one in sparsities]


@pytest.mark.parametrize("shape", [np.asarray, lambda values: xr.DataArray(values, dims=["context"])])
def test_what_binds_attention_is_the_same_for_arrays(shape: Any) -> None:
    model, accelerator = cm.load_model("llama-4-maverick"), cm.load_accelerator("h20")
    contexts = [1, 8192, 1_000_000]
    bound = cm.attention_bound(model, accelerator, WORKLOAD.update({"context": shape(contexts)}))
    alone = [cm.attention_bound(model, accelerator, WORKLOAD.replace(context=context)) for context in contexts]
    assert np.asarray(bound.intensity).tolist() == pytest.approx([one.intensity for one in alone], rel=1e-12)
    assert np.asarray(bound.memory).tolist() == [bool(one.memory) for one in alone]


def test_products_beyond_64_bits_stay_exact_floats_in_arrays() -> None:
    scenario = SCENARIOS["step-3"]
    big = {"hidden": 1_000_000, "ffn.1.intermediate": 1_000_000, "ffn.1.experts": 65_536}
    alone = update(scenario, big).model.parameters.total
    assert alone > 2**63 / 8
    arrays = update(scenario, {path: np.array([number]) for path, number in big.items()})
    assert float(arrays.model.parameters.total[0]) == pytest.approx(float(alone), rel=1e-12)
