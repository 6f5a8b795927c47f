"""Where the time of one decode step goes: its parts one after another, coloured by what sets their time."""

from collections.abc import Sequence

import altair as alt

from app.charts.spoken import listed
from app.charts.theme import ROWS, SI, Rows, Spec, Theme, filled, ranked, ranked_y
from app.wording import duration, percent
from costmodel import StepPart

TITLE = "One decode step, part by part"
CAPTION = "Parts follow one another; the colour says what sets their time, the label how long they take"

MILLISECONDS = 1e3
BOUNDS = ("memory", "compute", "inner loop", "network", "fixed time", "not modelled")
ROW_HEIGHT = 38
FRAME = 96


def rows(parts: Sequence[StepPart]) -> Rows:
    """One row for each part, from where the one before it ends."""
    table: Rows = []
    start = 0.0
    for part in parts:
        end = start + part.seconds
        table.append(
            {
                "part": part.label,
                "start": start * MILLISECONDS,
                "end": end * MILLISECONDS,
                "bound": part.bound or BOUNDS[-1],
                "text": f"{part.label}: {duration(part.seconds)}, {percent(part.share)}",
                "calls": f"{sum(call.count for call in part.calls):,}" if part.calls else "\u2013",
                "borrowed": ", ".join(part.borrowed) or "none",
            }
        )
        start = end
    return ranked(table, "part")


def build(theme: Theme) -> alt.TopLevelMixin:
    """Floating bars with part, time and share in words above them."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=ranked_y("part", None),
        tooltip=[
            alt.Tooltip("part:N", title="Part"),
            alt.Tooltip("text:N", title="Time"),
            alt.Tooltip("bound:N", title="Set by"),
            alt.Tooltip("calls:N", title="Kernel calls"),
            alt.Tooltip("borrowed:N", title="Borrowed kernels"),
        ],
    )
    colours = [theme.memory, theme.core, theme.bad, theme.linear, theme.ffn, theme.faint]
    bars = base.mark_bar(height=alt.RelativeBandSize(0.4), yOffset=8).encode(
        x=alt.X(
            "start:Q", title="ms of one step", axis=alt.Axis(labelExpr=SI, tickCount=6), scale=alt.Scale(zero=True)
        ),
        x2="end:Q",
        color=alt.Color(
            "bound:N",
            sort=list(BOUNDS),
            scale=alt.Scale(domain=list(BOUNDS), range=colours),
            legend=alt.Legend(orient="top", title=None, columns=3, symbolType="square"),
        ),
    )
    # Beside the bars the words would leave them no room on a phone.
    words = base.mark_text(align="left", dy=-9, color=theme.ink, fontSize=11).encode(x=alt.value(0), text="text:N")
    return alt.layer(bars, words).properties(width="container")


def chart(theme: str, parts: Sequence[StepPart]) -> Spec:
    """The filled chart; its height follows the number of parts."""
    return filled(build, theme, rows(parts), height=ROW_HEIGHT * len(parts) + FRAME)


def in_words(parts: Sequence[StepPart]) -> str:
    """The longest parts."""
    longest = sorted(parts, key=lambda part: -part.seconds)
    return listed((f"{part.label} {duration(part.seconds)}, {percent(part.share)}" for part in longest), most=4)
