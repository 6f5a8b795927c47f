"""The price map and the matrix of break-even prices: regions, borders, names, and the click that sets a price."""

from itertools import pairwise

import pytest

import costmodel as cm
from app.charts import price_map, price_matrix
from app.charts.sketch import NONE, ROLES
from app.wording import NBSP
from costmodel.io.link import default_scenario
from tests.app.running import opened

SCENARIO = default_scenario()
CONTEXTS = tuple(sorted({*cm.CONTEXTS[::2], 8192}))


def drawn(name: str, scenario: cm.Scenario = SCENARIO) -> list[dict[str, object]]:
    """Rows of the map of one accelerator's price."""
    return price_map.rows(scenario, cm.price_map(scenario, name, CONTEXTS))


@pytest.mark.parametrize("name", ["h800", "h20", "a800", "910b"])
def test_regions_cover_the_map_and_are_named_once(name: str) -> None:
    rows = drawn(name)
    areas = [row for row in rows if row["role"] == "area"]
    assert {str(row["kind"]).split("_")[0] for row in areas} == {"alone", "mixed", "other"}
    for context in CONTEXTS:
        spans = sorted({(row["price"], row["to"]) for row in areas if row["context"] == context})
        assert spans[0][0] < spans[-1][1]
    named = {str(row["text"]).replace("\n", " ") for row in rows if row["role"] == "name"}
    assert named <= {row["text"] for row in areas}


def test_map_of_910b_shows_its_borders_and_todays_price() -> None:
    rows = drawn("910b")
    said = {row["text"] for row in rows if row["role"] == "said"}
    assert said == {"now $0.670", "joins below $0.618", "all below $0.283"}
    named = {str(row["text"]).replace("\n", " ") for row in rows if row["role"] == "name"}
    assert {"H800 alone", "H20 attention + H800 FFN", "Ascend 910B alone"} <= named
    words = price_map.in_words(SCENARIO, cm.price_map(SCENARIO, "910b", CONTEXTS))
    assert words == "At 8K, Ascend 910B takes attention below $0.618 per hour and everything below $0.283. Now $0.670."


def test_lines_to_click_on_cover_the_axis_with_written_prices() -> None:
    rows = drawn("910b")
    picks = [row for row in rows if row["role"] == "pick"]
    assert len(picks) == price_map.STEPS
    assert all(row["set"] == float(f"{row['set']:.3g}") for row in picks)
    assert all(float(str(row["price"])) < float(str(row["set"])) < float(str(row["to"])) for row in picks)
    for line, after in pairwise(picks):
        assert line["to"] == pytest.approx(after["price"])
    dots = {row["kind"]: row["set"] for row in rows if row["role"] == "dot"}
    assert dots == {"joins": 0.618, "takes": 0.283, "now": 0.67}
    assert {row["set"] for row in rows if row["role"] not in {"pick", "dot"}} == {0.0}


def test_an_unpriced_accelerator_has_a_map_without_a_dot_for_now() -> None:
    scenario = cm.from_query("accelerators.910b.usd_per_hour=none").scenario
    kinds = {row["kind"] for row in drawn("910b", scenario) if row["role"] == "dot"}
    assert kinds == {"joins", "takes"}
    assert "Now" not in price_map.in_words(scenario, cm.price_map(scenario, "910b", CONTEXTS))


def test_a_context_outside_the_axis_has_no_words() -> None:
    scenario = cm.from_query("workload.context=512").scenario
    assert not [row for row in drawn("910b", scenario) if row["role"] in {"dot", "rule", "said"}]
    assert price_map.in_words(scenario, cm.price_map(scenario, "910b", CONTEXTS)) == ""


def test_matrix_holds_the_break_even_prices_and_their_distance() -> None:
    rows = price_matrix.rows(SCENARIO)
    texts = [str(row["text"]).replace(NBSP, " ") for row in rows]
    assert {"$2.54", "21.1 % below", "$0.631", "26.8 % above", "$0.670"} <= set(texts)
    assert texts.count("now") == 4
    assert {row["fill"] for row in rows} <= {*ROLES, NONE}


def test_map_is_drawn_once_it_is_opened_and_follows_its_menu() -> None:
    at = opened()
    assert not at.exception
    assert at.selectbox(key="price of").value == "910b"
    at.selectbox(key="price of").set_value("h20").run()
    assert not at.exception
    assert any("At which price does H20 win" in text.value for text in at.markdown)


def test_one_priced_accelerator_has_no_map() -> None:
    at = opened("accelerators=h800")
    assert not at.exception
    assert "price of" not in {box.key for box in at.selectbox}
