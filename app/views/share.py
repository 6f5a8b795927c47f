"""Share: the link, a picture, the scenario as a file, the results as data, and the code that gives the same numbers."""

import shlex

import streamlit as st

from app import cards, picture, session
from app.wording import plain

COST = """import costmodel as cm

scenario = cm.from_query("{query}").scenario
best = cm.cheapest(scenario)
print(best.pair.attention_on.name, best.pair.ffn_on.name)
print(f"{{best.pair.total:.4f}} USD per 1M tokens with AFD")
for accelerator, cost in best.alone.items():
    print(f"{{cost.total:.4f}} on {{accelerator}}")
"""

PLAN = """import costmodel as cm

scenario = cm.from_query("{query}").scenario
for row in cm.plans(scenario):
    found = row.deployment
    print(row.rank, found.words if found else "", found.usd_per_million_tokens if row.feasible else row.reason)
"""

COMPARE = """import costmodel as cm

designs, problems = cm.designs_of_query("{query}")
for row in cm.comparison(designs):
    print(row.label, row.unit, dict(zip(designs, row.values)))
"""

SEARCH = """import costmodel as cm

asked = cm.search_of_query("{query}").search
front = cm.search(asked.space, minimise=asked.minimise, maximise=asked.maximise, where=asked.where)
print(cm.front_csv(front))
"""

REQUEST = """import costmodel as cm

scenario = cm.from_query("{query}").scenario
limit, deployed = cm.request(scenario), cm.deployed_request(scenario)
print(f"{{deployed.usd:.6g}} USD on whole servers, {{limit.usd:.6g}} in the limit")
print(f"{{deployed.ttft.seconds:.3g}} s to the first token")
for use in deployed.uses:
    print(f"{{use.pool}} on {{use.accelerator.name}}: {{use.usd:.6g}} USD")
for offer in cm.market(scenario.model, deployed):
    print(f"{{offer.words}} ({{offer.dates}}): {{offer.usd:.6g}} USD, gross margin {{offer.margin.gross_margin:.3f}}")
"""

FLEET = """import costmodel as cm

scenario = cm.from_query("{query}").scenario
fleet = cm.fleet(scenario)
print(f"{{fleet.usd_per_month:,.0f}} USD a month, {{fleet.static_usd_per_month:,.0f}} with the peak all day")
for row in cm.pool_rows(fleet):
    print(row)
print(fleet.hours)
"""

PAPER = """import costmodel as cm

for claim in cm.claims():
    print(claim.state, claim.text, claim.evidence)
for cell in cm.paper_cells():
    print(*cell.row.values(), cell.computed, cell.agrees, cell.reason)
"""

MEASUREMENTS = """import costmodel as cm

print(cm.accuracy_words())
for row in cm.measurements():
    print(row.system, row.model, row.accelerator, row.ratio if row.reason == "" else row.reason)
"""

MODELS = """import costmodel as cm

for row in cm.models_report()["rows"]:
    print(row["id"], row["parameters"], row["active_parameters"])
"""

SCENARIOS = """import costmodel as cm

for row in cm.scenarios_report()["rows"]:
    print(row["id"], row["answer"], row["best"], row["usd_per_million_tokens"])
"""

PYTHON = {
    "cost": COST,
    "plan": PLAN,
    "compare": COMPARE,
    "request": REQUEST,
    "fleet": FLEET,
    "search": SEARCH,
    "measurements": MEASUREMENTS,
    "paper": PAPER,
    "models": MODELS,
    "scenarios": SCENARIOS,
}
"""The code behind a page, by the address of its data in the API."""

COMMANDS = {
    "cost": "cost",
    "plan": "plans",
    "compare": "compare",
    "request": "request",
    "fleet": "fleet",
    "search": "search",
    "measurements": "measurements",
    "paper": "paper",
    "models": "models",
    "scenarios": "scenarios",
}
"""The command that prints a page's numbers, by the same address."""

WITHOUT_LINK = ("measurements", "models", "paper", "scenarios")
"""Numbers that depend on no scenario."""

VIEWS = COMMANDS | {"cost": "explore", "plan": "plan", "measurements": "truth", "models": "library"}
"""The page whose settings belong to that data."""


def draw(data: str = "cost", refused: str = "") -> None:
    """A button that opens everything that leaves this page: a dialog, which the keyboard enters at once.

    `data` is the address of the page's numbers in the API; `refused` is why it would not answer, if so.
    """
    if st.button("Share", key="share", icon=":material/link:", help="Link, picture, files, the same numbers in code."):
        _dialog(session.query(VIEWS[data]), data, refused)


@st.dialog("Share", width="medium")
def _dialog(query: str, data: str, refused: str) -> None:
    st.markdown("**Link to exactly this state**")
    st.code(session.share_url(VIEWS[data]), language=None, wrap_lines=True)
    with st.container(horizontal=True):
        if not refused:
            _picture(query, data)
        st.link_button("Scenario (TOML)", f"/api/scenario.toml?{query}", icon=":material/draft:")
        if not refused:
            st.link_button("Results (CSV)", f"/api/{data}.csv?{query}", icon=":material/table:")
            st.link_button("Results (JSON)", f"/api/{data}?{query}", icon=":material/data_object:")
    if refused:
        st.caption(plain(f"No results by address: {refused}."))
    st.markdown("**The same numbers in Python**")
    st.code(PYTHON[data].format(query=query), language="python")
    st.markdown("**The same numbers in a shell**")
    st.code(command(data, session.share_url(VIEWS[data])), language="bash", wrap_lines=True)
    st.caption("Charts download as PNG from their own menu.")


def command(data: str, link: str) -> str:
    """The command that prints the numbers behind a link."""
    asked = "" if data in WITHOUT_LINK else f" --from {shlex.quote(link)}"
    return f"costmodel {COMMANDS[data]}{asked}"


def _picture(query: str, data: str) -> None:
    """Drawn when it is asked for: most who open the dialog want the link."""
    link = session.share_url(VIEWS[data])
    st.download_button(
        "Picture (PNG)",
        lambda: picture.png(cards.card(data, query), link),
        file_name=f"afd-{VIEWS[data]}.png",
        mime="image/png",
        icon=":material/image:",
        on_click="ignore",
        key="picture",
    )
