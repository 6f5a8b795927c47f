"""Predicted beside measured speed of every published row, with the band that predictions aim to stay within."""

from collections.abc import Sequence
from typing import Any

import altair as alt

from app.charts.theme import DECADES, ROWS, Rows, Spec, Theme, filled
from app.wording import digits
from costmodel import ERROR_AIM, MeasurementRow, accuracy_words

TITLE = "Predicted against measured speed"
CAPTION = "One dot per published row; the band is 15 % on either side; above the line a prediction is too fast"

DEPLOYMENTS, LAYERS, FITTED = "deployments", "layers", "constants fitted"
ROLES = (DEPLOYMENTS, LAYERS, FITTED)
LINE = "line"
ROOM = 1.4
"""Factor by which the band is longer than the dots reach."""


def rows(found: Sequence[MeasurementRow]) -> Rows:
    """A dot for each predicted row: its speed is an output, or the inverse of a time; and the ends of the band."""
    table = [_dot(row) for row in found if row.ratio is not None]
    speeds = [speed for row in table for speed in (row["measured"], row["predicted"])]
    ends = (min(speeds) / ROOM, max(speeds) * ROOM) if table else (1.0, 10.0)
    return table + [_row(LINE, end, end) for end in ends]


def _dot(row: MeasurementRow) -> dict[str, Any]:
    inverse = row.unit == "s"
    measured, predicted = (1 / value if inverse else value for value in (row.measured, row.predicted or 1.0))
    per = "layers/s" if row.kind == "attention layer" else "tokens/s of a request" if inverse else row.unit
    role = FITTED if row.state.startswith("constant") else LAYERS if row.kind == "attention layer" else DEPLOYMENTS
    return _row(
        role,
        measured,
        predicted,
        name=f"{row.system}, {row.model}",
        on=f"{row.accelerator}, {row.engine}",
        shown=f"{digits(predicted)} against {digits(measured)} {per}",
        ratio=f"{row.ratio:.2f}",
    )


def _row(
    role: str, measured: float, predicted: float, *, name: str = "", on: str = "", shown: str = "", ratio: str = ""
) -> dict[str, Any]:
    return {
        "role": role,
        "measured": measured,
        "predicted": predicted,
        "low": measured * (1 - ERROR_AIM),
        "high": measured * (1 + ERROR_AIM),
        "name": name,
        "on": on,
        "shown": shown,
        "ratio": ratio,
    }


def build(theme: Theme) -> alt.TopLevelMixin:
    """A band around the diagonal, and dots in a colour for each kind of row."""
    log = alt.Scale(type="log", nice=False)
    title = "speed: tokens or layers per s"
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X("measured:Q", title=f"Measured {title}", scale=log, axis=alt.Axis(format="~s", values=DECADES)),
    )
    up = alt.Axis(format="~s", values=DECADES)
    ends = base.transform_filter(f"datum.role == '{LINE}'")
    band = ends.mark_area(color=theme.accent, opacity=0.14, aria=False).encode(
        y=alt.Y("low:Q", title=f"Predicted {title}", scale=log, axis=up), y2="high:Q"
    )
    line = ends.mark_line(color=theme.gray, strokeWidth=1, aria=False).encode(
        y=alt.Y("predicted:Q", scale=log, axis=up)
    )
    dots = (
        base.transform_filter(f"datum.role != '{LINE}'")
        .mark_point(filled=True, size=52, opacity=0.75)
        .encode(
            y=alt.Y("predicted:Q", scale=log, axis=up),
            color=alt.Color(
                "role:N",
                scale=alt.Scale(domain=list(ROLES), range=[theme.accent, theme.ffn, theme.bad]),
                legend=alt.Legend(orient="top", title=None, columns=3),
            ),
            tooltip=[
                alt.Tooltip("name:N", title="System"),
                alt.Tooltip("on:N", title="On"),
                alt.Tooltip("shown:N", title="Predicted against measured"),
                alt.Tooltip("ratio:N", title="Ratio"),
            ],
        )
    )
    return alt.layer(band, line, dots).properties(width="container", height=420)


def chart(theme: str, found: Sequence[MeasurementRow]) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(found))


def in_words(found: Sequence[MeasurementRow]) -> str:
    """How many rows there are and how far off they reach."""
    ratios = [row.ratio for row in found if row.ratio is not None]
    if not ratios:
        return f"0 of {len(found)} rows are predicted."
    reach = f"between {min(ratios):.2f} and {max(ratios):.2f} times the measured speed"
    return f"{len(ratios)} rows are predicted {reach}. {accuracy_words(found)}"
