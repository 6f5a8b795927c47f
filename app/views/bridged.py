"""The bridge on Explore and Plan: computed and drawn when it is opened."""

import streamlit as st

from app import planning, session
from app.charts import bridge
from app.verdicts import even_notes
from app.views.layout import on_demand, show_chart
from app.wording import plain, usd
from costmodel import DomainError, Scenario

KEY = "bridge"


def draw(scenario: Scenario, ends: tuple[float, float] | None) -> None:
    """A card whose label names both `ends` of the bridge, the price of the limit and that of the plan."""
    between = "" if ends is None else f", from {usd(ends[0])} to {usd(ends[1])}".replace("$", r"\$")
    with on_demand(f"{bridge.TITLE}{between}", KEY, "stairs") as opened:
        if not opened:
            return
        try:
            found = planning.bridged(scenario)
        except DomainError as error:
            st.warning(plain(str(error)), icon=":material/block:")
            return
        published = planning.published(scenario)
        st.markdown(f":small[:gray[{bridge.CAPTION}]]")
        lent = dict.fromkeys(note for lane in found.lanes for note in lane.borrowed)
        said = [*bridge.in_words(scenario, found, published), *(f"{note[0].upper()}{note[1:]}." for note in lent)]
        drawn = bridge.chart(session.theme(), scenario, found, published)
        show_chart(bridge.TITLE, bridge.CAPTION, drawn, KEY, "\n".join(said))
        for note in even_notes(zip(found.changes, found.bands, strict=True)):
            st.caption(plain(note))
        if any(level.bounded for lane in found.lanes for level in lane.levels):
            st.caption("Largest pool: the limit on the number of servers binds; larger pools would cost less.")
