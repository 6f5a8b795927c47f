"""The registry of metrics: names, directions and former names."""

import pytest

import costmodel as cm
from costmodel.metrics import FORMER_NAMES

NO_DIRECTION = {"single.memory", "single.core", "arithmetic_intensity", "sparsity", "minimum_sparsity"}


def test_every_metric_names_unit_label_and_direction() -> None:
    for name, metric in cm.METRICS.items():
        assert metric.name == name
        assert metric.unit
        assert metric.label
        assert metric.better in ("lower", "higher", None)


def test_costs_are_better_when_lower_and_parts_have_no_direction() -> None:
    better = {name: metric.better for name, metric in cm.METRICS.items()}
    assert {better[name] for name in ("cost", "single", "training", "kv_bytes", "weight_bytes")} == {"lower"}
    assert {better[name] for name in ("effective_rank", "pair.tokens_per_second_per_gpu")} == {"higher"}
    assert {name for name in better if better[name] is None and "." not in name} <= NO_DIRECTION
    assert {better[name] for name in NO_DIRECTION} == {None}


def test_no_metric_is_named_after_the_planner() -> None:
    assert not [name for name in cm.METRICS if name.startswith("plan.")]


@pytest.mark.parametrize(("former", "name"), FORMER_NAMES.items())
def test_a_former_name_of_a_metric_is_still_read(former: str, name: str) -> None:
    scenario = cm.default_scenario()
    assert cm.metric(former) is cm.metric(name)
    assert cm.sweep(scenario, {}, metrics=[former]).equals(cm.sweep(scenario, {}, metrics=[name]))


@pytest.mark.parametrize(("former", "name"), FORMER_NAMES.items())
def test_an_expression_with_a_former_name_finds_the_same_designs(former: str, name: str) -> None:
    scenario = cm.default_scenario()
    space = cm.Space(scenario.model, {"attention.0.heads": [32, 64, 96]}, workload=scenario.workload)
    old, new = (
        cm.search(space, scenario.accelerators, minimise=[f"2 * {each}"], maximise=["effective_rank"])
        for each in (former, name)
    )
    assert len(old) == len(new) > 0
    assert [old.scenario(row) for row in range(len(old))] == [new.scenario(row) for row in range(len(new))]


def test_prefill_cost_is_that_of_the_prompt_of_a_request() -> None:
    scenario = cm.default_scenario().replace(request=cm.RequestMix(prompt=4096))
    each = cm.metric("prefill.cost").each(cm.Evaluation(scenario))
    # The ideal table of Step-3 at 4,096 tokens.
    assert [f"{usd:.4f}" for usd in each] == ["0.0253", "0.0678", "0.0548", "0.0546"]
    named = cm.Evaluation(scenario.replace(prefill_on="h20"))
    assert cm.metric("prefill.cost").value(named) == each[1]


def test_bare_metric_name_is_one_of_its_accelerator_values() -> None:
    run = cm.Evaluation(cm.default_scenario())
    for metric in cm.METRICS.values():
        if metric.per_accelerator:
            assert metric.value(run) in metric.each(run)
