"""Plan against context: cost beside the theoretical limit, and servers."""

import altair as alt

from app.charts.context import TICK_LABEL
from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled
from app.wording import tokens, usd
from costmodel import Plan

TITLE = "The plan against context"
CAPTION = "Cost of the best plan of this pair, with its servers (A attention, F FFN); gray is the theoretical limit"


def rows(found: tuple[tuple[int, Plan], ...]) -> Rows:
    """Two points for each context: the plan, where it is feasible and priced, and the limit."""
    table: Rows = []
    for context, plan in found:
        servers = f"{plan.attention_servers}A{plan.ffn_servers}F"
        if plan.feasible and plan.usd_per_million_tokens is not None:
            table.append(_row("plan", context, plan.usd_per_million_tokens, servers))
        if plan.theoretical is not None:
            table.append(_row("limit", context, float(plan.theoretical.total), ""))
    return table


def _row(series: str, context: int, cost: float, label: str) -> dict[str, object]:
    return {"series": series, "context": float(context), "usd": cost, "label": label, "shown": usd(cost)}


def build(theme: Theme) -> alt.TopLevelMixin:
    """Two lines on log axes; servers as labels at the plan's points."""
    plan = "datum.series == 'plan'"
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X(
            "context:Q",
            title="Context (tokens)",
            scale=alt.Scale(type="log", base=2, domain=[4096 / 1.4, 131072 * 1.6], nice=False),
            axis=alt.Axis(values=[4096, 8192, 16384, 32768, 65536, 131072], labelExpr=TICK_LABEL, grid=False),
        ),
        y=alt.Y(
            "usd:Q",
            title="USD per 1M tokens",
            scale=alt.Scale(type="log", nice=False, padding=16),
            axis=alt.Axis(
                format="$~g", values=[m * 10.0**p for p in range(-4, 4) for m in (1, 2, 5)], labelOverlap=True
            ),
        ),
        color=alt.condition(plan, alt.value(theme.accent), alt.value(theme.gray)),
        tooltip=[
            alt.Tooltip("series:N", title="Line"),
            alt.Tooltip("context:Q", title="Context (tokens)", format=","),
            alt.Tooltip("shown:N", title="USD per 1M tokens"),
            alt.Tooltip("label:N", title="Servers"),
        ],
    )
    lines = base.mark_line(point=alt.OverlayMarkDef(size=36)).encode(detail="series:N")
    text = base.transform_filter(plan).mark_text(dy=-12, fontSize=11, fontWeight=600).encode(text="label:N")
    return alt.layer(lines, text).properties(width="container", height=300)


def chart(theme: str, found: tuple[tuple[int, Plan], ...]) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(found))


def in_words(found: tuple[tuple[int, Plan], ...]) -> str:
    """The cost and the servers at each context."""
    said = [
        f"{tokens(float(str(row['context'])))} {row['shown']} on {row['label']}"
        for row in rows(found)
        if row["series"] == "plan"
    ]
    return listed(said) or f"No feasible plan with a price at {len(found)} contexts."
