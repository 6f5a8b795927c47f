"""Edits of a design without a preset: listed against what it was, undone, and kept in links and files."""

import pytest

import costmodel as cm
from tests.costmodel.io.huggingface.test_import import LLAMA

IMPORTED = cm.default_scenario().replace(model=cm.read_huggingface(LLAMA, name="Mine").model)
EDITS = {"attention.0.kv_heads": 4, "hidden": 2048, "workload.context": 4096}


def changed(scenario: cm.Scenario) -> dict[str, tuple[object, object]]:
    return {each.path: (each.before, each.value) for each in cm.changes(scenario)}


def edit(scenario: cm.Scenario, edits: dict[str, object]) -> cm.Scenario:
    return cm.edited(scenario, cm.update(scenario, edits))


def test_an_imported_design_starts_without_changes() -> None:
    assert changed(IMPORTED) == {}
    assert changed(cm.from_query(cm.to_query(IMPORTED)).scenario) == {}
    assert cm.EDITED_PREFIX not in cm.to_query(IMPORTED)


def test_edits_of_an_imported_design_are_its_changes() -> None:
    now = edit(edit(IMPORTED, {"attention.0.kv_heads": 4}), {"hidden": 2048, "workload.context": 4096})
    before = {path: cm.value(IMPORTED, path) for path in EDITS}
    assert changed(now) == {path: (before[path], EDITS[path]) for path in EDITS}
    assert cm.preset_of(now.model) == IMPORTED.model


def test_a_link_holds_the_design_and_its_edits() -> None:
    now = edit(IMPORTED, EDITS)
    query = cm.to_query(now)
    assert "edited.attention.0.kv_heads=4&" in query
    assert f"&attention.0.kv_heads={cm.value(IMPORTED, 'attention.0.kv_heads')}&" in query
    link = cm.from_query(query)
    assert link.problems == ()
    assert cm.to_query(link.scenario) == query
    assert changed(link.scenario) == changed(now)
    assert link.scenario.model.attention == now.model.attention


def test_a_scenario_file_holds_the_design_and_its_edits() -> None:
    now = edit(IMPORTED, EDITS)
    file = cm.from_toml(cm.to_toml(now))
    assert file.link.problems == ()
    assert changed(file.link.scenario) == changed(now)


def test_a_swapped_mechanism_of_an_imported_design_comes_back() -> None:
    swapped = cm.edited(IMPORTED, cm.swap_mechanism(IMPORTED, "attention", 0, "mla").scenario)
    again = cm.from_query(cm.to_query(swapped)).scenario
    assert changed(again) == changed(swapped)
    assert changed(again)["attention.0.kind"] == ("gqa", "mla")
    undone, problems = cm.reset(again, "attention.0.kind")
    assert problems == []
    assert changed(undone) == {}
    assert undone.model.attention == IMPORTED.model.attention


def test_a_new_name_is_a_change_that_can_be_undone() -> None:
    renamed = cm.edited(IMPORTED, IMPORTED.replace(model=IMPORTED.model.replace(name="Ours")))
    link = cm.from_query(cm.to_query(renamed)).scenario
    assert changed(link) == {"name": ("Mine", "Ours")}
    assert cm.reset(link, "name")[0].model == cm.from_query(cm.to_query(IMPORTED)).scenario.model


def test_an_edit_taken_back_leaves_no_trace() -> None:
    back = edit(edit(IMPORTED, {"hidden": 2048}), {"hidden": cm.value(IMPORTED, "hidden")})
    assert back == IMPORTED
    assert cm.to_query(back) == cm.to_query(IMPORTED)


def test_presets_remember_no_start() -> None:
    scenario = cm.default_scenario()
    assert edit(scenario, {"attention.0.heads": 96}) == cm.update(scenario, {"attention.0.heads": 96})


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("edited.attention.0.heads", "is not used: the link describes no model of its own"),
        ("edited.speed", "is not used: the link describes no model of its own"),
    ],
)
def test_edits_of_a_preset_are_refused(name: str, reason: str) -> None:
    link = cm.from_query(f"{name}=96")
    assert [(each.field, each.reason) for each in link.problems] == [(name, reason)]
    assert link.scenario == cm.default_scenario()


def test_a_bad_edit_is_a_problem_and_the_rest_counts() -> None:
    link = cm.from_query(f"{cm.to_query(edit(IMPORTED, EDITS))}&edited.attention.0.heads=0&edited.speed=1")
    assert len(link.problems) == 2
    assert changed(link.scenario) == changed(edit(IMPORTED, EDITS))
