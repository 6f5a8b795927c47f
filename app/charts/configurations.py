"""Cost of several designs on every accelerator alone and with AFD. Paper Figure 2."""

from collections.abc import Mapping
from typing import Any, SupportsFloat

import altair as alt

from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled, ranked, ranked_y
from app.estimates import marked
from app.wording import missing, usd
from costmodel import Cheapest, Scenario

TITLE = "Cost by configuration"
CAPTION = "USD per 1M tokens on each accelerator alone, and with AFD on the cheapest accelerator for each side"

AFD = "AFD"
ROW_HEIGHT = 21
FRAME = 62
"""Height of axis and title below the rows [px]."""
SEPARATOR = "\n"
"""Between design and configuration in the name of a row: the axis shows what comes after it."""


def rows(designs: Mapping[str, tuple[Scenario, Cheapest]]) -> Rows:
    """For each design a row with its name, one with AFD, and one for every accelerator, with its cost if it has one."""
    table: Rows = []
    for name, (scenario, best) in designs.items():
        pair = " + ".join(dict.fromkeys(map(marked, (best.pair.attention_on, best.pair.ffn_on))))
        table.append(_row(name, "", 0.0, name))
        table.append(_row(name, AFD, best.pair.total, f"{usd(best.pair.total)} {pair}"))
        for cost in best.alone.values():
            table.append(_row(name, marked(cost.attention_on), cost.total, usd(cost.total)))
        names = {each.id: each.name for each in scenario.accelerators}
        table += [_row(name, names[each], 0.0, missing(reason)) for each, reason in best.unranked.items()]
    return ranked(table, "key")


def _row(design: str, option: str, cost: SupportsFloat, text: str) -> dict[str, Any]:
    return {
        "key": f"{design}{SEPARATOR}{option}",
        "design": design,
        "option": option,
        "usd": float(cost),
        "text": text,
        "accent": option == AFD,
        "heading": not option,
    }


def build(theme: Theme) -> alt.TopLevelMixin:
    """Bars under the name of their design, the one with AFD in the accent colour, each with its cost."""
    axis = alt.Axis(
        labelExpr="split(datum.label, '\\n')[1]", labelOverlap=False, ticks=False, domain=False, labelPadding=8
    )
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=ranked_y("key", axis),
        tooltip=[
            alt.Tooltip("design:N", title="Design"),
            alt.Tooltip("option:N", title="On"),
            alt.Tooltip("usd:Q", title="USD per 1M tokens", format="$.3r"),
        ],
    )
    # Headings are bars of no length.
    costs = base.encode(
        x=alt.X(
            "usd:Q",
            title="USD per 1M tokens",
            axis=alt.Axis(format="$~g", tickCount=5),
            scale=alt.Scale(domainMin=0, nice=False),
        )
    )
    bars = costs.mark_bar(height=alt.RelativeBandSize(0.7)).encode(
        color=alt.condition("datum.accent", alt.value(theme.accent), alt.value(theme.ffn))
    )
    labels = costs.transform_filter("!datum.heading").mark_text(align="left", dx=6, color=theme.ink, fontSize=11)
    headings = (
        base.transform_filter("datum.heading")
        .mark_text(align="left", dx=2, color=theme.ink, fontSize=11, fontWeight=600)
        .encode(x=alt.value(0), text="text:N", tooltip=[alt.Tooltip("design:N", title="Design")])
    )
    return alt.layer(bars, labels.encode(text="text:N"), headings).properties(width="container")


def chart(theme: str, designs: Mapping[str, tuple[Scenario, Cheapest]]) -> Spec:
    """The filled chart; its height follows the number of rows."""
    table = rows(designs)
    return filled(build, theme, table, height=ROW_HEIGHT * len(table) + FRAME)


def in_words(designs: Mapping[str, tuple[Scenario, Cheapest]]) -> str:
    """Every design with AFD and on its cheapest single accelerator."""
    return listed(
        f"{name} {usd(best.pair.total)} with AFD, {usd(best.single.total)} on {best.single.attention_on.name} alone"
        for name, (_, best) in designs.items()
    )
