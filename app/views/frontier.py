"""The answer of a search: counts or the reason of an empty result, the frontier, and one design in detail."""

from collections import Counter
from typing import Any

import streamlit as st

from app import pins, session
from app.charts import design_front
from app.jobs import Job
from app.searching import MOST_DOWNLOADED, SHOWN_ROWS, Found
from app.views.tables import table
from app.wording import digits, field_value, plain, quantity, verbatim
from costmodel import METRICS, Choice, Field, Scenario, fields, metric, replace_valid, value

POOLS = {"attention_on": "Attention on", "ffn_on": "FFN on"}
COUNTED = ("parameters", "byte", "byte/token", "FLOP/token")
PICKED, SHOWN = "handled pick", "shown design"
EXPLORE = "views/explore.py"


def draw(job: Job[Found]) -> None:
    """The result of a search, or the reason why there is none."""
    if job.cancelled:
        reason = "No page showed this search for a while, so it was stopped" if job.stopped_unseen else "Cancelled"
        st.info(f"{reason} at {job.share * 100:.0f}\u00a0%.", icon=":material/stop_circle:")
    elif job.error:
        st.error("The search could not run.", icon=":material/report:")
        st.text(verbatim(job.error))
    elif job.result is not None:
        _front(job, job.result)


def forget() -> None:
    """Clear the shown design when another search begins."""
    session.show(PICKED, None)
    session.show(SHOWN, None)


def _front(job: Job[Found], found: Found) -> None:
    front = found.front
    invalid = f", of which {front.invalid:,} break a relation between fields" if front.invalid else ""
    counted = f"{len(front):,} designs on the frontier, out of {front.searched:,}{invalid}, in {job.seconds:.2f} s."
    if len(front):
        st.success(counted, icon=":material/check_circle:")
    else:
        st.warning(f"No design meets every constraint. {counted}", icon=":material/block:")
    for reason in found.reasons:
        st.text(verbatim(reason))
    if len(front.emptied) > len(found.reasons):
        st.caption(f"The first {len(found.reasons)} of {len(front.emptied):,} conditions without designs.")
    if not len(front):
        return
    _chart(job, found)
    _preview(found)
    st.dataframe(
        found.table.rename_axis("Design"), width="stretch", key="frontier table", column_config=_columns(found)
    )
    if len(front) > SHOWN_ROWS:
        held = "all" if len(front) <= MOST_DOWNLOADED else f"the first {MOST_DOWNLOADED:,}"
        st.caption(f"The first {SHOWN_ROWS:,} of {len(front):,} rows; the downloads hold {held}.")
    for line in found.estimates:
        st.caption(plain(line))
    with st.container(horizontal=True):
        # Made when they are asked for: of a large front they take longer than a page should.
        limit = f"Up to {MOST_DOWNLOADED:,} rows."
        st.download_button("CSV", found.csv, "frontier.csv", "text/csv", help=limit, on_click="ignore")
        st.download_button("Parquet", found.parquet, "frontier.parquet", help=limit, on_click="ignore")


def _columns(found: Found) -> dict[str, Any]:
    """Label and unit of each column; what links and expressions call it is its help."""
    labels = found.labels
    often = Counter(labels[name] for name in found.table.columns if name in labels)
    columns = {}
    for name in map(str, found.table.columns):
        if name in METRICS:
            columns[name] = st.column_config.NumberColumn(METRICS[name].titled, help=name, format=_format(name))
        elif name in labels:
            label = labels[name]
            columns[name] = st.column_config.Column(label if often[label] == 1 else f"{label} ({name})", help=name)
    return columns | POOLS


def _format(name: str) -> str:
    unit = METRICS[name].unit
    if unit.startswith("USD"):
        return "$%.4f"
    return "localized" if unit in COUNTED else "%.4g"


def _titled(name: str) -> str:
    return METRICS[name].titled if name in METRICS else name


def _chart(job: Job[Found], found: Found) -> None:
    across, up = found.across, found.up
    chart = design_front.chart(session.theme(), found.points, found.references, _titled(across), _titled(up))
    with st.container(border=True):
        st.markdown(f"**{design_front.TITLE}**")
        st.caption(_thinned(len(found.front)))
        picked = st.vega_lite_chart(
            chart,
            key=f"frontier {id(job)}",
            on_select="rerun",
            selection_mode=design_front.PICK,
            alt=f"{design_front.TITLE}: {up} over {across}. {design_front.CAPTION}",
        )
        st.caption(plain(design_front.in_words(found.points, _titled(across), _titled(up))))
    rows = [int(each["row"]) for each in picked.selection[design_front.PICK] if each["row"] >= 0]
    # The chart keeps its selection: only a new one moves the number below.
    if rows and session.recall(PICKED) != rows[0]:
        session.show(PICKED, rows[0])
        session.show(SHOWN, rows[0])


def _preview(found: Found) -> None:
    """One design: its differences from Explore, its objectives, and buttons to open or pin it."""
    front = found.front
    with st.container(border=True):
        number = st.number_input(
            "Design",
            min_value=0,
            max_value=len(front) - 1,
            value=None,
            step=1,
            key=SHOWN,
            placeholder="Click a point, or enter a number",
            help="The number of a design in the chart, the table and the downloads, counted from 0.",
            width=320,
        )
        if number is None:
            st.caption("A design is shown here before anything changes in Explore.")
            return
        edits = {
            path: value for path, value in front.settings([number])[0].items() if path in fields(session.scenario())
        }
        design, problems = replace_valid(session.scenario(), edits)
        st.markdown(f"**Design {number:,}**: {_worth(found, number)}")
        _differences(session.scenario(), design, list(edits), number)
        with st.container(horizontal=True):
            if st.button("Open in Explore", icon=":material/tune:", help="Make this the design of every page."):
                session.edit(design, tuple(problems))
                st.switch_page(EXPLORE)
            if st.button("Pin for Compare", icon=":material/keep:", help="Put it beside others on the Compare page."):
                st.caption(f"{plain(pins.pin(design))} is on the Compare page.")


def _worth(found: Found, row: int) -> str:
    """The objectives of one design, drawn or not."""
    shown = ", ".join(f"{plain(name)} {_value(name, value)}" for name, value in found.worth(row).items())
    return shown.replace("$", r"\$")


def _value(name: str, value: float) -> str:
    return quantity(value, metric(name).unit) if name in METRICS else digits(value)


def _differences(now: Scenario, design: Scenario, paths: list[str], number: int) -> None:
    """The values of the axes in Explore and in the design."""
    known = fields(now)
    table(
        {
            "Field": [f"{known[path].label} ({path})" for path in paths],
            "Explore now": [_field(known[path], path, now) for path in paths],
            f"Design {number:,}": [_field(known[path], path, design) for path in paths],
        },
        "previewed design",
    )


def _field(field: Field | Choice, path: str, scenario: Scenario) -> str:
    held = value(scenario, path)
    return field_value(field, held) if isinstance(field, Field) else str(held)


def _thinned(count: int) -> str:
    """The caption, which says when not every design is drawn."""
    if count <= design_front.MOST_MARKS:
        return design_front.CAPTION
    return f"{design_front.CAPTION}. At most {design_front.MOST_MARKS:,} of {count:,} are drawn, evenly thinned"
