"""At which price an accelerator wins: a map by context, and a matrix of one kind against another."""

import streamlit as st

from app import session
from app.charts import price_map as drawing
from app.charts import price_matrix
from app.views.layout import chart_card, on_demand
from app.wording import plain
from costmodel import CONTEXTS, Scenario, price_map

ASKED, PICKED = "price of", "picked price"
MAP_CONTEXTS = CONTEXTS[::2]


def draw(scenario: Scenario, priced: Scenario) -> None:
    """The card, drawn when it is opened; there is nothing to compare where fewer than two have a price.

    Accelerators whose rates or bandwidth are not known are left out.
    """
    scenario, priced = _known(scenario), _known(priced)
    if len(priced.accelerators) < 2:
        return
    with on_demand("At which price does an accelerator win?", "price map", "sell") as opened:
        if opened:
            _asked(scenario, priced)


def _known(scenario: Scenario) -> Scenario:
    """The scenario without them and without named pools, which do not count here."""
    work = scenario.model.decode_work(scenario.workload)
    bits = (*work.attention_bits, *work.ffn_bits)
    known = [each for each in scenario.accelerators if each.unknown(*bits) is None]
    return scenario.replace(accelerators=known, attention_on="any", ffn_on="any", prefill_on="any")


def _asked(scenario: Scenario, priced: Scenario) -> None:
    names = {each.id: each.name for each in scenario.accelerators}
    listed = list(names)
    if session.recall(ASKED) not in names:
        session.show(ASKED, listed[-1])
    asked = st.selectbox(
        "Accelerator whose price is asked for",
        listed,
        key=ASKED,
        format_func=lambda name: names[name],
        help="The map shows which pair is cheapest at each of its prices; a click or a drag on the map sets the price.",
    )
    left, right = st.columns(2)
    with left, st.container(border=True, height="stretch"):
        _map(scenario, asked)
    with right:
        matrix = price_matrix.chart(session.theme(), priced)
        chart_card(price_matrix.TITLE, price_matrix.CAPTION, matrix, "price matrix", price_matrix.in_words(priced))


def _map(scenario: Scenario, asked: str) -> None:
    now = scenario.workload.context
    inside = MAP_CONTEXTS[0] <= now <= MAP_CONTEXTS[-1]
    found = price_map(scenario, asked, tuple(sorted({*MAP_CONTEXTS, now})) if inside else MAP_CONTEXTS)
    st.markdown(f"**{plain(drawing.title(found))}**  \n:small[:gray[{drawing.CAPTION}]]")
    picked = st.vega_lite_chart(
        drawing.chart(session.theme(), scenario, found),
        key="chart price map",
        on_select="rerun",
        selection_mode=drawing.PICK,
        alt=f"Price map. {drawing.CAPTION}",
        width="stretch",
    )
    st.caption(plain(drawing.in_words(scenario, found)))
    prices = [float(each[drawing.PICK]) for each in picked.selection[drawing.PICK] if each.get(drawing.PICK)]
    # The chart keeps its selection: only a new one moves the price.
    if prices and session.recall(PICKED) != (asked, prices[0]):
        session.show(PICKED, (asked, prices[0]))
        session.apply({f"accelerators.{asked}.usd_per_hour": prices[0]})
        st.rerun()
