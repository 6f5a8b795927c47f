"""Questions to start a search from, and constraints as metric, sign and bound."""

import pytest

import costmodel as cm
from costmodel import default_scenario


@pytest.mark.parametrize("name", ["step-3", "deepseek-v3", "minimax-m1", "qwen3-32b"])
def test_every_question_can_be_searched_and_names_known_metrics(name: str) -> None:
    questions = cm.search_questions(default_scenario(name))
    assert next(iter(questions.values())) == cm.default_search(default_scenario(name))
    for asked in questions.values():
        assert asked.space.size > 1
        assert {*asked.minimise, *asked.maximise} <= set(cm.METRICS)
        assert all(cm.metric_bound(text) for text in asked.where)


def test_cheapest_design_at_the_same_size_costs_no_more() -> None:
    scenario = default_scenario()
    asked = next(each for title, each in cm.search_questions(scenario).items() if title == "Cheapest at 37.9B active")
    found = cm.search(asked.space, minimise=asked.minimise, maximise=asked.maximise, where=asked.where)
    active = float(scenario.model.parameters.active)
    assert len(found)
    for row in range(len(found)):
        design = found.scenario(row)
        assert abs(float(design.model.parameters.active) / active - 1) <= 0.02 + 1e-3
    cheapest = min(float(cm.cheapest(found.scenario(row)).pair.total) for row in range(len(found)))
    assert cheapest <= float(cm.cheapest(scenario).pair.total)


def test_half_the_cache_keeps_the_rank() -> None:
    scenario = default_scenario("qwen3-235b-a22b")
    asked = cm.search_questions(scenario)["Same rank, half the KV cache"]
    rank, cache = asked.where
    assert rank == f"effective_rank >= {scenario.model.effective_rank:.0f}"
    assert float(cache.split()[-1]) == pytest.approx(scenario.model.kv_bytes_per_sequence(8192) / 2, rel=1e-3)


def test_questions_of_the_bill_need_their_facts() -> None:
    unmetered = [each.replace(tdp_watts=None) for each in default_scenario().accelerators]
    unknown = default_scenario().replace(accelerators=unmetered)
    asked = {metric for each in cm.search_questions(unknown).values() for metric in each.minimise}
    known = cm.Scenario(model="step-3", accelerators=["h100", "h200"], workload=cm.Workload(context=8192))
    all_asked = {metric for each in cm.search_questions(known).values() for metric in each.minimise}
    assert all_asked - asked == {"joules_per_token"}
    assert "request.cost" in asked


@pytest.mark.parametrize("text", ["cost + 1 <= 2", "cost@h800 <= 2", "1 <= cost", "cost", "nothing <= 1", "cost <="])
def test_other_constraints_have_no_metric_of_their_own(text: str) -> None:
    assert cm.metric_bound(text) is None


@pytest.mark.parametrize(
    ("name", "expected"),
    [("cost", "cost <= 0.05505"), ("effective_rank", "effective_rank >= 16384"), ("sparsity", "sparsity >= 0.08333")],
)
def test_first_constraint_is_what_the_design_has(name: str, expected: str) -> None:
    assert cm.first_constraint(default_scenario(), name) == expected


@pytest.mark.parametrize("model", cm.models(cm.PAPER_COLLECTION))
@pytest.mark.parametrize("name", sorted(cm.METRICS))
def test_a_first_constraint_admits_the_design_itself(name: str, model: str) -> None:
    scenario = default_scenario(model)
    found = cm.metric_bound(cm.first_constraint(scenario, name))
    assert found is not None
    try:
        held = float(cm.METRICS[name].value(cm.Evaluation(scenario)))
    except cm.DomainError:
        assert found.text == f"{name} >= 0"
        return
    assert held <= float(found.bound) if found.sign == "<=" else held >= float(found.bound)


def test_first_constraint_of_a_metric_without_a_value_is_zero() -> None:
    assert cm.first_constraint(default_scenario(accelerators=("l20",)), "cost") == "cost >= 0"
