"""Each accelerator alone against the cheapest pair, over context, with a ribbon that names the pair."""

from math import log2
from typing import Any

import altair as alt
import numpy as np

from app.charts.context import TICK_LABEL, TICKS
from app.charts.dodge import dodge
from app.charts.theme import KINDS, ROWS, Rows, Spec, Theme, filled
from app.wording import percent, tokens
from costmodel import ContextCurve, Scenario

TITLE = "One kind against the best pair"
CAPTION = "Cost above the cheapest pair at each context, in percent; the ribbon names that pair"

HEIGHT = 360
RIBBON = (6, 22)
"""Edges of the ribbon below the lowest value of the plot [px]."""
LABEL_STEP = 17 / 250
"""Least distance between two names, as a share of the height."""
LETTER = 6.4
PERCENT = "datum.value == 0 ? 'best' : (datum.value > 0 ? '+' : '') + format(datum.value * 100, ',.0f') + '\\u00a0%'"


def rows(scenario: Scenario, curve: ContextCurve) -> Rows:
    """Lines, names at their ends, dots and a rule at the present context, and the spans of the ribbon."""
    names = {each.id: each.name for each in scenario.accelerators}
    kinds = {each.id: f"kind_{place % len(KINDS)}" for place, each in enumerate(scenario.accelerators)}
    at, now = curve.contexts.tolist(), float(scenario.workload.context)
    # Costs that are equal differ in their last digit.
    above = {key: values.round(12) + 0.0 for key, values in curve.above_pair.items()}
    top = max(float(values.max()) for values in above.values()) or 1.0
    table: Rows = []
    for key, values in above.items():
        points = zip(at, values.tolist(), strict=True)
        table += [_row("line", names[key], kinds[key], context, share) for context, share in points]
        table += [_row("dot", names[key], kinds[key], now, values[at.index(now)])] if now in at else []
    ends = [float(values[-1]) for values in above.values()]
    # The dodge works on factors: as exponents, shares of the height become steps.
    placed = np.log(dodge([float(np.exp(end / top)) for end in ends], float(np.exp(LABEL_STEP)))) * top
    # None below the lowest line, where the ribbon is.
    placed += max(0.0, min(*ends, 0.0) - float(placed.min()))
    for key, place, end in zip(above, placed.tolist(), ends, strict=True):
        label = _row("label", names[key], kinds[key], at[-1], place)
        table.append(label | {"end": end})
    if TICKS[0] <= now <= TICKS[-1]:
        table.append(_row("rule", "", "kind_0", now, 0.0) | {"end": top})
    whole = log2(at[-1] / at[0])
    for place, span in enumerate(curve.pairs):
        name = pair_name(names, span.attention_on, span.ffn_on)
        row = _row("ribbon", name, "pale" if place % 2 else "ground", span.first, 0.0)
        wide = log2(max(span.last, span.first + 1) / span.first) / whole
        middle = float(np.sqrt(span.first * span.last))
        table.append(row | {"to": float(span.last), "middle": middle, "wide": wide, "letters": len(name) * LETTER})
    return table


def pair_name(names: dict[str, str], attention_on: str, ffn_on: str) -> str:
    """`H20 + H800` or `H800 alone`."""
    return f"{names[attention_on]} + {names[ffn_on]}" if attention_on != ffn_on else f"{names[attention_on]} alone"


def in_words(scenario: Scenario, curve: ContextCurve) -> str:
    """The answer at the present context, and where the best pair changes."""
    names = {each.id: each.name for each in scenario.accelerators}
    spans = [f"{pair_name(names, span.attention_on, span.ffn_on)} from {tokens(span.first)}" for span in curve.pairs]
    said = f"Cheapest: {', '.join(spans)}."
    at, now = curve.contexts.tolist(), scenario.workload.context
    if now not in at:
        return said
    gaps = [f"{names[key]} {percent(values[at.index(now)])}" for key, values in curve.above_pair.items()]
    return f"{said} Alone at {tokens(now)}, above the best pair: {', '.join(gaps)}."


def _row(role: str, name: str, kind: str, context: float, share: float) -> dict[str, Any]:
    return {
        "role": role, "name": name, "kind": kind, "context": float(context), "share": float(share), "end": float(share),
        "to": float(context), "middle": float(context), "wide": 0.0, "letters": 0.0, "shown": percent(share),
    }  # fmt: skip


def _below(pixels: float) -> Any:
    """A place below the plot, whose height is what the page leaves it."""
    return alt.value(alt.ExprRef(f"height + {pixels:g}"))


def build(theme: Theme) -> alt.TopLevelMixin:
    """One line and colour for each accelerator, its name at its own end, and a ribbon under the axis."""
    base = alt.Chart(alt.NamedData(ROWS))
    domain, colours = [*KINDS, "pale", "ground"], [*(getattr(theme, kind) for kind in KINDS)]
    scale = alt.Scale(domain=domain, range=[*colours, theme.attention_pale, theme.attention_ground])
    along: dict[str, Any] = {
        "title": "Context (tokens)",
        "scale": alt.Scale(type="log", base=2, domain=[TICKS[0], TICKS[-1]], nice=False),
        "axis": alt.Axis(
            values=TICKS, labelExpr=TICK_LABEL, grid=False, offset=RIBBON[1] + 2, domain=False, ticks=False
        ),
    }
    x = alt.X("context:Q", **along)
    y = alt.Y(
        "share:Q", title=None, scale=alt.Scale(zero=True, nice=True), axis=alt.Axis(labelExpr=PERCENT, tickCount=6)
    )
    colour = alt.Color("kind:N", scale=scale, legend=None)
    tooltip = [
        alt.Tooltip("name:N", title="Alone on"),
        alt.Tooltip("context:Q", title="Context (tokens)", format=","),
        alt.Tooltip("shown:N", title="Above the cheapest pair"),
    ]
    lines = (
        base.transform_filter("datum.role == 'line'")
        .mark_line(strokeWidth=2.2)
        .encode(x=x, y=y, color=colour, detail="name:N", tooltip=tooltip)
    )
    rule = (
        base.transform_filter("datum.role == 'rule'")
        .mark_rule(strokeDash=[4, 3], color=theme.gray, aria=False)
        .encode(x=x, y=y, y2="end:Q")
    )
    dots = (
        base.transform_filter("datum.role == 'dot'")
        .mark_point(filled=True, size=70, stroke=theme.surface, strokeWidth=1, opacity=1, aria=False)
        .encode(x=x, y=y, color=colour, tooltip=tooltip)
    )
    labels = (
        base.transform_filter("datum.role == 'label'")
        .mark_text(align="left", dx=8, fontSize=11, fontWeight=600)
        .encode(x=x, y=y, color=colour, text="name:N")
    )
    ribbons = base.transform_filter("datum.role == 'ribbon'")
    bands = ribbons.mark_rect(aria=False, cornerRadius=2).encode(
        x=x, x2="to:Q", y=_below(RIBBON[0]), y2=_below(RIBBON[1]), color=colour,
        tooltip=[
            alt.Tooltip("name:N", title="Cheapest"),
            alt.Tooltip("context:Q", title="From (tokens)", format=","),
            alt.Tooltip("to:Q", title="To (tokens)", format=","),
        ],
    )  # fmt: skip
    middle = alt.X("middle:Q", **along)
    spans = ribbons.mark_text(
        fontSize=10, fontWeight=600, color=theme.ink, opacity=alt.ExprRef("width * datum.wide > datum.letters ? 1 : 0")
    ).encode(x=middle, y=_below(sum(RIBBON) / 2), text="name:N")
    return alt.layer(lines, bands, spans, rule, dots, labels).properties(width="container", height=HEIGHT)


def chart(theme: str, scenario: Scenario, curve: ContextCurve) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(scenario, curve))
