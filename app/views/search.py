"""Search: the whole space of designs under constraints, exactly."""

from typing import Any

import streamlit as st

from app import session
from app.charts import design_front
from app.jobs import SearchJob
from app.widgets import axis_text
from app.wording import digits, plain, si, verbatim
from costmodel import (
    METRICS,
    PAPER_COLLECTION,
    CostModelError,
    Evaluation,
    Field,
    Front,
    Scenario,
    Space,
    fields,
    load_model,
    metric,
    models,
    values,
)

JOB = "search job"
EXPLORE = "views/explore.py"
MOST_DESIGNS = 1_000_000_000
SHOWN_ROWS = 1000

MINIMISE, MAXIMISE, WHERE = "search.minimise", "search.maximise", "search.where"
DEFAULTS = {
    MINIMISE: "cost",
    MAXIMISE: "parameters.active",
    WHERE: "parameters.total <= 330e9; effective_rank >= 8192; sparsity >= minimum_sparsity",
}
FIRST_AXES = ("heads", "query_rank", "experts", "top_k")


def draw() -> None:
    """The question, the run, the answer."""
    st.title("Search the whole design space", anchor=False)
    st.caption(
        "Every combination of the axes, exactly: nothing is sampled. Conditions (workload) give one frontier each."
    )
    scenario = session.scenario()
    question = _question(scenario)
    if question is not None:
        _controls(question)
    job = session.recall(JOB)
    if job is not None and not job.done:
        _progress()
    elif job is not None:
        _answer(job)


def _question(scenario: Scenario) -> SearchJob | None:
    """Axes, objectives and constraints as a job that could be started; None while something does not parse."""
    known = {
        path: mark for path, mark in fields(scenario).items() if isinstance(mark, Field) and not path.startswith("acc")
    }
    with st.container(border=True):
        chosen = _axes(known, values(scenario))
        left, right = st.columns(2)
        with left:
            minimise = _texts(MINIMISE, "Minimise", "Metrics or expressions, separated by semicolons.")
            maximise = _texts(MAXIMISE, "Maximise", "Metrics or expressions, separated by semicolons.")
        with right:
            where = _texts(WHERE, "Only designs with", "Comparisons of metrics, separated by semicolons.", height=120)
        st.caption(f"Metrics: {', '.join(METRICS)}")
    try:
        parsed = {path: axis_text.parse(path, text) for path, text in chosen.items()}
        space = Space(scenario.model, parsed, workload=scenario.workload, sla=scenario.sla)
    except CostModelError as error:
        st.error("This space cannot be searched.", icon=":material/report:")
        st.text(verbatim(str(error)))
        return None
    accelerators = tuple(accelerator for accelerator in scenario.accelerators if accelerator.usd_per_hour is not None)
    pairs = len(accelerators) ** 2
    names = plain(", ".join(accelerator.name for accelerator in accelerators))
    st.markdown(f"**{space.size:,} designs** x {pairs} hardware pairs, on {names}")
    if space.size > MOST_DESIGNS:
        st.error(f"This page searches at most {MOST_DESIGNS:,} designs; the library has no limit.")
        return None
    return SearchJob(space, accelerators, minimise, maximise, where)


def _axes(known: dict[str, Field], now: dict[str, Any]) -> dict[str, str]:
    """The chosen axes and their text."""
    saved = {name.removeprefix("page.search.axis."): text for name, text in session.page_items("page.search.axis.")}
    default = [path for path in known if path.rpartition(".")[2] in FIRST_AXES and known[path].stops]
    picked = st.multiselect(
        "Axes",
        list(known),
        default=[path for path in saved if path in known] or default,
        key="search axes",
        format_func=lambda path: f"{known[path].label} ({path})",
        help="Fields that take several values; the rest stays as in Explore.",
    )
    texts = {}
    with st.grid(3, min_column_width=220):
        for path in picked:
            mark = known[path]
            start = saved.get(path) or axis_text.around(mark, now[path])
            texts[path] = st.text_input(
                mark.label,
                value=start,
                key=f"axis {path}",
                max_chars=axis_text.LONGEST,
                help=f"{path}: from..to..step, or a list. {mark.allowed()}.",
            )
            session.set_page(f"page.search.axis.{path}", texts[path])
    for path in saved:
        if path not in picked:
            session.set_page(f"page.search.axis.{path}", None)
    return texts


def _texts(name: str, label: str, help_text: str, height: int = 68) -> tuple[str, ...]:
    key = f"page.{name}"
    text = st.text_area(
        label, value=session.get_page(key) or DEFAULTS[name], key=name, height=height, max_chars=1000, help=help_text
    )
    session.set_page(key, None if text == DEFAULTS[name] else text)
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _controls(question: SearchJob) -> None:
    session.push("search")
    if st.button("Search", type="primary", icon=":material/search:", help="Run; the page stays usable meanwhile."):
        running = session.recall(JOB)
        if running is not None:
            running.cancel()
        question.start()
        session.show(JOB, question)
        st.rerun()


@st.fragment(run_every=0.4)
def _progress() -> None:
    """The share that is done and the time left, twice a second; the whole page again once the search has ended."""
    job = session.recall(JOB)
    if job.done:
        st.rerun()
    left = job.seconds_left
    told = f"{job.share:.0%} of the designs" + ("" if left is None else f", about {left:.0f} s left")
    st.progress(min(job.share, 1.0), text=told)
    st.button("Cancel", icon=":material/stop:", on_click=job.cancel, help="Stop this search.")


def _answer(job: SearchJob) -> None:
    """What the search found, or why it found nothing."""
    if job.cancelled:
        st.info(f"Cancelled at {job.share:.0%}.", icon=":material/stop_circle:")
    elif job.error:
        st.error("The search could not run.", icon=":material/report:")
        st.text(verbatim(job.error))
    elif job.front is not None:
        _front(job, job.front)


def _front(job: SearchJob, front: Front) -> None:
    invalid = f", of which {front.invalid:,} break a relation between fields" if front.invalid else ""
    st.success(
        f"{len(front):,} designs on the frontier, out of {front.searched:,}{invalid}, in {job.seconds:.2f} s.",
        icon=":material/check_circle:",
    )
    for condition, reason in zip(front.conditions, front.emptied_by, strict=True):
        if reason is not None:
            where = ", ".join(f"{path} {value:,.6g}" for path, value in condition.items()) or "this space"
            st.warning(plain(f"No design is left for {where}: removed by {reason}."))
    if not len(front):
        return
    _chart(job, front)
    table = front.to_dataframe()
    st.dataframe(table.head(SHOWN_ROWS), width="stretch", key="frontier table")
    if len(table) > SHOWN_ROWS:
        st.caption(f"The first {SHOWN_ROWS:,} of {len(table):,} rows; the downloads hold all.")
    with st.container(horizontal=True):
        st.download_button(
            "CSV", table.to_csv(index=False), "frontier.csv", "text/csv", help="All rows.", on_click="ignore"
        )
        st.download_button(
            "Parquet", table.to_parquet(index=False), "frontier.parquet", help="All rows.", on_click="ignore"
        )


def _chart(job: SearchJob, front: Front) -> None:
    objectives = list(front.objectives)
    up, across = objectives[0], objectives[1] if len(objectives) > 1 else "parameters.active"
    data = front.to_dataset([across] if across in METRICS else [])
    designs = [
        _point(f"design {row + 1}", (float(data[across][row]), float(data[up][row])), row, (across, up))
        for row in range(len(front))
    ]
    chart = design_front.chart(session.theme(), designs, _references(job, across, up), across, up)
    with st.container(border=True):
        st.markdown(f"**{design_front.TITLE}**")
        st.caption(_thinned(len(front)))
        picked = st.vega_lite_chart(
            chart,
            key=f"frontier {id(job)} {session.recall('opened') or 0}",
            on_select="rerun",
            selection_mode=design_front.PICK,
        )
    rows = [each["row"] for each in picked.selection[design_front.PICK]]
    if rows and rows[0] >= 0:
        session.show("opened", (session.recall("opened") or 0) + 1)
        session.load(front.scenario(int(rows[0])))
        st.switch_page(EXPLORE)


def _thinned(count: int) -> str:
    """The caption, which says when not every design is drawn."""
    if count <= design_front.MOST_MARKS:
        return design_front.CAPTION
    return f"{design_front.CAPTION}. At most {design_front.MOST_MARKS:,} of {count:,} are drawn, evenly thinned"


def _point(name: str, at: tuple[float, float], row: int, names: tuple[str, str]) -> dict[str, Any]:
    across, up = at
    return {
        "name": name,
        "x": across,
        "y": up,
        "row": row,
        "x_shown": f"{names[0]}: {_shown(names[0], across)}",
        "y_shown": f"{names[1]}: {_shown(names[1], up)}",
    }


def _shown(name: str, value: float) -> str:
    return si(value, metric(name).unit) if name in METRICS and value >= 1000 else digits(value)


def _references(job: SearchJob, across: str, up: str) -> list[dict[str, Any]]:
    """The paper's models on the same axes, where both objectives are plain metrics."""
    if not {across, up} <= METRICS.keys() or metric(across).per_accelerator or metric(up).per_accelerator:
        return []
    found = []
    for name in models(PAPER_COLLECTION):
        scenario = job.space.scenario(job.accelerators).replace(model=load_model(name))
        run = Evaluation(scenario)
        at = float(metric(across).value(run)), float(metric(up).value(run))
        found.append(_point(scenario.model.name, at, -1, (across, up)))
    return found


draw()
