"""The pieces that pages are laid out with."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import streamlit as st

from app import session
from app.charts.theme import Spec
from app.wording import plain


def chart_card(title: str, caption: str, chart: Spec, key: str, numbers: str) -> None:
    """A chart with its title and the one line that says what to see; `numbers` is its answer in words below it."""
    with st.container(border=True, height="stretch"):
        st.markdown(f"**{title}**  \n:small[:gray[{caption}]]")
        show_chart(title, caption, chart, key, numbers)


@contextmanager
def on_demand(label: str, key: str, icon: str, *, expanded: bool = False) -> Iterator[bool]:
    """A part of the page that is computed and drawn only while it is open."""
    box = st.expander(label, icon=f":material/{icon}:", key=key, on_change="rerun", expanded=expanded)
    with box:
        yield bool(box.open)


def metric_card(label: str, shown: str, below: str) -> None:
    """A number with its name above and what it is of below."""
    with st.container(border=True, height="stretch", gap="xxsmall"):
        st.metric(label, shown.replace("$", r"\$"))
        st.caption(below)


@dataclass(frozen=True)
class View:
    """One of several charts that share a card: title, the one line that says what to see, how to draw it, and its
    answer in words.
    """

    title: str
    caption: str
    draw: Callable[[], Spec]
    in_words: Callable[[], str]


def switched_card(setting: str, question: str, views: Mapping[str, View], help_text: str) -> None:
    """A card for one of several charts that answer one question; which, is kept in the URL as
    `page.<setting>`.
    """
    with st.container(border=True, height="stretch"):
        titles = {name: view.title for name, view in views.items()}
        name = session.page_switch(setting, question, titles, help_text)
        view = views[name]
        captioned(view.title, view.caption, view.draw(), f"{setting} {name}", view.in_words())


def captioned(title: str, caption: str, chart: Spec, key: str, numbers: str) -> None:
    """A chart below its caption, in a card that has a heading of its own."""
    st.markdown(f":small[:gray[{caption}]]")
    show_chart(title, caption, chart, key, numbers)


def show_chart(title: str, caption: str, chart: Spec, key: str, numbers: str) -> None:
    """A chart and its answer in words, a line each.

    Its text alternative is constant: a changing one would make the browser build the chart anew.
    """
    st.vega_lite_chart(chart, key=f"chart {key}", width="stretch", alt=f"{title}. {caption}")
    st.caption("  \n".join(map(plain, numbers.splitlines())))
