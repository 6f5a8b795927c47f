"""A request at list prices beside the cost of the capacity reserved for it."""

from collections.abc import Sequence

import altair as alt

from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled, ranked, ranked_y
from app.wording import percent, usd
from costmodel import Offer

TITLE = "Against list prices"
CAPTION = "USD per 1,000 requests at each list price; the line is our cost of reserved capacity"

PER = 1000
MOST = 14
ROW_HEIGHT, FRAME = 60, 62


def rows(offers: Sequence[Offer]) -> Rows:
    """One row for each offer, cheapest first."""
    table: Rows = []
    for offer in offers[:MOST]:
        cost = float(offer.margin.cost) * PER
        table.append(
            {
                "offer": f"{offer.words} ({offer.dates})",
                "name": offer.words,
                "dates": offer.dates,
                "usd": offer.usd * PER,
                "cost": cost,
                "loss": offer.usd * PER < cost,
                "shown": usd(offer.usd * PER),
                "cost_shown": usd(cost),
                "text": f"{offer.words}\n{usd(offer.usd * PER)}, gross margin {percent(offer.margin.gross_margin)}",
                "markup": percent(offer.margin.markup),
            }
        )
    return ranked(table, "offer")


def build(theme: Theme) -> alt.TopLevelMixin:
    """Bars of revenue under their names, a tick of cost, the gross margin in words."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=ranked_y("offer", axis=None),
        tooltip=[
            alt.Tooltip("name:N", title="Offer"),
            alt.Tooltip("dates:N", title="Dates"),
            alt.Tooltip("shown:N", title="List, 1,000 requests"),
            alt.Tooltip("cost_shown:N", title="Reserved capacity"),
            alt.Tooltip("markup:N", title="Markup on cost"),
        ],
    )
    bars = base.mark_bar(height=14, yOffset=14).encode(
        x=alt.X(
            "usd:Q",
            title="USD per 1,000 requests",
            axis=alt.Axis(format="$~r", tickCount=4),
            scale=alt.Scale(domainMin=0, nice=False, padding=0),
        ),
        color=alt.condition("datum.loss", alt.value(theme.bad), alt.value(theme.accent)),
    )
    rule = base.mark_tick(color=theme.ink, thickness=2, height=22, yOffset=14).encode(x="cost:Q")
    # The name stands above the bar: no offer is cut on a phone.
    words = base.mark_text(align="left", dx=2, yOffset=-18, lineBreak="\n", color=theme.ink, fontSize=11).encode(
        x=alt.datum(0), text="text:N"
    )
    return alt.layer(bars, rule, words).properties(width="container")


def chart(theme: str, offers: Sequence[Offer]) -> Spec:
    """The filled chart; its height follows the number of offers."""
    return filled(build, theme, rows(offers), height=ROW_HEIGHT * min(len(offers), MOST) + FRAME)


def in_words(offers: Sequence[Offer]) -> str:
    """Our cost, the cheapest offer and the dearest."""
    drawn = rows(offers)
    ends = [drawn[0]["text"], drawn[-1]["text"]] if len(drawn) > 1 else [drawn[0]["text"]]
    return f"Our cost {drawn[0]['cost_shown']} per 1,000 requests. {listed(ends)}"
