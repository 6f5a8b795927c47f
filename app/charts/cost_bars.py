"""Cost on each accelerator and with AFD by part: memory, core, projections, FFN. Paper Figure 2, Table 6."""

from typing import Any

import altair as alt

from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled, ranked, ranked_y, stacked
from app.estimates import marked
from app.wording import missing, percent, usd
from costmodel import Cheapest, DecodeCost, Scenario, attention_bound

TITLE = "Cost per accelerator and with AFD"
CAPTION = "USD per 1M decoded tokens, cheapest first; the label names what binds attention"

PARTS = {"memory": "KV reads", "core": "attention core", "linear": "projections", "ffn": "FFN"}
ROW_HEIGHT = 50
FRAME = 132
"""Height of legend, axis and title around the rows [px]."""


def rows(scenario: Scenario, best: Cheapest) -> Rows:
    """One row for each option and part, cheapest option first."""
    carrying = {cost.attention_on.id: cost.attention_on for cost in (best.pair, *best.alone.values())}
    bounds = {name: attention_bound(scenario.model, each, scenario.workload).memory for name, each in carrying.items()}
    pair = f"AFD: {marked(best.pair.attention_on)} + {marked(best.pair.ffn_on)}"
    options = [(pair, best.pair), *((marked(cost.attention_on), cost) for cost in best.alone.values())]
    table: Rows = []
    for option, cost in sorted(options, key=lambda item: (item[1].total, not item[0].startswith("AFD"))):
        table += stack(option, cost, memory_bound=bool(bounds[cost.attention_on.id]))
    names = {each.id: each.name for each in scenario.accelerators}
    table += [_unranked(names[each], reason) for each, reason in best.unranked.items()]
    return ranked(table, "option")


def stack(option: str, cost: DecodeCost, *, memory_bound: bool) -> Rows:
    """The parts of one bar, end to end; the last one carries total and bound as the label."""
    table: Rows = []
    for part, label in PARTS.items():
        value = float(getattr(cost, part))
        table.append(
            {
                "option": option,
                "part": label,
                "usd": value,
                "share": value / cost.total,
                "share_shown": percent(value / cost.total),
                "last": part == "ffn",
                "label": f"{usd(cost.total)}  {'memory-bound' if memory_bound else 'compute-bound'}",
            }
        )
    return stacked(table, "option", "usd")


def _unranked(option: str, reason: str) -> dict[str, Any]:
    """A bar of no length for an accelerator that has no cost."""
    nothing: dict[str, Any] = dict.fromkeys(("start", "end", "usd", "share"), 0.0)
    words = {"option": option, "part": PARTS["ffn"], "share_shown": percent(0), "label": missing(reason)}
    return nothing | words | {"last": True}


def build(theme: Theme) -> alt.TopLevelMixin:
    """Stacked horizontal bars under their names, with the total and the bound at their end."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(y=ranked_y("option", axis=None))
    bars = base.mark_bar(height=20, yOffset=9).encode(
        x=alt.X(
            "start:Q",
            title="USD per 1M tokens",
            axis=alt.Axis(format="$~g", tickCount=5, grid=True),
            scale=alt.Scale(padding=0, nice=False, domainMin=0),
        ),
        x2="end:Q",
        color=alt.Color(
            "part:N",
            sort=list(PARTS.values()),
            scale=alt.Scale(domain=list(PARTS.values()), range=[theme.memory, theme.core, theme.linear, theme.ffn]),
            legend=alt.Legend(orient="top", title=None, columns=2, labelLimit=220, symbolType="square"),
        ),
        tooltip=[
            alt.Tooltip("option:N", title="On"),
            alt.Tooltip("part:N", title="Paid for"),
            alt.Tooltip("usd:Q", title="USD per 1M tokens", format="$.3r"),
            alt.Tooltip("share_shown:N", title="Share"),
        ],
    )
    options = base.transform_filter("datum.last")
    labels = options.mark_text(
        align="left", dx=6, yOffset=9, color=theme.ink, fontWeight=600, fontSize=11, limit=170
    ).encode(x=alt.X("end:Q"), text="label:N")
    # The name stands above the bar: beside it, names would leave the bars no room on a phone.
    names = options.mark_text(align="left", yOffset=-11, color=theme.gray, fontSize=12).encode(
        x=alt.datum(0), text="option:N"
    )
    return alt.layer(bars, labels, names).properties(width="container")


def chart(theme: str, scenario: Scenario, best: Cheapest) -> Spec:
    """The filled chart; its height follows the number of options."""
    return filled(build, theme, rows(scenario, best), height=ROW_HEIGHT * (len(scenario.accelerators) + 1) + FRAME)


def in_words(scenario: Scenario, best: Cheapest) -> str:
    """Every option with its cost, cheapest first, and what has none."""
    pair = f"AFD: {best.pair.attention_on.name} + {best.pair.ffn_on.name}"
    options = [(pair, best.pair), *((cost.attention_on.name, cost) for cost in best.alone.values())]
    said = [f"{name} {usd(cost.total)}" for name, cost in sorted(options, key=lambda item: float(item[1].total))]
    names = {each.id: each.name for each in scenario.accelerators}
    return listed([*said, *(f"{names[each]} has no cost" for each in best.unranked)], most=10)
