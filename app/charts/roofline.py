"""The roofline of every accelerator, with this design's attention on each."""

import altair as alt
import numpy as np

from app.charts.dodge import dodge
from app.charts.spoken import listed
from app.charts.theme import DECADES, ROWS, Rows, Spec, Theme, filled
from app.wording import si
from costmodel import Scenario, attention_bound

TITLE = "Roofline per accelerator"
CAPTION = "The rate this design's attention can reach on each accelerator; left of the bend memory is the limit"

LOW, HIGH = 4.0, 4096.0
LABEL_GAP = 1.5


def rows(scenario: Scenario) -> Rows:
    """Lines of attainable FLOP/s over intensity, the point of this design on each, and a label at each line's end."""
    bits = scenario.model.attention[0].compute_bits
    computing = scenario.model.decode_work(scenario.workload).attention_bits
    known = [each for each in scenario.accelerators if each.unknown(*computing) is None]
    table: Rows = []
    ends = [float(accelerator.attainable_flops_per_second(HIGH, bits)) for accelerator in known]
    places = dodge(ends, LABEL_GAP)
    for accelerator, place in zip(known, places, strict=True):
        bound = attention_bound(scenario.model, accelerator, scenario.workload)
        bend = float(accelerator.ridge(bits))
        verdict = "memory-bound" if bound.memory else "compute-bound"
        for intensity in sorted({LOW, min(max(bend, LOW), HIGH), HIGH}):
            rate = float(accelerator.attainable_flops_per_second(intensity, bits))
            table.append(_row("line", accelerator.name, intensity, rate, verdict=verdict))
        table.append(_row("label", accelerator.name, HIGH, place, label=accelerator.name, verdict=verdict))
        here = float(np.clip(bound.intensity, LOW, HIGH))
        reached = float(accelerator.attainable_flops_per_second(bound.intensity, bits))
        table.append(_row("point", accelerator.name, here, reached, verdict=verdict))
    return table


def _row(role: str, name: str, intensity: float, rate: float, **more: object) -> dict[str, object]:
    return {"role": role, "name": name, "intensity": intensity, "rate": rate, "label": "", **more}


def build(theme: Theme) -> alt.TopLevelMixin:
    """Gray rooflines, one accent point on each, on log axes."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X(
            "intensity:Q",
            title="Arithmetic intensity (FLOP per byte)",
            scale=alt.Scale(type="log", domain=[LOW, HIGH], nice=False),
            axis=alt.Axis(format=",d", values=[4, 16, 64, 256, 1024, 4096], grid=False),
        ),
        y=alt.Y(
            "rate:Q",
            title="Attainable rate (FLOP/s)",
            scale=alt.Scale(type="log", nice=False),
            axis=alt.Axis(format="~s", values=DECADES),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="Accelerator"),
            alt.Tooltip("intensity:Q", title="Intensity (FLOP/byte)", format=".4~r"),
            alt.Tooltip("rate:Q", title="Attainable (FLOP/s)", format=".3~s"),
            alt.Tooltip("verdict:N", title="This design is"),
        ],
    )
    lines = (
        base.transform_filter("datum.role == 'line'")
        .mark_line(color=theme.faint, strokeWidth=2)
        .encode(detail="name:N")
    )
    names = (
        base.transform_filter("datum.role == 'label'")
        .mark_text(align="left", dx=5, color=theme.gray, fontSize=10)
        .encode(text="label:N")
    )
    points = (
        base.transform_filter("datum.role == 'point'")
        .mark_point(filled=True, size=90, stroke=theme.surface, strokeWidth=1)
        .encode(
            color=alt.Color(
                "verdict:N",
                scale=alt.Scale(domain=["memory-bound", "compute-bound"], range=[theme.memory, theme.core]),
                legend=alt.Legend(orient="top", title=None),
            )
        )
    )
    return alt.layer(lines, names, points).properties(width="container", height=330)


def chart(theme: str, scenario: Scenario) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(scenario))


def in_words(scenario: Scenario) -> str:
    """The rate that attention reaches on each accelerator, and what binds it."""
    points = (row for row in rows(scenario) if row["role"] == "point")
    said = [f"{each['name']} {si(float(str(each['rate'])), 'FLOP/s')}, {each['verdict']}" for each in points]
    return listed(said, most=8) or "No accelerator with a known rate and bandwidth: 0 lines."
