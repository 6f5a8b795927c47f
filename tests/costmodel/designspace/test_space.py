"""A space over a scenario: model, workload, prices, pools and accelerators come from it."""

import pytest

import costmodel as cm
from costmodel.designspace import separation

AXES = {"attention.0.heads": [32, 64, 128], "ffn.1.top_k": [2, 3, 4]}
ASKED = {"minimise": ["cost"], "maximise": ["effective_rank"]}


@pytest.fixture
def scenario():
    return cm.Scenario(model="step-3", accelerators=["h800", "h20"], workload=cm.Workload(context=20_000))


def test_a_scenario_brings_its_accelerators_and_workload(scenario):
    given = cm.Space("step-3", AXES, workload=scenario.workload)
    expected = cm.search(given, ["h800", "h20"], **ASKED)
    assert cm.search(cm.Space(scenario, AXES), **ASKED) == expected


def test_a_price_of_the_scenario_is_an_axis(scenario):
    space = cm.Space(scenario, AXES | {"accelerators.h20.usd_per_hour": [0.4, 0.8]})
    front = cm.search(space, minimise=["cost.attention"], where=["effective_rank >= 16384"])
    assert front.conditions == [{"accelerators.h20.usd_per_hour": 0.4}, {"accelerators.h20.usd_per_hour": 0.8}]
    cheap, dear = front.column("cost.attention")
    assert dear == pytest.approx(2 * cheap)


def test_prices_set_by_hand_are_those_of_the_search(scenario):
    h20 = scenario.accelerators[1].replace(usd_per_hour=0.01)
    cheap = scenario.replace(accelerators=(scenario.accelerators[0], h20))
    front = cm.search(cm.Space(cheap, AXES), minimise=["cost"])
    assert set(front.to_dataset()["ffn_on"].values) == {"h20"}


def test_pools_named_by_the_scenario_are_kept(scenario):
    named = scenario.replace(attention_on="h800")
    front = cm.search(cm.Space(named, AXES), **ASKED)
    table = front.to_dataset()
    assert set(table["attention_on"].values) == {"h800"}
    assert front.hardware_pairs == 2
    assert float(table["cost"][0]) == float(cm.cheapest(front.scenario(0)).pair.total)


def test_a_search_without_costs_needs_no_price(scenario):
    unpriced = scenario.replace(accelerators=(cm.load_accelerator("l20"),))
    table = cm.search(cm.Space(unpriced, AXES), minimise=["kv_bytes"]).to_dataset()
    assert table["cost"].isnull().all()
    assert set(table["attention_on"].values) == {""}


def test_an_unpriced_accelerator_leaves_the_others_in_the_search(scenario):
    both = scenario.replace(accelerators=(*scenario.accelerators, cm.load_accelerator("l20")))
    front = cm.search(cm.Space(both, AXES), **ASKED)
    assert front.designs == cm.search(cm.Space(scenario, AXES), **ASKED).designs


def test_other_accelerators_may_be_searched_on(scenario):
    front = cm.search(cm.Space(scenario, AXES), ["910b"], **ASKED)
    assert set(front.to_dataset()["ffn_on"].values) == {"910b"}


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda s: cm.Space(s, AXES, sla=cm.Sla()), cm.DomainError, "brings its own workload and SLA"),
        (lambda s: cm.Space(s, {"accelerators.a800.usd_per_hour": [1]}), cm.UnknownNameError, "unknown field path"),
        (lambda s: cm.Space(s, {"accelerators.h20.usd_per_hour": [-1]}), cm.DomainError, "-1 is not allowed"),
        (lambda s: cm.search(cm.Space("step-3", AXES), **ASKED), cm.DomainError, "must name at least one accelerator"),
    ],
)
def test_a_space_that_does_not_fit_is_refused(scenario, make, error, message):
    with pytest.raises(error, match=message):
        make(scenario)


def test_axes_outside_the_model_are_conditions(scenario):
    space = cm.Space(scenario, {"hidden": [4096], "sla.tpot": [0.05, 0.1], "largest_pool": [16, 64, 128]})
    assert (space.design_axes, space.conditions) == (("hidden",), 6)


def test_a_table_beyond_counting_is_refused(scenario, monkeypatch):
    monkeypatch.setattr(separation, "LARGEST_WORD", 8)
    with pytest.raises(cm.DomainError, match="more than 8 combinations in one table"):
        cm.search(cm.Space(scenario, AXES), minimise=["single"])
