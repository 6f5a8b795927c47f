"""Models beside a design: a collection at a time in charts, presets added to Compare by name."""

import pytest
from streamlit.testing.v1 import AppTest

import costmodel as cm
from app.charts import figure_1
from app.widgets.beside import MOST
from tests.app.running import opened, texts

COMPARE = "views/compare.py"


def shown(at: AppTest, name: str) -> bool:
    """Whether the rows of a chart of the page hold a name."""
    return any(name.encode() in chart.proto.SerializeToString() for chart in at.get("vega_lite_chart"))


@pytest.mark.parametrize(("page", "setting"), [(COMPARE, "compare"), ("views/explore.py", "explore")])
def test_charts_show_the_collection_of_the_link(page: str, setting: str) -> None:
    at = opened(f"page.{setting}.beside=sparse-attention&page.explore.binds=plane", page=page)
    menu = at.selectbox(key=f"page.{setting}.beside")
    assert not texts(at)
    assert shown(at, "MiniMax-M3")
    assert not shown(at, "Pangu Pro MoE")
    sizes = [len(cm.models(name)) for name in cm.collections()]
    assert len(menu.options) == len([size for size in sizes if size <= MOST]) + 1


def test_unknown_collection_of_a_link_is_a_problem() -> None:
    assert "page.compare.beside" in texts(opened("page.compare.beside=fifty", page=COMPARE))


def test_preset_is_added_to_compare_by_name() -> None:
    at = opened(page=COMPARE)
    at.selectbox(key="added model").set_value("glm-5").run()
    names = ["Step-3", "DeepSeek-V3", "Qwen3-235B-A22B", "GLM-5"]
    assert at.button_group(key=f"pinned {names}").options[-1] == "GLM-5"
    assert not texts(at)


@pytest.mark.parametrize("collection", [name for name in cm.collections() if len(cm.models(name)) <= MOST])
def test_names_of_figure_1_keep_their_distance(collection: str) -> None:
    scenario = cm.default_scenario()
    listed = [cm.load_model(name) for name in cm.models(collection)]
    rows = figure_1.rows(listed, list(scenario.accelerators), scenario.workload, set())
    usd = [row["usd"] for row in rows if row["role"] == "point"]
    active = [row["active"] for row in rows if row["role"] == "point"]
    across, up = max(active) - min(active), max(usd) - min(usd)
    labels = [row for row in rows if row["role"] == "label"]
    for index, one in enumerate(labels):
        for other in labels[:index]:
            beside = one["side"] == other["side"]
            near = abs(one["active"] - other["active"]) < figure_1.LABEL_WIDTH * across
            apart = abs(one["usd"] - other["usd"]) >= 0.999 * figure_1.LABEL_HEIGHT * up
            assert apart or not (beside and near)
