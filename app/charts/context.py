"""Cost against context for every card and with AFD, with the contexts where the cheapest card changes."""

import altair as alt

from app.charts.dodge import dodge
from app.charts.theme import ROWS, Rows, Spec, Theme, filled
from app.text import tokens, usd
from costmodel import Scenario
from costmodel.explore.curves import ContextCurve

TITLE = "Cost against context"
CAPTION = "USD per 1M tokens from 1K to 1M; a dot marks where the cheapest single card changes"

AFD = "AFD"
LABEL_GAP = 1.35
TICKS = [2**power for power in range(10, 21, 2)]
LABEL_ROOM = 12
TICK_LABEL = (
    "datum.value >= 1048576 ? format(datum.value / 1048576, '~g') + 'M' : format(datum.value / 1024, '~g') + 'K'"
)


def rows(scenario: Scenario, curve: ContextCurve) -> Rows:
    """Lines by card and with AFD, their labels, the crossings, and where this scenario stands."""
    names = {card.id: card.name for card in scenario.accelerators}
    series = {names[card]: values for card, values in curve.single.items()} | {AFD: curve.afd}
    contexts = curve.contexts.tolist()
    table: Rows = []
    for name, values in series.items():
        table += [_row("line", name, at, float(usd)) for at, usd in zip(contexts, values.tolist(), strict=True)]
    ends = [float(values[-1]) for values in series.values()]
    for name, place in zip(series, dodge(ends, LABEL_GAP), strict=True):
        table.append(_row("label", name, contexts[-1], place) | {"label": name})
    for crossing in curve.crossings:
        text = f"{names[crossing.to]} from {tokens(crossing.context)}"
        table.append(_row("crossing", names[crossing.to], crossing.context, crossing.cost) | {"label": text})
    return table


def _row(role: str, name: str, context: float, cost: float) -> dict[str, object]:
    return {"role": role, "name": name, "context": float(context), "usd": cost, "label": "", "shown": usd(cost)}


def build(theme: Theme) -> alt.TopLevelMixin:
    """Gray lines for cards, accent for AFD, on log axes."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X(
            "context:Q",
            title="Context (tokens)",
            scale=alt.Scale(type="log", base=2, domain=[TICKS[0], TICKS[-1] * LABEL_ROOM], nice=False),
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
        color=alt.condition(f"datum.name == '{AFD}'", alt.value(theme.accent), alt.value(theme.gray)),
        tooltip=[
            alt.Tooltip("name:N", title="On"),
            alt.Tooltip("context:Q", title="Context (tokens)", format=","),
            alt.Tooltip("shown:N", title="USD per 1M tokens"),
        ],
    )
    lines = (
        base.transform_filter("datum.role == 'line'")
        .mark_line()
        .encode(
            detail="name:N",
            strokeWidth=alt.condition(f"datum.name == '{AFD}'", alt.value(3), alt.value(1.5)),
        )
    )
    names = (
        base.transform_filter("datum.role == 'label'").mark_text(align="left", dx=6, fontSize=11).encode(text="label:N")
    )
    crossings = base.transform_filter("datum.role == 'crossing'")
    dots = crossings.mark_point(filled=True, size=60, stroke=theme.card, strokeWidth=1).encode(
        color=alt.value(theme.bad)
    )
    notes = crossings.mark_text(align="right", dx=-8, dy=-8, fontSize=10).encode(
        text="label:N", color=alt.value(theme.bad)
    )
    return alt.layer(lines, names, dots, notes).properties(width="container", height=330)


def chart(theme: str, scenario: Scenario, curve: ContextCurve) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(scenario, curve))
