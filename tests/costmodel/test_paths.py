"""Field paths: the names of single numbers in a scenario."""

import numpy as np
import pytest

import costmodel as cm
from costmodel.paths import fields, relations, update, value

SCENARIO = cm.Scenario(
    model=cm.load_model("deepseek-v3"),
    accelerators=[cm.load_accelerator("h800"), cm.load_accelerator("h20")],
    workload=cm.Workload(context=8192),
)


def test_every_field_round_trips_through_its_path() -> None:
    for path in fields(SCENARIO):
        assert update(SCENARIO, {path: value(SCENARIO, path)}) == SCENARIO


def test_paths_start_at_the_model_and_use_accelerator_ids() -> None:
    known = fields(SCENARIO)
    assert {"hidden", "attention.0.heads", "ffn.1.experts", "workload.context", "sla.tpot"} <= set(known)
    assert value(SCENARIO, "accelerators.h20.usd_per_hour") == 0.8
    assert known["accelerators.h20.usd_per_hour"].label == "Price"


def test_changes_apply_together_before_relations() -> None:
    changed = update(SCENARIO, {"attention.0.layers": 63, "ffn.1.layers": 60})
    assert changed.model.layers == 63
    assert SCENARIO.model.layers == 61


def test_a_refused_change_names_its_path() -> None:
    with pytest.raises(cm.DomainError, match=r"^attention\.0\.heads: 0 is not allowed; must be a whole number"):
        update(SCENARIO, {"attention.0.heads": 0})
    with pytest.raises(cm.DomainError, match=r"^ffn\.1: top_k must not exceed experts, got top_k = 300, experts = 256"):
        update(SCENARIO, {"ffn.1.top_k": 300})


def test_an_unknown_path_is_refused_with_near_matches() -> None:
    with pytest.raises(cm.UnknownNameError, match=r"did you mean attention\.0\.heads"):
        value(SCENARIO, "attention.0.head")


ARRAY = {"ffn.1.top_k": np.array([8, 300]), "workload.context": 4096}
VALID = {"ffn.1.top_k": np.array([8, 16]), "workload.context": 4096}


@pytest.mark.parametrize("check", cm.Check)
def test_an_update_mixes_numbers_and_arrays(check: cm.Check) -> None:
    changed = update(SCENARIO, VALID, check)
    assert changed.model.ffn[1].top_k.tolist() == [8.0, 16.0]
    assert changed.model.ffn[1].top_k.dtype == np.float64
    assert changed.workload.context == 4096
    assert SCENARIO.model.ffn[1].top_k == 8


@pytest.mark.parametrize("check", [cm.Check.ALL, cm.Check.RELATIONS])
def test_an_update_that_checks_keeps_copies_of_arrays(check: cm.Check) -> None:
    array = np.array([0.5, 0.75])
    changed = update(SCENARIO, {"accelerators.h20.usd_per_hour": array}, check)
    array[0] = 9
    assert changed.accelerators[1].usd_per_hour.tolist() == [0.5, 0.75]


@pytest.mark.parametrize("check", [cm.Check.ALL, cm.Check.RELATIONS])
def test_an_update_refuses_the_element_that_breaks_a_relation(check: cm.Check) -> None:
    with pytest.raises(cm.DomainError, match=r"^ffn\.1: top_k must not exceed experts \(element \(1,\)\)"):
        update(SCENARIO, ARRAY, check)


def test_an_update_without_checks_keeps_broken_relations() -> None:
    changed = update(SCENARIO, ARRAY, cm.Check.NOTHING)
    broken = [np.asarray(rule.holds).tolist() for rule in relations(changed) if not np.all(rule.holds)]
    assert broken == [[True, False]]


def test_update_checks_every_element_and_number() -> None:
    with pytest.raises(cm.DomainError, match=r"^ffn\.1\.top_k: 0\.0 is not allowed|^ffn\.1\.top_k: 0 is not allowed"):
        update(SCENARIO, {"ffn.1.top_k": np.array([8, 0])})
    with pytest.raises(cm.DomainError, match=r"^workload\.context: 0 is not allowed"):
        update(SCENARIO, {"ffn.1.top_k": np.array([8, 16]), "workload.context": 0})
    with pytest.raises(cm.DomainError, match=r"^ffn\.1\.compute_bits: 7 is not allowed"):
        update(SCENARIO, {"ffn.1.compute_bits": np.array([8, 7])})


def test_number_beside_an_array_is_stored_as_its_field_does() -> None:
    changed = update(SCENARIO, {"ffn.1.top_k": np.array([8]), "accelerators.h20.usd_per_hour": 1})
    assert isinstance(value(changed, "accelerators.h20.usd_per_hour"), float)


def test_a_spec_that_holds_arrays_inside_can_be_changed() -> None:
    changed = update(SCENARIO, {"attention.0.heads": np.array([64, 128])})
    renamed = changed.replace(model=changed.model.replace(name="other"))
    assert renamed.model.name == "other"
    assert renamed.model.attention[0].heads.tolist() == [64.0, 128.0]


@pytest.mark.parametrize(
    "path", ["", "model", "model.hidden", "attention", "attention.9.heads", "attention.0", "accelerators.h20.id"]
)
def test_a_path_to_no_documented_field_is_refused(path: str) -> None:
    with pytest.raises(cm.UnknownNameError):
        update(SCENARIO, {path: 1})
