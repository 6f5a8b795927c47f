"""Cost against context for every accelerator and with AFD, with the contexts where the cheapest accelerator changes."""

from typing import Any

import altair as alt
import numpy as np

from app.charts.dodge import dodge
from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled
from app.wording import tokens, usd
from costmodel import ContextCurve, Scenario

TITLE = "Cost against context"
CAPTION = "USD per 1M tokens from 1K to 1M; a dot marks where the cheapest single accelerator changes"

AFD = "AFD"
LABEL_GAP = 1.35
TICKS = [2**power for power in range(10, 21, 2)]
HEIGHT = 380
TICK_LABEL = (
    "datum.value >= 1048576 ? format(datum.value / 1048576, '~g') + 'M' : format(datum.value / 1024, '~g') + 'K'"
)


def rows(scenario: Scenario, curve: ContextCurve) -> Rows:
    """Lines by accelerator and with AFD, their labels, and the crossings between accelerators."""
    names = {accelerator.id: accelerator.name for accelerator in scenario.accelerators}
    lines = {names[accelerator]: values for accelerator, values in curve.single.items()} | {AFD: curve.afd}
    crossings = [(each.context, names[each.to], each.cost) for each in curve.crossings]
    return line_rows(curve.contexts, lines, crossings, accent=AFD)


def line_rows(
    contexts: np.ndarray, lines: dict[str, np.ndarray], crossings: list[tuple[int, str, float]], accent: str
) -> Rows:
    """Rows of any lines over context: points, end labels, a dot where another line becomes the lowest, and one note."""
    at = contexts.tolist()
    table: Rows = []
    for name, values in lines.items():
        table += [_row("line", name, context, cost) for context, cost in zip(at, values.tolist(), strict=True)]
    ends = [float(values[-1]) for values in lines.values()]
    for name, place in zip(lines, dodge(ends, LABEL_GAP), strict=True):
        table.append(_row("label", name, at[-1], place) | {"label": name})
    table += [_row("crossing", name, context, cost) for context, name, cost in crossings]
    if crossings:
        words = "\n".join(f"{name} from {tokens(context)}" for context, name, _ in crossings)
        table.append(_row("note", "", at[0], ends[0]) | {"label": words})
    return [row | {"accent": row["name"] == accent} for row in table]


def _row(role: str, name: str, context: float, cost: float) -> dict[str, Any]:
    return {"role": role, "name": name, "context": float(context), "usd": float(cost), "label": ""}


def build(theme: Theme) -> alt.TopLevelMixin:
    """Gray lines for accelerators, accent for AFD, on log axes."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X(
            "context:Q",
            title="Context (tokens)",
            scale=alt.Scale(type="log", base=2, domain=[TICKS[0], TICKS[-1]], nice=False),
            axis=alt.Axis(values=TICKS, labelExpr=TICK_LABEL, grid=False),
        ),
        y=alt.Y(
            "usd:Q",
            title="USD per 1M tokens",
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(
                format="$~g", values=[m * 10.0**p for p in range(-4, 4) for m in (1, 2, 5)], labelOverlap=True
            ),
        ),
        color=alt.condition("datum.accent", alt.value(theme.accent), alt.value(theme.gray)),
        tooltip=[
            alt.Tooltip("name:N", title="On"),
            alt.Tooltip("context:Q", title="Context (tokens)", format=","),
            alt.Tooltip("usd:Q", title="USD per 1M tokens", format="$.3r"),
        ],
    )
    lines = (
        base.transform_filter("datum.role == 'line'")
        .mark_line()
        .encode(
            detail="name:N",
            strokeWidth=alt.condition("datum.accent", alt.value(3), alt.value(1.5)),
        )
    )
    # The axis ends where the lines do: names beyond it take from the plot exactly what they need.
    names = (
        base.transform_filter("datum.role == 'label'").mark_text(align="left", dx=6, fontSize=10).encode(text="label:N")
    )
    crossings = base.transform_filter("datum.role == 'crossing'")
    # The note names the crossings; a layer without marks would be an image without a name.
    dots = crossings.mark_point(filled=True, size=60, stroke=theme.surface, strokeWidth=1, aria=False).encode(
        color=alt.value(theme.bad)
    )
    # Costs rise with context, so that the upper left is free at any width; beside the dots it is not.
    notes = (
        base.transform_filter("datum.role == 'note'")
        .mark_text(align="left", baseline="top", lineBreak="\n", lineHeight=15, fontSize=11)
        .encode(
            x=alt.value(10),
            y=alt.value(6),
            text="label:N",
            color=alt.value(theme.bad),
            tooltip=[alt.Tooltip("label:N", title="The cheapest changes to")],
        )
    )
    return alt.layer(lines, names, dots, notes).properties(width="container", height=HEIGHT)


def chart(theme: str, scenario: Scenario, curve: ContextCurve) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(scenario, curve))


def in_words(scenario: Scenario, curve: ContextCurve) -> str:
    """The cost of each line at both ends."""
    names = {accelerator.id: accelerator.name for accelerator in scenario.accelerators}
    return line_words(curve.contexts, {names[each]: line for each, line in curve.single.items()} | {AFD: curve.afd})


def line_words(contexts: np.ndarray, lines: dict[str, np.ndarray]) -> str:
    """The value of each line at the shortest and at the longest context."""
    first, last = (tokens(float(contexts[place])) for place in (0, -1))
    return listed(f"{name} {usd(line[0])} at {first}, {usd(line[-1])} at {last}" for name, line in lines.items())
