"""Who is cheapest where: context across, the price of one accelerator up, regions named, today's point marked."""

from dataclasses import dataclass
from math import exp, log, log2, sqrt
from typing import Any

import altair as alt

from app.charts.context import TICK_LABEL, TICKS
from app.charts.dodge import dodge
from app.charts.theme import ROWS, Rows, Spec, Theme, filled
from app.wording import tokens, usd
from costmodel import PairSpan, PriceMap, Scenario

CAPTION = "The cheapest pair by context and by its price, the others at theirs; click or drag to set the price"

PICK, AIM = "set", "aim"
"""The price that a click or the end of a drag sets, 0 where there is none, and the line below the pointer."""

HEIGHT = 340
PLOT = 250
"""Height of the plot itself, about [px]: labels keep their distance by it."""
ROOM = 1.6
"""The axis ends this factor beyond the outermost border or price."""
STEPS = 72
LINE = 17
LETTER = 6.6
SHADES = ["alone_0", "alone_1", "mixed_0", "mixed_1", "other_0", "other_1"]
"""Regions: the accelerator alone, in a pair, and without it; neighbours of the last differ."""

PRICE_TICKS = [m * 10.0**p for p in range(-4, 5) for m in (1, 2, 5)]


def title(found: PriceMap) -> str:
    """The question that the map answers."""
    return f"At which price does {found.accelerator.name} win?"


@dataclass(frozen=True)
class _Frame:
    """The lowest and highest price of the axis."""

    low: float
    high: float

    def share(self, low: float, high: float) -> float:
        """Share of the height between two prices."""
        return log(high / low) / log(self.high / self.low)


def rows(scenario: Scenario, found: PriceMap) -> Rows:
    """Areas, borders, names, today's point, and lines to click on."""
    now = found.accelerator.usd_per_hour
    edges = [*found.joins.tolist(), *found.takes_all.tolist(), *([] if now is None else [now])]
    frame = _Frame(min(edges) / ROOM, max(edges) * ROOM)
    names = {each.id: each.name for each in scenario.accelerators}
    table = _areas(found, frame, names)
    at = found.contexts.tolist()
    for role, border in (("takes", found.takes_all), ("joins", found.joins)):
        table += [_row(role, context, price) for context, price in zip(at, border.tolist(), strict=True)]
    table += _present(scenario, found, frame)
    step = (frame.high / frame.low) ** (1 / STEPS)
    for number in range(STEPS):
        low = frame.low * step**number
        reach = {"to": low * step, "end": float(at[-1]), PICK: _written(low * sqrt(step))}
        table.append(_row("pick", at[0], low) | reach)
    return table


def _written(price: float) -> float:
    """Three digits, as a price is written."""
    return float(f"{price:.3g}")


def _areas(found: PriceMap, frame: _Frame, names: dict[str, str]) -> Rows:
    own, at = found.accelerator.name, found.contexts.tolist()
    joins, takes = found.joins.tolist(), found.takes_all.tolist()
    partners = [_span(found.others, context) for context in at]
    mixed, above = [], []
    for part, span in zip(found.first_part, partners, strict=True):
        pair = (own, names[span.ffn_on]) if part == "attention" else (names[span.attention_on], own)
        mixed.append("\n".join((f"{pair[0]} attention", f"+ {pair[1]} FFN")))
        same = span.attention_on == span.ffn_on
        first, second = names[span.attention_on], names[span.ffn_on]
        above.append(f"{first} alone" if same else f"{first} attention\n+ {second} FFN")
    low, high = [frame.low] * len(at), [frame.high] * len(at)
    table: Rows = []
    regions = (
        ("alone", [f"{own} alone"] * len(at), low, takes),
        ("mixed", mixed, takes, joins),
        ("other", above, joins, high),
    )
    for kind, texts, bottom, top in regions:
        start = 0
        for end in range(1, len(at) + 1):
            if end < len(at) and texts[end] == texts[start]:
                continue
            # A region reaches to where the next one begins.
            places = range(start, min(end + 1, len(at)))
            piece = f"{kind} {start}"
            shade = f"{kind}_{len({row['series'] for row in table if row['kind'].startswith(kind)}) % 2}"
            table += [
                _row("area", at[place], bottom[place])
                | {"to": top[place], "series": piece, "kind": shade, "text": texts[start].replace("\n", " ")}
                for place in places
            ]
            table += _name(frame, [(at[place], bottom[place], top[place]) for place in places], texts[start])
            start = end
    return table


def _name(frame: _Frame, points: list[tuple[float, float, float]], text: str) -> Rows:
    """The name of a region where a free box fits: at the context where it is tallest; the tooltip has it anyway."""
    lines = text.split("\n")
    best = max(points, key=lambda point: round(frame.share(point[1], point[2]), 3))
    tall = [point for point in points if frame.share(point[1], point[2]) * PLOT > LINE * len(lines) + 6]
    if not tall:
        return []
    middle = sqrt(tall[0][0] * tall[-1][0])
    context, low, high = min(tall, key=lambda point: abs(log(point[0] / middle))) if len(tall) > 2 else best
    wide = log2(tall[-1][0] / tall[0][0]) / log2(TICKS[-1] / TICKS[0])
    letters = max(map(len, lines)) * LETTER
    return [_row("name", context, sqrt(low * high)) | {"text": text, "wide": wide, "letters": letters}]


def _present(scenario: Scenario, found: PriceMap, frame: _Frame) -> Rows:
    """Today's context and price, and both borders there in words."""
    at, context, now = found.contexts.tolist(), float(scenario.workload.context), found.accelerator.usd_per_hour
    if context not in at:
        return []
    place = at.index(context)
    marks = [("joins", float(found.joins[place]), "joins below"), ("takes", float(found.takes_all[place]), "all below")]
    if now is not None:
        marks.append(("now", now, "now"))
    gap = exp(15 / PLOT * log(frame.high / frame.low))
    placed = dodge([price for _, price, _ in marks], gap)
    table = [_row("rule", context, frame.low) | {"to": frame.high}]
    for (kind, price, said), label in zip(marks, placed, strict=True):
        dot = {"kind": kind, "text": f"{said} {usd(price)}", PICK: _written(price)}
        table.append(_row("dot", context, price) | dot)
        side = "left" if context > 2**17 else "right"
        table.append(_row("said", context, label) | {"kind": kind, "text": f"{said} {usd(price)}", "side": side})
    return table


def _span(spans: tuple[PairSpan, ...], context: float) -> PairSpan:
    return next(span for span in reversed(spans) if span.first <= context)


def _row(role: str, context: float, price: float) -> dict[str, Any]:
    return {
        "role": role, "context": float(context), "price": float(price), "to": float(price), "end": float(context),
        "series": "", "kind": "", "text": "", "side": "right", "wide": 0.0, "letters": 0.0,
        PICK: 0.0,
    }  # fmt: skip


def in_words(scenario: Scenario, found: PriceMap) -> str:
    """The borders at the present context."""
    at, context = found.contexts.tolist(), scenario.workload.context
    if context not in at:
        return ""
    place, name, now = at.index(context), found.accelerator.name, found.accelerator.usd_per_hour
    part = "attention" if found.first_part[place] == "attention" else "the FFN"
    price = "" if now is None else f" Now {usd(now)}."
    return (
        f"At {tokens(context)}, {name} takes {part} below {usd(found.joins[place])} per hour and everything below "
        f"{usd(found.takes_all[place])}.{price}"
    )


def build(theme: Theme) -> alt.TopLevelMixin:
    """Areas with exact borders, names inside them, and a dot for now."""
    # The price is set where the pointer is let go. A finger that scrolls the page is never let go here: the browser
    # cancels its pointer.
    pick = alt.selection_point(name=PICK, fields=[PICK], on="pointerup", empty=False, toggle=False)
    # The mark of exclamation keeps the browser from selecting words along the way.
    moves = "pointermove, mousedown!"
    aim = alt.selection_point(name=AIM, fields=[PICK], on=moves, clear="pointerout", empty=False, toggle=False)
    along: dict[str, Any] = {
        "title": "Context (tokens)",
        "scale": alt.Scale(type="log", base=2, domain=[TICKS[0], TICKS[-1]], nice=False),
        "axis": alt.Axis(values=TICKS, labelExpr=TICK_LABEL, grid=False),
    }
    up: dict[str, Any] = {
        "title": None,
        "scale": alt.Scale(type="log", nice=False),
        "axis": alt.Axis(format="$~g", values=PRICE_TICKS, labelOverlap=True, grid=False),
    }
    base = alt.Chart(alt.NamedData(ROWS)).encode(x=alt.X("context:Q", **along), y=alt.Y("price:Q", **up))
    blue, pale = [theme.attention_pale] * 2, [theme.attention_ground] * 2
    colours = alt.Scale(domain=SHADES, range=[*blue, *pale, theme.band, theme.shade])
    areas = (
        base.transform_filter("datum.role == 'area'")
        .mark_area(opacity=1, aria=False, clip=True)
        .encode(
            y2="to:Q",
            detail="series:N",
            color=alt.Color("kind:N", legend=None, scale=colours),
            tooltip=[alt.Tooltip("text:N", title="Cheapest")],
        )
    )
    borders = base.transform_filter("datum.role == 'joins' || datum.role == 'takes'").mark_line(
        strokeWidth=1.6, aria=False
    )
    borders = borders.encode(
        color=alt.condition("datum.role == 'joins'", alt.value(theme.attention), alt.value(theme.feed)), detail="role:N"
    )
    fits = alt.ExprRef("width * datum.wide > datum.letters ? 1 : 0")
    names = (
        base.transform_filter("datum.role == 'name'")
        .mark_text(fontSize=11, fontWeight=600, color=theme.ink, lineBreak="\n", lineHeight=14, opacity=fits)
        .encode(text="text:N")
    )
    rule = base.transform_filter("datum.role == 'rule'").mark_rule(strokeDash=[3, 3], color=theme.gray, aria=False)
    rule = rule.encode(y2="to:Q")
    dots = base.transform_filter("datum.role == 'dot'").mark_point(
        filled=True, size=70, opacity=1, stroke=theme.surface, strokeWidth=1, color=theme.ink, aria=False
    )
    dots = dots.encode(tooltip=[alt.Tooltip("text:N", title="Price (USD/h)")])
    said = base.transform_filter("datum.role == 'said'").encode(text="text:N")
    style: dict[str, Any] = {
        "fontSize": 11,
        "fontWeight": 600,
        "align": alt.ExprRef("datum.side == 'left' ? 'right' : 'left'"),
        "dx": alt.ExprRef("datum.side == 'left' ? -9 : 9"),
    }
    halo = said.mark_text(stroke=theme.surface, strokeWidth=3.5, aria=False, **style)
    words = said.mark_text(color=theme.ink, **style)
    shown = alt.condition(aim, alt.value(0.35), alt.value(0.001))
    lines = (
        base.transform_filter("datum.role == 'pick'")
        .mark_rect(cursor="ns-resize", aria=False, color=theme.accent)
        .encode(x2="end:Q", y2="to:Q", opacity=shown)
        .encode(tooltip=[alt.Tooltip(f"{PICK}:Q", title="Set the price (USD/h)", format="$.3r")])
        .add_params(pick, aim)
        # A name of its own: the automatic one differs between themes.
        .properties(name="prices")
    )
    return alt.layer(areas, borders, rule, names, halo, words, lines, dots).properties(width="container", height=HEIGHT)


def chart(theme: str, scenario: Scenario, found: PriceMap) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(scenario, found))
