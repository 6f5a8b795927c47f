"""How sure the cost of designs is, when prices and achieved rates are known only roughly."""

from collections.abc import Mapping

import altair as alt

from app.charts.theme import ROWS, Rows, Spec, Theme, filled, names_axis, ranked
from app.wording import usd
from costmodel import Uncertainty

TITLE = "How sure is it?"
CAPTION = (
    "Cost when prices vary by 20 % and rates by 10 %: thick bar half, thin bar 90 % of 10,000 samples; tick median"
)

ROW_HEIGHT = 34
FRAME = 80


def rows(found: Mapping[str, Uncertainty]) -> Rows:
    """One row for each design with its quantiles and the pair that wins most often."""
    table: Rows = []
    for name, each in found.items():
        (attention, ffn), share = next(iter(each.pairs.items()))
        quantiles = {f"q{round(share * 100)}": cost for share, cost in each.quantiles.items()}
        table.append(
            {"design": name, **quantiles, "shown": usd(quantiles["q50"]), "pair": f"{attention} + {ffn} in {share:.0%}"}
        )
    return ranked(table, "design")


def build(theme: Theme) -> alt.TopLevelMixin:
    """A thin and a thick bar and a tick for each design, and the most frequent pair in words."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=names_axis("design"),
        tooltip=[
            alt.Tooltip("design:N", title="Design"),
            alt.Tooltip("q5:Q", title="5 % are below (USD per 1M)", format="$.4f"),
            alt.Tooltip("q50:Q", title="Median (USD per 1M)", format="$.4f"),
            alt.Tooltip("q95:Q", title="5 % are above (USD per 1M)", format="$.4f"),
            alt.Tooltip("pair:N", title="Most frequent pair"),
        ],
    )
    scale = alt.X(
        "q5:Q", title="USD per 1M tokens", axis=alt.Axis(format="$~g", tickCount=6), scale=alt.Scale(zero=False)
    )
    wide = base.mark_bar(height=3, color=theme.gray).encode(x=scale, x2="q95:Q")
    half = base.mark_bar(height=12, color=theme.accent, opacity=0.8).encode(x="q25:Q", x2="q75:Q")
    median = base.mark_tick(color=theme.ink, thickness=2, height=18).encode(x="q50:Q")
    text = base.mark_text(align="left", dx=7, color=theme.ink, fontSize=10).encode(x="q95:Q", text="pair:N")
    return alt.layer(wide, half, median, text).properties(width="container")


def chart(theme: str, found: Mapping[str, Uncertainty]) -> Spec:
    """The filled chart; its height follows the number of designs."""
    return filled(build, theme, rows(found), height=ROW_HEIGHT * len(found) + FRAME)
