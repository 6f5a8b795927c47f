"""The claims of the paper's abstract against its printed numbers, and a case in which they do not hold."""

import pytest

import costmodel as cm


def test_rival_costs_are_as_printed_in_figure_1() -> None:
    at_8k = {cost.model: cost for cost in cm.claim_costs() if cost.context == 8192}
    assert {name: round(cost.usd, 3) for name, cost in at_8k.items()} == {
        "Step-3": 0.055,
        "DeepSeek-V3": 0.068,
        "Qwen3-235B-A22B": 0.062,
    }
    assert at_8k["Step-3"].ratio == 1


@pytest.mark.parametrize(
    ("model", "ratios"), [("DeepSeek-V3", [1.23, 1.64, 1.85]), ("Qwen3-235B-A22B", [1.12, 1.50, 1.70])]
)
def test_cost_over_that_of_step_3_widens_with_context(model: str, ratios: list[float]) -> None:
    assert [round(cost.ratio, 2) for cost in cm.claim_costs() if cost.model == model] == ratios


def test_costs_of_claims_are_those_of_the_cheapest_pair() -> None:
    for cost in cm.claim_costs():
        model = next(name for name in cm.models() if cm.load_model(name).name == cost.model)
        scenario = cm.from_query(f"model={model}&workload.context={cost.context}").scenario
        assert cost.usd == cm.cheapest(scenario).pair.total


def test_throughputs_are_the_abstracts_and_fitted_to_nothing() -> None:
    rows = cm.claim_throughputs()
    assert [(row.measured, row.context, row.state) for row in rows] == [
        (4039, 4096, "predicted"),
        (2324, 4096, "predicted"),
    ]


def test_claims_hold_with_their_numbers_in_words() -> None:
    cheaper, widening, active, throughput = cm.claims()
    assert [claim.state for claim in (cheaper, widening, active)] == ["holds here"] * 3
    assert cheaper.evidence == "At 8K DeepSeek-V3 costs 1.23 times and Qwen3-235B-A22B costs 1.12 times as much."
    assert "DeepSeek-V3 1.23, 1.64, 1.85 times" in widening.evidence
    assert active.evidence == "37.9B against 36.6B and 21.6B."
    assert (throughput.state, throughput.text) == (
        "as published",
        "4,039 tokens/s per accelerator against 2,324",
    )
    assert throughput.evidence.startswith("1.74 times as printed; predicted 1.72 times at ideal rates")


def test_claims_about_a_model_that_costs_more_do_not_hold() -> None:
    cheaper, widening, active, _ = cm.claims("deepseek-v3", ("step-3", "qwen3-235b-a22b"))
    assert [claim.state for claim in (cheaper, widening, active)] == ["does not hold"] * 3
    assert cheaper.text == "Cheaper to decode than Step-3 and Qwen3-235B-A22B"
