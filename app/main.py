"""The order of every run: URL, navigation, input panel, URL again, problems, page; nothing else."""

from pathlib import Path
from typing import Any

import streamlit as st

from app import session
from app.version import version
from app.views import problems
from app.widgets import panel

SIDEBAR_PIXELS = 320
"""Wide enough for a slider beside its number box; on a phone the page stays visible beside it."""

st.set_page_config(
    page_title="AFD Explorer",
    page_icon=str(Path(__file__).parent / "static" / "icon.png"),
    layout="wide",
    initial_sidebar_state=SIDEBAR_PIXELS,
)

PANELS: dict[str, dict[str, Any]] = {
    "Explore": {},
    "Plan": {"planning": True},
    "Request": {"billing": "request"},
    "Fleet": {"billing": "fleet"},
    "Compare": {"design": False},
    "Search": {"design": False},
}
"""Options of the panel on the pages that have one; the others keep the Scenario as it is."""

session.pull()
page = st.navigation(
    [
        st.Page("views/explore.py", title="Explore", icon=":material/explore:", default=True),
        st.Page("views/plan.py", title="Plan", icon=":material/dns:"),
        st.Page("views/request.py", title="Request", icon=":material/receipt_long:"),
        st.Page("views/fleet.py", title="Fleet", icon=":material/stacked_bar_chart:"),
        st.Page("views/compare.py", title="Compare", icon=":material/compare_arrows:"),
        st.Page("views/search.py", title="Search", icon=":material/search:"),
        st.Page("views/gallery.py", title="Scenarios", icon=":material/collections_bookmark:", url_path="scenarios"),
        st.Page("views/paper.py", title="Paper", icon=":material/description:"),
        st.Page("views/truth.py", title="Truth", icon=":material/target:"),
        st.Page("views/library.py", title="Library", icon=":material/menu_book:"),
    ],
    position="top",
)
st.set_page_config(page_title=f"{page.title} \u00b7 AFD Explorer")
if page.title in PANELS:
    panel.draw(**PANELS[page.title])
session.push(page.title.lower())
notice = st.container()
page.run()
# The page reads its own parameters too; what it refuses is shown in the same place above it.
with notice:
    problems.draw()
st.caption(version().words())
