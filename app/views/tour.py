"""Three scenarios for a first visit, in which the answer differs; started by a button, never by itself."""

import streamlit as st

from app import session
from costmodel import from_query

STOP = "tour stop"
STOPS = (
    (
        "model=step-3",
        "Step-3 was designed for AFD: attention is compute-bound on a cheap accelerator, so two kinds pay.",
    ),
    ("model=deepseek-v3", "DeepSeek-V3 reads less cache per token: one kind is the cheapest for both parts."),
    (
        "model=deepseek-v3&workload.context=32768",
        "The same model at 32K: one kind in the limit, two kinds once servers are whole and memory is full.",
    ),
)
"""The query of each scenario, and what to see in it."""


def draw_start() -> None:
    """The button that starts the tour, where none is under way."""
    if session.recall(STOP) is None:
        st.button(
            "Show me",
            key="tour start",
            icon=":material/play_arrow:",
            type="tertiary",
            on_click=_go,
            args=(0,),
            help="Three scenarios in which the answer differs.",
        )


def draw_stop() -> None:
    """What to see in the present scenario of the tour, and the way on."""
    place = session.recall(STOP)
    if place is None:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{place + 1} of {len(STOPS)}** {STOPS[place][1]}", width="stretch")
        if place + 1 < len(STOPS):
            st.button(
                "Next",
                key="tour next",
                icon=":material/arrow_forward:",
                on_click=_go,
                args=(place + 1,),
                help="The next scenario.",
            )
        st.button(
            "End", key="tour end", type="tertiary", on_click=session.show, args=(STOP, None), help="Keep this scenario."
        )


def _go(place: int) -> None:
    session.show(STOP, place)
    session.load(from_query(STOPS[place][0]).scenario)
