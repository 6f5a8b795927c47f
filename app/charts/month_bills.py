"""Bill of a month by schedule and pool: what a perfect autoscaler could save, and what following the context saves."""

import altair as alt

from app.charts.fleet_day import POOLS
from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled, names_axis, ranked, stacked
from app.wording import usd
from costmodel import Fleet

TITLE = "Bill of a month"
CAPTION = "USD by pool; the first two are a perfect autoscaler, the bound for any real one, the last needs none"

NAMES = {
    "follow": "Follows context",
    "fixed": "Fixed instances",
    "static": "Peak all day",
}
HEIGHT = 210


def rows(fleet: Fleet) -> Rows:
    """One row for each way and pool; the last pool carries the sum."""
    table: Rows = []
    for name, words in NAMES.items():
        bills = fleet.monthly_bills[name]
        for pool, label in POOLS.items():
            value = bills[pool]
            table.append(
                {
                    "way": words,
                    "pool": label,
                    "usd": value,
                    "shown": usd(value),
                    "last": pool == "ffn",
                    "label": usd(sum(bills.values())),
                }
            )
    return ranked(stacked(table, "way", "usd"), "way")


def build(theme: Theme) -> alt.TopLevelMixin:
    """Stacked bars with the sum at their end."""
    pools = list(POOLS.values())
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=names_axis("way", limit=130),
        tooltip=[
            alt.Tooltip("way:N", title="Way"),
            alt.Tooltip("pool:N", title="Pool"),
            alt.Tooltip("shown:N", title="USD a month"),
        ],
    )
    bars = base.mark_bar(height=alt.RelativeBandSize(0.6)).encode(
        x=alt.X(
            "start:Q",
            title="USD a month",
            axis=alt.Axis(format="$~s", tickCount=4),
            scale=alt.Scale(domainMin=0, nice=False, padding=0),
        ),
        x2="end:Q",
        color=alt.Color(
            "pool:N",
            sort=pools,
            scale=alt.Scale(domain=pools, range=[theme.linear, theme.memory, theme.core]),
            legend=alt.Legend(orient="top", title=None, symbolType="square"),
        ),
    )
    labels = (
        base.transform_filter("datum.last")
        .mark_text(align="left", dx=6, color=theme.ink, fontWeight=600, fontSize=11, limit=90)
        .encode(x="end:Q", text="label:N")
    )
    return alt.layer(bars, labels).properties(width="container", height=HEIGHT)


def chart(theme: str, fleet: Fleet) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(fleet))


def in_words(fleet: Fleet) -> str:
    """The sum of each way."""
    return listed(f"{words} {usd(sum(fleet.monthly_bills[name].values()))}" for name, words in NAMES.items())
