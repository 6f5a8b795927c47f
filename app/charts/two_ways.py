"""The cheapest pair of accelerators beside the cheapest single one, in one small picture without axes."""

import altair as alt

from app.charts.theme import ROWS, Rows, Spec, Theme, filled, names_axis, ranked
from app.wording import usd
from costmodel import Level, Scenario, Way, decode_cost

TITLE = "Split or alone"
CAPTION = "USD per 1M tokens in the limit; attention first, then the FFN"
HEIGHT = 74
LABEL_ROOM = 1.35
"""The scale ends beyond the longest bar, so that the cost stands beside it."""


def rows(scenario: Scenario, limit: Level) -> Rows:
    """Two parts for each way, cheapest way first."""
    ways = sorted((way for way in (limit.pair, limit.single) if way), key=lambda way: way.usd_per_million_tokens)
    end = LABEL_ROOM * max(way.usd_per_million_tokens for way in ways)
    table: Rows = []
    for way in ways:
        on = {"attention_on": way.attention_on, "ffn_on": way.ffn_on}
        cost = decode_cost(scenario.model, workload=scenario.workload, **on)
        attention, total = float(cost.attention), float(cost.total)
        shared = {"way": _name(way), "label": usd(total), "end": end}
        table.append(shared | {"part": "attention", "from": 0.0, "to": attention, "last": False})
        table.append(shared | {"part": "FFN", "from": attention, "to": total, "last": True})
    return ranked(table, "way")


def _name(way: Way) -> str:
    return f"{way.attention_on.name} + {way.ffn_on.name}" if way.split else way.attention_on.name


def build(theme: Theme) -> alt.TopLevelMixin:
    """Two stacked bars with their cost at the end."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(y=names_axis("way", limit=130))
    bars = base.mark_bar(height=alt.RelativeBandSize(0.6), clip=True).encode(
        x=alt.X("from:Q", axis=None, title=None, scale=alt.Scale(domainMin=0, nice=False)),
        x2="to:Q",
        color=alt.Color(
            "part:N", scale=alt.Scale(domain=["attention", "FFN"], range=[theme.attention, theme.feed]), legend=None
        ),
        tooltip=[
            alt.Tooltip("way:N", title="On"),
            alt.Tooltip("part:N", title="Paid for"),
            alt.Tooltip("label:N", title="USD per 1M tokens in all"),
        ],
    )
    last = base.transform_filter("datum.last")
    labels = last.mark_text(align="left", dx=6, color=theme.ink, fontWeight=600, fontSize=11)
    room = last.mark_point(opacity=0, aria=False).encode(x="end:Q")
    return alt.layer(bars, labels.encode(x="to:Q", text="label:N"), room).properties(width="container", height=HEIGHT)


def chart(theme: str, scenario: Scenario, limit: Level) -> Spec:
    """The filled picture of the limit of ideal rates."""
    return filled(build, theme, rows(scenario, limit))
