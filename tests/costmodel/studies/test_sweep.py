"""Sweeps: labelled axes over any fields, validated axis by axis."""

import numpy as np
import pytest

import costmodel as cm
from costmodel.metrics import METRICS

ACCELERATORS = [cm.load_accelerator(name).replace(tdp_watts=500) for name in ("h800", "h20")]
SCENARIO = cm.Scenario(model=cm.load_model("step-3"), accelerators=ACCELERATORS, workload=cm.Workload(context=8192))


def test_sweep_has_a_dimension_per_axis_and_variable_per_metric() -> None:
    result = cm.sweep(SCENARIO, {"attention.0.heads": range(16, 129, 16), "workload.context": [8192, 32768]})
    assert dict(result.sizes) == {"attention.0.heads": 8, "workload.context": 2, "accelerator": 2}
    assert set(result.data_vars) == set(METRICS)
    assert result["workload.context"].values.tolist() == [8192, 32768]
    assert result["accelerator"].values.tolist() == ["h800", "h20"]
    for name, variable in result.data_vars.items():
        assert variable.attrs["units"] == METRICS[str(name)].unit
        assert variable.attrs["long_name"] == METRICS[str(name)].label


def test_every_point_of_a_sweep_equals_its_scalar_result() -> None:
    result = cm.sweep(SCENARIO, {"attention.0.heads": [32, 64], "workload.context": [8192, 32768]})
    for heads in (32, 64):
        model = SCENARIO.model.replace(attention=[SCENARIO.model.attention[0].replace(heads=heads)])
        for context in (8192, 32768):
            best = cm.cheapest(
                cm.Scenario(model=model, accelerators=ACCELERATORS, workload=cm.Workload(context=context))
            )
            point = result.sel({"attention.0.heads": heads, "workload.context": context})
            assert float(point["cost"]) == pytest.approx(best.pair.total, rel=1e-12)
            for accelerator in ACCELERATORS:
                single = best.alone[accelerator.id]
                there = point.sel(accelerator=accelerator.id)
                assert float(there["single"]) == pytest.approx(single.total, rel=1e-12)
                assert float(there["single.memory"]) == pytest.approx(single.memory, rel=1e-12)


def test_metrics_of_a_model_are_its_own_properties() -> None:
    point = cm.sweep(SCENARIO, {"workload.context": [8192]}).isel({"workload.context": 0})
    model, parameters = SCENARIO.model, SCENARIO.model.parameters
    expected = {
        "parameters.total": parameters.total,
        "parameters.active": parameters.active,
        "parameters.attention": parameters.attention,
        "parameters.ffn": parameters.ffn,
        "weight_bytes": model.weight_bytes,
        "kv_bytes_per_token": model.kv_bytes_per_token,
        "kv_bytes_per_sequence": model.kv_bytes_per_sequence(8192),
        "effective_rank": model.effective_rank,
        "sparsity": model.sparsity,
        "arithmetic_intensity": model.arithmetic_intensity,
    }
    assert {name: float(point[name]) for name in expected} == expected


def test_no_plan_exceeds_the_pipeline_without_bubbles() -> None:
    h20, h800 = cm.load_accelerator("h20"), cm.load_accelerator("h800")
    point = cm.sweep(SCENARIO.replace(accelerators=[h20, h800]), {"workload.context": [8192]}).isel(
        {"workload.context": 0}
    )
    work = SCENARIO.model.decode_work(cm.Workload(context=8192))
    attention, ffn = cm.attention_seconds(work, h20).total, cm.ffn_seconds(work, h800)
    assert float(point["pair.accelerator_seconds"]) == pytest.approx(1e6 * (attention + ffn), rel=1e-12)
    assert float(point["pair.attention_accelerators_per_ffn_accelerator"]) == pytest.approx(attention / ffn, rel=1e-12)
    plan = cm.pair_plan(
        SCENARIO.model, attention_on=h20, ffn_on=h800, workload=cm.Workload(context=8192), sla=cm.Sla(tpot=0.05)
    )
    limit = float(point["pair.tokens_per_second_per_gpu"])
    assert limit / 2 < plan.tokens_per_second_per_gpu <= limit


def test_a_metric_spans_only_the_axes_it_depends_on() -> None:
    result = cm.sweep(SCENARIO, {"attention.0.heads": [32, 64], "ffn.1.top_k": [1, 3], "workload.context": [1, 2]})
    assert result["cost.ffn"].dims == ("ffn.1.top_k",)
    assert result["kv_bytes"].dims == ("workload.context",)
    assert result["cost.attention"].dims == ("attention.0.heads", "workload.context")
    assert result["cost"].dims == ("attention.0.heads", "ffn.1.top_k", "workload.context")


def test_the_parts_of_every_swept_cost_sum_to_its_total() -> None:
    result = cm.sweep(SCENARIO, {"workload.context": [1, 8192, 1_000_000], "attention.0.compute_bits": [8, 16]})
    parts = result["single.memory"] + result["single.core"] + result["single.linear"] + result["single.ffn"]
    np.testing.assert_allclose(parts, result["single"].transpose(*parts.dims), rtol=1e-12)
    assert bool((result["cost"] <= result["single"]).all())


def test_prices_and_sla_can_be_axes() -> None:
    result = cm.sweep(SCENARIO, {"accelerators.h20.usd_per_hour": [0.4, 0.8], "sla.stages": [3, 4]})
    single = result["single"].sel(accelerator="h20")
    assert float(single[1]) == pytest.approx(2 * float(single[0]), rel=1e-12)
    floor = result["minimum_sparsity"].sel(accelerator="h800").values
    assert floor == pytest.approx([0.05815, 0.05169], rel=1e-3)


def test_metrics_without_price_or_network_are_left_out() -> None:
    nothing_known = cm.load_accelerator("l4").replace(usd_per_hour=None)
    result = cm.sweep(SCENARIO.replace(accelerators=[nothing_known]), {"workload.context": [8192]})
    assert "no price is known for L4" in result.attrs["left_out"]["cost"]
    assert "no network is known for L4" in result.attrs["left_out"]["minimum_sparsity"]
    assert float(result["kv_bytes"][0]) == SCENARIO.model.kv_bytes_per_token * 8192


def test_requested_metric_without_a_price_is_refused() -> None:
    scenario = SCENARIO.replace(accelerators=[cm.load_accelerator("l20")])
    with pytest.raises(cm.DomainError, match="no price is known for L20"):
        cm.sweep(scenario, {"workload.context": [8192]}, metrics=["cost"])


def test_only_the_metrics_asked_for_are_computed() -> None:
    assert list(cm.sweep(SCENARIO, {"workload.context": [1]}, metrics=["kv_bytes"]).data_vars) == ["kv_bytes"]


@pytest.mark.parametrize(
    ("path", "values", "message"),
    [
        ("workload.context", [8192, 0], "0 is not allowed; must be a whole number from 1 to 10,000,000"),
        ("workload.context", [-1], "-1 is not allowed"),
        ("workload.context", [8192.5], r"8192\.5 is not allowed; must be a whole number"),
        ("workload.context", [float("nan")], "nan is not allowed"),
        ("workload.context", [float("inf")], "inf is not allowed"),
        ("workload.context", [True], "True is not allowed"),
        ("workload.context", ["8192"], "'8192' is not allowed"),
        ("workload.context", [None], "None is not allowed; an array must hold numbers"),
        ("workload.context", [10**400], "a number of more than 60 digits is not allowed"),
        ("workload.context", ["9" * 100_000], r"\(100,000 characters\) is not allowed"),
        ("workload.context", [], "axis is empty"),
        ("workload.context", [1, 1], "axis holds a value twice"),
        ("workload.context", [[1, 2], [3, 4]], r"\[1, 2\] is not allowed; must be one value"),
        ("workload.context", 8192, "8192 is not allowed; must be a list of values"),
        ("workload.context", "8192", "'8192' is not allowed; must be a list of values"),
        ("accelerators.h20.usd_per_hour", [float("nan")], "nan is not allowed; must be a number from 1e-06"),
        ("attention.0.kv_bits", [7], "7 is not allowed; must be one of 1, 2, 3"),
    ],
)
def test_bad_axis_value_is_refused_with_value_and_range(path: str, values: object, message: str) -> None:
    with pytest.raises(cm.DomainError, match=message) as caught:
        cm.sweep(SCENARIO, {path: values})
    assert f"axis {path}" in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"ffn.1.top_k": [3, 49]}, r"ffn\.1: top_k must not exceed experts \(at ffn\.1\.top_k = 49\)"),
        (
            {"workload.draft_length": [3, 0], "workload.accepted_length": [2.0]},
            r"workload: accepted_length must not exceed draft_length \+ 1 \(at .*workload\.draft_length = 0",
        ),
    ],
)
def test_broken_relation_is_refused_by_name(axes: dict[str, list[float]], message: str) -> None:
    with pytest.raises(cm.DomainError, match=message):
        cm.sweep(SCENARIO, axes)


def test_sweep_refuses_kv_heads_that_do_not_divide_heads() -> None:
    scenario = SCENARIO.replace(model=cm.load_model("qwen3-32b"))
    with pytest.raises(cm.DomainError, match=r"kv_heads must divide heads \(at attention\.0\.kv_heads = 5\)"):
        cm.sweep(scenario, {"attention.0.kv_heads": [8, 5]})


@pytest.mark.parametrize(
    ("path", "hint"),
    [("workload.contxt", "did you mean workload.context"), ("attention.1.heads", "did you mean attention.0.heads")]
    + [
        (hostile, "unknown field path")
        for hostile in ("../hidden", "", "__class__", "attention.-1.heads", "x" * 99_999)
    ],
)
def test_an_axis_that_is_no_field_is_refused_with_near_matches(path: str, hint: str) -> None:
    with pytest.raises(cm.UnknownNameError, match=hint) as caught:
        cm.sweep(SCENARIO, {path: [1]})
    assert len(str(caught.value)) < 400


def test_an_unknown_metric_is_refused_with_near_matches() -> None:
    with pytest.raises(cm.UnknownNameError, match="unknown metric 'costs'; did you mean cost"):
        cm.sweep(SCENARIO, {"workload.context": [1]}, metrics=["costs"])
