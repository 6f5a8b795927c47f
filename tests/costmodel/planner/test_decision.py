"""Whether to split: the limit, whole servers and measured rates, each with its own best pair and single accelerator."""

import pytest

import costmodel as cm
from costmodel.attention import MECHANISMS

EVERY_STATE = [(model, context) for model in cm.models(cm.PAPER_COLLECTION) for context in (8_192, 32_768, 131_072)]


def asked(model="step-3", context=8_192, **changes):
    """A model of the paper on its four accelerators, or on those named."""
    return cm.default_scenario(model).replace(workload=cm.Workload(context=context), **changes)


def names(way):
    """Ids of both pools."""
    return way.attention_on.id, way.ffn_on.id


def test_levels_disagree_in_ten_of_the_27_published_states():
    found = [cm.decide(asked(*state)) for state in EVERY_STATE]
    assert sum(each.limit.split != each.servers.split for each in found) == 10
    assert {each.form for each in found} == {"split", "alone", "on paper", "depends", "even"}
    assert all(each.form == "even" for each in found if each.limit.even and each.servers.even)


def test_step3_splits_on_h20_and_h800_at_8k():
    found = cm.decide(asked())
    assert (names(found.limit.pair), names(found.limit.single)) == (("h20", "h800"), ("h800", "h800"))
    assert f"{found.limit.pair.usd_per_million_tokens:.4f} {found.limit.change:.3f}" == "0.0550 -0.129"
    assert (names(found.servers.pair), f"{found.servers.change:.3f}") == (("a800", "h800"), "-0.241")
    assert found.form == "split"
    assert found.limit.winner == found.limit.pair
    assert f"{found.limit.saving:.3f}" == "0.129"


def test_deepseek_stays_on_one_kind_at_8k_and_depends_at_32k():
    short, long = (cm.decide(asked("deepseek-v3", context)) for context in (8_192, 32_768))
    assert (short.form, f"{short.limit.change:.3f}") == ("alone", "0.274")
    assert short.limit.winner == short.limit.single
    assert (long.form, f"{long.servers.change:.3f}") == ("depends", "-0.080")
    assert long.servers.single.bounded
    assert not long.servers.pair.bounded


def test_llama_4_splits_on_paper_only():
    assert cm.decide(asked("llama-4-maverick")).form == "on paper"


def test_one_accelerator_has_a_price_and_no_pair():
    found = cm.decide(asked(accelerators=["h800"]))
    assert (found.form, found.limit.pair, found.limit.change, found.limit.saving) == ("one", None, None, None)
    assert found.limit.split is False
    assert found.limit.reason == "There is no second accelerator with a price."
    assert not found.overturned


def test_an_sla_that_nothing_meets_leaves_the_limit_alone():
    found = cm.decide(asked(sla=cm.Sla(tpot=0.001)))
    assert (found.form, found.servers.split, found.servers.winner) == ("no SLA", None, None)
    assert "A time per output token of 3.38 ms would do." in found.servers.reason
    assert found.limit.pair is not None


def test_an_accelerator_without_measured_rates_is_named():
    found = cm.decide(asked("deepseek-v3"))
    assert [each.id for each in found.measured.unmeasured] == ["910b"]
    assert found.measured.reason == "No measured rates are known for Ascend 910B with MLA attention."
    assert found.measured.change is None


def test_measured_rates_turn_the_answer_of_qwen3_without_h20():
    found = cm.decide(asked("qwen3-235b-a22b", accelerators=["h800", "a800"]))
    assert (found.form, found.overturned) == ("split", True)
    assert [f"{level.change:.3f}" for level in (found.limit, found.servers, found.measured)] == [
        "-0.100",
        "-0.074",
        "0.066",
    ]


def test_measured_rates_that_are_even_turn_nothing():
    found = cm.decide(asked())
    assert (found.form, found.measured.even, found.overturned) == ("split", True, False)


@pytest.mark.parametrize("rates", ["kernels", "measured-fa3"])
def test_levels_keep_ideal_rates_whatever_the_scenario_asks(rates):
    found, ideal = cm.decide(asked(rates=rates)), cm.decide(asked())
    assert (found.limit, found.servers) == (ideal.limit, ideal.servers)


@pytest.mark.parametrize("rates", ["kernels", "measured", "measured-fa3"])
def test_measured_level_is_the_ranking_of_plans(rates):
    scenario = asked(rates=rates)
    level, rows = cm.decide(scenario).measured, cm.plans(scenario)
    for way, afd in ((level.pair, True), (level.single, False)):
        best = next(row for row in rows if row.afd == afd)
        assert (names(way), way.usd_per_million_tokens) == (
            (best.attention_on.id, best.ffn_on.id),
            best.deployment.usd_per_million_tokens,
        )
        assert way.borrowed == best.borrowed
    assert level.rates == rates
    unknown = {row.attention_on.id for row in rows if row.deployment is None and not row.afd}
    assert {each.accelerator.id for each in level.unranked} == unknown


@pytest.mark.parametrize(
    ("model", "accelerators", "kind", "unranked"),
    [
        ("step-3", ["h200", "b200"], "kernels", []),
        ("step-3", ["h200", "b200", "910b"], "kernels", ["910b"]),
        ("step-3", ["h800", "h20", "910b"], "measured", ["910b"]),
        ("deepseek-v3", ["h100", "h200"], "measured", []),
    ],
)
def test_ideal_scenarios_take_the_best_measured_kind(model, accelerators, kind, unranked):
    scenario = asked(model, accelerators=accelerators)
    level = cm.decide(scenario).measured
    assert (level.rates, level.borrowed) == (kind, ())
    assert [each.accelerator.id for each in level.unranked] == unranked
    assert cm.bridge(scenario).rates == kind


def test_an_unmeasured_mechanism_has_no_measured_verdict():
    for model in ("minimax-m1", "deepseek-v3.2", "deepseek-v4-flash", "nemotron-h-56b"):
        level = cm.decide(asked(model, accelerators=["h100", "h200"])).measured
        assert level.winner is None
        assert {each.id for each in level.unmeasured} <= {"h100", "h200"}
        assert level.reason.startswith("No measured rates are known for ")


def test_cores_are_measured_for_three_mechanisms():
    assert {each.tag() for each in MECHANISMS if each.measured_core} == {"gqa", "mfa", "mla"}


def test_a_stand_in_for_another_mechanism_is_borrowed():
    row = next(row for row in cm.plans(asked("minimax-m1", accelerators=["h100"], rates="kernels")) if row.afd)
    assert "borrowed kernels: 16-bit GQA core on H100 SXM (in place of Lightning (linear))" in row.borrowed
    own = cm.plans(asked("step-3", accelerators=["h100"], rates="kernels"))[0].plan
    assert row.plan.band[0] < own.band[0] < 1 < own.band[1] < row.plan.band[1]


def test_the_objective_of_a_decision_is_cost():
    assert cm.decide(asked(objective="accelerators")) == cm.decide(asked())


def test_named_pools_bound_the_pairs():
    found = cm.decide(asked(attention_on="a800"))
    assert found.limit.pair.attention_on.id == found.servers.pair.attention_on.id == "a800"


def test_attention_accelerators_per_ffn_accelerator():
    best = cm.cheapest(asked()).pair
    work = asked().model.decode_work(asked().workload)
    seconds = cm.attention_seconds(work, best.attention_on).total, cm.ffn_seconds(work, best.ffn_on)
    assert f"{best.accelerators_per_ffn:.1f}" == "6.7"
    assert best.accelerators_per_ffn == pytest.approx(seconds[0] / seconds[1])
