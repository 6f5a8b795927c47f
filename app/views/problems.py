"""Refused parameters of a link, a file or an edit, with their reasons, as plain text."""

import streamlit as st

from app import session
from app.wording import verbatim

MOST_SHOWN = 12


def draw() -> None:
    """A notice for all problems, if there are any."""
    found = session.problems()
    if not found:
        return
    with st.container(border=True):
        number = "1 value was" if len(found) == 1 else f"{len(found)} values were"
        st.warning(f"{number} not applied; everything else is.", icon=":material/report:")
        for problem in found[:MOST_SHOWN]:
            st.text(verbatim(f"{problem.field or 'scenario'}: {problem.reason}"))
        if len(found) > MOST_SHOWN:
            st.text(f"and {len(found) - MOST_SHOWN} more")
        st.button("Dismiss", key="dismiss problems", on_click=session.dismiss, help="Hide the problems of the link.")
