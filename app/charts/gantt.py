"""The pipeline of a plan's first layers: which stage works on which micro-batch, when."""

import altair as alt

from app.charts.theme import ROWS, SI, Rows, Spec, Theme, filled, names_axis, ranked
from app.wording import duration
from costmodel import Plan, timeline

TITLE = "The first layers as a pipeline"
CAPTION = "A stage starts when its input has arrived and its server is free; colours are micro-batches"

LAYERS = 4
MICROSECONDS = 1e6
LABELS = {"attention": "Attention", "network": "Network", "dispatch": "Dispatch", "ffn": "FFN", "combine": "Combine"}


def rows(plan: Plan) -> Rows:
    """One row for each span of the first layers."""
    spans = [
        {
            "stage": LABELS[span.stage],
            "start": span.start * MICROSECONDS,
            "end": span.end * MICROSECONDS,
            "batch": span.micro_batch + 1,
            "layer": span.layer + 1,
            "text": str(span.layer + 1),
        }
        for span in timeline(plan, min(LAYERS, int(plan.model.round_trips))).spans
    ]
    return ranked(spans, "stage")


def build(theme: Theme) -> alt.TopLevelMixin:
    """Bars by stage, coloured by micro-batch, numbered by layer."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=names_axis("stage"),
        tooltip=[
            alt.Tooltip("stage:N", title="Stage"),
            alt.Tooltip("batch:N", title="Micro-batch"),
            alt.Tooltip("layer:Q", title="Layer", format="d"),
            alt.Tooltip("start:Q", title="Starts (\u00b5s)", format=".1f"),
            alt.Tooltip("end:Q", title="Ends (\u00b5s)", format=".1f"),
        ],
    )
    bars = base.mark_bar(height=alt.RelativeBandSize(0.62), cornerRadius=3).encode(
        x=alt.X("start:Q", title="Microseconds", axis=alt.Axis(labelExpr=SI, tickCount=8)),
        x2="end:Q",
        color=alt.Color(
            "batch:N",
            scale=alt.Scale(range=[theme.memory, theme.core, theme.linear, theme.ffn]),
            legend=alt.Legend(orient="top", title="Micro-batch", titleOrient="left", columns=4, symbolType="square"),
        ),
    )
    numbers = base.mark_text(align="left", dx=4, fontSize=10, color=theme.surface, fontWeight=600).encode(
        x="start:Q", text="text:N"
    )
    return alt.layer(bars, numbers).properties(width="container", height=240)


def chart(theme: str, plan: Plan) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(plan))


def in_words(plan: Plan) -> str:
    """The cycle, the micro-batches in flight, and the time of a token."""
    return (
        f"Every {duration(plan.stage_seconds.cycle)} a stage takes the next of {plan.sla.stages} micro-batches of "
        f"{plan.micro_batch:,} requests; a token takes {duration(plan.tpot)}."
    )
