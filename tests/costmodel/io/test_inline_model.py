"""Models without a preset in links, files, reports and comparisons; names of designs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from tests.costmodel.counted_models import COUNTED

ENTERED = "Entered by a user"
STEP3 = cm.load_model("step-3")
WORKLOAD = cm.Workload(context=8192)
SMALL = (
    "model=mine&name=Mine&hidden=4096&vocabulary=1000&attention.0.kind=gqa&attention.0.layers=8&attention.0.heads=32"
    "&attention.0.kv_heads=8&attention.0.head_dim=128&ffn.0.kind=dense&ffn.0.layers=8&ffn.0.intermediate=9000"
)


def scenario(model: cm.Model) -> cm.Scenario:
    return cm.Scenario(model=model, accelerators=["h800", "h20"], workload=WORKLOAD)


def entered(model: cm.Model) -> cm.Model:
    """The model with the source that a link gives it."""
    return cm.from_query(cm.to_query(scenario(model))).scenario.model


@pytest.mark.parametrize("name", COUNTED)
def test_link_of_a_model_without_preset_gives_it_back(name: str) -> None:
    model = COUNTED[name][0].replace(id="my-model", name=f"My {name}")
    link = cm.from_query(cm.to_query(scenario(model)))
    assert link.problems == ()
    assert link.scenario.model.sources[0].title == ENTERED
    assert link.scenario == scenario(model.replace(sources=link.scenario.model.sources))
    assert len(cm.to_query(scenario(model))) < 1500


def test_report_of_a_model_without_preset_has_its_link() -> None:
    model = entered(STEP3.replace(id="mine", name="Mine"))
    found = cm.report(scenario(model))
    assert cm.from_query(found["link"]).scenario == scenario(model)
    assert found["metrics"]["cost"] == cm.report(scenario(STEP3))["metrics"]["cost"]


def test_file_and_comparison_hold_a_model_without_preset() -> None:
    mine = scenario(entered(STEP3.replace(id="mine", name='Mine, "the" 1e5 | <b>')))
    assert cm.from_toml(cm.to_toml(mine)).link == cm.Link(mine, ())
    designs, problems = cm.read_designs(cm.write_designs([mine, scenario(STEP3)]), mine)
    assert (list(designs.values()), problems) == ([mine, scenario(STEP3)], [])


@pytest.mark.parametrize("name", ["7", "1e5", "nan", "true"])
def test_name_that_looks_like_a_number_stays_a_name(name: str) -> None:
    mine = scenario(STEP3.replace(name=name))
    assert cm.from_toml(cm.to_toml(mine)).link.scenario == mine


def test_renamed_preset_is_a_change_that_can_be_undone() -> None:
    renamed = scenario(STEP3.replace(name="Ours", tied_embeddings=True))
    assert cm.from_query(cm.to_query(renamed)) == cm.Link(renamed, ())
    listed = {change.path: (change.before, change.value) for change in cm.changes(renamed)}
    assert listed["name"] == ("Step-3", "Ours")
    assert listed["tied_embeddings"] == (False, True)
    for path in ("name", "tied_embeddings"):
        renamed, problems = cm.reset(renamed, path)
        assert not problems
    assert renamed == scenario(STEP3)


def test_model_without_preset_is_its_own_start() -> None:
    mine = entered(STEP3.replace(id="mine"))
    assert cm.preset_of(mine) is mine
    assert cm.preset_of(STEP3.replace(hidden=4096)) == STEP3
    assert not any(change.of_design for change in cm.changes(scenario(mine)))


@pytest.mark.parametrize(
    ("query", "field", "reason"),
    [
        (SMALL.replace("heads=32", "heads=none"), "attention.0.heads", "'none' is not allowed"),
        (SMALL.replace("kv_heads=8", "kv_heads=7"), "attention.0", "kv_heads must divide heads"),
        (SMALL.replace("&hidden=4096", ""), "hidden", "Field required"),
        (SMALL + "&attention.0.haeds=3", "attention.0.haeds", "unknown parameter; did you mean heads"),
        (SMALL + "&attention.2.heads=3", "attention.2.heads", "unknown parameter"),
        (SMALL.replace("kind=gqa", "kind=gqqa"), "attention.0", "kind 'gqqa' is not known"),
        (SMALL + "&tied_embeddings=perhaps", "tied_embeddings", "must be one of true, false"),
        (SMALL.replace("name=Mine", "name=" + 81 * "x"), "name", "must be one line of 1 to 80 characters"),
        (SMALL.replace("name=Mine", "name=a%0Ab"), "name", "must be one line"),
        (SMALL.replace("model=mine", "model=../mine"), "id", "'../mine' is not allowed"),
        (SMALL.replace("&ffn.0.kind=dense", ""), "model", "unknown model preset 'mine'"),
    ],
)
def test_bad_parameter_of_a_model_is_named(query: str, field: str, reason: str) -> None:
    found = {problem.field: problem.reason for problem in cm.from_query(query).problems}
    assert reason in found[field]


def test_optional_field_that_is_wrong_leaves_the_model() -> None:
    link = cm.from_query(SMALL + "&attention.0.kv_bits=7")
    assert [problem.field for problem in link.problems] == ["attention.0.kv_bits"]
    assert (link.scenario.model.id, link.scenario.model.name, link.scenario.model.layers) == ("mine", "Mine", 8)


@given(st.text(max_size=90))
def test_any_name_is_kept_or_refused(name: str) -> None:
    link = cm.from_pairs([("name", name)])
    kept = link.scenario.model.name
    assert kept == name.strip() or (kept == "Step-3" and link.problems)
