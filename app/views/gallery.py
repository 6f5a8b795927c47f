"""Scenarios: a gallery of questions worth asking, and the door for a scenario of one's own."""

import streamlit as st

from app import planning, session, verdicts
from app.charts import figure_1, two_ways
from app.uploads import text_of
from app.views import share
from app.views.layout import show_chart
from app.wording import money, percent, plain, usd, verbatim
from costmodel import (
    LARGEST_FILE,
    PAPER_COLLECTION,
    CostModelError,
    ScenarioFile,
    from_toml,
    leader,
    load_model,
    load_published_day,
    load_scenario,
    models,
    published_days,
    scenarios,
)

EXPLORE, COMPARE, SEARCH, FLEET = "views/explore.py", "views/compare.py", "views/search.py", "views/fleet.py"


def draw() -> None:
    """Questions with their answers, then paste or upload."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.title("Scenarios", anchor=False)
        share.draw("scenarios")
    st.caption(
        "Questions with today's answer; the bars are USD per 1M tokens in the limit, attention in blue, then the FFN. "
        "Each opens with every field set; change anything from there."
    )
    with st.grid("auto", min_column_width=320, gap="small"):
        for name in scenarios():
            _card(name)
    st.header("Your own", anchor=False)
    st.caption("A scenario file from Share loads back here: a preset, its accelerators, and what differs.")
    left, right = st.columns(2)
    with left:
        text = st.text_area(
            "Paste a scenario (TOML)",
            height=220,
            max_chars=LARGEST_FILE,
            key="pasted scenario",
            help="The text of a scenario file.",
            placeholder='model = "step-3"\naccelerators = ["h800", "h20"]\n\n[set]\n"workload.context" = 32768',
        )
        # Never disabled: while the text is being written the page does not know of it yet.
        if st.button("Open pasted scenario", icon=":material/play_arrow:", help="Load it into Explore."):
            if text.strip():
                _open_text(text)
            else:
                st.warning("Paste the text of a scenario file first.", icon=":material/content_paste:")
    with right:
        upload = st.file_uploader(
            "Upload a scenario file",
            type=["toml"],
            key="uploaded scenario",
            max_upload_size=LARGEST_FILE // 1_000_000,
            help=f"A .toml file of at most {LARGEST_FILE // 1_000_000} MB.",
        )
        if upload is not None and st.button(
            "Open uploaded scenario", icon=":material/play_arrow:", help="Load it into Explore."
        ):
            if upload.size > LARGEST_FILE:
                st.error(f"A scenario file holds at most {LARGEST_FILE:,} bytes, this one has {upload.size:,}.")
                return
            _open_text(upload.getvalue())


def _card(name: str) -> None:
    """A question, its picture, its answer, and the button that opens it."""
    with st.container(border=True, height="stretch"):
        try:
            file = load_scenario(name)
        except CostModelError as error:
            st.warning(plain(str(error)))
            return
        st.markdown(f"**{plain(file.title)}**")
        st.caption(plain(file.summary))
        _designs(file) if file.designs else _one(file)
        day = load_published_day(name) if name in published_days() else None
        if day is not None:
            st.markdown(
                f"Its tokens at its rates per server need **{day.servers:,.1f} servers** on average and "
                f"**{money(day.usd_per_day)} a day**; published are {day.published_servers:,.1f} and "
                f"{money(day.published_usd_per_day)}. Fleet sizes it at ideal rates."
            )
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Open", key=f"open {name}", icon=":material/arrow_forward:", help=f"Open {name}."):
                _open(file, FLEET if day is not None else None)


def _one(file: ScenarioFile) -> None:
    """The picture of one scenario, and the verdict of the limit and of whole servers in a sentence."""
    scenario = file.link.scenario
    found = planning.decided(scenario)
    chart, answer = two_ways.chart(session.theme(), scenario, found.limit), verdicts.headline(found)
    show_chart(two_ways.TITLE, answer, chart, f"gallery {file.title}", answer)


def _designs(file: ScenarioFile) -> None:
    """The picture of several designs among the paper's models, and which model is cheapest."""
    scenario, designs = file.link.scenario, set(file.designs or {})
    named = [load_model(name) for name in models(PAPER_COLLECTION)]
    first = leader({model.name: scenario.replace(model=model) for model in named})
    answer = f"{first.name}: {usd(first.usd)}, {percent(first.less)} less than {first.after}" if first else ""
    chart = figure_1.chart(session.theme(), named, list(scenario.accelerators), scenario.workload, designs)
    show_chart(figure_1.TITLE, answer, chart, f"gallery {file.title}", answer)


def _open_text(content: str | bytes) -> None:
    try:
        file = from_toml(text_of(content) if isinstance(content, bytes) else content)
    except CostModelError as error:
        st.error("This is not a scenario file.", icon=":material/report:")
        st.text(verbatim(str(error)))
        return
    _open(file)


def _open(file: ScenarioFile, page: str | None = None) -> None:
    """Show that page, or the page of what the file asks: a search, designs to compare, or one design."""
    session.open_file(file)
    own = SEARCH if file.search is not None else EXPLORE if file.designs is None else COMPARE
    st.switch_page(own if page is None else page)


draw()
