"""Tornado chart: change of cost when each field moves by a tenth."""

import altair as alt

from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled, ranked, ranked_y
from app.wording import percent, usd
from costmodel import Effect

TITLE = "What matters most"
CAPTION = "Cost with AFD when each price, rate or size alone moves by 10 % (lower | now | higher)"
APART_TITLE = "Precisions and single steps"
APART_CAPTION = "The nearest valid value is further away than 10 %: not to be compared with the moves beside"

MOST_ROWS = 8
ROW_HEIGHT = 36
FRAME = 92
LEAST_SHOWN = 5e-4
LARGEST_SHOWN = 1e6
"""Rates have too many digits for a label; their tooltip holds them."""
SIDES = ("lower", "higher")
PERCENT = "format(datum.value * 100, '+.0f') + '\u00a0%'"


def rows(effects: tuple[Effect, ...]) -> Rows:
    """Two rows for each of the most effective fields; changes stand at the outer end of each bar, names above it."""
    table: Rows = []
    for effect in effects[:MOST_ROWS]:
        accelerator = effect.path.split(".")[1] if effect.path.startswith("accelerators.") else ""
        label = f"{effect.label}, {accelerator.upper()}" if accelerator else effect.label
        twins = [other for other in effects if other.label == effect.label and not accelerator]
        name = f"{label} ({effect.path})" if len(twins) > 1 else label
        moves = (effect.low, effect.change_at_low), (effect.high, effect.change_at_high)
        tried = " | ".join(f"{value:,.4g}" for value in (effect.low, effect.value, effect.high) if value is not None)
        knob = f"{name}: {tried}" if effect.value < LARGEST_SHOWN else name
        for side, (value, change) in zip(SIDES, moves, strict=True):
            if value is None or abs(change) < LEAST_SHOWN:
                continue
            table.append(
                {
                    "knob": knob,
                    "side": side,
                    "change": change,
                    "value": f"{effect.value:,.6g} to {value:,.6g} {effect.unit}",
                    "cost": usd(effect.cost * (1 + change)),
                    "text": percent(change, signed=True),
                    "left": change < 0,
                    "first": all(row["knob"] != knob for row in table),
                }
            )
    return ranked(table, "knob")


def build(theme: Theme) -> alt.TopLevelMixin:
    """Bars to both sides of zero, with the change in words at their ends."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=ranked_y("knob", None),
        x=alt.X(
            "change:Q",
            title="Change of USD per 1M tokens",
            axis=alt.Axis(labelExpr=PERCENT, tickCount=5),
            scale=alt.Scale(padding=46),
        ),
        tooltip=[
            alt.Tooltip("knob:N", title="Field"),
            alt.Tooltip("value:N", title="From, to"),
            alt.Tooltip("cost:N", title="USD per 1M tokens"),
            alt.Tooltip("text:N", title="Change"),
        ],
    )
    bars = base.mark_bar(height=alt.RelativeBandSize(0.42), yOffset=7).encode(
        color=alt.Color(
            "side:N",
            scale=alt.Scale(domain=list(SIDES), range=[theme.linear, theme.core]),
            legend=alt.Legend(orient="top", title=None, symbolType="square"),
        )
    )
    left = base.transform_filter("datum.left").mark_text(align="right", dx=-5, dy=7, color=theme.ink, fontSize=10)
    right = base.transform_filter("!datum.left").mark_text(align="left", dx=5, dy=7, color=theme.ink, fontSize=10)
    left, right = left.encode(text="text:N"), right.encode(text="text:N")
    # Beside the bars the names would leave them no room on a phone.
    names = base.transform_filter("datum.first").mark_text(align="left", dy=-8, color=theme.gray, fontSize=11)
    names = names.encode(x=alt.value(0), text="knob:N")
    return alt.layer(bars, left, right, names).properties(width="container")


def chart(theme: str, effects: tuple[Effect, ...]) -> Spec:
    """The filled chart; its height follows the number of fields."""
    table = rows(effects)
    return filled(build, theme, table, height=ROW_HEIGHT * len({row["knob"] for row in table}) + FRAME)


def in_words(effects: tuple[Effect, ...]) -> str:
    """The most effective fields with the changes of cost."""
    said: dict[str, list[str]] = {}
    for row in rows(effects):
        said.setdefault(row["knob"], []).append(row["text"])
    return listed((f"{knob}: {', '.join(texts)}" for knob, texts in said.items()), most=3) or "No field changes 0.1 %."
