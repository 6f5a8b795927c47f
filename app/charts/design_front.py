"""The Pareto frontier of a search, with the paper's models for orientation. A click picks a design."""

from operator import itemgetter
from typing import Any

import altair as alt

from app.charts.dodge import dodge_near
from app.charts.spoken import listed
from app.charts.theme import ROWS, SI, Rows, Spec, Theme, filled

TITLE = "The frontier"
CAPTION = "Designs that no other one dominates, with the paper's models in gray; click a design to see it below"
PICK = "picked"
MOST_MARKS = 2000
LABEL_HEIGHT = 0.045
LABEL_WIDTH = 0.16
"""Room of one name as shares of the plot."""
TITLE_LIMIT = 400


def rows(designs: list[dict[str, Any]], references: list[dict[str, Any]]) -> Rows:
    """Designs and reference models as {name, x, y}; at most `MOST_MARKS` designs are drawn, evenly thinned."""
    step = max(1, -(-len(designs) // MOST_MARKS))
    table = [{**row, "role": "design"} for row in designs[::step]]
    table += [{**row, "role": "model"} for row in references]
    if references and min(row["y"] for row in table) > 0:
        across, up = [row["x"] for row in references], [row["y"] for row in references]
        gap = (max(row["y"] for row in table) / min(row["y"] for row in table)) ** LABEL_HEIGHT
        width = LABEL_WIDTH * (max(row["x"] for row in table) - min(row["x"] for row in table))
        places = dodge_near(across, up, width, gap)
        table += [{**row, "role": "name", "y": place} for row, place in zip(references, places, strict=True)]
    return table


def build(theme: Theme) -> alt.TopLevelMixin:
    """A step line through the designs and named gray points for the models."""
    pick = alt.selection_point(name=PICK, fields=["row"], on="click", empty=False)
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        x=alt.X(
            "x:Q",
            title=None,
            scale=alt.Scale(zero=False, padding=24),
            axis=alt.Axis(labelExpr=SI, grid=False, titleLimit=TITLE_LIMIT),
        ),
        y=alt.Y(
            "y:Q",
            title=None,
            scale=alt.Scale(zero=False, padding=18),
            axis=alt.Axis(format="~g", titleLimit=TITLE_LIMIT),
        ),
        tooltip=[
            alt.Tooltip("name:N", title="Design"),
            alt.Tooltip("settings:N", title="Settings"),
            alt.Tooltip("x_shown:N", title="Across"),
            alt.Tooltip("y_shown:N", title="Up"),
        ],
    )
    designs = base.transform_filter("datum.role == 'design'")
    line = designs.mark_line(interpolate="step-after", color=theme.accent, strokeWidth=1.5, opacity=0.6)
    dots = (
        designs.mark_point(filled=True, size=60, cursor="pointer")
        .encode(color=alt.condition(pick, alt.value(theme.bad), alt.value(theme.accent)))
        .add_params(pick)
        .properties(name="designs")
    )
    models = base.transform_filter("datum.role == 'model'")
    # Their names stand beside them; without models the layer would be an image without a name.
    spots = models.mark_point(filled=True, size=46, color=theme.gray, aria=False)
    names = (
        base.transform_filter("datum.role == 'name'")
        .mark_text(align="left", dx=7, dy=3, color=theme.gray, fontSize=10)
        .encode(text="name:N")
    )
    return alt.layer(line, spots, names, dots).properties(width="container", height=420)


def chart(theme: str, designs: list[dict[str, Any]], references: list[dict[str, Any]], across: str, up: str) -> Spec:
    """The filled chart with the two objectives as axis titles."""
    spec = filled(build, theme, rows(designs, references))
    titles = {"x": across, "y": up}
    spec["layer"] = [{**layer, "encoding": _titled(layer["encoding"], titles)} for layer in spec["layer"]]
    return spec


def _titled(encoding: Spec, titles: dict[str, str]) -> Spec:
    return {**encoding, **{channel: {**encoding[channel], "title": title} for channel, title in titles.items()}}


def in_words(designs: list[dict[str, Any]], across: str, up: str) -> str:
    """How many designs there are, and their ends along both axes."""
    if not designs:
        return "0 designs."
    ends = []
    for axis, title in (("x", across), ("y", up)):
        low, high = (found(designs, key=itemgetter(axis))[f"{axis}_shown"].split(": ")[-1] for found in (min, max))
        ends.append(f"{title.split(' [', maxsplit=1)[0]} {low} to {high}")
    return f"{len(designs):,} designs. {listed(ends)}"
