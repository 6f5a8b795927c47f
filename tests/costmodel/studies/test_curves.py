"""Cost against context: curves and the contexts where the cheapest accelerator changes."""

import numpy as np
import pytest

import costmodel as cm
from costmodel.io.link import default_scenario
from costmodel.studies.curves import context_curve

EVERY_MODEL = pytest.mark.parametrize("name", cm.models())


def at(scenario: cm.Scenario, context: int) -> cm.Cheapest:
    return cm.cheapest(scenario.replace(workload=scenario.workload.replace(context=context)))


@EVERY_MODEL
def test_every_point_of_a_curve_is_the_cost_at_that_context(name: str) -> None:
    scenario = default_scenario(name)
    curve = context_curve(scenario)
    for index, context in enumerate(curve.contexts.tolist()):
        best = at(scenario, context)
        assert curve.afd[index] == pytest.approx(best.pair.total, rel=1e-12)
        for accelerator, costs in curve.single.items():
            assert costs[index] == pytest.approx(best.alone[accelerator].total, rel=1e-12)


@EVERY_MODEL
def test_curves_never_fall_and_afd_is_at_most_a_single_one(name: str) -> None:
    curve = context_curve(default_scenario(name))
    assert np.all(np.diff(curve.afd) >= 0)
    for costs in curve.single.values():
        assert np.all(np.diff(costs) >= 0)
        assert np.all(curve.afd <= costs * (1 + 1e-12))


@EVERY_MODEL
def test_crossing_is_the_first_context_with_another_cheapest(name: str) -> None:
    scenario = default_scenario(name)
    for crossing in context_curve(scenario).crossings:
        before, after = at(scenario, crossing.context - 1).single, at(scenario, crossing.context).single
        assert before.attention_on.id == crossing.was
        assert after.attention_on.id == crossing.to != crossing.was
        assert after.total == crossing.cost


def test_cheapest_accelerator_for_step_3_changes_with_context() -> None:
    crossings = context_curve(default_scenario("step-3")).crossings
    assert crossings
    assert crossings[0].was == "h800"


def test_one_accelerator_has_no_crossings() -> None:
    assert context_curve(default_scenario(accelerators=("h20",))).crossings == ()


@pytest.mark.parametrize("hybrid", ["minimax-m1", "llama-4-maverick"])
def test_hybrids_on_h800_cost_more_than_step_3_at_any_context(hybrid: str) -> None:
    # Paper section 4.3 and Figure 3: a few layers of full attention in 16 bits outweigh all of Step-3's.
    h800 = [cm.load_accelerator("h800")]
    designs = {name: default_scenario(name).replace(accelerators=h800) for name in ("step-3", hybrid)}
    curves = cm.design_curves(designs)
    assert np.all(curves.lines[hybrid] > curves.lines["step-3"])
    assert curves.crossings == ()
    for context in curves.contexts.tolist():
        read = {name: each.model.decode_work(cm.Workload(context=context)).kv_bytes for name, each in designs.items()}
        assert read[hybrid] > read["step-3"]


@EVERY_MODEL
def test_pairs_along_a_curve_are_the_cheapest_and_join(name: str) -> None:
    scenario = default_scenario(name)
    curve = context_curve(scenario)
    assert (curve.pairs[0].first, curve.pairs[-1].last) == (curve.contexts[0], curve.contexts[-1])
    assert [span.last for span in curve.pairs[:-1]] == [span.first for span in curve.pairs[1:]]
    for span in curve.pairs:
        best = at(scenario, span.first).pair
        assert (best.attention_on.id, best.ffn_on.id) == (span.attention_on, span.ffn_on)


def test_accelerators_cost_at_least_the_best_pair() -> None:
    curve = context_curve(default_scenario())
    assert all(values.min() > -1e-12 for values in curve.above_pair.values())
    assert f"{curve.above_pair['h800'][list(curve.contexts).index(8192)]:.3f}" == "0.148"
