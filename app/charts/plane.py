"""The compute-memory plane: where designs lie against the ridge of every card. Paper Figure 5."""

import altair as alt
import numpy as np

from app.charts.theme import ROWS, Rows, Spec, Theme, filled
from app.text import tokens
from costmodel import Model, Scenario

TITLE = "Compute-memory plane"
CAPTION = (
    "Below a card's line attention waits for memory, above it for arithmetic; the path is this design from 1K to 128K"
)

PATH = tuple(2**power for power in range(10, 18))
MARKED = (1024, 8192, 32768, 131072)


def rows(scenario: Scenario, presets: list[Model]) -> Rows:
    """Points of presets at this workload, this design's path over context, and the ends of every ridge line."""
    workload = scenario.workload
    table: Rows = []
    for model in presets:
        if model.id != scenario.model.id or model != scenario.model:
            work = model.decode_work(workload)
            table.append(_row("preset", model.name, work.kv_bytes, work.core_flops, model.name))
    for context in PATH:
        work = scenario.model.decode_work(workload.replace(context=context))
        label = tokens(context) if context in MARKED else ""
        table.append(_row("path", f"this design at {tokens(context)}", work.kv_bytes, work.core_flops, label))
    here = scenario.model.decode_work(workload)
    table.append(_row("here", "this design", here.kv_bytes, here.core_flops, "this design"))
    low = min(row["kv"] for row in table) / 1.6
    high = max(row["kv"] for row in table) * 1.6
    bits = scenario.model.attention[0].compute_bits
    for card in scenario.accelerators:
        ridge = float(card.ridge(bits))
        table += [_row("ridge", card.name, float(kv), float(kv) * ridge, "") for kv in np.geomspace(low, high, 2)]
        table.append(_row("ridge label", card.name, high, high * ridge, f"{card.name} {ridge:.0f}"))
    return table


def _row(role: str, name: str, kv: float, core: float, label: str) -> dict[str, object]:
    return {
        "role": role,
        "name": name,
        "kv": float(kv),
        "core": float(core),
        "intensity": float(core) / float(kv) if kv else 0.0,
        "label": label,
    }


def build(theme: Theme) -> alt.TopLevelMixin:
    """Ridge lines, presets, the path, and this design, on log axes."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X(
            "kv:Q",
            title="KV cache read per token (byte)",
            scale=alt.Scale(type="log", nice=False, zero=False),
            axis=alt.Axis(format="~s", tickCount=5, grid=False),
        ),
        y=alt.Y(
            "core:Q",
            title="Attention core per token (FLOP)",
            scale=alt.Scale(type="log", nice=False, zero=False),
            axis=alt.Axis(format="~s", tickCount=5),
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
        .mark_text(align="right", dx=-2, dy=-7, color=theme.gray, fontSize=10)
        .encode(text="label:N")
    )
    presets = base.transform_filter("datum.role == 'preset'")
    dots = presets.mark_point(filled=True, size=46, color=theme.gray, opacity=0.9)
    dot_names = presets.mark_text(align="left", dx=7, dy=3, color=theme.gray, fontSize=10).encode(text="label:N")
    path = base.transform_filter("datum.role == 'path'")
    line = path.mark_line(color=theme.accent, strokeWidth=2, point=alt.OverlayMarkDef(size=18, color=theme.accent))
    stops = path.mark_text(align="right", dx=-7, dy=-4, color=theme.accent, fontSize=10).encode(text="label:N")
    here = base.transform_filter("datum.role == 'here'")
    spot = here.mark_point(
        filled=True, shape="diamond", size=150, color=theme.accent, stroke=theme.card, strokeWidth=1.5
    )
    spot_name = here.mark_text(align="left", dx=11, dy=-6, color=theme.accent, fontWeight=700, fontSize=11).encode(
        text="label:N"
    )
    return alt.layer(ridge, names, dots, dot_names, line, stops, spot, spot_name).properties(
        width="container", height=330
    )


def chart(theme: str, scenario: Scenario, presets: list[Model]) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(scenario, presets))
