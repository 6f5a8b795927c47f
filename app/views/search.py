"""Search: the whole space of designs under constraints, exactly."""

from collections import Counter
from math import prod
from typing import Any

import streamlit as st

from app import session
from app.jobs import SEARCHES, Job
from app.searching import Found, SearchRequest
from app.views import frontier
from app.widgets import axis_text, search_defaults
from app.wording import plain, verbatim
from costmodel import (
    METRICS,
    CostModelError,
    DomainError,
    Field,
    Problem,
    Scenario,
    Space,
    design_name,
    fields,
    spans_designs,
    to_query,
    values,
)

JOB, SEARCHED, ADDED = "search job", "searched question", "added axis"
RUN = "page.search.run"
"""In the link of a page that shows an answer: who opens it gets the answer too."""

MOST_DESIGNS = 1_000_000_000
MOST_CONDITIONS = 1_000
MOST_AXIS_VALUES = 20_000
LONGEST_TEXT = 1_000
MINIMISE, MAXIMISE, WHERE = "search.minimise", "search.maximise", "search.where"


def draw() -> None:
    """The question, the run, the answer."""
    st.title("Search the whole design space", anchor=False)
    scenario = session.scenario()
    name = plain(design_name(scenario))
    st.markdown(
        f"Varies **{name}**, the design of Explore. Every combination of the axes, exactly: nothing is sampled. "
        "Conditions (workload, SLA, accelerators) give one frontier each."
    )
    question, asked = _question(scenario)
    job: Job[Found] | None = session.recall(JOB)
    stale = job is not None and session.recall(SEARCHED) != asked
    if job is not None:
        session.set_page(RUN, None if stale else "1")
    if question is not None:
        _controls(question, asked)
    if job is None:
        return
    job.look()
    if stale:
        st.warning("The question has changed since: this answer is for the earlier one.", icon=":material/history:")
    if job.done:
        frontier.draw(job)
    else:
        _progress()


def _question(scenario: Scenario) -> tuple[SearchRequest | None, tuple[Any, ...]]:
    """Axes, objectives and constraints as a search that could be started, None while something does not parse; and
    all of the question as text, by which two questions are compared.
    """
    known = {path: mark for path, mark in fields(scenario).items() if isinstance(mark, Field)}
    with st.container(border=True):
        chosen = _axes(scenario, known, values(scenario))
        left, right = st.columns(2)
        with left:
            many = "Metrics or expressions, separated by semicolons."
            minimise = _texts(MINIMISE, "Minimise", many, search_defaults.MINIMISE)
            maximise = _texts(MAXIMISE, "Maximise", many, search_defaults.MAXIMISE)
        with right:
            compared = "Comparisons of metrics, separated by semicolons."
            where = _texts(WHERE, "Only designs with", compared, search_defaults.constraints(scenario), height=120)
        st.caption(f"Metrics: {', '.join(METRICS)}")
    accelerators = tuple(
        accelerator
        for accelerator in scenario.accelerators
        if accelerator.usd_per_hour is not None or f"accelerators.{accelerator.id}.usd_per_hour" in chosen
    )
    asked = (to_query(scenario), tuple(sorted(chosen.items())), minimise, maximise, where)
    try:
        space = _space(scenario, {path: axis_text.parse(path, text) for path, text in chosen.items()})
    except CostModelError as error:
        st.error("This space cannot be searched.", icon=":material/report:")
        st.text(verbatim(str(error)))
        return None, asked
    names = plain(", ".join(accelerator.name for accelerator in accelerators))
    st.markdown(f"**{space.size:,} designs** x {len(accelerators) ** 2} hardware pairs, on {names}")
    return SearchRequest(space, accelerators, minimise, maximise, where), asked


def _space(scenario: Scenario, axes: dict[str, list[int | float]]) -> Space:
    """The space, where it is one that this page searches; counted before any value is checked."""
    conditions = prod(len(listed) for path, listed in axes.items() if not spans_designs(path))
    if conditions > MOST_CONDITIONS:
        raise DomainError(
            f"{conditions:,} conditions are too many: this page takes at most {MOST_CONDITIONS:,}, the library any "
            "number"
        )
    size = prod(map(len, axes.values()))
    if size > MOST_DESIGNS:
        raise DomainError(
            f"{size:,} designs are too many: this page searches at most {MOST_DESIGNS:,}, the library any number"
        )
    listed = sum(map(len, axes.values()))
    if listed > MOST_AXIS_VALUES:
        raise DomainError(f"the axes list {listed:,} values; this page takes at most {MOST_AXIS_VALUES:,}")
    return Space(scenario.model, axes, workload=scenario.workload, sla=scenario.sla)


def _axes(scenario: Scenario, known: dict[str, Field], now: dict[str, Any]) -> dict[str, str]:
    """The chosen axes and their text; a link that names an axis there is not is a problem."""
    saved = {name.removeprefix(session.AXIS): text for name, text in session.page_items(session.AXIS)}
    for path in [path for path in saved if path not in known]:
        session.report([Problem(f"{session.AXIS}{path}", "there is no such field in this scenario")])
        session.set_page(f"{session.AXIS}{path}", None)
        del saved[path]
    if not saved:
        saved = {path: axis_text.around(known[path], now[path]) for path in search_defaults.axes(scenario)}
    often = Counter(mark.label for mark in known.values())
    texts = {}
    with st.grid(3, min_column_width=260):
        for path in saved:
            mark = known[path]
            label = mark.label if often[mark.label] == 1 else f"{mark.label} ({path})"
            texts[path] = _axis(path, label, mark, saved[path], alone=len(saved) == 1)
            session.set_page(f"{session.AXIS}{path}", texts[path])
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
    return texts


def _axis(path: str, label: str, mark: Field, text: str, *, alone: bool) -> str:
    """The box of one axis, and a button that takes the axis away."""
    key = f"axis {path}"
    session.prepare(key, text, text)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="xsmall"):
        written = st.text_input(
            label,
            value=text,
            key=key,
            max_chars=axis_text.LONGEST,
            help=f"{path}: from..to..step, or a list. {mark.allowed()}.",
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
    mark = fields(scenario).get(path) if path else None
    if isinstance(mark, Field):
        session.set_page(f"{session.AXIS}{path}", axis_text.around(mark, values(scenario)[path]))
    session.show(ADDED, None)


def _texts(name: str, label: str, help_text: str, default: str, height: int = 68) -> tuple[str, ...]:
    """Expressions of one box; the default belongs to the model and stays out of the link, an empty box is in it."""
    key = f"page.{name}"
    saved = session.get_page(key)
    current = default if saved is None else saved
    session.prepare(name, current, current)
    text = st.text_area(label, value=current, key=name, height=height, max_chars=LONGEST_TEXT, help=help_text).strip()
    session.set_page(key, None if text == default else text)
    session.settle(name, text)
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _controls(question: SearchRequest, asked: tuple[Any, ...]) -> None:
    """The button that starts the search; a link to an answer starts it by itself."""
    session.push("search")
    pressed = st.button("Search", icon=":material/search:", help="Run; the page stays usable meanwhile.")
    running: Job[Found] | None = session.recall(JOB)
    if pressed or (running is None and session.get_page(RUN)):
        if running is not None:
            running.cancel()
        job = Job(question)
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
        shown = f"{job.share * 100:.0f}\u00a0% of the designs" + ("" if left is None else f", about {left:.0f} s left")
        st.progress(min(job.share, 1.0), text=shown)
    st.button("Cancel", icon=":material/stop:", on_click=job.cancel, help="Stop this search.")


draw()
