"""A strip at the lower edge of a narrow window: the values that are moved most, and in one tap their controls.

There the panel lies in a drawer, behind a button at the top. At a desk the panel is always in sight and the strip is
hidden (`app/accessible.py`).
"""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from app import session
from app.widgets import prices
from app.wording import NBSP, plain, tokens
from costmodel import Scenario

KEY, OPEN, CONTROLS = "strip", "strip is open", "strip-controls"
MOST_NAMED = 2
OPEN_PIXELS = 420
"""Height of the controls, which scroll inside it: some of the page stays visible above."""


def home() -> DeltaGenerator:
    """Where the first controls of the panel are drawn: in the panel, or in the strip while it is open."""
    if not session.recall(OPEN):
        return st.sidebar
    return st.bottom.container(height=OPEN_PIXELS, key=CONTROLS)


def draw(scenario: Scenario) -> None:
    """The strip itself, when the edits of this run are in the Scenario."""
    is_open = bool(session.recall(OPEN))
    st.bottom.button(
        plain(in_words(scenario)),
        key=KEY,
        icon=":material/keyboard_arrow_down:" if is_open else ":material/tune:",
        on_click=session.show,
        args=(OPEN, not is_open),
        help="Close these controls." if is_open else "Open the controls of model, context, accelerators and prices.",
        width="stretch",
    )


def in_words(scenario: Scenario) -> str:
    """Model, context, accelerators and prices: `Step-3 · 8K · 4 accelerators · preset prices`."""
    names = [each.name for each in scenario.accelerators]
    listed = ", ".join(names) if len(names) <= MOST_NAMED else f"{len(names)}{NBSP}accelerators"
    return " · ".join((scenario.model.name, tokens(scenario.workload.context), listed, prices.in_short(scenario)))
