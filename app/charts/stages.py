"""The three stages of a plan against the time that each may take."""

import altair as alt

from app.charts.spoken import listed
from app.charts.theme import ROWS, SI, Rows, Spec, Theme, filled, names_axis, ranked
from app.wording import duration, percent
from costmodel import Plan

TITLE = "Stages against their budget"
CAPTION = "Time of one layer of one micro-batch; the line is what the SLA leaves each stage"

NAMES = {"attention": "Attention", "network": "Network", "ffn": "FFN"}
MICROSECONDS = 1e6


def rows(plan: Plan) -> Rows:
    """One row for each stage."""
    budget = plan.budget_seconds
    table: Rows = []
    for stage, label in NAMES.items():
        seconds = float(getattr(plan.stage_seconds, stage))
        table.append(
            {
                "stage": label,
                "us": seconds * MICROSECONDS,
                "budget": budget * MICROSECONDS,
                "share": seconds / budget,
                "share_shown": percent(seconds / budget),
                "late": seconds > budget,
                "edge": max(seconds, budget) * MICROSECONDS,
                "text": f"{duration(seconds)}, {percent(seconds / budget)}",
            }
        )
    return ranked(table, "stage")


def build(theme: Theme) -> alt.TopLevelMixin:
    """Horizontal bars, a rule for the budget, the time and its share in words."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=names_axis("stage"),
        tooltip=[
            alt.Tooltip("stage:N", title="Stage"),
            alt.Tooltip("us:Q", title="Time (\u00b5s)", format=".1f"),
            alt.Tooltip("budget:Q", title="Budget (\u00b5s)", format=".1f"),
            alt.Tooltip("share_shown:N", title="Share of the budget"),
        ],
    )
    bars = base.mark_bar(height=alt.RelativeBandSize(0.6)).encode(
        x=alt.X("us:Q", title="Microseconds per layer and micro-batch", axis=alt.Axis(labelExpr=SI, tickCount=6)),
        color=alt.condition("datum.late", alt.value(theme.bad), alt.value(theme.accent)),
    )
    rule = base.mark_tick(color=theme.ink, thickness=2, height=alt.RelativeBandSize(1.0)).encode(x="budget:Q")
    text = base.mark_text(align="left", dx=6, color=theme.ink, fontSize=11, fontWeight=600).encode(
        x="edge:Q", text="text:N"
    )
    return alt.layer(bars, rule, text).properties(width="container", height=190)


def chart(theme: str, plan: Plan) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(plan))


def in_words(plan: Plan) -> str:
    """Every stage beside its budget."""
    budget = plan.budget_seconds
    spans = {label: float(getattr(plan.stage_seconds, stage)) for stage, label in NAMES.items()}
    said = listed(f"{label} {duration(each)}, {percent(each / budget)}" for label, each in spans.items())
    return f"Of {duration(budget)}: {said}"
