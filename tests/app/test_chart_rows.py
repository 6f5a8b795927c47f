"""The rows of a chart are the library's numbers: they add up, and say in words what they show."""

from itertools import pairwise

import pytest

import costmodel as cm
from app.charts import (
    claim_bars,
    configurations,
    context,
    context_gap,
    cost_bars,
    design_bars,
    design_front,
    figure_1,
    gantt,
    memory,
    plane,
    printed,
    roofline,
    stages,
    tornado,
)
from app.estimates import marked
from app.wording import NBSP, tokens
from costmodel.io.link import default_scenario
from tests.app.charted import BOTH, PLAN, POINT, PRESETS, SCENARIO, best, encodings, table


@BOTH
def test_the_parts_of_a_cost_bar_sum_to_the_librarys_total(scenario: cm.Scenario) -> None:
    found = best(scenario)
    rows = cost_bars.rows(scenario, found)
    expected = {marked(cost.attention_on): cost for cost in found.alone.values()}
    expected[f"AFD: {marked(found.pair.attention_on)} + {marked(found.pair.ffn_on)}"] = found.pair
    assert {row["option"] for row in rows} == set(expected)
    for option, cost in expected.items():
        mine = [row for row in rows if row["option"] == option]
        assert [row["part"] for row in mine] == list(cost_bars.PARTS.values())
        assert [row["usd"] for row in mine] == [cost.memory, cost.core, cost.linear, cost.ffn]
        assert mine[-1]["end"] == pytest.approx(cost.total, rel=1e-12)
        assert [row["start"] for row in mine[1:]] == [row["end"] for row in mine[:-1]]
        assert sum(row["share"] for row in mine) == pytest.approx(1)


@BOTH
def test_cost_bars_sort_cheapest_first_and_afd_before_ties(scenario: cm.Scenario) -> None:
    ends = [row["end"] for row in cost_bars.rows(scenario, best(scenario)) if row["last"]]
    assert ends == sorted(ends)
    assert cost_bars.rows(scenario, best(scenario))[0]["option"].startswith("AFD")


@BOTH
def test_cost_bar_label_names_the_bound_of_attention(scenario: cm.Scenario) -> None:
    rows = cost_bars.rows(scenario, best(scenario))
    for accelerator in scenario.accelerators:
        bound = cm.attention_bound(scenario.model, accelerator, scenario.workload)
        label = next(row["label"] for row in rows if row["option"] == marked(accelerator))
        assert label.endswith("memory-bound" if bound.memory else "compute-bound")


def test_estimated_price_has_a_mark_at_its_bars() -> None:
    names = {row["option"] for row in cost_bars.rows(SCENARIO, best(SCENARIO))}
    assert {name for name in names if name.endswith("*")} == {"Ascend 910B*"}
    designs = configurations.rows({"Step-3": (SCENARIO, best(SCENARIO))})
    assert "Ascend 910B*" in {row["option"] for row in designs}
    set_by_hand = cm.update(SCENARIO, {"accelerators.910b.usd_per_hour": 5.34})
    assert "Ascend 910B" in {row["option"] for row in cost_bars.rows(set_by_hand, best(set_by_hand))}


def test_accelerator_without_a_price_is_listed_without_cost() -> None:
    asked = cm.Scenario(model="step-3", accelerators=["910c", "h800"], workload=SCENARIO.workload)
    costed = best(asked)
    last = cost_bars.rows(asked, costed)[-1]
    assert (last["option"], last["label"], last["end"]) == ("Ascend 910C", "no known price", 0.0)
    assert cost_bars.chart("light", asked, costed)["height"] == cost_bars.FRAME + 3 * cost_bars.ROW_HEIGHT
    bars = configurations.rows({"Step-3": (asked, costed)})
    assert {row["option"]: row["text"] for row in bars}["Ascend 910C"] == "no known price"


def test_a_cost_chart_grows_with_its_options() -> None:
    one, four = SCENARIO.replace(accelerators=SCENARIO.accelerators[:1]), SCENARIO
    heights = [cost_bars.chart("light", each, best(each))["height"] for each in (one, four)]
    assert heights[1] - heights[0] == 3 * cost_bars.ROW_HEIGHT


def test_design_bars_sum_to_the_cheapest_pair() -> None:
    designs = {name: default_scenario(name) for name in ("deepseek-v3", "step-3")}
    found = {name: (design, best(design)) for name, design in designs.items()}
    ends = {row["option"]: row for row in design_bars.rows(found) if row["last"]}
    assert list(ends) == ["step-3", "deepseek-v3"]
    for name, row in ends.items():
        assert row["end"] == pytest.approx(found[name][1].pair.total)
        bound = cm.attention_bound(designs[name].model, found[name][1].pair.attention_on, designs[name].workload)
        assert row["label"].endswith("memory-bound" if bound.memory else "compute-bound")


@BOTH
def test_context_lines_hold_library_costs_and_end_labels(scenario: cm.Scenario) -> None:
    curve = cm.context_curve(scenario)
    rows = context.rows(scenario, curve)
    lines = [row for row in rows if row["role"] == "line" and row["name"] == context.AFD]
    assert [row["usd"] for row in lines] == curve.afd.tolist()
    assert [row["context"] for row in lines] == curve.contexts.tolist()
    names = {accelerator.name for accelerator in scenario.accelerators} | {context.AFD}
    assert {row["label"] for row in rows if row["role"] == "label"} == names
    assert len([row for row in rows if row["role"] == "crossing"]) == len(curve.crossings)


@BOTH
def test_crossings_are_named_in_one_note(scenario: cm.Scenario) -> None:
    for accelerators in (scenario.accelerators, scenario.accelerators[:1]):
        each = scenario.replace(accelerators=accelerators)
        curve = cm.context_curve(each)
        names = {accelerator.id: accelerator.name for accelerator in accelerators}
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
def test_plane_label_moves_left_of_a_close_right_neighbour(
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


def test_plane_path_names_its_stops_except_this_design() -> None:
    stops = [row["label"] for row in plane.rows(SCENARIO, PRESETS) if row["role"] == "path" and row["label"]]
    assert stops == ["1K", "32K", "128K"]


@BOTH
def test_ridge_line_has_the_slope_of_its_accelerator(scenario: cm.Scenario) -> None:
    rows = plane.rows(scenario, PRESETS)
    for accelerator in scenario.accelerators:
        line = [row for row in rows if row["role"] == "ridge" and row["name"] == f"ridge of {accelerator.name}"]
        assert len(line) == 2
        assert all(row["core"] / row["kv"] == pytest.approx(accelerator.ridge()) for row in line)


@BOTH
def test_a_roofline_rises_to_the_ridge_and_is_flat_beyond(scenario: cm.Scenario) -> None:
    rows = roofline.rows(scenario)
    for accelerator in scenario.accelerators:
        line = [row for row in rows if row["role"] == "line" and row["name"] == accelerator.name]
        rates = [row["rate"] for row in line]
        assert rates == sorted(rates)
        assert rates[-1] == accelerator.flops_per_second(scenario.model.attention[0].compute_bits)
        assert all(row["rate"] <= row["intensity"] * accelerator.bytes_per_second * (1 + 1e-12) for row in line)


@BOTH
def test_the_point_of_a_roofline_says_what_binds(scenario: cm.Scenario) -> None:
    points = {row["name"]: row["verdict"] for row in roofline.rows(scenario) if row["role"] == "point"}
    assert set(points) == {accelerator.name for accelerator in scenario.accelerators}
    for accelerator in scenario.accelerators:
        memory = cm.attention_bound(scenario.model, accelerator, scenario.workload).memory
        assert points[accelerator.name] == ("memory-bound" if memory else "compute-bound")


def test_every_model_of_figure_1_is_at_its_cheapest_pair() -> None:
    rows = figure_1.rows(PRESETS, list(SCENARIO.accelerators), SCENARIO.workload, {"Step-3"})
    points = {row["name"]: row for row in rows if row["role"] == "point"}
    assert set(points) == {model.name for model in PRESETS}
    assert round(points["Step-3"]["usd"], 4) == 0.0550
    assert points["Step-3"]["active"] == cm.load_model("step-3").parameters.active


def test_configuration_bars_are_the_library_costs() -> None:
    designs = {name: default_scenario(name) for name in ("deepseek-v3", "step-3")}
    found = {name: (design, best(design)) for name, design in designs.items()}
    rows = configurations.rows(found)
    assert len({row["key"] for row in rows}) == len(rows) == 2 * (1 + 1 + 4)
    assert [row["text"] for row in rows if row["heading"]] == ["deepseek-v3", "step-3"]
    for name, (design, costed) in found.items():
        mine = {row["option"]: row for row in rows if row["design"] == name and not row["heading"]}
        accelerators = {marked(each): costed.alone[each.id].total for each in design.accelerators}
        assert {option: row["usd"] for option, row in mine.items()} == accelerators | {"AFD": costed.pair.total}
        assert [option for option, row in mine.items() if row["accent"]] == ["AFD"]
    pairs = {row["design"]: row["text"] for row in rows if row["accent"]}
    assert pairs == {"deepseek-v3": "$0.0677 H800", "step-3": "$0.0550 H20 + H800"}


def test_tornado_names_each_field_once_by_effect() -> None:
    found = cm.sensitivity(SCENARIO)
    rows = tornado.rows(found.alike)
    names = [row["knob"] for row in rows if row["first"]]
    assert len(names) == len(set(names)) == tornado.MOST_ROWS
    assert names == list(dict.fromkeys(row["knob"] for row in rows))
    largest = [max(abs(row["change"]) for row in rows if row["knob"] == name) for name in names]
    assert largest == sorted(largest, reverse=True)
    assert {row["left"] for row in rows} == {True, False}
    assert all(row["left"] == (row["change"] < 0) for row in rows)


def test_printed_values_stand_beside_the_computed_ones_in_words() -> None:
    found = [cell for cell in cm.paper_cells() if cell.row["table"] == "figure 4"]
    rows = printed.rows(found, {})
    assert [row["printed"] for row in rows] == [float(cell.row["printed"]) for cell in found]
    assert all(row["text"].endswith(f", printed {cell.row['printed']}") for row, cell in zip(rows, found, strict=True))


def test_stages_chart_shows_plan_times_and_marks_late_stages() -> None:
    rows = stages.rows(PLAN)
    assert [row["us"] for row in rows] == [
        getattr(PLAN.stage_seconds, name) * 1e6 for name in ("attention", "network", "ffn")
    ]
    assert not any(row["late"] for row in rows)
    late = cm.pair_plan(
        PLAN.model,
        attention_on=PLAN.attention_on,
        ffn_on=PLAN.ffn_on,
        workload=PLAN.workload,
        sla=cm.Sla(tpot=0.001),
    )
    assert any(row["late"] for row in stages.rows(late))


def test_memory_bar_parts_sum_to_the_capacity() -> None:
    ends = [row["end"] for row in memory.rows(PLAN) if row["last"]]
    assert ends == pytest.approx([PLAN.memory.attention.capacity, PLAN.memory.ffn.capacity])


def test_pipeline_chart_shows_every_stage_of_the_first_layers() -> None:
    rows = gantt.rows(PLAN)
    assert len(rows) == 3 * PLAN.sla.stages * gantt.LAYERS
    assert all(row["end"] > row["start"] >= 0 for row in rows)


def test_large_frontier_is_thinned_and_titled() -> None:
    many = [POINT | {"row": row} for row in range(3 * design_front.MOST_MARKS)]
    chart = design_front.chart("dark", many, [], "parameters.active", "cost")
    assert len(table(chart)) == design_front.MOST_MARKS
    assert {encoding["x"]["title"] for encoding in encodings(chart)} == {"parameters.active"}
    assert {encoding["y"]["title"] for encoding in encodings(chart)} == {"cost"}


def test_claim_bars_are_the_librarys_costs_in_their_order() -> None:
    table = claim_bars.cost_rows(cm.claim_costs())
    assert [row["text"] for row in table[:4]] == [
        "8K tokens of context",
        "Step-3 $0.0550",
        "DeepSeek-V3 $0.0677, 1.23 times",
        "Qwen3-235B-A22B $0.0618, 1.12 times",
    ]
    assert [row["value"] for row in table if row["kind"] == "bar"] == [cost.ratio for cost in cm.claim_costs()]
    assert [row["rank"] for row in table] == list(range(12))


def test_measured_throughput_stands_above_its_predictions() -> None:
    step3, other = cm.claim_throughputs()
    table = claim_bars.output_rows((step3, other))
    assert [row["value"] for row in table] == [
        0, step3.measured, step3.predicted, step3.ideal, 0, other.measured, other.predicted, other.ideal,
    ]  # fmt: skip
    assert [row["whose"] for row in table if row["kind"] != "heading"] == ["own"] * 3 + ["other"] * 3
    assert table[1]["text"] == "4,039 measured"


def test_names_of_eight_lines_stay_apart_above_the_ribbon() -> None:
    scenario = cm.from_query("accelerators=h800.h20.a800.910b.b200.h100.mi300x.h200").scenario
    rows = context_gap.rows(scenario, cm.context_curve(scenario, cm.CONTEXTS[::2]))
    top = max(row["share"] for row in rows if row["role"] == "line")
    places = sorted(row["share"] for row in rows if row["role"] == "label")
    assert places[0] >= 0
    steps = [after - before for before, after in pairwise(places)]
    assert min(steps) >= context_gap.LABEL_STEP * top * 0.999


def test_context_gap_draws_each_accelerator_over_the_best_pair() -> None:
    curve = cm.context_curve(SCENARIO, tuple(sorted({*cm.CONTEXTS[::2], 8192})))
    rows = context_gap.rows(SCENARIO, curve)
    names = {each.name for each in SCENARIO.accelerators}
    for role in ("line", "label", "dot"):
        assert {row["name"] for row in rows if row["role"] == role} == names
    dots = {row["name"]: row["shown"] for row in rows if row["role"] == "dot"}
    assert dots["H800"] == f"14.8{NBSP}%"
    ribbon = [row for row in rows if row["role"] == "ribbon"]
    assert [row["name"] for row in ribbon] == ["H800 alone", "A800 + H800", "H20 + H800"]
    assert [before["to"] for before in ribbon[:-1]] == [after["context"] for after in ribbon[1:]]
    assert sum(row["wide"] for row in ribbon) == pytest.approx(1)
    kinds = {row["name"]: row["kind"] for row in rows if row["role"] == "line"}
    assert list(kinds.values()) == ["kind_0", "kind_1", "kind_2", "kind_3"]
    assert "Alone at 8K, above the best pair: H800 14.8" in context_gap.in_words(SCENARIO, curve)


def test_context_outside_the_axis_has_no_dots_and_no_rule() -> None:
    scenario = cm.from_query("workload.context=512").scenario
    curve = cm.context_curve(scenario, cm.CONTEXTS[::2])
    roles = {row["role"] for row in context_gap.rows(scenario, curve)}
    assert roles == {"line", "label", "ribbon"}
    assert "Alone at" not in context_gap.in_words(scenario, curve)
