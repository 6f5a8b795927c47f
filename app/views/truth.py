"""Truth: how far predictions are from measurements, row by row, and where the time of a decode step goes."""

import streamlit as st

from app import session
from app.charts import predicted_measured
from app.views import share, step
from app.views.layout import chart_card
from app.views.tables import Numbers, table, whole
from app.wording import digits, percent, plain, tokens, verbatim
from costmodel import ERROR_AIM, MeasurementRow, accuracy, accuracy_words, error_summary, measurements

ALL = "all"
FILTERS = {
    "of_model": ("Model", "model"),
    "of_accelerator": ("Accelerator", "accelerator"),
    "of_engine": ("Engine", "engine"),
    "of_state": ("State", "state"),
}
"""Settings of the page: label of the menu, and the attribute of a row that it chooses by."""

FITTED = "constant fitted to this row"


def draw() -> None:
    """The answer in a sentence, the chart, the summary, every row, and the step diagram."""
    with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="bottom"):
        st.title("How far off are the predictions?", anchor=False)
        share.draw("measurements")
    with st.spinner("Predicting every published measurement"):
        rows = measurements()
    st.header(plain(accuracy_words()), anchor=False)
    st.markdown(
        "Every published measurement that ships with the library stands below beside what the library predicts for it "
        "with measured kernels. Nothing is left out: a row that cannot be predicted says why, and the rows that one of "
        "the three global constants was fitted to are marked and counted apart."
    )
    _numbers(rows)
    chosen = _filtered(rows)
    left, right = st.columns(2)
    with left:
        drawn = predicted_measured.chart(session.theme(), chosen)
        said = predicted_measured.in_words(chosen)
        chart_card(predicted_measured.TITLE, predicted_measured.CAPTION, drawn, "predicted measured", said)
    with right:
        _summary(chosen)
    _table(sorted(chosen, key=lambda row: (row.error is None, row.state == FITTED, -(row.error or 0.0))))
    step.draw()


def _numbers(rows: tuple[MeasurementRow, ...]) -> None:
    found = accuracy(rows)
    fitted = sum(row.state == FITTED for row in rows)
    unpredicted = sum(row.ratio is None for row in rows)
    if found is None:
        return
    with st.grid(5, min_column_width=150):
        _metric("Median error", percent(found.median_error), f"aim: {percent(ERROR_AIM)}")
        _metric("90th percentile", percent(found.p90_error), f"aim: {percent(2 * ERROR_AIM)}")
        _metric("Median ratio", f"{found.median_ratio:.2f}", "predicted over measured speed")
        _metric("Deployments", f"{found.rows}", f"nothing fitted to them; {fitted} more were fitted to")
        _metric("Published rows", f"{len(rows)}", f"{unpredicted} not predicted, each with its reason")


def _metric(label: str, shown: str, below: str) -> None:
    with st.container(border=True, height="stretch", gap="xxsmall"):
        st.metric(label, shown)
        st.caption(below)


def _filtered(rows: tuple[MeasurementRow, ...]) -> list[MeasurementRow]:
    """The rows that the menus leave, and how far off those are."""
    chosen = list(rows)
    with st.grid(4, min_column_width=170):
        for setting, (label, name) in FILTERS.items():
            known = sorted({_value(row, name) for row in rows} - {""})
            options = {ALL: f"Every {label.lower()}"} | {_key(value): verbatim(value) for value in known}
            picked = session.page_choice(f"truth.{setting}", label, options, f"Rows of one {label.lower()} only.")
            if picked != ALL:
                chosen = [row for row in chosen if _key(_value(row, name)) == picked]
    if len(chosen) < len(rows):
        st.caption(plain(f"{len(chosen)} of {len(rows)} rows. {accuracy_words(chosen)}"))
    return chosen


def _value(row: MeasurementRow, name: str) -> str:
    """What a row is filtered by; engines of all versions together, as in the summary."""
    value = str(getattr(row, name))
    return value.split(" ", maxsplit=1)[0] if name == "engine" else value


def _key(value: str) -> str:
    """The value as it stands in a link."""
    return "-".join("".join(char if char.isalnum() else " " for char in value.lower()).split())


def _summary(rows: list[MeasurementRow]) -> None:
    with st.container(border=True, height="stretch"):
        st.markdown("**By model, accelerator and engine**")
        st.caption("Ratio is predicted over measured speed; rows that constants were fitted to are apart")
        found = sorted(error_summary(rows), key=lambda each: -each.rows)
        if not found:
            st.info("None of these rows is predicted; the table below says why.", icon=":material/info:")
            return
        table(
            {
                "Model, accelerator, engine": [verbatim(each.group) for each in found],
                "Rows": Numbers([each.rows for each in found], whole),
                "Median ratio": Numbers([each.median_ratio for each in found], "{:.2f}".format),
                "Median error": Numbers([each.median_error for each in found], percent),
                "90th percentile": Numbers([each.p90_error for each in found], percent),
            },
            "error summary",
            height=460,
        )


def _table(rows: list[MeasurementRow]) -> None:
    with st.container(border=True):
        st.markdown("**Every row**")
        st.caption("The largest error first; click a heading to sort. A star marks rows that a constant was fitted to")
        scaled = [_scaled(row) for row in rows]
        table(
            {
                "System": [verbatim(row.system) for row in rows],
                "Model": [verbatim(row.model) for row in rows],
                "Accelerator": [verbatim(row.accelerator) for row in rows],
                "Engine": [verbatim(row.engine) for row in rows],
                "Context": Numbers([row.context for row in rows], tokens),
                "Unit": [unit for unit, _ in scaled],
                "Measured": Numbers([row.measured * by for row, (_, by) in zip(rows, scaled, strict=True)], digits),
                "Predicted": Numbers(
                    [_times(row.predicted, by) for row, (_, by) in zip(rows, scaled, strict=True)], digits
                ),
                "At peak rates": Numbers(
                    [_times(row.ideal, by) for row, (_, by) in zip(rows, scaled, strict=True)], digits
                ),
                "Ratio": Numbers([row.ratio for row in rows], "{:.2f}".format),
                "Error": Numbers([row.error for row in rows], percent),
                "State": [f"\u2605 {row.state}" if row.state == FITTED else row.state for row in rows],
                "Why not, or what is assumed": [verbatim(row.reason or "; ".join(row.notes)) for row in rows],
                "Published in": [verbatim(row.publication) for row in rows],
            },
            "error table",
            height=560,
        )


def _scaled(row: MeasurementRow) -> tuple[str, float]:
    """Unit to show a row in, and the factor to it; times of layers in microseconds, those of steps in ms."""
    if row.unit != "s":
        return row.unit, 1.0
    return ("\u00b5s", 1e6) if row.kind == "attention layer" else ("ms", 1e3)


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


draw()
