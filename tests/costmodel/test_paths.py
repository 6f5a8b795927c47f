"""Field paths: the names of single numbers in a scenario."""

import pytest

import costmodel as cm
from costmodel.paths import fields, replace, value

SCENARIO = cm.Scenario(
    model=cm.load_model("deepseek-v3"),
    accelerators=[cm.load_accelerator("h800"), cm.load_accelerator("h20")],
    workload=cm.Workload(context=8192),
)


def test_every_field_can_be_read_and_put_back_without_changing_the_scenario() -> None:
    for path in fields(SCENARIO):
        assert replace(SCENARIO, {path: value(SCENARIO, path)}) == SCENARIO


def test_the_paths_of_models_start_at_the_model_and_accelerators_are_addressed_by_id() -> None:
    known = fields(SCENARIO)
    assert {"hidden", "attention.0.heads", "ffn.1.experts", "workload.context", "sla.tpot"} <= set(known)
    assert value(SCENARIO, "accelerators.h20.usd_per_hour") == 0.8
    assert known["accelerators.h20.usd_per_hour"].label == "Price"


def test_changes_apply_together_so_that_relations_see_the_final_design() -> None:
    changed = replace(SCENARIO, {"attention.0.layers": 63, "ffn.1.layers": 60})
    assert changed.model.layers == 63
    assert SCENARIO.model.layers == 61


def test_a_refused_change_names_its_path() -> None:
    with pytest.raises(cm.DomainError, match=r"^attention\.0\.heads: 0 is not allowed; must be a whole number"):
        replace(SCENARIO, {"attention.0.heads": 0})
    with pytest.raises(cm.DomainError, match=r"^ffn\.1: top_k must not exceed experts, got top_k = 300, experts = 256"):
        replace(SCENARIO, {"ffn.1.top_k": 300})


def test_an_unknown_path_is_refused_with_near_matches() -> None:
    with pytest.raises(cm.UnknownNameError, match=r"did you mean attention\.0\.heads"):
        value(SCENARIO, "attention.0.head")
