"""The pieces that pages are laid out with."""

import streamlit as st

from app.charts.theme import Spec


def chart_card(title: str, caption: str, chart: Spec, key: str) -> None:
    """A chart with its title and the one line that says what to see."""
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{title}**  \n:small[:gray[{caption}]]")
        st.vega_lite_chart(chart, key=f"chart {key}", width="stretch", alt=f"{title}. {caption}")
