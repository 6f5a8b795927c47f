"""How much longer a cycle gets over the coefficient of variation of its stages."""

from collections.abc import Sequence

import altair as alt

from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled
from app.wording import digits, duration
from costmodel import VariedPlan

TITLE = "What variability costs"
CAPTION = "Simulated over planned cycle time; every cycle waits for the slowest of the accelerators and stages"


def rows(found: Sequence[VariedPlan]) -> Rows:
    """One row for each coefficient of variation."""
    return [
        {
            "cv": each.cv,
            "factor": each.factor,
            "label": f"{each.factor:.2f}",
            "range": f"{each.low:.3f} to {each.high:.3f}",
            "tpot": duration(each.tpot),
            "output": f"{digits(each.tokens_per_second_per_gpu)} tokens/s",
        }
        for each in found
    ]


def build(theme: Theme) -> alt.TopLevelMixin:
    """A line with a dot and a factor at each variation."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X("cv:Q", title=None, axis=alt.Axis(format=".1f", tickCount=6, grid=False)),
        y=alt.Y(
            "factor:Q", title=None, scale=alt.Scale(zero=False, padding=18), axis=alt.Axis(format=".1f", tickCount=5)
        ),
        tooltip=[
            alt.Tooltip("cv:Q", title="Coefficient of variation", format=".1f"),
            alt.Tooltip("label:N", title="Cycle time, times the planned one"),
            alt.Tooltip("range:N", title="95 % interval"),
            alt.Tooltip("tpot:N", title="Time per output token"),
            alt.Tooltip("output:N", title="Output per accelerator"),
        ],
    )
    line = base.mark_line(color=theme.accent, point=alt.OverlayMarkDef(size=44, color=theme.accent))
    text = base.mark_text(dy=-12, color=theme.ink, fontSize=11, fontWeight=600).encode(text="label:N")
    return alt.layer(line, text).properties(width="container", height=260)


def chart(theme: str, found: Sequence[VariedPlan]) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(found))


def in_words(found: Sequence[VariedPlan]) -> str:
    """The factor at each coefficient of variation."""
    said = listed((f"{each.factor:.2f} at {each.cv:g}" for each in found), most=8)
    return f"Factor by coefficient of variation: {said}"
