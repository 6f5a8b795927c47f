"""Search: its question follows the model, and its answer is that of the question on the page."""

import time

from streamlit.testing.v1 import AppTest

import costmodel as cm
from costmodel import default_scenario
from tests.app.running import linked, opened

VIEW = "views/search.py"
SMALL = "search.axis.attention.0.heads=32..128..16&search.axis.ffn.1.top_k=2..6"


def answered(at: AppTest) -> AppTest:
    """The page once its search has ended."""
    for _ in range(200):
        if at.session_state["search job"].done:
            return at.run()
        time.sleep(0.05)
    raise AssertionError("the search does not end")


def searched(query: str) -> AppTest:
    at = opened(query, page=VIEW)
    next(button for button in at.button if button.label == "Search").click().run()
    return answered(at)


def test_default_constraints_follow_the_model() -> None:
    for name in ("step-3", "deepseek-v3"):
        at = opened(f"model={name}", page=VIEW)
        assert at.text_area(key="search.where").value == "; ".join(cm.default_search(default_scenario(name)).where)
        assert "search.where" not in at.query_params


def test_empty_answer_is_no_success() -> None:
    at = searched(f"{SMALL}&search.where=cost <= 1e-6")
    assert not at.success
    assert at.warning[0].value.startswith("No design meets every constraint.")


def test_answer_to_an_earlier_question_is_marked() -> None:
    at = searched(SMALL)
    assert at.success
    assert not at.warning
    assert at.query_params["page.search.run"] in ("1", ["1"])
    at.text_input(key="axis ffn.1.top_k").set_value("2..4").run()
    assert "this answer is for the earlier one" in at.warning[0].value
    assert "page.search.run" not in at.query_params


def test_link_to_an_answer_searches_again() -> None:
    at = answered(opened(f"{SMALL}&page.search.run=1", page=VIEW))
    assert "designs on the frontier, out of 35" in at.success[0].value


def test_page_names_the_model_that_it_varies() -> None:
    at = opened("attention.0.heads=96", page=VIEW)
    assert any("Varies **Step-3 (heads 96)**" in text.value for text in at.markdown)


def test_design_is_shown_before_it_is_opened() -> None:
    at = searched(SMALL)
    at.number_input(key="shown design").set_value(1).run()
    assert linked(at) == default_scenario()
    front = at.session_state["search job"].result.front
    shown = next(each.value for each in at.dataframe if "Explore now" in each.value.columns)
    design = front.designs[1]
    assert list(shown["Design 1"]) == [f"{design[path]:,}" for path in design]
    table = next(each.value for each in at.dataframe if "cost.ffn" in each.value.columns)
    assert table.index.name == "Design"
    assert [table.loc[1, path] for path in design] == list(design.values())
    next(button for button in at.button if button.label == "Open in Explore").click().run()
    assert linked(at).model == front.scenario(1).model


def test_answer_names_the_price_that_is_an_estimate() -> None:
    named = [text.value for text in searched(SMALL).caption if "is an estimate" in text.value]
    assert len(named) == 1
    assert "Ascend 910B" in named[0]
    assert not [text for text in searched(f"{SMALL}&accelerators=h800.h20").caption if "is an estimate" in text.value]


def test_points_say_their_settings() -> None:
    at = searched(SMALL)
    found = at.session_state["search job"].result
    design = found.front.designs[0]
    heads, top_k = design["attention.0.heads"], design["ffn.1.top_k"]
    assert found.points[0]["settings"] == f"heads {heads:g}, top k {top_k:g}"
    assert found.points[0]["name"] == "design 0"


def test_axes_are_added_and_removed() -> None:
    at = opened(SMALL, page=VIEW)
    at.selectbox(key="added axis").set_value("hidden").run()
    assert at.query_params["search.axis.hidden"]
    at.button(key="remove ffn.1.top_k").click().run()
    assert [box.key for box in at.text_input if box.key.startswith("axis")] == ["axis attention.0.heads", "axis hidden"]
    assert "search.axis.ffn.1.top_k" not in at.query_params


def test_rows_and_expressions_are_one_question() -> None:
    at = opened(SMALL, page=VIEW)
    start = cm.default_search(default_scenario()).where
    at.text_input(key="search.where 0 bound").set_value("300e9").run()
    assert at.text_area(key="search.where").value == "; ".join(("parameters.total <= 300e9", *start[1:]))
    at.selectbox(key="search.where Constraint 1: sign").set_value(">=").run()
    at.button(key="search.where 1 remove").click().run()
    assert at.query_params["search.where"] in (
        text := "parameters.total >= 300e9; sparsity >= minimum_sparsity",
        [text],
    )
    at.text_area(key="search.where").set_value("cost + 1 <= 2; sparsity <= 0.5").run()
    assert at.code[0].value == "cost + 1 <= 2"
    assert at.text_input(key="search.where 1 bound").value == "0.5"
    at.selectbox(key="search.minimise add").set_value("kv_bytes").run()
    assert at.text_area(key="search.minimise").value == "cost; kv_bytes"


def test_added_constraint_starts_where_the_design_is() -> None:
    at = opened(SMALL, page=VIEW)
    at.selectbox(key="search.where add").set_value("cost").run()
    assert at.text_area(key="search.where").value.endswith("; cost <= 0.05505")


def test_a_question_fills_axes_objectives_and_constraints() -> None:
    at = opened(page=VIEW)
    offered = cm.search_questions(default_scenario())
    picked = "Same rank, half the KV cache"
    at.button_group(key="picked question").set_value(picked).run()
    assert at.text_area(key="search.where").value == "; ".join(offered[picked].where)
    assert {box.key.removeprefix("axis ") for box in at.text_input if box.key.startswith("axis")} == set(
        offered[picked].axes
    )
    at.button_group(key="picked question").set_value(next(iter(offered))).run()
    assert not {"search.minimise", "search.maximise", "search.where"} & set(at.query_params)
