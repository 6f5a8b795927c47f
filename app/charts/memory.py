"""Memory use of one accelerator of each pool."""

import altair as alt

from app.charts.spoken import listed
from app.charts.theme import ROWS, SI, Rows, Spec, Theme, filled, names_axis, ranked, stacked
from app.wording import si
from costmodel import Plan

TITLE = "Memory of one accelerator"
CAPTION = "Weights, the KV cache of all resident micro-batches, activations, and what is left"

PARTS = {"weights": "weights", "kv": "KV cache", "activations": "activations", "free": "free"}


def rows(plan: Plan) -> Rows:
    """One row for each pool and part; a pool that does not fit has no free part and runs over."""
    table: Rows = []
    pools = (
        (f"Attention: {plan.attention_on.name}", plan.memory.attention),
        (f"FFN: {plan.ffn_on.name}", plan.memory.ffn),
    )
    for label, pool in pools:
        for part, name in PARTS.items():
            size = max(float(getattr(pool, part)), 0.0)
            table.append(
                {
                    "pool": label,
                    "part": name,
                    "bytes": size,
                    "shown": si(size, "B"),
                    "last": part == "free",
                    "text": f"{si(pool.used, 'B')} of {si(pool.capacity, 'B')}",
                }
            )
    return ranked(stacked(table, "pool", "bytes"), "pool")


def build(theme: Theme) -> alt.TopLevelMixin:
    """Stacked bars by pool."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=names_axis("pool"),
        tooltip=[
            alt.Tooltip("pool:N", title="Pool"),
            alt.Tooltip("part:N", title="Part"),
            alt.Tooltip("shown:N", title="Size"),
        ],
    )
    bars = base.mark_bar(height=alt.RelativeBandSize(0.6)).encode(
        x=alt.X("start:Q", title="Bytes per accelerator", axis=alt.Axis(labelExpr=SI, tickCount=6)),
        x2="end:Q",
        color=alt.Color(
            "part:N",
            sort=list(PARTS.values()),
            scale=alt.Scale(domain=list(PARTS.values()), range=[theme.ffn, theme.memory, theme.core, theme.faint]),
            legend=alt.Legend(orient="top", title=None, columns=2, symbolType="square"),
        ),
    )
    text = (
        base.transform_filter("datum.last")
        .mark_text(align="left", dx=6, color=theme.ink, fontSize=11, fontWeight=600)
        .encode(x="end:Q", text="text:N")
    )
    return alt.layer(bars, text).properties(width="container", height=208)


def chart(theme: str, plan: Plan) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(plan))


def in_words(plan: Plan) -> str:
    """What each pool holds."""
    pools = (("Attention", plan.attention_on, plan.memory.attention), ("FFN", plan.ffn_on, plan.memory.ffn))
    said = []
    for name, on, pool in pools:
        cache = f"{si(pool.kv, 'B')} KV cache, " if pool.kv else ""
        used = f"{si(pool.used, 'B')} of {si(pool.capacity, 'B')} used"
        said.append(f"{name} on {on.name}: {si(pool.weights, 'B')} weights, {cache}{used}")
    return listed(said)
