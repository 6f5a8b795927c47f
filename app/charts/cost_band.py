"""Uncertainty of the cost of designs under random prices and rates."""

from collections.abc import Mapping

import altair as alt

from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled, names_axis, ranked
from app.wording import percent, usd
from costmodel import Uncertainty

TITLE = "How sure is it?"
CAPTION = "Prices vary by 20 %, rates by 10 %: thick bar half, thin bar 90 % of samples of this pair; tick: as set"

ROW_HEIGHT = 34
FRAME = 80


def rows(found: Mapping[str, Uncertainty]) -> Rows:
    """One row for each design: cost and quantiles of its cheapest pair, and how often that pair stays the cheapest."""
    table: Rows = []
    for name, each in found.items():
        quantiles = {f"q{round(share * 100)}": cost for share, cost in each.quantiles.items()}
        pair = " + ".join(dict.fromkeys(accelerator.upper() for accelerator in each.pair))
        said = f"{pair} cheapest in {percent(each.kept)}"
        table.append({"design": name, **quantiles, "now": each.cost, "shown": usd(each.cost), "pair": said})
    return ranked(table, "design")


def build(theme: Theme) -> alt.TopLevelMixin:
    """A thin and a thick bar and a tick for each design, and in words how sure its pair is."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(
        y=names_axis("design"),
        tooltip=[
            alt.Tooltip("design:N", title="Design"),
            alt.Tooltip("q5:Q", title="5 % are below (USD per 1M)", format="$.3r"),
            alt.Tooltip("shown:N", title="As set (USD per 1M)"),
            alt.Tooltip("q50:Q", title="Median (USD per 1M)", format="$.3r"),
            alt.Tooltip("q95:Q", title="5 % are above (USD per 1M)", format="$.3r"),
            alt.Tooltip("pair:N", title="Pair"),
        ],
    )
    scale = alt.X(
        "q5:Q", title="USD per 1M tokens", axis=alt.Axis(format="$~g", tickCount=6), scale=alt.Scale(zero=False)
    )
    wide = base.mark_bar(height=3, color=theme.gray).encode(x=scale, x2="q95:Q")
    half = base.mark_bar(height=12, color=theme.accent, opacity=0.8).encode(x="q25:Q", x2="q75:Q")
    now = base.mark_tick(color=theme.ink, thickness=2, height=18).encode(x="now:Q")
    text = base.mark_text(align="left", dx=7, color=theme.ink, fontSize=10).encode(x="q95:Q", text="pair:N")
    return alt.layer(wide, half, now, text).properties(width="container")


def chart(theme: str, found: Mapping[str, Uncertainty]) -> Spec:
    """The filled chart; its height follows the number of designs."""
    return filled(build, theme, rows(found), height=ROW_HEIGHT * len(found) + FRAME)


def in_words(found: Mapping[str, Uncertainty]) -> str:
    """Every design with its cost and the range of 90 % of the samples."""
    said = []
    for name, each in found.items():
        low, high = min(each.quantiles), max(each.quantiles)
        inside = f"{percent(high - low)} of samples from {usd(each.quantiles[low])} to {usd(each.quantiles[high])}"
        said.append(f"{name} {usd(each.cost)}, {inside}")
    return listed(said)
