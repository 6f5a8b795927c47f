"""Search: the whole space of designs under constraints, exactly."""

from collections import Counter

import streamlit as st

from app import session
from app.jobs import SEARCHES, Job
from app.searching import API, PAGE, Found, SearchRequest
from app.views import frontier, share
from app.widgets import search_terms
from app.wording import plain, verbatim
from costmodel import (
    LONGEST_AXIS,
    METRICS,
    SEARCH_PREFIX,
    CostModelError,
    DesignSearch,
    Field,
    Scenario,
    default_search,
    design_name,
    fields,
    first_axis,
    read_search,
    search_questions,
    values,
)

JOB, SEARCHED, ADDED, QUESTION = "search job", "searched question", "added axis", "picked question"
RUN = "page.search.run"
"""In the link of a page that shows an answer: who opens it gets the answer too."""

MINIMISE, MAXIMISE, WHERE = (f"{SEARCH_PREFIX}{name}" for name in ("minimise", "maximise", "where"))


def draw() -> None:
    """Draw the question, the search and its result."""
    scenario = session.scenario()
    # Drawn last, when the question is read: the dialog shows the link to exactly this state.
    head = st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom")
    name = plain(design_name(scenario))
    st.markdown(
        f"Varies **{name}**, the design of Explore. Every combination of the axes, exactly: nothing is sampled. "
        "Conditions (workload, SLA, accelerators) give one frontier each."
    )
    asked = _asked(scenario)
    searchable = _checked(asked)
    job: Job[Found] | None = session.recall(JOB)
    stale = job is not None and session.recall(SEARCHED) != asked
    if job is not None:
        session.set_page(RUN, None if stale else "1")
    if searchable:
        _controls(asked)
    with head:
        st.title("Search the whole design space", anchor=False)
        share.draw("search", refused=_refused(asked))
    if job is None:
        return
    job.look()
    if stale:
        st.warning("The question has changed since: this answer is for the earlier one.", icon=":material/history:")
    if job.done:
        frontier.draw(job)
    else:
        _progress()


def _asked(scenario: Scenario) -> DesignSearch:
    """Axes, objectives and constraints as the link holds them once the boxes are read."""
    start = default_search(scenario)
    _questions(scenario)
    with st.container(border=True):
        _axes(scenario, start)
        left, right = st.columns([2, 3])
        with left:
            st.markdown("**Minimise**")
            search_terms.objectives(MINIMISE, "Minimise", start.minimise)
            st.markdown("**Maximise**")
            search_terms.objectives(MAXIMISE, "Maximise", start.maximise)
        with right:
            st.markdown("**Only designs with**")
            search_terms.constraints(WHERE, start.where)
        with st.expander("As expressions", icon=":material/function:"):
            many = "Metrics or expressions, separated by semicolons."
            search_terms.expressions(MINIMISE, "Minimise", many, start.minimise)
            search_terms.expressions(MAXIMISE, "Maximise", many, start.maximise)
            compared = "Comparisons of metrics, separated by semicolons."
            search_terms.expressions(WHERE, "Only designs with", compared, start.where, height=120)
            st.caption(f"Metrics: {', '.join(METRICS)}")
    asked, problems = read_search(dict(session.page_items(SEARCH_PREFIX)), scenario)
    session.report(problems)
    return asked


def _checked(asked: DesignSearch) -> bool:
    """Say what would be searched, or why it cannot be."""
    try:
        PAGE.check(asked)
        space = asked.space
    except CostModelError as error:
        st.error("This space cannot be searched.", icon=":material/report:")
        st.text(verbatim(str(error)))
        return False
    found = space.scenario()
    pairs = len(found.candidates("attention_on")) * len(found.candidates("ffn_on"))
    names = plain(", ".join(accelerator.name for accelerator in found.accelerators))
    st.markdown(f"**{space.size:,} designs** x {pairs} hardware pairs, on {names}")
    return True


def _refused(asked: DesignSearch) -> str:
    """Why the API would not answer this search; empty where it would."""
    try:
        API.check(asked)
    except CostModelError as error:
        return str(error)
    return ""


def _axes(scenario: Scenario, start: DesignSearch) -> None:
    """A box for each axis, and a menu that adds one; a link that names an axis there is not is a problem."""
    known = {path: field for path, field in fields(scenario).items() if isinstance(field, Field)}
    saved = {name.removeprefix(session.AXIS): text for name, text in session.page_items(session.AXIS)}
    unknown = {f"{session.AXIS}{path}": saved.pop(path) for path in list(saved) if path not in known}
    session.report(read_search(unknown, scenario)[1])
    for name in unknown:
        session.set_page(name, None)
    saved = saved or dict(start.axes)
    often = Counter(field.label for field in known.values())
    with st.grid(3, min_column_width=260):
        for path, text in saved.items():
            field = known[path]
            label = field.label if often[field.label] == 1 else f"{field.label} ({path})"
            session.set_page(f"{session.AXIS}{path}", _axis(path, label, field, text, alone=len(saved) == 1))
    st.selectbox(
        "Add an axis",
        [path for path in known if path not in saved],
        index=None,
        key=ADDED,
        format_func=lambda path: f"{known[path].label} ({path})",
        placeholder="Choose a field that takes several values",
        on_change=_add,
        help="The rest stays as in Explore.",
    )


def _axis(path: str, label: str, field: Field, text: str, *, alone: bool) -> str:
    """The box of one axis, and a button that takes the axis away."""
    key = f"axis {path}"
    session.prepare(key, text, text)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        written = st.text_input(
            label,
            value=text,
            key=key,
            max_chars=LONGEST_AXIS,
            help=f"{path}: from..to..step, or a list. {field.allowed()}.",
        )
        st.button(
            "Remove",
            key=f"remove {path}",
            type="tertiary",
            on_click=session.set_page,
            args=(f"{session.AXIS}{path}", None),
            disabled=alone,
            help=f"Keep {label} as it is in Explore.",
        )
    session.settle(key, written)
    return str(written)


def _add() -> None:
    path, scenario = session.recall(ADDED), session.scenario()
    field = fields(scenario).get(path) if path else None
    if isinstance(field, Field):
        session.set_page(f"{session.AXIS}{path}", first_axis(field, values(scenario)[path]))
    session.show(ADDED, None)


def _questions(scenario: Scenario) -> None:
    """Questions to start from; each fills axes, objectives and constraints."""
    offered = search_questions(scenario)

    def asked() -> None:
        question = session.recall(QUESTION)
        if question is not None:
            _fill(offered[question], next(iter(offered.values())))
        session.show(QUESTION, None)

    st.pills(
        "Start from a question",
        list(offered),
        key=QUESTION,
        on_change=asked,
        help="Fills the rows below; change any of them.",
    )


def _fill(asked: DesignSearch, start: DesignSearch) -> None:
    """Put a search into the link; what is the model's own start stays out of it."""
    for name, _ in session.page_items(SEARCH_PREFIX):
        session.set_page(name, None)
    if asked.axes != start.axes:
        for path, text in asked.axes.items():
            session.set_page(f"{session.AXIS}{path}", text)
    for name, terms, usual in (
        (MINIMISE, asked.minimise, start.minimise),
        (MAXIMISE, asked.maximise, start.maximise),
        (WHERE, asked.where, start.where),
    ):
        search_terms.write(name, terms, usual)


def _controls(asked: DesignSearch) -> None:
    """The button that starts the search; a link to an answer starts it by itself."""
    session.push("search")
    pressed = st.button("Search", icon=":material/search:", help="Run; the page stays usable meanwhile.")
    running: Job[Found] | None = session.recall(JOB)
    if pressed or (running is None and session.get_page(RUN)):
        if running is not None:
            running.cancel()
        job = Job(SearchRequest(asked))
        SEARCHES.submit(job)
        session.show(JOB, job)
        session.show(SEARCHED, asked)
        frontier.forget()
        st.rerun()


@st.fragment(run_every=0.4)
def _progress() -> None:
    """The share that is done and the time left, twice a second; the whole page again once the search has ended."""
    job: Job[Found] = session.recall(JOB)
    job.look()
    if job.done:
        st.rerun()
    place = SEARCHES.place(job)
    if place:
        st.progress(0.0, text=f"Place {place} in the queue: the searches of other visitors come first")
    else:
        left = job.seconds_left
        time = f"{job.seconds_run:.0f} s so far" if left is None else f"about {left:.0f} s left"
        shown = f"{job.share * 100:.0f}\u00a0% of the designs, {time}"
        st.progress(min(job.share, 1.0), text=shown)
    st.button("Cancel", icon=":material/stop:", on_click=job.cancel, help="Stop this search.")


draw()
