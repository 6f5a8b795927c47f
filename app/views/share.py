"""Share: the link, the scenario as a file, the results as data, and the Python that gives the same numbers."""

import streamlit as st

from app import session

PYTHON = """import costmodel as cm

scenario = cm.from_query("{query}").scenario
best = cm.cheapest(scenario)
print(best.pair.attention_on.name, best.pair.ffn_on.name)
print(f"{{best.pair.total:.4f}} USD per 1M tokens with AFD")
for accelerator, cost in best.alone.items():
    print(f"{{cost.total:.4f}} on {{accelerator}}")
"""


def draw() -> None:
    """A button that opens everything that leaves this page: a dialog, which the keyboard enters at once."""
    if st.button("Share", key="share", icon=":material/link:", help="Link, files, and the same numbers in Python."):
        _dialog(session.query())


@st.dialog("Share", width="medium")
def _dialog(query: str) -> None:
    st.markdown("**Link to exactly this state**")
    st.code(session.share_url(), language=None, wrap_lines=True)
    with st.container(horizontal=True):
        st.link_button("Scenario (TOML)", f"/api/scenario.toml?{query}", icon=":material/draft:")
        st.link_button("Results (CSV)", f"/api/cost.csv?{query}", icon=":material/table:")
        st.link_button("Results (JSON)", f"/api/cost?{query}", icon=":material/data_object:")
    st.markdown("**The same numbers in Python**")
    st.code(PYTHON.format(query=query), language="python")
    st.caption("Charts download as PNG from their own menu.")
