"""Values that the paper prints beside the ones computed here: a bar for ours, a tick for theirs."""

import altair as alt

from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled, ranked, ranked_y
from app.wording import digits, tokens
from costmodel import PaperCell

ROW_HEIGHT = 40
FRAME = 40


def rows(cells: list[PaperCell], names: dict[str, str]) -> Rows:
    """One row for each printed value; `names` turns ids of models into names."""
    table = [
        {
            "label": _label(cell, names),
            "computed": cell.computed,
            "printed": float(cell.row["printed"]),
            "text": f"{_label(cell, names)}: {digits(cell.computed)}, printed {cell.row['printed']}",
            "unit": cell.row["unit"],
        }
        for cell in cells
    ]
    return ranked(table, "label")


def _label(cell: PaperCell, names: dict[str, str]) -> str:
    model, context = cell.row["model"], cell.row["context_tokens"]
    return f"{names.get(model, model)}, {cell.row['quantity'].replace('_', ' ')} at {tokens(int(context))}"


def build(theme: Theme) -> alt.TopLevelMixin:
    """Horizontal bars with a tick for the printed value, and above them both in words."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=ranked_y("label", None),
        tooltip=[
            alt.Tooltip("label:N", title="Value"),
            alt.Tooltip("computed:Q", title="Computed", format=".5~g"),
            alt.Tooltip("printed:Q", title="Printed", format=".5~g"),
            alt.Tooltip("unit:N", title="Unit"),
        ],
    )
    scale = alt.X("computed:Q", title=None, axis=alt.Axis(format="~g", tickCount=5), scale=alt.Scale(domainMin=0))
    bars = base.mark_bar(height=alt.RelativeBandSize(0.36), yOffset=8, color=theme.accent, opacity=0.75).encode(x=scale)
    ticks = base.mark_tick(color=theme.bad, thickness=3, height=alt.RelativeBandSize(0.5), yOffset=8)
    # Beside the bars the words would leave them no room on a phone.
    text = base.mark_text(align="left", dy=-9, color=theme.ink, fontSize=11).encode(x=alt.value(0), text="text:N")
    return alt.layer(bars, ticks.encode(x="printed:Q"), text).properties(width="container")


def chart(theme: str, cells: list[PaperCell], names: dict[str, str]) -> Spec:
    """The filled chart; its height follows the number of values."""
    return filled(build, theme, rows(cells, names), height=ROW_HEIGHT * len(cells) + FRAME)


def in_words(cells: list[PaperCell], names: dict[str, str]) -> str:
    """The first values beside the printed ones."""
    return listed(f"{_label(cell, names)} {digits(cell.computed)}, printed {cell.row['printed']}" for cell in cells)
