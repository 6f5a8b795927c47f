"""Explanations: every headline number is the one that the library computes elsewhere."""

import pytest

import costmodel as cm
from costmodel.explanation import explain
from costmodel.io.link import default_scenario
from costmodel.sparsity import sparsity_floors

EVERY_MODEL = pytest.mark.parametrize("name", cm.models())


def terms(explanation: cm.Explanation) -> dict[str, float]:
    """Value of each symbol."""
    return {term.symbol: term.value for term in explanation.terms}


@EVERY_MODEL
def test_every_headline_has_unit_meaning_and_paper_section(name: str) -> None:
    explanations = explain(default_scenario(name))
    assert len({explanation.title for explanation in explanations}) == 6
    for explanation in explanations:
        assert explanation.formula
        assert explanation.source
        assert explanation.assumes
        assert all(term.symbol and term.meaning and term.unit for term in explanation.terms)


@EVERY_MODEL
def test_explained_parts_sum_to_the_cheapest_pair(name: str) -> None:
    scenario = default_scenario(name)
    parts = terms(explain(scenario)[0])
    best = cm.cheapest(scenario)
    assert parts["C"] == best.pair.total
    summands = sum(parts[name] for name in ("C_memory", "C_core", "C_linear", "C_ffn"))
    assert summands == pytest.approx(parts["C"], rel=1e-12)


@EVERY_MODEL
def test_a_symbol_of_an_explanation_has_one_value(name: str) -> None:
    for explanation in explain(default_scenario(name)):
        symbols = [term.symbol for term in explanation.terms]
        assert len(symbols) == len(set(symbols))


@EVERY_MODEL
def test_explained_properties_are_those_of_the_model(name: str) -> None:
    scenario = default_scenario(name)
    model = scenario.model
    _, cache, intensity, rank, parameters, sparsity = map(terms, explain(scenario))
    assert cache["per token"] == model.kv_bytes_per_token
    assert cache["per sequence"] == model.kv_bytes_per_sequence(8192)
    assert intensity["intensity"] == intensity["core"] / intensity["kv"] == model.arithmetic_intensity
    assert rank["rank"] == model.effective_rank
    assert (parameters["total"], parameters["active"]) == (model.parameters.total, model.parameters.active)
    assert sparsity["S"] == model.sparsity


def test_unmet_network_floor_names_the_experts_needed() -> None:
    scenario = default_scenario("deepseek-v3").replace(accelerators=[cm.load_accelerator("h800")])
    assert {symbol: value for symbol, value in terms(explain(scenario)[-1]).items() if "top_k" in symbol} == {
        "top_k 1 h800": 14
    }
    step3 = default_scenario("step-3").replace(accelerators=[cm.load_accelerator("h800")])
    assert not [symbol for symbol in terms(explain(step3)[-1]) if "top_k" in symbol]


def test_unknown_network_has_no_floor() -> None:
    scenario = default_scenario(accelerators=("l4", "h800"))
    assert [accelerator.id for accelerator, _ in sparsity_floors(scenario)] == ["h800"]
    assert explain(scenario)


def test_explained_rate_is_that_of_the_fallback_precision() -> None:
    explanation = explain(default_scenario(accelerators=("a800",)))[0]
    rates = [term for term in explanation.terms if term.symbol in ("R_a", "R_f")]
    assert [term.value for term in rates] == [3.12e14, 3.12e14]
    assert all("A800: peak rate in BF16" in term.meaning for term in rates)
