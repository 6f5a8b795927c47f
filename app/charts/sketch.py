"""Drawings of rectangles, rules and words at given places: one constant specification for all of them.

A place is a share of the width and pixels beside it, for a desk and for a phone apart, so that one drawing serves both;
heights are pixels from the top. Colours are roles, looked up in the theme.
"""

from dataclasses import dataclass
from typing import Any

import altair as alt

from app.charts.theme import ROWS, Rows, Spec, Theme, filled

WIDE = 620
"""Width [px] above which the places of a desk hold."""

NONE = "none"
ROLES = (
    "ink", "gray", "faint", "band", "accent", "good", "bad",
    "attention", "attention_pale", "attention_ground",
    "feed", "feed_pale", "feed_ground", "feed_ink",
    "single", "single_pale", "third", "third_pale",
)  # fmt: skip


@dataclass(frozen=True)
class At:
    """A place: share of the width plus pixels from the left, and pixels from the top; to a second such place."""

    x: float
    dx: float
    y: float
    to_x: float = 0.0
    to_dx: float = 0.0
    to_y: float = 0.0
    size: float = 12.0
    limit: float = 0.0
    align: str = "left"

    def columns(self, prefix: str) -> dict[str, float | str]:
        """The place as columns of a row."""
        return {
            f"{prefix}x": self.x, f"{prefix}dx": self.dx, f"{prefix}y": self.y,
            f"{prefix}x2": self.to_x, f"{prefix}dx2": self.to_dx, f"{prefix}y2": self.to_y,
            f"{prefix}size": self.size, f"{prefix}limit": self.limit,
            f"{prefix}align": self.align,
        }  # fmt: skip


NOWHERE = At(0, 0, 0)


def words(text: str, desk: At | None, phone: At | None, *, colour: str = "ink", **style: Any) -> dict[str, Any]:
    """A line of words, `weight` in hundreds, `italic`. A place that is None: not drawn at that width."""
    return _row("words", desk, phone, text=text, fill=colour, **style)


def box(
    desk: At | None, phone: At | None, *, fill: str, stroke: str = NONE, said: str = "", **style: Any
) -> dict[str, Any]:
    """A rectangle between two corners; `dashed`, `radius` [px], and what its tooltip says."""
    return _row("box", desk, phone, fill=fill, stroke=stroke, said=said, **style)


def arrow(desk: At, phone: At, *, colour: str) -> Rows:
    """A line with a head at its second end."""
    ends = [At(each.to_x, each.to_dx, each.to_y) for each in (desk, phone)]
    left = desk.to_x < desk.x or (desk.to_x == desk.x and desk.to_dx < desk.dx)
    return [
        _row("line", desk, phone, fill=colour),
        _row("head", *ends, fill=colour, shape="triangle-left" if left else "triangle-right"),
    ]


def diamond(desk: At | None, phone: At | None, *, colour: str, said: str) -> dict[str, Any]:
    """A mark of a measured value."""
    return _row("head", desk, phone, fill=colour, shape="diamond", said=said)


def _row(kind: str, desk: At | None, phone: At | None, **style: Any) -> dict[str, Any]:
    row = {
        "kind": kind, "text": "", "said": "", "fill": NONE, "stroke": NONE, "dashed": False, "radius": 0.0,
        "weight": 400, "italic": False, "shape": "diamond",
        "wide": desk is not None, "narrow": phone is not None,
    }  # fmt: skip
    return row | (desk or NOWHERE).columns("") | (phone or NOWHERE).columns("m") | style


def _expr(text: str) -> alt.ExprRef:
    return alt.ExprRef(expr=text)


def build(theme: Theme) -> alt.TopLevelMixin:
    """Boxes below lines and heads below words, each where its row says."""
    both = {name: f"width > {WIDE} ? datum.{name} : datum.m{name}" for name in ("size", "limit", "align")}
    base = alt.Chart(alt.NamedData(ROWS)).transform_filter(f"width > {WIDE} ? datum.wide : datum.narrow")
    base = base.transform_calculate(
        px=f"width > {WIDE} ? datum.x * width + datum.dx : datum.mx * width + datum.mdx",
        px2=f"width > {WIDE} ? datum.x2 * width + datum.dx2 : datum.mx2 * width + datum.mdx2",
        py=f"width > {WIDE} ? datum.y : datum.my",
        py2=f"width > {WIDE} ? datum.y2 : datum.my2",
        **both,
    )
    colours = alt.Scale(domain=[*ROLES, NONE], range=[*(getattr(theme, role) for role in ROLES), "transparent"])
    fill = alt.Fill("fill:N", scale=colours, legend=None)
    x, y = (alt.X("px:Q", scale=None, axis=None), alt.Y("py:Q", scale=None, axis=None))
    boxes = (
        base.transform_filter("datum.kind == 'box'")
        .mark_rect(
            clip=True,
            aria=False,
            cornerRadius=_expr("datum.radius"),
            strokeWidth=1.5,
            strokeDash=_expr("datum.dashed ? [4, 3] : [1, 0]"),
        )
        .encode(
            x=x,
            x2="px2:Q",
            y=y,
            y2="py2:Q",
            fill=fill,
            stroke=alt.Stroke("stroke:N", scale=colours, legend=None),
            tooltip=[alt.Tooltip("said:N", title="Shown")],
        )
    )
    lines = (
        base.transform_filter("datum.kind == 'line'")
        .mark_rule(clip=True, aria=False, strokeWidth=1.5)
        .encode(x=x, x2="px2:Q", y=y, y2="py2:Q", stroke=alt.Stroke("fill:N", scale=colours, legend=None))
    )
    heads = (
        base.transform_filter("datum.kind == 'head'")
        .mark_point(clip=True, aria=False, filled=True, size=60, opacity=1, shape=_expr("datum.shape"))
        .encode(x=x, y=y, fill=fill, tooltip=[alt.Tooltip("said:N", title="Shown")])
    )
    texts = (
        base.transform_filter("datum.kind == 'words'")
        .mark_text(
            clip=True,
            aria=False,
            baseline="middle",
            align=_expr("datum.align"),
            fontSize=_expr("datum.size"),
            fontWeight=_expr("datum.weight"),
            fontStyle=_expr("datum.italic ? 'italic' : 'normal'"),
            limit=_expr("datum.limit"),
        )
        .encode(x=x, y=y, text="text:N", fill=fill)
    )
    drawn = alt.layer(boxes, lines, heads, texts).properties(width="container", height=300)
    # The default fit would shrink the whole drawing to make room for words that reach beyond it.
    return drawn.properties(autosize=alt.AutoSizeParams(type="fit-x", contains="padding"))


def drawing(theme: str, rows: Rows, height: float) -> Spec:
    """The filled drawing."""
    return filled(build, theme, rows, height=round(height))
