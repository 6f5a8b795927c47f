"""Search: the whole space of designs under constraints, exactly."""

from math import prod
from typing import Any

import streamlit as st

from app import session
from app.charts import design_front
from app.jobs import SEARCHES, Job
from app.searching import MOST_DOWNLOADED, SHOWN_ROWS, Found, SearchRequest
from app.widgets import axis_text
from app.wording import plain, verbatim
from costmodel import (
    METRICS,
    CostModelError,
    DomainError,
    Field,
    Problem,
    Scenario,
    Space,
    fields,
    spans_designs,
    values,
)

JOB = "search job"
EXPLORE = "views/explore.py"
MOST_DESIGNS = 1_000_000_000
MOST_CONDITIONS = 1_000
MOST_AXIS_VALUES = 20_000

MINIMISE, MAXIMISE, WHERE = "search.minimise", "search.maximise", "search.where"
DEFAULTS = {
    MINIMISE: "cost",
    MAXIMISE: "parameters.active",
    WHERE: "parameters.total <= 330e9; effective_rank >= 8192; sparsity >= minimum_sparsity",
}
LONGEST_TEXT = 1_000
FIRST_AXES = ("heads", "query_rank", "experts", "top_k")


def draw() -> None:
    """The question, the run, the answer."""
    st.title("Search the whole design space", anchor=False)
    st.caption(
        "Every combination of the axes, exactly: nothing is sampled. Conditions (workload, SLA, accelerators) give one "
        "frontier each."
    )
    scenario = session.scenario()
    question = _question(scenario)
    if question is not None:
        _controls(question)
    job: Job[Found] | None = session.recall(JOB)
    if job is None:
        return
    job.look()
    if job.done:
        _answer(job)
    else:
        _progress()


def _question(scenario: Scenario) -> SearchRequest | None:
    """Axes, objectives and constraints as a search that could be started; None while something does not parse."""
    known = {path: mark for path, mark in fields(scenario).items() if isinstance(mark, Field)}
    with st.container(border=True):
        chosen = _axes(known, values(scenario))
        left, right = st.columns(2)
        with left:
            minimise = _texts(MINIMISE, "Minimise", "Metrics or expressions, separated by semicolons.")
            maximise = _texts(MAXIMISE, "Maximise", "Metrics or expressions, separated by semicolons.")
        with right:
            where = _texts(WHERE, "Only designs with", "Comparisons of metrics, separated by semicolons.", height=120)
        st.caption(f"Metrics: {', '.join(METRICS)}")
    accelerators = tuple(
        accelerator
        for accelerator in scenario.accelerators
        if accelerator.usd_per_hour is not None or f"accelerators.{accelerator.id}.usd_per_hour" in chosen
    )
    try:
        space = _space(scenario, {path: axis_text.parse(path, text) for path, text in chosen.items()})
    except CostModelError as error:
        st.error("This space cannot be searched.", icon=":material/report:")
        st.text(verbatim(str(error)))
        return None
    names = plain(", ".join(accelerator.name for accelerator in accelerators))
    st.markdown(f"**{space.size:,} designs** x {len(accelerators) ** 2} hardware pairs, on {names}")
    return SearchRequest(space, accelerators, minimise, maximise, where)


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


def _axes(known: dict[str, Field], now: dict[str, Any]) -> dict[str, str]:
    """The chosen axes and their text; a link that names an axis there is not is a problem."""
    saved = {name.removeprefix(session.AXIS): text for name, text in session.page_items(session.AXIS)}
    for path in [path for path in saved if path not in known]:
        session.report([Problem(f"{session.AXIS}{path}", "there is no such field in this scenario")])
        session.set_page(f"{session.AXIS}{path}", None)
        del saved[path]
    default = [path for path in known if path.rpartition(".")[2] in FIRST_AXES and known[path].stops]
    picked = st.multiselect(
        "Axes",
        list(known),
        default=list(saved) or default,
        key="search axes",
        format_func=lambda path: f"{known[path].label} ({path})",
        help="Fields that take several values; the rest stays as in Explore.",
    )
    texts = {}
    with st.grid(3, min_column_width=220):
        for path in picked:
            mark = known[path]
            texts[path] = st.text_input(
                mark.label,
                value=saved[path] if path in saved else axis_text.around(mark, now[path]),
                key=f"axis {path}",
                max_chars=axis_text.LONGEST,
                help=f"{path}: from..to..step, or a list. {mark.allowed()}.",
            )
            session.set_page(f"{session.AXIS}{path}", texts[path])
    for path in saved:
        if path not in picked:
            session.set_page(f"{session.AXIS}{path}", None)
    return texts


def _texts(name: str, label: str, help_text: str, height: int = 68) -> tuple[str, ...]:
    key = f"page.{name}"
    saved = session.get_page(key)
    text = st.text_area(
        label,
        value=DEFAULTS[name] if saved is None else saved,
        key=name,
        height=height,
        max_chars=LONGEST_TEXT,
        help=help_text,
    )
    session.set_page(key, None if text == DEFAULTS[name] else text)
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _controls(question: SearchRequest) -> None:
    session.push("search")
    if st.button("Search", type="primary", icon=":material/search:", help="Run; the page stays usable meanwhile."):
        running = session.recall(JOB)
        if running is not None:
            running.cancel()
        job = Job(question)
        SEARCHES.submit(job)
        session.show(JOB, job)
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
        shown = f"{job.share:.0%} of the designs" + ("" if left is None else f", about {left:.0f} s left")
        st.progress(min(job.share, 1.0), text=shown)
    st.button("Cancel", icon=":material/stop:", on_click=job.cancel, help="Stop this search.")


def _answer(job: Job[Found]) -> None:
    """What the search found, or why it found nothing."""
    if job.cancelled:
        reason = "No page showed this search for a while, so it was stopped" if job.stopped_unseen else "Cancelled"
        st.info(f"{reason} at {job.share:.0%}.", icon=":material/stop_circle:")
    elif job.error:
        st.error("The search could not run.", icon=":material/report:")
        st.text(verbatim(job.error))
    elif job.result is not None:
        _front(job, job.result)


def _front(job: Job[Found], found: Found) -> None:
    front = found.front
    invalid = f", of which {front.invalid:,} break a relation between fields" if front.invalid else ""
    counted = f"{len(front):,} designs on the frontier, out of {front.searched:,}{invalid}, in {job.seconds:.2f} s."
    if len(front):
        st.success(counted, icon=":material/check_circle:")
    else:
        st.warning(counted, icon=":material/block:")
    for reason in found.reasons:
        st.text(verbatim(reason))
    if len(front.emptied) > len(found.reasons):
        st.caption(f"The first {len(found.reasons)} of {len(front.emptied):,} conditions without designs.")
    if not len(front):
        return
    _chart(job, found)
    st.dataframe(found.table, width="stretch", key="frontier table")
    if len(front) > SHOWN_ROWS:
        held = "all" if len(front) <= MOST_DOWNLOADED else f"the first {MOST_DOWNLOADED:,}"
        st.caption(f"The first {SHOWN_ROWS:,} of {len(front):,} rows; the downloads hold {held}.")
    with st.container(horizontal=True):
        # Made when they are asked for: of a large front they take longer than a page should.
        told = f"Up to {MOST_DOWNLOADED:,} rows."
        st.download_button("CSV", found.csv, "frontier.csv", "text/csv", help=told, on_click="ignore")
        st.download_button("Parquet", found.parquet, "frontier.parquet", help=told, on_click="ignore")


def _chart(job: Job[Found], found: Found) -> None:
    across, up = found.across, found.up
    chart = design_front.chart(session.theme(), found.points, found.references, across, up)
    with st.container(border=True):
        st.markdown(f"**{design_front.TITLE}**")
        st.caption(_thinned(len(found.front)))
        picked = st.vega_lite_chart(
            chart,
            key=f"frontier {id(job)} {session.recall('opened') or 0}",
            on_select="rerun",
            selection_mode=design_front.PICK,
        )
    rows = [each["row"] for each in picked.selection[design_front.PICK]]
    if rows and rows[0] >= 0:
        session.show("opened", (session.recall("opened") or 0) + 1)
        session.load(found.front.scenario(int(rows[0])))
        st.switch_page(EXPLORE)


def _thinned(count: int) -> str:
    """The caption, which says when not every design is drawn."""
    if count <= design_front.MOST_MARKS:
        return design_front.CAPTION
    return f"{design_front.CAPTION}. At most {design_front.MOST_MARKS:,} of {count:,} are drawn, evenly thinned"


draw()
