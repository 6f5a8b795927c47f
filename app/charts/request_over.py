"""Cost of a request by pool over the length of its prompt, or over the hit rate."""

import altair as alt

from app.charts.context import TICK_LABEL
from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled
from app.wording import percent, tokens, usd
from costmodel import RequestCurve

CAPTION = "USD per 1M tokens, prompt and output together, in the limit, by pool; the line marks the present request"
TITLES = {"request.prompt": "Cost over the prompt", "request.cached": "Cost over the hit rate"}
POOLS = ("FFN", "attention", "prefill")
HEIGHT = 300


def rows(curve: RequestCurve, present: float) -> Rows:
    """One row for each value and pool, and one for the present request."""
    table: Rows = []
    shown = percent if curve.path == "request.cached" else tokens
    for order, pool in enumerate(POOLS):
        values = curve.usd_per_million_tokens(pool.lower())
        for at, value in zip(curve.values.tolist(), values.tolist(), strict=True):
            words = f"{shown(at)}: {usd(value)} per 1M tokens"
            table.append({"role": "area", "pool": pool, "at": at, "usd": value, "order": order, "shown": words})
    table.append({"role": "present", "pool": "", "at": present, "usd": 0.0, "order": 9, "shown": shown(present)})
    return table


def _build(theme: Theme, x: alt.X) -> alt.TopLevelMixin:
    base = alt.Chart(alt.NamedData(ROWS)).encode(x=x)
    area = (
        base.transform_filter("datum.role == 'area'")
        .mark_area(opacity=0.9)
        .encode(
            y=alt.Y("usd:Q", stack="zero", title="USD per 1M tokens", axis=alt.Axis(format="$~r", tickCount=6)),
            order="order:Q",
            color=alt.Color(
                "pool:N",
                sort=list(POOLS),
                scale=alt.Scale(domain=list(POOLS), range=[theme.core, theme.memory, theme.linear]),
                legend=alt.Legend(orient="top", title=None, symbolType="square"),
            ),
            tooltip=[alt.Tooltip("pool:N", title="Pool"), alt.Tooltip("shown:N", title="At")],
        )
    )
    rule = (
        base.transform_filter("datum.role == 'present'")
        .mark_rule(color=theme.ink, strokeDash=[4, 3], strokeWidth=1.5)
        .encode(tooltip=[alt.Tooltip("shown:N", title="Present request")])
    )
    return alt.layer(area, rule).properties(width="container", height=HEIGHT)


def build_prompt(theme: Theme) -> alt.TopLevelMixin:
    """Stacked areas over a log axis of tokens."""
    ticks = [2**power for power in range(10, 22, 2)]
    x = alt.X(
        "at:Q",
        title="Prompt (tokens)",
        scale=alt.Scale(type="log", base=2, nice=False),
        axis=alt.Axis(values=ticks, labelExpr=TICK_LABEL),
    )
    return _build(theme, x)


def build_cached(theme: Theme) -> alt.TopLevelMixin:
    """Stacked areas over shares."""
    return _build(theme, alt.X("at:Q", title="Hit rate", axis=alt.Axis(format=".0%", tickCount=6)))


def chart(theme: str, curve: RequestCurve, present: float) -> Spec:
    """The filled chart."""
    build = build_cached if curve.path == "request.cached" else build_prompt
    return filled(build, theme, rows(curve, present))


def in_words(curve: RequestCurve) -> str:
    """The cost of each pool at both ends."""
    shown = percent if curve.path == "request.cached" else tokens
    first, last = (shown(curve.values.tolist()[place]) for place in (0, -1))
    ends = {pool: curve.usd_per_million_tokens(pool.lower()) for pool in POOLS}
    said = (f"{pool} {usd(each[0])} at {first}, {usd(each[-1])} at {last}" for pool, each in ends.items())
    return listed(said)
