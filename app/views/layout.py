"""The pieces that pages are laid out with."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import streamlit as st

from app import session
from app.charts.theme import Spec


def chart_card(title: str, caption: str, chart: Spec, key: str) -> None:
    """A chart with its title and the one line that says what to see."""
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{title}**  \n:small[:gray[{caption}]]")
        _chart(title, caption, chart, key)


@dataclass(frozen=True)
class View:
    """One of several charts that share a card: title, the one line that says what to see, and how to draw
    it.
    """

    title: str
    caption: str
    draw: Callable[[], Spec]


def switched_card(setting: str, question: str, views: Mapping[str, View], help_text: str) -> None:
    """A card for one of several charts that answer one question; which, is kept in the URL as
    `page.<setting>`.
    """
    with st.container(border=True, height="stretch"):
        titles = {name: view.title for name, view in views.items()}
        name = session.page_switch(setting, question, titles, help_text)
        view = views[name]
        captioned(view.title, view.caption, view.draw(), f"{setting} {name}")


def captioned(title: str, caption: str, chart: Spec, key: str) -> None:
    """A chart below its caption, in a card that has a heading of its own."""
    st.markdown(f":small[:gray[{caption}]]")
    _chart(title, caption, chart, key)


def _chart(title: str, caption: str, chart: Spec, key: str) -> None:
    st.vega_lite_chart(chart, key=f"chart {key}", width="stretch", alt=f"{title}. {caption}")
