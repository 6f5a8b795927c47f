"""Servers, or power, of three pools over a day as stacked steps."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from app.charts.theme import ROWS, Rows, Spec, Theme, filled
from app.wording import digits

POOLS = {"prefill": "prefill", "attention": "attention", "ffn": "FFN"}
SPARES = "spares"
SERVERS, POWER = "Servers", "Kilowatts"
HEIGHT = 320
HOUR = "format(datum.value, '02d') + ':00'"


def rows(hours: Sequence[Mapping[str, Any]], schedule: str, unit: str) -> Rows:
    """One row for each hour and layer of the stack, from the bottom: FFN, attention, prefill, spares of all pools."""
    chosen = [each for each in hours if each["schedule"] == schedule]
    starts = sorted({each["hour"] for each in chosen})
    length = 24 / len(starts)
    table: Rows = []
    for hour in starts:
        pools = {each["pool"]: each for each in chosen if each["hour"] == hour}
        measured = "servers" if unit == SERVERS else "kilowatts"
        layers = {POOLS[name]: float(pools[name][measured]) for name in reversed(POOLS)}
        if unit == SERVERS:
            layers[SPARES] = float(sum(each["spares"] for each in pools.values()))
        bottom = 0.0
        for layer, value in layers.items():
            table.append(
                {
                    "hour": hour,
                    "until": hour + length,
                    "layer": layer,
                    "bottom": bottom,
                    "top": bottom + value,
                    "shown": f"{digits(value)} {'servers' if unit == SERVERS else 'kW'}",
                    "when": f"{int(hour):02d}:{int(hour % 1 * 60):02d}",
                }
            )
            bottom += value
    return table


def _build(theme: Theme, unit: str) -> alt.TopLevelMixin:
    layers = [*POOLS.values(), SPARES]
    steps: alt.Chart = (
        alt.Chart(alt.NamedData(ROWS))
        .mark_bar(opacity=0.95)
        .encode(
            x=alt.X(
                "hour:Q",
                title="Hour of the day",
                scale=alt.Scale(domain=[0, 24], nice=False),
                axis=alt.Axis(values=list(range(0, 25, 3)), labelExpr=HOUR, grid=False),
            ),
            x2="until:Q",
            y=alt.Y("bottom:Q", title=unit, axis=alt.Axis(format="~s", tickCount=6)),
            y2="top:Q",
            color=alt.Color(
                "layer:N",
                sort=layers,
                scale=alt.Scale(domain=layers, range=[theme.linear, theme.memory, theme.core, theme.faint]),
                legend=alt.Legend(orient="top", title=None, symbolType="square"),
            ),
            tooltip=[
                alt.Tooltip("when:N", title="From"),
                alt.Tooltip("layer:N", title="Pool"),
                alt.Tooltip("shown:N", title=unit),
            ],
        )
        .properties(width="container", height=HEIGHT)
    )
    return steps


def build_servers(theme: Theme) -> alt.TopLevelMixin:
    """Steps of servers."""
    return _build(theme, SERVERS)


def build_power(theme: Theme) -> alt.TopLevelMixin:
    """Steps of power."""
    return _build(theme, POWER)


def chart(theme: str, hours: Sequence[Mapping[str, Any]], schedule: str = "follow", unit: str = SERVERS) -> Spec:
    """The filled chart."""
    return filled(build_servers if unit == SERVERS else build_power, theme, rows(hours, schedule, unit))


def in_words(hours: Sequence[Mapping[str, Any]], schedule: str = "follow", unit: str = SERVERS) -> str:
    """The lowest and the highest hour."""
    tops: dict[str, float] = {}
    for row in rows(hours, schedule, unit):
        tops[row["when"]] = row["top"]
    low, high = (found(tops, key=lambda when: tops[when]) for found in (min, max))
    said = "servers" if unit == SERVERS else "kW"
    return f"From {digits(tops[low])} {said} at {low} to {digits(tops[high])} {said} at {high}, spares included."
