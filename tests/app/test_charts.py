"""A chart is a pure specification that no data can change: its marks, axes, tooltips and colours."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from app.charts import (
    configurations,
    context,
    cost_bars,
    design_front,
    figure_1,
    gantt,
    memory,
    plan_context,
    plane,
    roofline,
    stages,
    tornado,
)
from app.charts.dodge import dodge
from app.charts.theme import ROWS, THEMES, spec
from tests.app.charted import BOTH, PLAN, POINT, PRESETS, SCENARIO, best, encodings, parts, table
from tests.app.running import ROOT

FOLDER = ROOT / "app" / "charts"
MODULES = {
    path.stem: module
    for path in sorted(FOLDER.glob("*.py"))
    if hasattr(module := import_module(f"app.charts.{path.stem}"), "build")
}
EVERY_CHART = pytest.mark.parametrize("name", MODULES)
EVERY_THEME = pytest.mark.parametrize("theme", THEMES)


@EVERY_THEME
@EVERY_CHART
def test_chart_specification_holds_no_data(name: str, theme: str) -> None:
    built = spec(MODULES[name].build, theme)
    assert "datasets" not in built
    assert [part["data"] for part in parts(built) if "data" in part] == [{"name": ROWS}]
    assert not any("values" in part.get("data", {}) for part in parts(built) if isinstance(part.get("data"), dict))
    json.dumps(built, allow_nan=False)


@EVERY_THEME
@EVERY_CHART
def test_every_mark_of_a_chart_has_tooltips_with_titles(name: str, theme: str) -> None:
    tooltips = [
        encoding["tooltip"] for encoding in encodings(spec(MODULES[name].build, theme)) if "tooltip" in encoding
    ]
    assert tooltips
    for tooltip in tooltips:
        assert all(entry.get("title") for entry in tooltip)
        assert all(entry.get("format") or entry["type"] != "quantitative" for entry in tooltip)


@EVERY_CHART
def test_an_axis_with_a_title_names_its_unit(name: str) -> None:
    titles = {
        channel.get("title")
        for encoding in encodings(spec(MODULES[name].build, "light"))
        for axis, channel in encoding.items()
        if axis in ("x", "y") and channel.get("type") == "quantitative" and channel.get("title")
    }
    named = ("USD", "token", "byte", "FLOP", "parameters", "ms", "GB", "micro", " s", "(s)")
    assert all(any(unit.lower() in title.lower() for unit in named) for title in titles), titles


@EVERY_CHART
def test_rows_by_name_are_sorted_by_rank(name: str) -> None:
    sorts = [
        encoding["y"].get("sort")
        for encoding in encodings(spec(MODULES[name].build, "light"))
        if encoding.get("y", {}).get("type") == "nominal"
    ]
    assert all(sort == {"field": "rank", "op": "min", "order": "ascending"} for sort in sorts)


@EVERY_CHART
def test_a_chart_is_as_wide_as_its_place(name: str) -> None:
    assert spec(MODULES[name].build, "light")["width"] == "container"


@EVERY_CHART
def test_themes_differ_in_colours_alone(name: str) -> None:
    def without_colours(theme: str) -> str:
        # Built anew: Streamlit writes into the nested parts of what a page has shown.
        text = json.dumps(spec.__wrapped__(MODULES[name].build, theme), sort_keys=True)
        for colour in vars(THEMES[theme]).values():
            text = text.replace(f'"{colour}"', '"colour"')
        return text

    assert without_colours("light") == without_colours("dark")
    assert spec(MODULES[name].build, "light") != spec(MODULES[name].build, "dark")


@EVERY_CHART
def test_a_specification_is_built_once(name: str) -> None:
    assert spec(MODULES[name].build, "light") is spec(MODULES[name].build, "light")


def test_no_chart_knows_streamlit() -> None:
    assert not [path.name for path in FOLDER.glob("*.py") if "streamlit" in path.read_text(encoding="utf-8")]


@EVERY_CHART
def test_a_chart_says_in_one_line_what_to_see(name: str) -> None:
    module = MODULES[name]
    if name not in ("figure_1", "printed", "sketch", "price_map"):
        assert module.TITLE
        assert 10 < len(module.CAPTION) < 130
        assert "\n" not in module.CAPTION


@dataclass(frozen=True)
class Expected:
    """What a chart must be: its marks in order, and scale types of its axes."""

    marks: tuple[str, ...]
    x: str
    y: str


SHAPES = {
    "cost_bars": Expected(("bar", "text", "text"), "linear", "nominal"),
    "context_gap": Expected(("line", "rect", "text", "rule", "point", "text"), "log", "linear"),
    "context": Expected(("line", "text", "point", "text"), "log", "log"),
    "plane": Expected(("line", "text", "point", "line", "text", "point", "text", "text"), "log", "log"),
    "roofline": Expected(("line", "text", "point"), "log", "log"),
    "figure_1": Expected(("point", "text", "text"), "linear", "linear"),
    "configurations": Expected(("bar", "text", "text"), "linear", "nominal"),
    "tornado": Expected(("bar", "text", "text", "text"), "linear", "nominal"),
    "printed": Expected(("bar", "tick", "text"), "linear", "nominal"),
    "stages": Expected(("bar", "tick", "text"), "linear", "nominal"),
    "memory": Expected(("bar", "text"), "linear", "nominal"),
    "gantt": Expected(("bar", "text"), "linear", "nominal"),
    "plan_context": Expected(("line", "text"), "log", "log"),
    "design_front": Expected(("line", "point", "text", "point"), "linear", "linear"),
}


@pytest.mark.parametrize("name", SHAPES)
def test_a_chart_has_the_marks_and_scales_of_its_kind(name: str) -> None:
    built, expected = spec(MODULES[name].build, "light"), SHAPES[name]
    assert tuple(layer["mark"]["type"] for layer in built["layer"]) == expected.marks

    def kind(channel: dict[str, Any]) -> str:
        if channel["type"] == "nominal":
            return "nominal"
        return str(channel.get("scale", {}).get("type", "linear"))

    assert kind(built["layer"][0]["encoding"]["x"]) == expected.x
    assert kind(built["layer"][0]["encoding"]["y"]) == expected.y


def test_the_axis_of_the_context_chart_reaches_from_1k_to_1m() -> None:
    scale = spec(context.build, "light")["layer"][0]["encoding"]["x"]
    assert scale["scale"]["domain"] == [1024, 2**20]
    assert (scale["axis"]["values"][0], scale["axis"]["values"][-1]) == (1024, 2**20)


@BOTH
def test_no_row_of_a_chart_is_void(scenario: cm.Scenario) -> None:
    charts = {
        "cost": cost_bars.chart("light", scenario, best(scenario)),
        "context": context.chart("light", scenario, cm.context_curve(scenario)),
        "plane": plane.chart("dark", scenario, PRESETS),
        "roofline": roofline.chart("dark", scenario),
    }
    for chart in charts.values():
        rows = table(chart)
        assert rows
        numbers = [cell for row in rows for cell in row.values() if isinstance(cell, float)]
        assert all(0 <= number < float("inf") for number in numbers)


def test_every_encoded_field_is_a_column_of_the_rows() -> None:
    made: dict[str, Callable[[], dict[str, Any]]] = {
        "cost_bars": lambda: cost_bars.chart("light", SCENARIO, best(SCENARIO)),
        "context": lambda: context.chart("light", SCENARIO, cm.context_curve(SCENARIO)),
        "plane": lambda: plane.chart("light", SCENARIO, PRESETS),
        "roofline": lambda: roofline.chart("light", SCENARIO),
        "stages": lambda: stages.chart("light", PLAN),
        "memory": lambda: memory.chart("light", PLAN),
        "gantt": lambda: gantt.chart("light", PLAN),
        "plan_context": lambda: plan_context.chart("light", ((4096, PLAN), (8192, PLAN))),
        "design_front": lambda: design_front.chart("light", [POINT], [POINT], "kv_bytes", "cost"),
        "tornado": lambda: tornado.chart("light", cm.sensitivity(SCENARIO).alike),
        "configurations": lambda: configurations.chart("light", {"Step-3": (SCENARIO, best(SCENARIO))}),
        "figure_1": lambda: figure_1.chart("light", PRESETS, list(SCENARIO.accelerators), SCENARIO.workload, set()),
    }
    for name, make in made.items():
        chart = make()
        columns = set(table(chart)[0])
        used = {part["field"] for part in parts({k: v for k, v in chart.items() if k != "datasets"}) if "field" in part}
        assert used <= columns, name


@given(values=st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=12), gap=st.floats(1.01, 2))
def test_dodged_labels_keep_their_gap_and_their_order(values: list[float], gap: float) -> None:
    placed = dodge(values, gap)
    order = sorted(range(len(values)), key=lambda index: values[index])
    for low, high in pairwise(order):
        assert placed[high] / placed[low] >= gap * (1 - 1e-9)


@given(gap=st.floats(1.01, 1.5), count=st.integers(1, 10))
def test_labels_that_are_apart_already_stay_where_they_are(gap: float, count: int) -> None:
    values = [2.0**power for power in range(count)]
    assert dodge(values, gap) == pytest.approx(values)


def test_custom_accelerator_of_an_equal_name_is_distinct() -> None:
    names = [cm.load_accelerator(name).name for name in cm.accelerators()]
    assert len(set(names)) == len(names)


def test_a_theme_has_a_colour_for_everything_that_is_drawn() -> None:
    for theme in THEMES.values():
        assert all(len(colour) == 7 and colour.startswith("#") for colour in vars(theme).values())
