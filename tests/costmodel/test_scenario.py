"""A scenario: preset names, price books, the accelerators of its pools, and links of both versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm

WORKLOAD = cm.Workload(context=8192)


def asked(**changes):
    """Step-3 on accelerators that most price books know."""
    parts = {"model": "step-3", "accelerators": ["h100", "h200", "b200"], "workload": WORKLOAD}
    return cm.Scenario(**parts | changes)


def prices(scenario):
    """Price by accelerator id [USD/h]."""
    return {each.id: each.usd_per_hour for each in scenario.accelerators}


def test_names_stand_for_presets():
    scenario = asked()
    assert scenario.model == cm.load_model("step-3")
    assert scenario.accelerators[1] == cm.load_accelerator("h200")


def test_a_price_book_sets_every_price():
    book = cm.load_price_book("rented for 3 years")
    scenario = asked(prices="rented for 3 years")
    assert prices(scenario) == {name: book.price_of(name) for name in ("h100", "h200", "b200")}
    assert scenario.prices == "rented-for-3-years"
    assert scenario.own_prices == ()
    assert prices(scenario.replace(prices="preset")) == prices(asked())


def test_an_accelerator_that_a_book_does_not_price_has_no_price():
    scenario = asked(accelerators=["h100", "l4"], prices="rented for 3 years")
    assert prices(scenario)["l4"] is None
    assert cm.cheapest(scenario).unpriced == (scenario.accelerators[1],)


def test_a_price_set_by_hand_outlives_a_change_of_book():
    own = cm.load_accelerator("h200").replace(usd_per_hour=9.0)
    scenario = asked(accelerators=["h100", own], prices="rented for 3 years")
    assert prices(scenario)["h200"] == 9.0
    assert scenario.own_prices == ("h200",)


def test_own_book_prices_nothing_until_a_price_is_entered():
    scenario = asked(prices="mine")
    assert set(prices(scenario).values()) == {None}
    entered = cm.update(scenario, {"accelerators.h200.usd_per_hour": 2.5})
    assert prices(entered) == {"h100": None, "h200": 2.5, "b200": None}
    assert entered.own_prices == ()
    assert cm.from_query(cm.to_query(entered)) == cm.Link(entered, ())
    assert cm.from_toml(cm.to_toml(entered)).link == cm.Link(entered, ())


def test_own_book_starts_at_the_present_prices():
    scenario = asked(prices="spot")
    own = cm.with_own_prices(scenario)
    assert (own.prices, prices(own)) == ("mine", prices(scenario))
    assert cm.from_query(cm.to_query(own)) == cm.Link(own, ())
    assert cm.cheapest(own).pair.total == cm.cheapest(scenario).pair.total


def test_price_of_the_own_book_is_an_exception_in_another():
    own = cm.with_own_prices(asked())
    mixed = cm.update(own, {"accelerators.h200.usd_per_hour": 2.5}).replace(prices="spot")
    assert mixed.own_prices
    assert prices(mixed)["h200"] == 2.5


def test_an_unknown_price_book_is_refused_with_near_matches():
    with pytest.raises(cm.DomainError, match=r"unknown price(s)? (preset|book) 'rented-for-2-years'; did you mean"):
        asked(prices="rented for 2 years")


def test_a_pool_must_be_an_accelerator_of_the_scenario():
    with pytest.raises(cm.DomainError, match="attention_on must be any or an accelerator of the scenario"):
        asked(attention_on="h20")


def test_named_pools_carry_the_pair():
    best = cm.cheapest(asked(attention_on="b200", ffn_on="h100"))
    assert (best.pair.attention_on.id, best.pair.ffn_on.id) == ("b200", "h100")


def test_metrics_follow_the_named_pools():
    scenario = asked(attention_on="b200", ffn_on="h100")
    assert cm.report(scenario)["metrics"]["cost"]["value"] == pytest.approx(cm.cheapest(scenario).pair.total, rel=1e-12)


def test_an_unpriced_accelerator_is_reported_without_cost():
    listed = [cm.load_accelerator("h100"), cm.load_accelerator("h200").replace(usd_per_hour=None)]
    report = cm.report(asked(accelerators=listed))
    assert report["metrics"]["single"]["value"]["h200"] is None
    assert report["metrics"]["single"]["value"]["h100"] > 0
    assert report["metrics"]["cost"]["value"] == report["metrics"]["single"]["value"]["h100"]
    assert set(report["attention_bound"]) == {"h100", "h200"}


@given(
    st.sampled_from(["preset", *cm.price_books()]),
    st.sampled_from(["ideal", "measured", "measured-fa3"]),
    st.sampled_from(["any", "h100", "b200"]),
    st.sampled_from(["usd", "throughput", "accelerators"]),
    st.integers(1, 4096),
)
def test_the_whole_question_is_in_its_link_and_file(book, rates, pool, objective, largest_pool):
    scenario = asked(prices=book, rates=rates, attention_on=pool, objective=objective, largest_pool=largest_pool)
    assert cm.from_query(cm.to_query(scenario)) == cm.Link(scenario, ())
    assert cm.from_toml(cm.to_toml(scenario)).link == cm.Link(scenario, ())


def test_a_link_of_version_1_opens_with_its_names_and_settings():
    old = (
        "v=1&model=step-3&cards=h800.h20.x&accelerators.x.bf16_flops_per_second=1e15"
        "&accelerators.x.bytes_per_second=1e12&accelerators.x.cards_per_server=4&page.plan.attention=h20"
        "&page.plan.objective=cards&page.plan.rates=measured-mla"
    )
    link = cm.from_query(old)
    assert link.problems == ()
    assert [each.id for each in link.scenario.accelerators] == ["h800", "h20", "x"]
    assert link.scenario.accelerators[2].accelerators_per_server == 4
    settings = link.scenario.attention_on, link.scenario.objective, link.scenario.rates
    assert settings == ("h20", "accelerators", "measured")


def test_a_file_of_version_1_opens():
    file = cm.from_toml('v = "1"\nmodel = "step-3"\ncards = ["h800"]\n\n[set]\n"workload.context" = 32768\n')
    assert file.link.problems == ()
    assert [each.id for each in file.link.scenario.accelerators] == ["h800"]


def test_a_placement_is_in_the_link_and_the_file():
    placement = cm.Placement(tensor_parallel=4, data_parallel=8, expert_parallel=32, overlap="shared", imbalance=1.5)
    scenario = asked(placement=placement)
    assert cm.to_query(scenario).endswith(
        "&placement=given&placement.tensor_parallel=4&placement.data_parallel=8&placement.expert_parallel=32"
        "&placement.overlap=shared&placement.imbalance=1.5"
    )
    assert cm.from_query(cm.to_query(scenario)) == cm.Link(scenario, ())
    assert cm.from_toml(cm.to_toml(scenario)).link == cm.Link(scenario, ())


def test_placement_fields_need_a_placement_that_is_given():
    link = cm.from_query("placement.tensor_parallel=4&placement=own")
    assert link.scenario == cm.default_scenario()
    assert [(problem.field, problem.reason) for problem in link.problems] == [
        ("placement", "'own' is not allowed; must be automatic or given"),
        ("placement.tensor_parallel", "is not used: it needs placement=given"),
    ]
    broken = cm.from_query("placement=given&placement.expert_parallel=3")
    assert broken.scenario.placement == cm.Placement()
    assert "must divide tensor_parallel x data_parallel" in broken.problems[0].reason
