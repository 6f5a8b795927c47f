"""The strip of a narrow window: values in a row, and their controls in it while it is open."""

import pytest

import costmodel as cm
from app.widgets import strip
from tests.app.running import linked, opened

NBSP = "\u00a0"


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", f"Step-3 · 8K · 4{NBSP}accelerators · preset prices"),
        ("accelerators=h800,910b&workload.context=12345", "Step-3 · 12,345 · H800, Ascend 910B · preset prices"),
        ("model=qwen3-235b-a22b&prices=mine&accelerators=h20", "Qwen3-235B-A22B · 8K · H20 · own prices"),
        ("accelerators=h20&accelerators.h20.usd_per_hour=1.5", "Step-3 · 8K · H20 · preset prices, 1 own"),
    ],
)
def test_strip_names_model_context_accelerators_and_prices(query: str, words: str) -> None:
    assert strip.in_words(cm.from_query(query).scenario) == words


@pytest.mark.parametrize("page", ["views/explore.py", "views/plan.py"])
def test_strip_shows_the_values_of_this_run(page: str) -> None:
    at = opened(page=page)
    at.select_slider(key="workload.context").set_value(32768).run()
    assert "Step-3 · 32K" in at.button(key=strip.KEY).label


def test_open_strip_holds_the_first_controls_of_the_panel() -> None:
    at = opened()
    at.button(key=strip.KEY).click().run()
    beside = {widget.key for widget in (*at.sidebar.selectbox, *at.sidebar.select_slider, *at.sidebar.button_group)}
    assert not beside & {"model", "workload.context", "accelerators", "prices"}
    assert "attention.0.heads" in beside
    at.selectbox(key="model").set_value("deepseek-v3").run()
    at.number_input(key="workload.context box").set_value(5000).run()
    expected = cm.from_query("model=deepseek-v3&workload.context=5000").scenario
    assert linked(at) == expected
    assert not at.exception


def test_values_survive_opening_and_closing_the_strip() -> None:
    at = opened()
    at.number_input(key="workload.context box").set_value(5000).run()
    for _ in range(2):
        at.button(key=strip.KEY).click().run()
        assert linked(at).workload.context == 5000
        assert next(box.value for box in at.number_input if str(box.key).startswith("workload.context box")) == 5000
