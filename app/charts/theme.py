"""Colours of the two themes, named by what they mean, and the one place where a specification is built."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import altair as alt
import pyarrow as pa

from app.charts.dodge import LEFT, RIGHT

ROWS = "rows"
RANK = "rank"

SI = "format(datum.value, '~s')"
"""Label of a tick with its own prefix; an axis format would give zero a prefix too."""

DECADES = [10.0**power for power in range(-6, 22)]
"""Ticks of a logarithmic axis; the ones outside the domain are not drawn."""

Spec = dict[str, Any]
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Theme:
    """Colours and fonts of charts. Parts of a cost keep their colour on every page; neighbours differ in lightness."""

    accent: str
    ink: str
    gray: str
    faint: str
    surface: str
    memory: str
    core: str
    linear: str
    ffn: str
    good: str
    bad: str
    band: str
    shade: str
    attention: str
    attention_pale: str
    attention_ground: str
    feed: str
    feed_pale: str
    feed_ground: str
    feed_ink: str
    single: str
    single_pale: str
    third: str
    third_pale: str
    kind_0: str
    kind_1: str
    kind_2: str
    kind_3: str
    kind_4: str
    kind_5: str
    kind_6: str
    kind_7: str


LIGHT = Theme(
    accent="#3B5BDB",
    ink="#1B2230",
    gray="#5C667A",
    faint="#C5CCD9",
    surface="#FFFFFF",
    memory="#3B5BDB",
    core="#D97706",
    linear="#0C8599",
    ffn="#8A94A6",
    good="#0B7A5A",
    bad="#C2410C",
    band="#F4F6FA",
    shade="#E4E8F0",
    attention="#3B5BDC",
    attention_pale="#A9B7F1",
    attention_ground="#E6EBFC",
    feed="#D9770A",
    feed_pale="#F1C08E",
    feed_ground="#FDEFE1",
    feed_ink="#A3480A",
    single="#586379",
    single_pale="#CDD2DC",
    third="#7048E8",
    third_pale="#CFC2F7",
    kind_0="#C92A2A",
    kind_1="#0B7A5A",
    kind_2="#6741D9",
    kind_3="#0B7285",
    kind_4="#A3480A",
    kind_5="#364FC7",
    kind_6="#A61E6D",
    kind_7="#5C667A",
)
DARK = Theme(
    accent="#91A7FF",
    ink="#E6EAF3",
    gray="#A9B4C9",
    faint="#45506A",
    surface="#0E1320",
    memory="#748FFC",
    core="#FFC078",
    linear="#3BC9DB",
    ffn="#8F9BB3",
    good="#38D9A9",
    bad="#FF922B",
    band="#151C2C",
    shade="#232C40",
    attention="#7890FB",
    attention_pale="#3B4A8C",
    attention_ground="#1A2547",
    feed="#FFA94C",
    feed_pale="#7D5A31",
    feed_ground="#3A2917",
    feed_ink="#FFB86B",
    single="#AEB8CB",
    single_pale="#414A5C",
    third="#B197FD",
    third_pale="#4C4177",
    kind_0="#FF8787",
    kind_1="#38D9A9",
    kind_2="#B197FC",
    kind_3="#3BC9DB",
    kind_4="#FFB86B",
    kind_5="#91A7FF",
    kind_6="#F783C0",
    kind_7="#A9B4C9",
)

KINDS = tuple(f"kind_{place}" for place in range(8))
"""Colours of accelerators by their place in the scenario: each keeps one on every chart."""

THEMES = {"light": LIGHT, "dark": DARK}

Builder = Callable[[Theme], alt.TopLevelMixin]


def ranked_y(field: str, axis: alt.Axis | None) -> alt.Y:
    """Rows of a bar chart from top to bottom by the column `rank`.

    The order of arrival would hold for a new chart only: names that survive an update keep their old places.
    """
    by_rank = alt.Sort(field=RANK, op="min", order="ascending")  # type: ignore[no-untyped-call]
    return alt.Y(f"{field}:N", sort=by_rank, title=None, axis=axis)


def names_axis(field: str, limit: int = 190) -> alt.Y:
    """The axis of a bar chart with a name for every row, by `rank`; names are cut at `limit` [px]."""
    axis = alt.Axis(labelLimit=limit, labelOverlap=False, ticks=False, domain=False, labelPadding=8)
    return ranked_y(field, axis)


def ranked(rows: Rows, field: str) -> Rows:
    """The rows with a `rank` by first appearance of each value of `field`."""
    places = {value: place for place, value in enumerate(dict.fromkeys(row[field] for row in rows))}
    return [row | {RANK: places[row[field]]} for row in rows]


def stacked(rows: Rows, bar: str, size: str) -> Rows:
    """The rows with `start` and `end`: each part begins where the part before it of the same `bar` ended."""
    ends: dict[Any, float] = {}
    found: Rows = []
    for row in rows:
        start = ends.get(row[bar], 0.0)
        ends[row[bar]] = start + row[size]
        found.append(row | {"start": start, "end": ends[row[bar]]})
    return found


def beside(names: alt.Chart, **style: Any) -> tuple[alt.Chart, alt.Chart]:
    """Names of points as two layers, those that stand right of their points and those whose `side` is the left."""
    right, left = (names.transform_filter(f"datum.side == '{side}'") for side in (RIGHT, LEFT))
    return right.mark_text(align="left", dx=8, **style), left.mark_text(align="right", dx=-8, **style)


@cache
def spec(build: Builder, theme: str) -> Spec:
    """The specification of a chart in a theme, built once; nothing in it depends on data."""
    drawn = build(THEMES[theme]).to_dict(validate=False, context={"pre_transform": False})
    # Streamlit's own gray for axes and legends is too faint for small print.
    words = {"labelColor": THEMES[theme].gray, "titleColor": THEMES[theme].gray}
    return {**drawn, "config": {**drawn.get("config", {}), "axis": words, "legend": words}}


def filled(build: Builder, theme: str, rows: Rows, height: int | None = None) -> Spec:
    """A chart with its rows: the constant specification and the data beside it."""
    chart = {**spec(build, theme), "datasets": {ROWS: _ipc(rows)}}
    if height is not None:
        chart["height"] = height
    return chart


def _ipc(rows: Rows) -> bytes:
    """Arrow IPC, the form in which the browser gets data; pandas would cost ten times as long."""
    table = pa.Table.from_pylist(rows)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue().to_pybytes())
