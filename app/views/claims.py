"""The claims of the paper's abstract: a card for each with its verdict, and the numbers below."""

from typing import Literal

import streamlit as st

from app import session
from app.charts import claim_bars
from app.views.layout import chart_card
from app.wording import plain
from costmodel import Claim, ClaimCost, MeasurementRow, claim_costs, claim_throughputs, claims

BADGES: dict[str, tuple[str, Literal["green", "orange", "blue"]]] = {
    "holds here": (":material/check:", "green"),
    "does not hold": (":material/close:", "orange"),
    "as published": (":material/description:", "blue"),
}


def draw() -> None:
    """Cards and charts."""
    found, costs, systems = _claims()
    st.caption(
        "The claims of the abstract, recomputed from architecture, rates and prices alone. Cost is that of decoding at "
        "ideal rates on the paper's accelerators at its prices."
    )
    with st.grid(4, min_column_width=230, gap="small"):
        for claim in found:
            icon, colour = BADGES[claim.state]
            with st.container(border=True, height="stretch"):
                st.badge(claim.state, icon=icon, color=colour)
                st.markdown(f"**{plain(claim.text)}**  \n:small[{plain(claim.evidence)}]")
    theme = session.theme()
    left, right = st.columns(2)
    with left:
        rows = claim_bars.cost_rows(costs)
        drawn, said = claim_bars.chart(theme, rows), claim_bars.in_words(rows)
        chart_card(claim_bars.TITLE, claim_bars.CAPTION, drawn, "claim costs", said)
    with right:
        rows = claim_bars.output_rows(systems)
        drawn, said = claim_bars.chart(theme, rows), claim_bars.in_words(rows)
        chart_card(claim_bars.OUTPUT_TITLE, claim_bars.OUTPUT_CAPTION, drawn, "claim outputs", said)


@st.cache_data(show_spinner=False)
def _claims() -> tuple[tuple[Claim, ...], tuple[ClaimCost, ...], tuple[MeasurementRow, ...]]:
    return claims(), claim_costs(), claim_throughputs()
