"""The bill of a request in the limit and on whole servers, by part."""

import altair as alt

from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled, names_axis, ranked, stacked
from app.wording import percent, usd
from costmodel import Request

TITLE = "What a request is made of"
CAPTION = "USD per 1,000 requests at full load; cached input costs only where the cache must be expanded"

PARTS = ("computed input", "cached input", "attention", "FFN")
PER = 1000
HEIGHT = 190


def rows(bills: dict[str, Request]) -> Rows:
    """One row for each bill and part; the last one of a bill carries the total."""
    table: Rows = []
    for level, bill in bills.items():
        values = (bill.price.input_usd, bill.price.cached_usd, bill.use("attention").usd, bill.use("ffn").usd)
        for part, value in zip(PARTS, values, strict=True):
            thousand = float(value) * PER
            table.append(
                {
                    "level": level,
                    "part": part,
                    "usd": thousand,
                    "shown": usd(thousand),
                    "share": percent(float(value) / bill.usd),
                    "last": part == PARTS[-1],
                    "label": usd(bill.usd * PER),
                }
            )
    return ranked(stacked(table, "level", "usd"), "level")


def colours(theme: Theme) -> list[str]:
    """Colours of the parts, which pools have everywhere: prefill teal, attention blue, FFN orange."""
    return [theme.linear, theme.faint, theme.memory, theme.core]


def build(theme: Theme) -> alt.TopLevelMixin:
    """Stacked bars with the total at their end."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(y=names_axis("level"))
    bars = base.mark_bar(height=alt.RelativeBandSize(0.6)).encode(
        x=alt.X(
            "start:Q",
            title="USD per 1,000 requests",
            axis=alt.Axis(format="$~g", tickCount=5),
            scale=alt.Scale(padding=0, nice=False, domainMin=0),
        ),
        x2="end:Q",
        color=alt.Color(
            "part:N",
            sort=list(PARTS),
            scale=alt.Scale(domain=list(PARTS), range=colours(theme)),
            legend=alt.Legend(orient="top", title=None, columns=2, symbolType="square"),
        ),
        tooltip=[
            alt.Tooltip("level:N", title="Level"),
            alt.Tooltip("part:N", title="Part"),
            alt.Tooltip("shown:N", title="USD per 1,000 requests"),
            alt.Tooltip("share:N", title="Share"),
        ],
    )
    labels = (
        base.transform_filter("datum.last")
        .mark_text(align="left", dx=6, color=theme.ink, fontWeight=600, fontSize=11, limit=90)
        .encode(x="end:Q", text="label:N")
    )
    return alt.layer(bars, labels).properties(width="container", height=HEIGHT)


def chart(theme: str, bills: dict[str, Request]) -> Spec:
    """The filled chart."""
    return filled(build, theme, rows(bills))


def in_words(bills: dict[str, Request]) -> str:
    """The total of each bill and its parts."""
    said: dict[str, list[str]] = {}
    for row in rows(bills):
        total = usd(bills[row["level"]].usd * PER)
        said.setdefault(f"{row['level']} {total}", []).append(f"{row['part']} {row['shown']}")
    return listed(f"{total}: {', '.join(parts)}" for total, parts in said.items())
