"""Charts are pure: a specification that no data can change, and rows that the library's numbers add up in."""

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from itertools import pairwise
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from app.charts import (
    configurations,
    context,
    cost_bars,
    design_bars,
    frontier,
    gantt,
    memory,
    pareto,
    plan_context,
    plane,
    printed,
    roofline,
    stages,
    tornado,
)
from app.charts.dodge import dodge
from app.charts.theme import ROWS, THEMES, spec
from app.text import tokens
from costmodel.link import default_scenario
from costmodel.paper import cells
from tests.app.running import ROOT

FOLDER = ROOT / "app" / "charts"
MODULES = {
    path.stem: module
    for path in sorted(FOLDER.glob("*.py"))
    if hasattr(module := import_module(f"app.charts.{path.stem}"), "build")
}
SCENARIO = default_scenario()
PLAN = cm.plans(SCENARIO.model, SCENARIO.accelerators, SCENARIO.workload)[0].plan
POINT = {"name": "design 1", "x": 1.0, "y": 2.0, "row": 0, "x_shown": "1", "y_shown": "2"}
PRESETS = [cm.load_model(name) for name in cm.models()]
SCENARIOS = [SCENARIO, cm.from_query("model=minimax-m1&cards=910b&workload.context=1048576").scenario]
BOTH = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.model.id)
EVERY_CHART = pytest.mark.parametrize("name", MODULES)
EVERY_THEME = pytest.mark.parametrize("theme", THEMES)


def best(scenario: cm.Scenario) -> cm.Cheapest:
    return cm.cheapest(scenario.model, scenario.accelerators, scenario.workload)


def parts(node: Any) -> Iterator[dict[str, Any]]:
    """Every object inside a specification."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from parts(child)


def encodings(chart: dict[str, Any]) -> Iterator[dict[str, Any]]:
    return (part["encoding"] for part in parts(chart) if "encoding" in part)


def table(chart: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows that the browser gets."""
    return pa.ipc.open_stream(io.BytesIO(chart["datasets"][ROWS])).read_all().to_pylist()


@EVERY_THEME
@EVERY_CHART
def test_a_chart_is_a_specification_of_named_rows_without_any_data_in_it(name: str, theme: str) -> None:
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
def test_a_chart_is_as_wide_as_its_place(name: str) -> None:
    assert spec(MODULES[name].build, "light")["width"] == "container"


@EVERY_CHART
def test_themes_differ_in_colours_alone(name: str) -> None:
    def without_colours(theme: str) -> str:
        text = json.dumps(spec(MODULES[name].build, theme), sort_keys=True)
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
    if name not in ("pareto", "printed"):
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
    "cost_bars": Expected(("bar", "text"), "linear", "nominal"),
    "context": Expected(("line", "text", "point", "text"), "log", "log"),
    "plane": Expected(("line", "text", "point", "line", "text", "point", "text", "text"), "log", "log"),
    "roofline": Expected(("line", "text", "point"), "log", "log"),
    "pareto": Expected(("point", "text", "text"), "linear", "linear"),
    "configurations": Expected(("bar", "text", "text"), "linear", "nominal"),
    "tornado": Expected(("bar", "text", "text", "text"), "linear", "nominal"),
    "printed": Expected(("bar", "tick", "text"), "linear", "nominal"),
    "stages": Expected(("bar", "tick", "text"), "linear", "nominal"),
    "memory": Expected(("bar", "text"), "linear", "nominal"),
    "gantt": Expected(("bar", "text"), "linear", "nominal"),
    "plan_context": Expected(("line", "text"), "log", "log"),
    "frontier": Expected(("line", "point", "text", "point"), "linear", "linear"),
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
def test_the_parts_of_a_cost_bar_sum_to_the_librarys_total(scenario: cm.Scenario) -> None:
    found = best(scenario)
    rows = cost_bars.rows(scenario, found)
    names = {card.id: card.name for card in scenario.accelerators}
    expected = {names[card]: cost for card, cost in found.single.items()}
    expected[f"AFD: {found.attention_on.name} + {found.ffn_on.name}"] = found.cost
    assert {row["option"] for row in rows} == set(expected)
    for option, cost in expected.items():
        mine = [row for row in rows if row["option"] == option]
        assert [row["part"] for row in mine] == list(cost_bars.PARTS.values())
        assert [row["usd"] for row in mine] == [cost.memory, cost.core, cost.linear, cost.ffn]
        assert mine[-1]["end"] == pytest.approx(cost.total, rel=1e-12)
        assert [row["start"] for row in mine[1:]] == [row["end"] for row in mine[:-1]]
        assert sum(row["share"] for row in mine) == pytest.approx(1)


@BOTH
def test_cost_bars_are_sorted_with_the_cheapest_first_and_afd_before_its_equals(scenario: cm.Scenario) -> None:
    ends = [row["end"] for row in cost_bars.rows(scenario, best(scenario)) if row["last"]]
    assert ends == sorted(ends)
    assert cost_bars.rows(scenario, best(scenario))[0]["option"].startswith("AFD")


@BOTH
def test_the_label_of_a_cost_bar_names_what_binds_attention_there(scenario: cm.Scenario) -> None:
    rows = cost_bars.rows(scenario, best(scenario))
    for card in scenario.accelerators:
        bound = cm.attention_bound(scenario.model, card, scenario.workload)
        label = next(row["label"] for row in rows if row["option"] == card.name)
        assert label.endswith("memory-bound" if bound.memory else "compute-bound")


def test_a_cost_chart_grows_with_its_options() -> None:
    one, four = SCENARIO.replace(accelerators=SCENARIO.accelerators[:1]), SCENARIO
    heights = [cost_bars.chart("light", each, best(each))["height"] for each in (one, four)]
    assert heights[1] - heights[0] == 3 * cost_bars.ROW_HEIGHT


def test_bars_of_designs_add_up_to_each_ones_cheapest_pair_the_cheapest_first() -> None:
    designs = {name: default_scenario(name) for name in ("deepseek-v3", "step-3")}
    found = {name: (design, best(design)) for name, design in designs.items()}
    ends = {row["option"]: row for row in design_bars.rows(found) if row["last"]}
    assert list(ends) == ["step-3", "deepseek-v3"]
    for name, row in ends.items():
        assert row["end"] == pytest.approx(found[name][1].cost.total)
        bound = cm.attention_bound(designs[name].model, found[name][1].attention_on, designs[name].workload)
        assert row["label"].endswith("memory-bound" if bound.memory else "compute-bound")


@BOTH
def test_lines_over_context_hold_the_costs_of_the_library_and_labels_at_their_ends(scenario: cm.Scenario) -> None:
    curve = cm.context_curve(scenario)
    rows = context.rows(scenario, curve)
    lines = [row for row in rows if row["role"] == "line" and row["name"] == context.AFD]
    assert [row["usd"] for row in lines] == curve.afd.tolist()
    assert [row["context"] for row in lines] == curve.contexts.tolist()
    names = {card.name for card in scenario.accelerators} | {context.AFD}
    assert {row["label"] for row in rows if row["role"] == "label"} == names
    assert len([row for row in rows if row["role"] == "crossing"]) == len(curve.crossings)


@BOTH
def test_every_crossing_is_named_in_one_note_and_none_where_there_are_none(scenario: cm.Scenario) -> None:
    for cards in (scenario.accelerators, scenario.accelerators[:1]):
        each = scenario.replace(accelerators=cards)
        curve = cm.context_curve(each)
        names = {card.id: card.name for card in cards}
        told = [row["label"] for row in context.rows(each, curve) if row["role"] == "note"]
        lines = [f"{names[crossing.to]} from {tokens(crossing.context)}" for crossing in curve.crossings]
        assert told == (["\n".join(lines)] if lines else [])


@BOTH
def test_the_plane_shows_this_design_where_the_library_puts_it(scenario: cm.Scenario) -> None:
    rows = plane.rows(scenario, PRESETS)
    here = next(row for row in rows if row["role"] == "here")
    work = scenario.model.decode_work(scenario.workload)
    assert (here["kv"], here["core"]) == (work.kv_bytes, work.core_flops)
    assert here["intensity"] == work.arithmetic_intensity
    assert {row["name"] for row in rows if row["role"] == "preset"} == {
        model.name for model in PRESETS if model != scenario.model
    }


@BOTH
def test_a_name_of_the_plane_stands_left_of_its_dot_where_another_point_is_close_on_the_right(
    scenario: cm.Scenario,
) -> None:
    rows = plane.rows(scenario, PRESETS)
    sides = {row["name"]: row["side"] for row in rows if row["role"].endswith("label") and row["role"] != "ridge label"}
    assert set(sides) == {model.name for model in PRESETS if model != scenario.model} | {"this design"}
    dots = {row["name"]: row for row in rows if row["role"] in ("preset", "here")}
    pangu, llama = dots["Pangu Pro MoE"], dots["Llama 4 Maverick"]
    if scenario is SCENARIO:
        assert pangu["core"] == pytest.approx(llama["core"], rel=1e-3)
        assert pangu["kv"] < llama["kv"]
        assert (sides["Pangu Pro MoE"], sides["Llama 4 Maverick"]) == (plane.LEFT, plane.RIGHT)


def test_the_path_of_the_plane_names_its_stops_but_not_the_one_where_this_design_stands() -> None:
    stops = [row["label"] for row in plane.rows(SCENARIO, PRESETS) if row["role"] == "path" and row["label"]]
    assert stops == ["1K", "32K", "128K"]


@BOTH
def test_a_ridge_line_of_the_plane_has_the_slope_of_its_card(scenario: cm.Scenario) -> None:
    rows = plane.rows(scenario, PRESETS)
    for card in scenario.accelerators:
        line = [row for row in rows if row["role"] == "ridge" and row["name"] == f"ridge of {card.name}"]
        assert len(line) == 2
        assert all(row["core"] / row["kv"] == pytest.approx(card.ridge()) for row in line)


@BOTH
def test_a_roofline_rises_to_the_ridge_and_is_flat_beyond(scenario: cm.Scenario) -> None:
    rows = roofline.rows(scenario)
    for card in scenario.accelerators:
        line = [row for row in rows if row["role"] == "line" and row["name"] == card.name]
        rates = [row["rate"] for row in line]
        assert rates == sorted(rates)
        assert rates[-1] == card.flops_per_second(scenario.model.attention[0].compute_bits)
        assert all(row["rate"] <= row["intensity"] * card.bytes_per_second * (1 + 1e-12) for row in line)


@BOTH
def test_the_point_of_a_roofline_says_what_binds(scenario: cm.Scenario) -> None:
    points = {row["name"]: row["verdict"] for row in roofline.rows(scenario) if row["role"] == "point"}
    assert set(points) == {card.name for card in scenario.accelerators}
    for card in scenario.accelerators:
        memory = cm.attention_bound(scenario.model, card, scenario.workload).memory
        assert points[card.name] == ("memory-bound" if memory else "compute-bound")


def test_every_model_of_the_pareto_chart_stands_at_its_cheapest_pair() -> None:
    rows = pareto.rows(PRESETS, list(SCENARIO.accelerators), SCENARIO.workload, {"Step-3"})
    points = {row["name"]: row for row in rows if row["role"] == "point"}
    assert set(points) == {model.name for model in PRESETS}
    assert round(points["Step-3"]["usd"], 4) == 0.0550
    assert points["Step-3"]["active"] == cm.load_model("step-3").parameters.active


def test_bars_of_configurations_are_the_costs_of_the_library_below_the_name_of_their_design() -> None:
    designs = {name: default_scenario(name) for name in ("deepseek-v3", "step-3")}
    found = {name: (design, best(design)) for name, design in designs.items()}
    rows = configurations.rows(found)
    assert len({row["key"] for row in rows}) == len(rows) == 2 * (1 + 1 + 4)
    assert [row["text"] for row in rows if row["heading"]] == ["deepseek-v3", "step-3"]
    for name, (design, costed) in found.items():
        mine = {row["option"]: row for row in rows if row["design"] == name and not row["heading"]}
        cards = {card.name: costed.single[card.id].total for card in design.accelerators}
        assert {option: row["usd"] for option, row in mine.items()} == cards | {"AFD": costed.cost.total}
        assert [option for option, row in mine.items() if row["accent"]] == ["AFD"]
    pairs = {row["design"]: row["text"] for row in rows if row["accent"]}
    assert pairs == {"deepseek-v3": "$0.0677 H800", "step-3": "$0.0550 H20 + H800"}


def test_every_knob_of_the_tornado_is_named_once_the_most_effective_first() -> None:
    found = cm.sensitivity(SCENARIO)
    rows = tornado.rows(found)
    names = [row["knob"] for row in rows if row["first"]]
    assert len(names) == len(set(names)) == tornado.MOST_ROWS
    assert names == list(dict.fromkeys(row["knob"] for row in rows))
    largest = [max(abs(row["change"]) for row in rows if row["knob"] == name) for name in names]
    assert largest == sorted(largest, reverse=True)
    assert {row["left"] for row in rows} == {True, False}
    assert all(row["left"] == (row["change"] < 0) for row in rows)


def test_printed_values_stand_beside_the_computed_ones_in_words() -> None:
    found = [cell for cell in cells(ROOT / "tests" / "paper") if cell.row["table"] == "figure 4"]
    rows = printed.rows(found, {})
    assert [row["printed"] for row in rows] == [float(cell.row["printed"]) for cell in found]
    assert all(row["text"].endswith(f", printed {cell.row['printed']}") for row, cell in zip(rows, found, strict=True))


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


def test_every_field_that_a_chart_encodes_is_a_column_of_its_rows() -> None:
    made: dict[str, Callable[[], dict[str, Any]]] = {
        "cost_bars": lambda: cost_bars.chart("light", SCENARIO, best(SCENARIO)),
        "context": lambda: context.chart("light", SCENARIO, cm.context_curve(SCENARIO)),
        "plane": lambda: plane.chart("light", SCENARIO, PRESETS),
        "roofline": lambda: roofline.chart("light", SCENARIO),
        "stages": lambda: stages.chart("light", PLAN),
        "memory": lambda: memory.chart("light", PLAN),
        "gantt": lambda: gantt.chart("light", PLAN),
        "plan_context": lambda: plan_context.chart("light", ((4096, PLAN), (8192, PLAN))),
        "frontier": lambda: frontier.chart("light", [POINT], [POINT], "kv_bytes", "cost"),
        "tornado": lambda: tornado.chart("light", cm.sensitivity(SCENARIO)),
        "configurations": lambda: configurations.chart("light", {"Step-3": (SCENARIO, best(SCENARIO))}),
        "pareto": lambda: pareto.chart("light", PRESETS, list(SCENARIO.accelerators), SCENARIO.workload, set()),
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


def test_a_custom_card_of_the_same_name_as_another_is_told_apart() -> None:
    names = [cm.load_accelerator(name).name for name in cm.accelerators()]
    assert len(set(names)) == len(names)


def test_a_theme_has_a_colour_for_everything_that_is_drawn() -> None:
    for theme in THEMES.values():
        assert all(len(colour) == 7 and colour.startswith("#") for colour in vars(theme).values())


def test_the_stages_chart_shows_the_plans_times_and_marks_what_is_late() -> None:
    rows = stages.rows(PLAN)
    assert [row["us"] for row in rows] == [
        getattr(PLAN.stage_seconds, name) * 1e6 for name in ("attention", "network", "ffn")
    ]
    assert not any(row["late"] for row in rows)
    late = cm.plan(
        PLAN.model,
        attention_on=PLAN.attention_on,
        ffn_on=PLAN.ffn_on,
        workload=PLAN.workload,
        sla=cm.Sla(tpot=0.001),
    )
    assert any(row["late"] for row in stages.rows(late))


def test_the_parts_of_a_memory_bar_sum_to_the_capacity_of_the_card() -> None:
    ends = [row["end"] for row in memory.rows(PLAN) if row["last"]]
    assert ends == pytest.approx([PLAN.memory.attention.capacity, PLAN.memory.ffn.capacity])


def test_the_pipeline_shows_every_stage_of_every_micro_batch_of_the_first_layers() -> None:
    rows = gantt.rows(PLAN)
    assert len(rows) == 3 * PLAN.sla.stages * gantt.LAYERS
    assert all(row["end"] > row["start"] >= 0 for row in rows)


def test_a_large_frontier_is_thinned_and_titled_by_its_objectives() -> None:
    many = [POINT | {"row": row} for row in range(3 * frontier.MOST_MARKS)]
    chart = frontier.chart("dark", many, [], "parameters.active", "cost")
    assert len(table(chart)) == frontier.MOST_MARKS
    assert {encoding["x"]["title"] for encoding in encodings(chart)} == {"parameters.active"}
    assert {encoding["y"]["title"] for encoding in encodings(chart)} == {"cost"}
