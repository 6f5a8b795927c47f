"""The compute-memory plane: where designs lie against the ridge of every accelerator. Paper Figure 5."""

import math
from typing import Any, SupportsFloat

import altair as alt

from app.charts.dodge import LEFT, RIGHT, dodge, dodge_near
from app.charts.spoken import listed
from app.charts.theme import DECADES, ROWS, Rows, Spec, Theme, beside, filled
from app.wording import digits, tokens
from costmodel import Accelerator, Model, Scenario

TITLE = "Compute-memory plane"
CAPTION = (
    "Below the line of an accelerator attention waits for memory, above it for arithmetic; "
    "the path is this design from 1K to 128K"
)

PATH = tuple(2**power for power in range(10, 18))
MARKED = (1024, 8192, 32768, 131072)
PLOT_HEIGHT = 330
LINE_HEIGHT = 17
"""Room of one line of labels [px]."""
LABEL_WIDTH = 1.6
"""Room of one label across, as a logarithm of KV bytes."""


def rows(scenario: Scenario, presets: list[Model], name: str = "this design") -> Rows:
    """Points of presets at this workload, this design's path over context, and the ends of every ridge line."""
    workload = scenario.workload
    others = [model for model in presets if model != scenario.model]
    table: Rows = []
    for model in others:
        work = model.decode_work(workload)
        table.append(_row("preset", model.name, work.kv_bytes, work.core_flops))
    for context in PATH:
        work = scenario.model.decode_work(workload.replace(context=context))
        label = tokens(context) if context in MARKED and context != workload.context else ""
        table.append(_row("path", f"{name} at {tokens(context)}", work.kv_bytes, work.core_flops, label))
    here = scenario.model.decode_work(workload)
    table.append(_row("here", name, here.kv_bytes, here.core_flops, name))
    low, high = min(row["kv"] for row in table) / 1.6, max(row["kv"] for row in table) * 1.6
    bits = scenario.model.attention[0].compute_bits
    for accelerator in _with_ridge(scenario):
        ridge = float(accelerator.ridge(bits))
        table += [_row("ridge", f"ridge of {accelerator.name}", kv, kv * ridge) for kv in (low, high)]
    heights = [row["core"] for row in table]
    gap = (max(heights) / min(heights)) ** (LINE_HEIGHT / PLOT_HEIGHT)
    return [*table, *_labels(scenario, [row for row in table if row["role"] != "ridge"], high, gap)]


def _labels(scenario: Scenario, points: Rows, right: float, gap: float) -> Rows:
    """Names of presets beside their dots and of accelerators at the end of their ridge lines, kept apart."""
    dots = [point for point in points if point["role"] in ("preset", "here")]
    table: Rows = []
    sides = [_side(dot, points, gap) for dot in dots]
    for side in (RIGHT, LEFT):
        mine = [dot for dot, its_side in zip(dots, sides, strict=True) if its_side == side]
        places = dodge_near([math.log(dot["kv"]) for dot in mine], [dot["core"] for dot in mine], LABEL_WIDTH, gap)
        for dot, core in zip(mine, places, strict=True):
            table.append(_row(f"{dot['role']} label", dot["name"], dot["kv"], core, dot["name"]) | {"side": side})
    bits = scenario.model.attention[0].compute_bits
    known = _with_ridge(scenario)
    ridges = [float(accelerator.ridge(bits)) for accelerator in known]
    for accelerator, ridge, core in zip(known, ridges, dodge([right * ridge for ridge in ridges], gap), strict=True):
        table.append(_row("ridge label", accelerator.name, right, core, f"{accelerator.name} {ridge:.0f}"))
    return table


def _with_ridge(scenario: Scenario) -> list[Accelerator]:
    """The accelerators whose rate and bandwidth are known."""
    bits = scenario.model.attention[0].compute_bits
    return [each for each in scenario.accelerators if each.unknown(bits) is None]


def _side(dot: dict[str, Any], points: Rows, gap: float) -> str:
    """Where the name of a dot has room: to the right, unless only the left is free of other points."""

    def free(direction: int) -> bool:
        return not any(
            0 < direction * math.log(point["kv"] / dot["kv"]) < LABEL_WIDTH
            and abs(math.log(point["core"] / dot["core"])) < math.log(gap)
            for point in points
        )

    return LEFT if free(-1) and not free(1) else RIGHT


def _row(role: str, name: str, kv: SupportsFloat, core: SupportsFloat, label: str = "") -> dict[str, Any]:
    return {
        "role": role,
        "name": name,
        "kv": float(kv),
        "core": float(core),
        "intensity": float(core) / float(kv) if float(kv) else 0.0,
        "label": label,
        "side": RIGHT,
    }


def build(theme: Theme) -> alt.TopLevelMixin:
    """Ridge lines, presets, the path, and this design, on log axes."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X(
            "kv:Q",
            title="KV cache read per token (byte)",
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(format="~s", values=DECADES, grid=False),
        ),
        y=alt.Y(
            "core:Q",
            title="Attention core per token (FLOP)",
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(format="~s", values=DECADES),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="Design"),
            alt.Tooltip("kv:Q", title="KV read (byte/token)", format=".3~s"),
            alt.Tooltip("core:Q", title="Core (FLOP/token)", format=".3~s"),
            alt.Tooltip("intensity:Q", title="Intensity (FLOP/byte)", format=".4~r"),
        ],
    )
    ridge = (
        base.transform_filter("datum.role == 'ridge'")
        .mark_line(strokeWidth=1.5, color=theme.faint)
        .encode(detail="name:N")
    )
    names = (
        base.transform_filter("datum.role == 'ridge label'")
        .mark_text(align="left", dx=4, color=theme.gray, fontSize=10)
        .encode(text="label:N")
    )
    presets = base.transform_filter("datum.role == 'preset'")
    dots = presets.mark_point(filled=True, size=46, color=theme.gray, opacity=0.9)
    labels = base.transform_filter("datum.role == 'preset label' || datum.role == 'here label'").encode(
        text="label:N",
        color=alt.condition("datum.role == 'here label'", alt.value(theme.accent), alt.value(theme.gray)),
        size=alt.condition("datum.role == 'here label'", alt.value(11), alt.value(10)),
    )
    path = base.transform_filter("datum.role == 'path'")
    line = path.mark_line(color=theme.accent, strokeWidth=2, point=alt.OverlayMarkDef(size=18, color=theme.accent))
    stops = path.mark_text(align="right", dx=-7, dy=-4, color=theme.accent, fontSize=10).encode(text="label:N")
    here = base.transform_filter("datum.role == 'here'")
    spot = here.mark_point(
        filled=True, shape="diamond", size=150, color=theme.accent, stroke=theme.surface, strokeWidth=1.5
    )
    return alt.layer(ridge, names, dots, line, stops, spot, *beside(labels, dy=3)).properties(
        width="container", height=PLOT_HEIGHT
    )


def chart(theme: str, scenario: Scenario, presets: list[Model], name: str = "this design") -> Spec:
    """The filled chart; `name` labels the scenario's own point."""
    return filled(build, theme, rows(scenario, presets, name))


def in_words(scenario: Scenario, name: str = "This design") -> str:
    """The intensity of the design at its context, and the ridge of every accelerator."""
    bits = scenario.model.attention[0].compute_bits
    intensity = scenario.model.decode_work(scenario.workload).arithmetic_intensity
    ridges = [f"{each.name} {float(each.ridge(bits)):,.0f}" for each in _with_ridge(scenario)]
    here = f"{name} at {tokens(scenario.workload.context)}: {digits(intensity)} FLOP per byte."
    return f"{here} Lines: {listed(ridges, most=8)}" if ridges else here
