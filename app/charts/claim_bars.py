"""The numbers behind the claims of the paper's abstract: cost beside other models, throughput beside predictions."""

from collections.abc import Sequence

import altair as alt

from app.charts.spoken import listed
from app.charts.theme import ROWS, Rows, Spec, Theme, filled, ranked, ranked_y
from app.wording import tokens, usd
from costmodel import ClaimCost, MeasurementRow

TITLE = "Cost of decoding, Step-3 = 1"
CAPTION = "USD per 1M tokens on each model's cheapest pair of H800, H20, A800 and Ascend 910B, at ideal rates"
OUTPUT_TITLE = "Throughput: tokens per second and accelerator"
OUTPUT_CAPTION = "Solid was measured by the authors, dashed is predicted; no constant is fitted to these two systems"

ROW_HEIGHT = 34
FRAME = 12
HEADING, BAR, PREDICTION = "heading", "bar", "prediction"


def cost_rows(costs: Sequence[ClaimCost]) -> Rows:
    """A heading for each context, and below it one row for each model, the claimant first."""
    claimant = costs[0].model
    table: Rows = []
    for context in dict.fromkeys(cost.context for cost in costs):
        table.append(_row(f"{tokens(context)} tokens of context", HEADING, key=str(context)))
        for cost in (each for each in costs if each.context == context):
            times = "" if cost.model == claimant else f", {cost.ratio:.2f} times"
            words = f"{cost.model} {usd(cost.usd)}{times}"
            table.append(_row(words, BAR, key=f"{context} {cost.model}", value=cost.ratio, own=cost.model == claimant))
    return ranked(table, "key")


def output_rows(systems: Sequence[MeasurementRow]) -> Rows:
    """A heading for each system, its measured output, and the two predictions."""
    claimant = systems[0].system
    table: Rows = []
    for row in systems:
        own = row.system == claimant
        where = f"{row.system}, {row.accelerator}, {tokens(row.context or 0)} tokens of context"
        table.append(_row(where, HEADING, key=row.system))
        table.append(
            _row(f"{row.measured:,.0f} measured", BAR, key=f"{row.system} measured", value=row.measured, own=own)
        )
        for words, value in (("with measured kernels", row.predicted), ("at ideal rates", row.ideal)):
            text = f"{value or 0:,.0f} predicted {words}"
            table.append(_row(text, PREDICTION, key=f"{row.system} {words}", value=value or 0, own=own))
    return ranked(table, "key")


def _row(text: str, kind: str, *, key: str, value: float = 0.0, own: bool = False) -> dict[str, object]:
    return {"text": text, "kind": kind, "key": key, "value": value, "whose": "own" if own else "other"}


def build(theme: Theme) -> alt.TopLevelMixin:
    """Bars with their words above them: beside the bars the words would leave them no room on a phone."""
    base = alt.Chart(alt.NamedData(ROWS)).encode(y=ranked_y("key", None))
    length = alt.X("value:Q", title=None, axis=None, scale=alt.Scale(domainMin=0, nice=False))
    scale = alt.Scale(domain=["own", "other"], range=[theme.accent, theme.ffn])
    colour = alt.Color("whose:N", legend=None, scale=scale)
    tooltip = [alt.Tooltip("text:N", title="Value")]
    thin = alt.RelativeBandSize(0.36)
    solid = (
        base.transform_filter(f"datum.kind == '{BAR}'")
        .mark_bar(height=thin, yOffset=8, cornerRadius=3)
        .encode(x=length, color=colour, tooltip=tooltip)
    )
    dashed = (
        base.transform_filter(f"datum.kind == '{PREDICTION}'")
        .mark_bar(height=thin, yOffset=8, cornerRadius=3, fillOpacity=0.12, strokeDash=[4, 3], strokeWidth=1.2)
        .encode(x=length, color=colour, stroke=alt.Stroke("whose:N", legend=None, scale=scale), tooltip=tooltip)
    )
    words = base.transform_filter(f"datum.kind != '{HEADING}'").mark_text(
        align="left", dy=-8, color=theme.ink, fontSize=11
    )
    headings = base.transform_filter(f"datum.kind == '{HEADING}'").mark_text(
        align="left", dy=4, color=theme.gray, fontSize=12, fontWeight=600
    )
    texts = [layer.encode(x=alt.value(0), text="text:N") for layer in (words, headings)]
    return alt.layer(solid, dashed, *texts).properties(width="container")


def chart(theme: str, rows: Rows) -> Spec:
    """The filled chart; its height follows the number of rows."""
    return filled(build, theme, rows, height=ROW_HEIGHT * len(rows) + FRAME)


def in_words(rows: Rows) -> str:
    """The bars below each heading."""
    said: list[str] = []
    for row in rows:
        if row["kind"] == HEADING:
            said.append(f"{row['text']}:")
        else:
            said[-1] += f"{'' if said[-1].endswith(':') else ','} {row['text']}"
    return listed(said)
