"""Each pool of a request on each accelerator, against the cheapest."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled, names_axis, ranked
from app.wording import digits, usd

TITLE = "Three pools, three accelerators"
CAPTION = "Cost of each pool on each accelerator over the cheapest for that pool, in the limit: 1 is the cheapest"

POOLS = {"prefill": "Prefill", "attention": "Attention", "ffn": "FFN"}
TICKS = [0.1, 0.2, 0.5, 1, 1.5, 2, 3, 5, 10, 20, 50, 100]
ROW_HEIGHT, FRAME = 42, 96


def rows(costs: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Rows:
    """One row for each pool on each accelerator that has a price."""
    table = [
        {
            "name": names[each["accelerator"]],
            "pool": POOLS[each["pool"]],
            "times": each["times_cheapest"],
            "shown": f"{usd(each['usd'] * 1000)} per 1,000 requests, {digits(each['times_cheapest'])} x",
        }
        for each in costs
        if each["usd"] is not None
    ]
    return ranked(table, "name")


def build(theme: Theme) -> alt.TopLevelMixin:
    """Dots in a row for each accelerator, on a log axis."""
    pools = list(POOLS.values())
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=names_axis("name", limit=120),
        yOffset=alt.YOffset("pool:N", sort=pools),
        x=alt.X(
            "times:Q",
            title="USD over the least USD, times (log)",
            scale=alt.Scale(type="log", nice=False, padding=16),
            axis=alt.Axis(values=TICKS, format="~g", grid=True),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="On"),
            alt.Tooltip("pool:N", title="Pool"),
            alt.Tooltip("shown:N", title="Costs"),
        ],
    )
    points: alt.Chart = (
        base.mark_point(filled=True, size=90, opacity=0.9, stroke=theme.surface, strokeWidth=1)
        .encode(
            color=alt.Color(
                "pool:N",
                sort=pools,
                scale=alt.Scale(domain=pools, range=[theme.linear, theme.memory, theme.core]),
                legend=alt.Legend(orient="top", title=None),
            ),
            shape=alt.Shape(
                "pool:N",
                sort=pools,
                scale=alt.Scale(domain=pools, range=["circle", "square", "triangle-up"]),
                legend=alt.Legend(orient="top", title=None),
            ),
        )
        .properties(width="container")
    )
    return points


def chart(theme: str, costs: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Spec:
    """The filled chart; its height follows the number of accelerators."""
    return filled(build, theme, rows(costs, names), height=ROW_HEIGHT * len(names) + FRAME)


def in_words(costs: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> str:
    """The cheapest accelerator of each pool and the dearest."""
    said = []
    for pool, label in POOLS.items():
        known = sorted((each for each in costs if each["pool"] == pool and each["usd"] is not None), key=_usd)
        if known:
            first, last = known[0], known[-1]
            dearest = f", {names[last['accelerator']]} {digits(last['times_cheapest'])} times" if len(known) > 1 else ""
            said.append(f"{label}: {names[first['accelerator']]} {usd(_usd(first) * 1000)} per 1,000 requests{dearest}")
    return listed(said) or "0 accelerators have a price."


def _usd(cost: Mapping[str, Any]) -> float:
    return float(cost["usd"])
